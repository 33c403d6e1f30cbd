"""Proves that Chainer imports and computes on this Python and NumPy, nothing patched stays, and what is refused."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from iadv_foundation import old_chainer
from iadv_foundation.errors import UserError

ROOT = Path(__file__).resolve().parents[2]


def run(code):
    """Run ``code`` in a fresh interpreter; its standard output."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def installed(**versions):
    """A stand-in for ``importlib.metadata.version``: ``chainer="7.8.1", cupy_cuda12x="14.2.0"``."""
    known = {name.replace("_", "-"): version for name, version in versions.items()}

    def version(name):
        if name not in known:
            raise importlib.metadata.PackageNotFoundError(name)
        return known[name]

    return version


class TestImport:
    """What ``import iadv_foundation`` and then ``import chainer`` do to an interpreter."""

    def test_nothing_patched_stays_behind(self):
        run(
            "import sys, numpy\n"
            "before = dict(vars(numpy))\n"
            "import iadv_foundation\n"
            "import chainer\n"
            "for name, value in vars(numpy).items():\n"
            "    assert name in before or getattr(value, '__file__', None), f'numpy.{name} is not of NumPy'\n"
            "    assert before.get(name, value) is value, f'numpy.{name} was replaced'\n"
            "for name in ('pkg_resources', 'numpy.distutils', 'numpy.distutils.system_info'):\n"
            "    module = sys.modules.get(name)\n"
            "    assert module is None or module.__file__, f'stand-in {name} was left behind'"
        )

    def test_each_stand_in_says_why(self):
        lines = run(
            "from iadv_foundation import old_chainer; import chainer; print(*old_chainer.PATCHES, sep='\\n')"
        ).splitlines()
        wanted = {
            "numpy.sctypes": not hasattr(numpy, "sctypes"),
            "numpy.distutils.system_info": True,
            "pkg_resources": True,
        }
        for name, needed in wanted.items():
            assert any(line.startswith(f"{name}: ") for line in lines) == needed

    def test_who_uses_what_is_stood_in_for_keeps_it(self):
        run(
            "import sys, types, numpy\n"
            "real = {name: types.ModuleType(name) for name in ('pkg_resources', 'numpy.distutils')}\n"
            "sys.modules.update(real)\n"
            "numpy.distutils = real['numpy.distutils']\n"
            "import iadv_foundation, chainer, threading\n"
            "assert all(sys.modules[name] is module for name, module in real.items())\n"
            "assert numpy.distutils is real['numpy.distutils']\n"
            "assert 'numpy.distutils.system_info' not in sys.modules"
        )

    def test_import_is_silent(self):
        done = subprocess.run(
            [sys.executable, "-W", "default", "-c", "import iadv_foundation; import chainer.links"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_a_failed_import_leaves_no_half_made_modules(self):
        run(
            "import sys, builtins\n"
            "real = builtins.__import__\n"
            "def fails(name, *rest, **named):\n"
            "    if name == 'chainer.functions' or name.startswith('chainer.functions.'):\n"
            "        raise ImportError('broken on purpose')\n"
            "    return real(name, *rest, **named)\n"
            "builtins.__import__ = fails\n"
            "try:\n"
            "    import iadv_foundation, chainer\n"
            "except ImportError as error:\n"
            "    assert 'on purpose' in str(error), error\n"
            "else:\n"
            "    raise AssertionError('the import should have failed')\n"
            "assert not [name for name in sys.modules if name.split('.')[0] in ('chainer', 'chainerx')]\n"
            "builtins.__import__ = real\n"
            "import chainer\n"
            "assert chainer.functions.relu"
        )

    def test_another_numpy_user_sees_the_true_numpy_while_chainer_is_in(self):
        assert not hasattr(numpy, "sctypes")
        with old_chainer.stand_ins():
            assert hasattr(numpy, "sctypes")
        assert not hasattr(numpy, "sctypes")

    def test_stand_ins_are_taken_away_when_the_block_fails(self):
        with pytest.raises(ZeroDivisionError), old_chainer.stand_ins():
            raise ZeroDivisionError
        assert not hasattr(numpy, "sctypes")


class TestChainer:
    """The places in Chainer that ask for what is gone, at run time."""

    def test_as_strided_backward(self):
        import chainer.functions as F
        from chainer import Variable

        x = Variable(numpy.arange(6, dtype=numpy.float32))
        windows = F.as_strided(
            x, (4, 3), (1, 1)
        )  # counts in elements, overlapping: each x[i] appears 1, 2, 3, 3, 2, 1 times
        F.sum(windows).backward()
        numpy.testing.assert_array_equal(windows.array, numpy.lib.stride_tricks.sliding_window_view(numpy.arange(6), 3))
        numpy.testing.assert_array_equal(x.grad, [1, 2, 3, 3, 2, 1])

    def test_recurrent_network_learns(self):
        import chainer
        import chainer.functions as F
        import chainer.links as L

        numpy.random.seed(0)
        network = chainer.Chain(lstm=L.NStepLSTM(1, 3, 4, 0.0), out=L.Linear(4, 2))
        optimizer = chainer.optimizers.Adam(0.05).setup(network)
        sequences = [numpy.random.normal(size=(length, 3)).astype(numpy.float32) for length in (1, 4, 2, 6)]
        labels = numpy.array([0, 1, 1, 0], numpy.int32)
        losses = []
        for _ in range(60):
            hidden, _, _ = network.lstm(None, None, sequences)
            loss = F.softmax_cross_entropy(network.out(hidden[0]), labels)
            network.cleargrads()
            loss.backward()
            optimizer.update()
            losses.append(float(loss.array))
        assert losses[0] > 0.5 and losses[-1] < 0.1

    def test_gradient_check_imports_within_the_stand_ins(self):
        run(
            "from iadv_foundation import old_chainer\n"
            "with old_chainer.stand_ins():\n    from chainer import gradient_check, testing\n"
            "assert gradient_check.check_backward and testing.parameterize"
        )


class TestRefusedCombinations:
    """``check_versions`` names what does work."""

    @pytest.mark.parametrize("python", [(3, 11), (3, 12), (3, 13)])
    @pytest.mark.parametrize("numpy_version", ["2.2.0", "2.4.6", "2.5.5"])
    def test_known_combinations_pass(self, python, numpy_version):
        old_chainer.check_versions(python, numpy_version, installed(chainer="7.8.1"))

    @pytest.mark.parametrize(
        "python, numpy_version, versions, words",
        [
            ((3, 10), "2.4.0", {"chainer": "7.8.1"}, "Python 3.10 is not supported: use Python 3.11 to 3.13"),
            ((3, 14), "2.4.0", {"chainer": "7.8.1"}, "Python 3.14 is not supported: use Python 3.11 to 3.13"),
            ((2, 7), "2.4.0", {"chainer": "7.8.1"}, "Python 2.7 is not supported"),
            ((3, 12), "1.26.4", {"chainer": "7.8.1"}, "NumPy 1.26.4 is not supported: install numpy>=2.2,<3"),
            ((3, 12), "2.1.3", {"chainer": "7.8.1"}, "NumPy 2.1.3 is not supported: install numpy>=2.2,<3"),
            ((3, 12), "3.0.0", {"chainer": "7.8.1"}, "NumPy 3.0.0 is not supported: install numpy>=2.2,<3"),
            ((3, 12), "2.4.0", {}, "Chainer is not installed: run ./reproduce.sh setup"),
            ((3, 12), "2.4.0", {"chainer": "7.8.0"}, "Chainer 7.8.0 is not supported: install chainer==7.8.1"),
            ((3, 12), "2.4.0", {"chainer": "7.8.1", "cupy_cuda12x": "12.3.0"}, "install cupy-cuda12x>=13.6,<15"),
            ((3, 12), "2.4.0", {"chainer": "7.8.1", "cupy_cuda12x": "13.5.1"}, "install cupy-cuda12x>=13.6,<15"),
            ((3, 12), "2.4.0", {"chainer": "7.8.1", "cupy_cuda13x": "15.0.0"}, "install cupy-cuda13x>=13.6,<15"),
        ],
    )
    def test_others_are_refused(self, python, numpy_version, versions, words):
        with pytest.raises(UserError) as error:
            old_chainer.check_versions(python, numpy_version, installed(**versions))
        assert words in str(error.value)
        assert error.value.exit_status == 1

    @pytest.mark.parametrize("version", ["13.6.0", "14.2.0", "14.0.0rc1"])
    def test_known_cupys_pass(self, version):
        old_chainer.check_versions((3, 12), "2.4.0", installed(chainer="7.8.1", cupy_cuda13x=version))

    def test_two_cupys_at_once_are_refused(self):
        with pytest.raises(
            UserError, match="cupy-cuda13x and cupy-cuda12x are both installed and overwrite each other"
        ):
            old_chainer.check_versions(
                (3, 12), "2.4.0", installed(chainer="7.8.1", cupy_cuda12x="14.2.0", cupy_cuda13x="14.2.0")
            )

    def test_a_refusal_is_one_line_of_a_command(self):
        code = (
            "import sys, iadv_foundation.console.cli\n"
            "def main(arguments):\n"
            "    import numpy; numpy.__version__ = '3.1.0'\n"
            "    import chainer\n"
            "iadv_foundation.console.cli.run(main, 'python -m something', [])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "python -m something: error: NumPy 3.1.0 is not supported: install numpy>=2.2,<3\n"


class TestCudaLibraries:
    """CuPy 13 does not find CUDA's libraries among pip's wheels: they are loaded for it, those it needs first."""

    @pytest.fixture
    def packages(self, tmp_path):
        """A folder of installed packages with the wheels of CUDA 12 and 13."""
        for path in (
            "cublas/lib/libcublas.so.12",
            "cublas/lib/libcublasLt.so.12",
            "cublas/lib/libnvblas.so.12",
            "nvjitlink/lib/libnvJitLink.so.12",
            "cusolver/lib/libcusolver.so.11",
            "cusparse/lib/libcusparse.so.12",
            "cu13/lib/libcublas.so.13",
            "cu13/lib/libcublasLt.so.13",
            "cu13/lib/libcusolver.so.12",
        ):
            (tmp_path / "nvidia" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "nvidia" / path).touch()
        return tmp_path

    @staticmethod
    def load(packages, cupys, broken=(), toolkit=()):
        """Names of the libraries loaded from the wheels, and the reasons given."""
        loaded = []

        def loader(name, mode=None):
            if Path(name).is_absolute():
                loaded.append(Path(name).name)
                if Path(name).name in broken:
                    raise OSError("broken")
            elif name not in toolkit:
                raise OSError(f"{name}: cannot open shared object file")

        return old_chainer.load_cuda_libraries(cupys, ["/nonexistent", str(packages)], loader), loaded

    @pytest.mark.parametrize(
        "package, names",
        [
            (
                "cupy-cuda12x",
                [
                    "libnvJitLink.so.12",
                    "libcublasLt.so.12",
                    "libcublas.so.12",
                    "libcusparse.so.12",
                    "libcusolver.so.11",
                ],
            ),
            ("cupy-cuda13x", ["libcublasLt.so.13", "libcublas.so.13", "libcusolver.so.12"]),
        ],
    )
    def test_those_of_the_right_cuda_in_the_right_order(self, packages, package, names):
        reasons, loaded = self.load(packages, {package: "13.6.0"})
        assert loaded == names
        assert len(reasons) == 1 and "CuPy 13.6.0 does not look for" in reasons[0]

    def test_one_that_does_not_load_is_left_to_cupy_to_tell(self, packages):
        reasons, loaded = self.load(packages, {"cupy-cuda12x": "13.6.0"}, broken=["libcublasLt.so.12"])
        assert len(loaded) == 5 and reasons

    @pytest.mark.parametrize(
        "cupys, toolkit",
        [({}, ()), ({"cupy-cuda12x": "14.2.0"}, ()), ({"cupy-cuda12x": "13.6.0"}, ("libcublas.so.12",))],
        ids=["no CuPy", "CuPy 14", "a toolkit"],
    )
    def test_nothing_is_loaded_where_it_is_not_needed(self, packages, cupys, toolkit):
        assert self.load(packages, cupys, toolkit=toolkit) == ([], [])

    def test_without_wheels_nothing_is_claimed(self, tmp_path):
        assert self.load(tmp_path, {"cupy-cuda12x": "13.6.0"}) == ([], [])


class TestWithCupy:
    """What holds with a true CuPy, with or without a GPU."""

    def test_chainer_takes_cupy_for_available_without_cudnn_and_in_silence(self):
        if not old_chainer.installed_cupys():
            pytest.skip("CuPy is not installed here (requirements-gpu.txt)")
        done = subprocess.run(
            [
                sys.executable,
                "-W",
                "default",
                "-c",
                "from iadv_foundation import old_chainer; import chainer.links; from chainer.backends import cuda\n"
                "import cupy\n"
                "assert cuda.available, cuda._resolution_error\n"
                "assert not cuda.cudnn_enabled and not chainer.should_use_cudnn('>=auto')\n"
                "assert cuda.cupy is cupy and chainer.backend.get_array_module(cuda.ndarray) is not None\n"
                "assert callable(cuda.elementwise('T x', 'T y', 'y = x', 'copy'))\n"
                "assert any(line.startswith('cuDNN: ') for line in old_chainer.PATCHES)",
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
