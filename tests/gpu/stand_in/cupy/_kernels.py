"""Kernels: CUDA's C++ compiled for the CPU.  A launch goes through all threads of all blocks, one after the other."""

import ctypes
import hashlib
import os
import re
import subprocess
import tempfile
from pathlib import Path

import numpy

from cupy._arrays import SCALARS, inside, ndarray, outside

#: Compiled kernels, by the hash of their source.
_FOLDER = Path(os.environ.get("STAND_IN_KERNELS") or Path(tempfile.gettempdir()) / f"stand-in-kernels-{os.getuid()}")
# What CUDA has and C++ does not.
_CUDA = """
#include <cmath>
#include <cstdint>
#include <type_traits>
using namespace std;
#define __global__
#define __device__
#define __forceinline__ inline
static struct { unsigned x, y, z; } blockIdx, blockDim, threadIdx, gridDim;
"""
_CUPY = (
    _CUDA
    + """
template <class A, class B> auto min(A a, B b) -> typename common_type<A, B>::type { return b < a ? b : a; }
template <class A, class B> auto max(A a, B b) -> typename common_type<A, B>::type { return a < b ? b : a; }
template <class T> T atomicAdd(T *at, T value) { T before = *at; *at += value; return before; }
struct Indexer { long long n; long long size() const { return n; } };
template <class T> struct Raw {
    T *elements; long long count; const long long *lengths; int dimensions;
    template <class I> typename enable_if<is_integral<I>::value, T &>::type operator[](I place) const {
        return elements[place];
    }
    T &operator[](const long long *index) const { return at(index); }
    T &operator[](const int *index) const { return at(index); }
    template <class I> T &at(const I *index) const {
        long long place = 0;
        for (int d = 0; d < dimensions; ++d) place = place * lengths[d] + index[d];
        return elements[place];
    }
    long long size() const { return count; }
    const long long *shape() const { return lengths; }
};
"""
)
_C_TYPES = {
    "bool": "bool",
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "long long",
    "uint64": "unsigned long long",
    "float32": "float",
    "float64": "double",
}


