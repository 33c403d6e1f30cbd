"""The only file that knows about old Chainer on a new Python, NumPy and CuPy; :mod:`iadv_foundation` puts it to work.

Chainer 7.8.1 (2022) imports three things that today's stack has dropped.  Stand-ins are in place only while Chainer is
being imported and are taken away again, so that nothing else ever sees a changed NumPy.  The last two stand in for what
is there, too: Chainer wants them only for a check of versions that :func:`check_versions` makes, and they take a third
of its start.

==============================  ==================================================  =====================
missing                         where Chainer uses it                               dropped by
==============================  ==================================================  =====================
``numpy.sctypes``               ``functions/array/as_strided.py``                   NumPy 2.0
``numpy.distutils.system_info`` ``_environment_check.py`` (a question about macOS)  Python 3.12
``pkg_resources``               ``_environment_check.py``, ``testing``              setuptools 82
==============================  ==================================================  =====================

On a GPU Chainer works with CuPy 13.6 and 14, which still have all that it asks for but cuDNN.  That is switched off,
and two things are seen to before Chainer looks for CuPy:

=====================================  ===========================================  =================
missing                                what then happens                            where
=====================================  ===========================================  =================
``cupy.cudnn``, ``cupy.cuda.cudnn``    a warning at every start                     CuPy 14, CUDA 13
CUDA's libraries from pip's wheels     Chainer takes CuPy to be not installed       CuPy 13
=====================================  ===========================================  =================

Attributes:
    PATCHES (list of str): one line for each stand-in that was needed here, and why.
"""

import contextlib
import ctypes
import importlib.abc
import importlib.metadata
import os
import sys
import types
import warnings
from pathlib import Path
from unittest import mock

import numpy

from iadv_foundation.errors import UserError

CHAINER = "7.8.1"
PYTHONS = ((3, 11), (3, 13))
NUMPYS = ((2, 2), (3, 0))  # from, to before, as requirements.txt says
CUPYS = ((13, 6), (15, 0))  # from, to before
CUPY_PACKAGES = ("cupy-cuda13x", "cupy-cuda12x", "cupy")
#: CuPy 13's libraries, each after those that it needs itself.
CUDA_LIBRARIES = ("nvJitLink", "cudart", "cublasLt", "cublas", "curand", "cusparse", "cusolver", "cufft", "nvrtc")
PATCHES = []


def check_versions(python=sys.version_info, numpy_version=numpy.__version__, installed=importlib.metadata.version):
    """Refuse a combination that nobody has seen work.

    Args:
        python (tuple): major and minor version first.
        numpy_version (str): e.g. ``"2.4.6"``.
        installed (callable): distribution name -> version; raises ``importlib.metadata.PackageNotFoundError``.

    Raises:
        UserError: with the versions that do work.
    """
    lowest, highest = PYTHONS
    if not lowest <= tuple(python[:2]) <= highest:
        raise UserError(
            f"Python {python[0]}.{python[1]} is not supported: "
            f"use Python {lowest[0]}.{lowest[1]} to {highest[0]}.{highest[1]}"
        )
    if not NUMPYS[0] <= _major_and_minor(numpy_version) < NUMPYS[1]:
        raise UserError(f"NumPy {numpy_version} is not supported: install numpy>=2.2,<3")
    try:
        chainer_version = installed("chainer")
    except importlib.metadata.PackageNotFoundError:
        raise UserError(
            "Chainer is not installed: run ./reproduce.sh setup, or install "
            f"chainer=={CHAINER} as requirements.txt says"
        ) from None
    if chainer_version != CHAINER:
        raise UserError(f"Chainer {chainer_version} is not supported: install chainer=={CHAINER}")
    cupys = installed_cupys(installed)
    for name, version in cupys.items():
        if not CUPYS[0] <= _major_and_minor(version) < CUPYS[1]:
            raise UserError(f"CuPy {version} is not supported: install {name}>=13.6,<15")
    if len(cupys) > 1:
        raise UserError(
            f"{' and '.join(cupys)} are both installed and overwrite each other: uninstall both, then install "
            "one, as requirements-gpu.txt says"
        )


def installed_cupys(installed=importlib.metadata.version):
    """Packages of CuPy that are installed, name -> version (dict of str to str)."""
    found = {}
    for name in CUPY_PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = installed(name)
    return found


def _major_and_minor(version):
    return tuple(int(part) for part in version.split(".")[:2])


def _sctypes():
    """``numpy.sctypes`` as NumPy 1 had it, as far as Chainer asks."""
    return {
        "int": [numpy.int8, numpy.int16, numpy.int32, numpy.int64],
        "uint": [numpy.uint8, numpy.uint16, numpy.uint32, numpy.uint64],
        "float": [numpy.float16, numpy.float32, numpy.float64, numpy.longdouble],
        "complex": [numpy.complex64, numpy.complex128, numpy.clongdouble],
    }


def _pkg_resources():
    """The six names of ``pkg_resources`` that Chainer imports; every optional requirement counts as not installed."""
    module = types.ModuleType("pkg_resources")
    module.ResolutionError = type("ResolutionError", (Exception,), {})
    module.DistributionNotFound = type("DistributionNotFound", (module.ResolutionError,), {})
    module.VersionConflict = type("VersionConflict", (module.ResolutionError,), {})

    def require(*requirements):
        raise module.DistributionNotFound(*requirements)

    module.require = module.get_distribution = require
    module.WorkingSet = type("WorkingSet", (), {"require": staticmethod(require)})
    return module


def _system_info():
    """``numpy.distutils.system_info``, which on macOS is asked for the BLAS that NumPy was built with."""
    package = types.ModuleType("numpy.distutils")
    package.system_info = types.ModuleType("numpy.distutils.system_info")
    package.system_info.get_info = lambda name: {}
    return package


def _put_back(name, module):
    if module is None:
        sys.modules.pop(name, None)
    else:
        sys.modules[name] = module


@contextlib.contextmanager
def stand_ins():
    """Put the pieces in place for the duration of the block; yield the reasons, a list of str.

    Tests that need ``chainer.testing`` or ``chainer.gradient_check`` import them inside this block.
    """
    reasons = [
        "numpy.distutils.system_info: gone since Python 3.12; chainer asks it for the BLAS on macOS",
        "pkg_resources: gone since setuptools 82, and slow; chainer asks it which optional packages are installed",
    ]
    distutils = _system_info()
    modules = {module.__name__: module for module in (distutils, distutils.system_info, _pkg_resources())}
    with contextlib.ExitStack() as undo:
        for name, module in modules.items():
            undo.callback(_put_back, name, sys.modules.get(name))
            sys.modules[name] = module
        undo.enter_context(mock.patch.object(numpy, "distutils", distutils, create=True))
        if not hasattr(numpy, "sctypes"):
            undo.enter_context(mock.patch.object(numpy, "sctypes", _sctypes(), create=True))
            reasons.append(
                f"numpy.sctypes: NumPy {numpy.__version__} no longer has it; chainer's as_strided asks for it"
            )
        yield reasons


class _NumpyWithSctypes(types.ModuleType):
    """NumPy as ``as_strided`` alone sees it, for good: its backward pass asks for ``sctypes`` again."""

    sctypes = _sctypes()

    def __getattr__(self, name):
        return getattr(numpy, name)


def cuda_libraries(folder, cuda):
    """The CUDA libraries that pip's ``nvidia-*`` wheels put below ``folder``, in the order in which they can be loaded.

    Args:
        folder (pathlib.Path): ``nvidia`` among the installed packages.
        cuda (int): CUDA's major version; 13 has a folder of its own, 12 one for each library.

    Returns:
        list of pathlib.Path
    """
    libraries = [path for path in sorted(folder.glob("*/lib/lib*.so.*")) if (path.parts[-3] == "cu13") == (cuda == 13)]
    return [path for name in CUDA_LIBRARIES for path in libraries if path.name.startswith(f"lib{name}.so.")]


def load_cuda_libraries(cupys, folders, load=ctypes.CDLL):
    """Load CUDA's libraries for a CuPy that does not look for pip's wheels itself (13), unless a toolkit has them.

    Args:
        cupys (dict of str to str): see :func:`installed_cupys`.
        folders (iterable of str): in which ``nvidia`` may be, e.g. ``sys.path``.
        load (callable): of a library's name or path; raises OSError.

    Returns:
        list of str: the reason, if any was loaded.
    """
    for name, version in cupys.items():
        cuda = 13 if name == "cupy-cuda13x" else 12
        if _major_and_minor(version) >= (14, 0):
            continue
        with contextlib.suppress(OSError):
            load(f"libcublas.so.{cuda}")
            continue
        for folder in folders:
            libraries = cuda_libraries(Path(folder) / "nvidia", cuda)
            for library in libraries:
                with contextlib.suppress(OSError):  # CuPy tells better than this what it misses
                    load(str(library), mode=ctypes.RTLD_GLOBAL)
            if libraries:
                return [
                    f"CUDA's libraries: CuPy {version} does not look for those of pip's nvidia-* wheels, so they are "
                    "loaded for it"
                ]
    return []


class RepairingLoader(importlib.abc.Loader):
    """Executes the package ``chainer`` with the stand-ins in place, and takes them away again.

    Args:
        loader (importlib.abc.Loader): Python's own for the package.
    """

    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        """Import all of Chainer; a failure leaves no half-made module behind."""
        cupys = installed_cupys()
        loaded = load_cuda_libraries(cupys, sys.path)
        if cupys and os.environ.setdefault("CHAINER_CUDNN", "0") == "0":
            loaded.append("cuDNN: switched off; CuPy 14 no longer has it, and nothing here asks for it")
        with stand_ins() as reasons, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self.loader.exec_module(module)
            except BaseException:
                for name in [name for name in sys.modules if name.split(".")[0] in ("chainer", "chainerx")]:
                    del sys.modules[name]
                raise
        if any(reason.startswith("numpy.sctypes") for reason in reasons):
            sys.modules["chainer.functions.array.as_strided"].np = _NumpyWithSctypes("numpy")
        # Deprecations inside Chainer that a user can do nothing about.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"chainer(\.|$)")
        warnings.filterwarnings("ignore", category=PendingDeprecationWarning, module=r"chainer(\.|$)")
        PATCHES[:] = reasons + loaded