def build(source):
    """The library (ctypes.CDLL) made of a C++ source text."""
    _FOLDER.mkdir(exist_ok=True)
    library = _FOLDER / f"{hashlib.sha256(source.encode()).hexdigest()[:32]}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=_FOLDER) as folder:
            (Path(folder) / "kernel.cpp").write_text(source)
            made = Path(folder) / "kernel.so"
            done = subprocess.run(
                [
                    "g++",
                    "-std=c++14",
                    "-O1",
                    "-w",
                    "-ffp-contract=off",
                    "-shared",
                    "-fPIC",
                    "-o",
                    made,
                    Path(folder) / "kernel.cpp",
                ],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise RuntimeError(f"CompileException: {done.stderr}\n{source}")
            made.replace(library)
    return ctypes.CDLL(str(library))


class _Parameter:
    def __init__(self, text):
        *first, self.type, self.name = text.split()
        self.raw = "raw" in first
        self.generic = len(self.type) == 1


def _parameters(text):
    return [_Parameter(each) for each in text.split(",") if each.strip()]


class _Kernel:
    """What kernels that are written as expressions share."""

    def __init__(self, in_params, out_params, preamble, name):
        self.ins, self.outs, self.preamble, self.name = _parameters(in_params), _parameters(out_params), preamble, name
        self._libraries = {}

    def _types(self, args, outs):
        """Letter -> dtype; arrays decide, and numbers where there is none."""
        types = {}
        given = [*zip(self.ins, args, strict=True), *zip(self.outs, outs, strict=False)]
        for arrays in (True, False):
            for parameter, value in given:
                if isinstance(value, ndarray) is not arrays:
                    continue
                dtype = value.dtype if arrays or isinstance(value, numpy.generic) else numpy.array(value).dtype
                if not parameter.generic:
                    if arrays and dtype != numpy.dtype(parameter.type):
                        raise TypeError(f"{self.name}: {parameter.name} is {dtype}, not {parameter.type}")
                elif types.setdefault(parameter.type, dtype) != dtype and arrays:
                    raise TypeError(f"Type is mismatched. {parameter.name} {dtype} {types[parameter.type]}")
        return types

    def _dtype(self, parameter, types):
        return types[parameter.type] if parameter.generic else numpy.dtype(parameter.type)

    def _c_type(self, parameter, types):
        return _C_TYPES[self._dtype(parameter, types).name]

    def _check(self, values):
        for value in values:
            if not isinstance(value, (ndarray, *SCALARS)):
                raise TypeError(f"Unsupported type {type(value)}")

    def _source(self, types, body):
        head = [
            _CUPY,
            *(f"typedef {_C_TYPES[dtype.name]} {letter};" for letter, dtype in types.items()),
            self.preamble,
            'extern "C" void run(void **arrays, long long **shapes, const int *dimensions, const long long *sizes, '
            "long long n, long long inner) {",
            "    Indexer _ind = {n};",
        ]
        for number, parameter in enumerate([*self.ins, *self.outs]):
            c_type = self._c_type(parameter, types)
            pointer = f"(({c_type} *)arrays[{number}])"
            if parameter.raw:
                head.append(
                    f"    Raw<{c_type}> {parameter.name} = {{{pointer}, sizes[{number}], shapes[{number}], "
                    f"dimensions[{number}]}};"
                )
            else:
                head.append(f"    {c_type} *_p_{parameter.name} = {pointer};")
        return "\n".join([*head, *body, "}"])

    def _call(self, source, arrays, n, inner=1):
        if source not in self._libraries:
            self._libraries[source] = build(source)
        shapes = [numpy.array(array.shape or (1,), numpy.int64) for array in arrays]
        dimensions = numpy.array([array.ndim for array in arrays], numpy.int32)
        sizes = numpy.array([array.size for array in arrays], numpy.int64)
        pointers = (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
        shape_pointers = (ctypes.c_void_p * len(arrays))(*(shape.ctypes.data for shape in shapes))
        self._libraries[source].run(
            pointers,
            shape_pointers,
            ctypes.c_void_p(dimensions.ctypes.data),
            ctypes.c_void_p(sizes.ctypes.data),
            ctypes.c_longlong(n),
            ctypes.c_longlong(inner),
        )


class ElementwiseKernel(_Kernel):
    """``cupy.ElementwiseKernel``."""

    def __init__(
        self,
        in_params,
        out_params,
        operation,
        name="kernel",
        reduce_dims=True,
        preamble="",
        no_return=False,
        return_tuple=False,
        loop_prep="",
        after_loop="",
        options=(),
    ):
        super().__init__(in_params, out_params, preamble, name)
        self.operation, self.no_return, self.return_tuple = operation, no_return, return_tuple
        self.loop_prep, self.after_loop = loop_prep, after_loop

    def __call__(self, *args, size=None, stream=None, block_size=128):
        if len(args) not in (len(self.ins), len(self.ins) + len(self.outs)):
            raise TypeError(f"Wrong number of arguments for {self.name}")
        self._check(args)
        args, outs = args[: len(self.ins)], args[len(self.ins) :]
        types = self._types(args, outs)
        one_by_one = [
            value
            for parameter, value in [*zip(self.ins, args, strict=True), *zip(self.outs, outs, strict=False)]
            if not parameter.raw
        ]
        shape = numpy.broadcast_shapes(*(value.shape for value in one_by_one if isinstance(value, ndarray)))
        if size is not None:
            if any(isinstance(value, ndarray) for value in one_by_one):
                raise ValueError("Specified 'size' can be used only if all of the ndarray are 'raw'.")
            shape = (size,)
        elif not any(isinstance(value, ndarray) for value in one_by_one):
            raise ValueError("Loop size is undecided.")
        if any(value.shape != shape for parameter, value in zip(self.outs, outs, strict=False) if not parameter.raw):
            raise ValueError("Out shape is mismatched")
        if not outs:
            outs = [ndarray._of(numpy.empty(shape, self._dtype(parameter, types))) for parameter in self.outs]
        arrays = []
        for parameter, value in zip(self.ins, args, strict=True):
            array = numpy.asarray(inside(value), self._dtype(parameter, types))
            arrays.append(numpy.ascontiguousarray(array if parameter.raw else numpy.broadcast_to(array, shape)))
        made = [numpy.array(inside(value), order="C") for value in outs]
        self._call(self._source(types, self._loop(types)), [*arrays, *made], int(numpy.prod(shape)))
        for value, array in zip(outs, made, strict=True):
            value._array[...] = array
        if self.no_return:
            return None
        return tuple(outs) if len(outs) > 1 or self.return_tuple else outs[0]

    def _loop(self, types):
        names = [
            (self._c_type(parameter, types), parameter.name)
            for parameter in [*self.ins, *self.outs]
            if not parameter.raw
        ]
        return [
            f"    {self.loop_prep};",
            "    for (long long i = 0; i < n; ++i) {",
            *(f"        {c_type} &{name} = _p_{name}[i];" for c_type, name in names),
            f"        {self.operation};",
            "    }",
            f"    {self.after_loop};",
        ]


class ReductionKernel(_Kernel):
    """``cupy.ReductionKernel``."""

    def __init__(
        self,
        in_params,
        out_params,
        map_expr,
        reduce_expr,
        post_map_expr,
        identity,
        name="reduce_kernel",
        reduce_type=None,
        reduce_dims=True,
        preamble="",
        options=(),
    ):
        super().__init__(in_params, out_params, preamble, name)
        self.expressions, self.identity = (map_expr, reduce_expr, post_map_expr), identity
        self.reduce_type = reduce_type or self.outs[0].type

    def __call__(self, *args, out=None, axis=None, keepdims=False, stream=None):
        if len(args) == len(self.ins) + 1:
            *args, out = args
        if len(args) != len(self.ins):
            raise TypeError(f"Wrong number of arguments for {self.name}")
        self._check(args)
        types = self._types(args, [] if out is None else [out])
        shape = numpy.broadcast_shapes(
            *(
                value.shape
                for parameter, value in zip(self.ins, args, strict=True)
                if isinstance(value, ndarray) and not parameter.raw
            )
        )
        axes = range(len(shape)) if axis is None else [axis] if isinstance(axis, int) else axis
        axes = [one % len(shape) for one in axes]
        left = [one for one in range(len(shape)) if one not in axes]
        arrays = []
        for parameter, value in zip(self.ins, args, strict=True):
            array = numpy.asarray(inside(value), self._dtype(parameter, types))
            if not parameter.raw:
                array = numpy.broadcast_to(array, shape).transpose(*left, *axes)
            arrays.append(numpy.ascontiguousarray(array))
        made = numpy.empty([shape[one] for one in left], self._dtype(self.outs[0], types))
        if out is not None:  # which may be added to
            made[...] = inside(out).reshape(made.shape)
        inner = int(numpy.prod([shape[one] for one in axes]))
        numbers = {
            parameter.name for parameter, value in zip(self.ins, args, strict=True) if not isinstance(value, ndarray)
        }
        self._call(self._source(types, self._loop(types, numbers)), [*arrays, made], made.size, inner)
        if keepdims or out is not None and out.ndim == len(shape):
            made = made.reshape([1 if one in axes else shape[one] for one in range(len(shape))])
        if out is None:
            return outside(made)
        inside(out)[...] = made
        return out

    def _loop(self, types, numbers):
        map_expr, reduce_expr, post_map_expr = self.expressions
        names = [(self._c_type(parameter, types), parameter.name) for parameter in self.ins if not parameter.raw]
        kind = _C_TYPES.get(self.reduce_type, self.reduce_type)
        out = self.outs[0]
        # Starts from the first element, as the identity may be no element's own ("").
        return [
            "    for (long long i = 0; i < n; ++i) {",
            f"        {kind} _sum = {kind}({self.identity or 0});",
            "        for (long long _r = 0; _r < inner; ++_r) {",
            "            const long long _j = i * inner + _r;",
            *(f"            {c_type} &{name} = _p_{name}[_j];" for c_type, name in names),
            f"            const {kind} b = {kind}({map_expr}), a = _sum;",
            f"            _sum = {'_r == 0 ? b : ' if self.identity in ('', None) else ''}({reduce_expr});",
            "        }",
            *(f"        {c_type} &{name} = _p_{name}[0];" for c_type, name in names if name in numbers),
            f"        const {kind} a = _sum;",
            f"        {self._c_type(out, types)} &{out.name} = _p_{out.name}[i];",
            f"        {post_map_expr};",
            "    }",
        ]


class RawModule:
    """``cupy.RawModule`` of source text; the kernels in it are ``extern "C" __global__``."""

    def __init__(self, *, code=None, path=None, options=(), backend="nvrtc", translate_cucomplex=False, **_):
        # One of -DName=value each; the compiler of CUDA would take more.
        self.defined = dict(re.fullmatch(r"-D(\w+)=(.+)", option).groups() for option in options)
        self.prototypes = {}
        drivers = []
        for name, parameters in re.findall(r'extern "C" __global__ void (\w+)\(([^)]*)\)', code):
            parsed = [
                re.fullmatch(r"\s*(?:const )?((?:long long)|\w+) (\*?)(\w+)\s*", each).groups()
                for each in parameters.split(",")
            ]
            self.prototypes[name] = [(self.defined.get(kind, kind), bool(star)) for kind, star, _ in parsed]
            drivers.append(
                f'extern "C" void {name}_all(unsigned blocks, unsigned threads, {parameters}) {{\n'
                "    gridDim.x = blocks; blockDim.x = threads;\n"
                "    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x)\n"
                "        for (threadIdx.x = 0; threadIdx.x < threads; ++threadIdx.x)\n"
                f"            {name}({', '.join(each for _, _, each in parsed)});\n}}"
            )
        definitions = [f"typedef {value} {name};" for name, value in self.defined.items()]
        self.library = build("\n".join([_CUDA, *definitions, code, *drivers]))

    def get_function(self, name):
        """A kernel by its name."""
        return RawKernel._of(self, name)


class RawKernel:
    """``cupy.RawKernel``: called with (blocks,), (threads,) and the arguments, which are checked as CUDA would not."""

    _NUMBERS = {
        "int": (numpy.int32, ctypes.c_int),
        "long long": (numpy.int64, ctypes.c_longlong),
        "float": (numpy.float32, ctypes.c_float),
        "double": (numpy.float64, ctypes.c_double),
    }

    def __init__(self, code, name, options=(), **_):
        self.module, self.name = RawModule(code=code, options=options), name

    @classmethod
    def _of(cls, module, name):
        made = cls.__new__(cls)
        made.module, made.name = module, name
        return made

    def __call__(self, grid, block, args, *, shared_mem=0):
        prototype = self.module.prototypes[self.name]
        if len(args) != len(prototype):
            raise TypeError(f"{self.name} has {len(prototype)} parameters, got {len(args)}")
        given = []
        for (kind, is_pointer), value in zip(prototype, args, strict=True):
            dtype, c_type = self._NUMBERS[kind]
            if is_pointer:
                array = inside(value)
                if not (isinstance(value, ndarray) and array.dtype == dtype and array.flags.c_contiguous):
                    raise TypeError(f"{self.name}: not a C-contiguous array of {kind}: {type(value)}")
                given.append(ctypes.c_void_p(array.ctypes.data))
            elif type(value) is not dtype:
                raise TypeError(f"{self.name}: {type(value)} for {kind}")
            else:
                given.append(c_type(value.item()))
        if not 0 < block[0] <= 1024 or not grid[0] > 0:
            raise RuntimeError("cudaErrorInvalidConfiguration")
        getattr(self.module.library, f"{self.name}_all")(ctypes.c_uint(grid[0]), ctypes.c_uint(block[0]), *given)
