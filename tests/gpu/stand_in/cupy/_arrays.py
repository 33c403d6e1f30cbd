"""The stand-in's arrays: NumPy's inside, CuPy's manners outside.

They are converted to NumPy by ``get()`` alone; mixed with NumPy's they raise a TypeError; what NumPy would give as a scalar is
an array without dimensions; arrays of two devices do not meet.  What makes the host wait for a device is counted.
"""
import collections
import inspect
import os
import sys

import numpy

from cupy import _signatures

DEVICES = 2
SCALARS = (bool, int, float, complex, numpy.generic)
_HERE = os.path.dirname(os.path.abspath(__file__))
#: (what, where) -> how often.  What: "read", a value came to the host; "shape", the host waited for the size of a result;
#: "sent", an array went to the device.  Where: the innermost lines outside this package, callee first.
COUNTS = collections.Counter()
_current = [0]


def count(what):
    """Count something that the caller's caller did."""
    frame, where = sys._getframe(1), []
    while frame is not None and len(where) < 2:
        path = frame.f_code.co_filename
        if not path.startswith((_HERE, "<")):
            where.append(f"{os.path.relpath(path, os.path.dirname(_HERE) + '/../../..')}:{frame.f_lineno}")
        frame = frame.f_back
    COUNTS[what, " < ".join(where)] += 1


class Device:
    """``cupy.cuda.Device``."""

    def __init__(self, device=None):
        self.id = _current[-1] if device is None else int(device)
        if not 0 <= self.id < DEVICES:
            raise RuntimeError("cudaErrorInvalidDevice: invalid device ordinal")

    def __int__(self):
        return self.id

    def __eq__(self, other):
        return isinstance(other, Device) and other.id == self.id

    def __hash__(self):
        return self.id

    def __enter__(self):
        _current.append(self.id)
        return self

    def __exit__(self, *_):
        _current.pop()

    def use(self):
        """Make it the current device."""
        _current[-1] = self.id

    mem_info = 1 << 33, 1 << 34

    def synchronize(self):
        """Nothing is ever under way."""
        count("read")


def inside(value):
    """The NumPy array in an array of the current device; Python's own things as they are; lists and tuples of them."""
    if isinstance(value, ndarray):
        if value.device.id != _current[-1]:
            raise ValueError(f"Array device must be same as the current device: array device = {value.device.id} while "
                             f"current = {_current[-1]}")
        return value._array
    if isinstance(value, numpy.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, (list, tuple)):
        return type(value)(inside(each) for each in value)
    return value


def outside(value):
    """What NumPy returned as CuPy returns it."""
    if isinstance(value, (numpy.ndarray, numpy.generic)):
        return ndarray._of(numpy.asarray(value))
    if isinstance(value, (list, tuple)):
        return type(value)(outside(each) for each in value) if type(value) in (list, tuple) else tuple(map(outside, value))
    return value


def parse(text):
    """Name -> inspect.Signature of the lines of a text."""
    parsed = {}
    for line in text.split("\n"):
        if line:
            name, parameters = line.split("(", 1)
            parsed[name] = inspect.signature(eval(f"lambda {parameters.rsplit(')', 1)[0]}: None"))  # noqa: S307
    return parsed


#: Of these the host must know how large the result is.
_SHAPED_BY_VALUES = {"flatnonzero", "nonzero", "unique", "bincount", "delete"}
#: NumPy's names of CuPy's parameters where they differ.
_RENAMED = {"delete": {"indices": "obj"}}


def checked(name, signature, call):
    """``call`` with CuPy's parameters alone."""
    def function(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        if name in ("concatenate", "stack", "dot", "sum", "max", "matmul") or name in _SHAPED_BY_VALUES:
            first = next(iter(bound.arguments.values()), None)
            if isinstance(first, SCALARS):
                raise TypeError(f"{name}() wants an array, not {type(first)}")
        if name in _SHAPED_BY_VALUES or name == "where" and len(bound.arguments) == 1:
            count("shape")
        out = bound.arguments.get("out")
        positional, named = [], {}
        for key, value in bound.arguments.items():
            if signature.parameters[key].kind is inspect.Parameter.VAR_POSITIONAL:
                positional.extend(inside(each) for each in value)
            else:
                of_the_host = key == "indices_or_sections"
                named[_RENAMED.get(name, {}).get(key, key)] = value if of_the_host else inside(value)
        result = outside(call(positional, named))
        return result if out is None else out
    function.__name__ = name
    return function


def _by_position(numpy_function, names):
    def call(positional, named):
        first = [named.pop(name) for name in names if name in named]
        return numpy_function(*positional, *first, **named)
    return call


def make_function(name, signature):
    """A function of the module ``cupy``."""
    leading = [key for key, parameter in signature.parameters.items() if parameter.default is inspect.Parameter.empty]
    if name == "where":
        leading = list(signature.parameters)
    if name == "arange":
        def call(positional, named):
            start, stop = named.pop("start"), named.pop("stop", None)
            start, stop = (0, start) if stop is None else (start, stop)
            return numpy.arange(start, stop, named.get("step", 1), dtype=named.get("dtype"))
        return checked(name, signature, call)
    if name == "bincount":
        return checked(name, signature, lambda _, named: numpy.bincount(
            named["x"], named.get("weights"), named.get("minlength") or 0))
    if name == "repeat":
        plain = checked(name, signature, _by_position(numpy.repeat, leading))

        def repeat(a, repeats, axis=None):
            if isinstance(repeats, ndarray):
                raise ValueError("cupy.ndarray cannot be specified as repeats")
            return plain(a, repeats, axis)
        return repeat
    return checked(name, signature, _by_position(getattr(numpy, name), leading))


class ufunc:
    """``cupy.ufunc``."""

    def __init__(self, name):
        self.name, self._ufunc = f"cupy_{name}", getattr(numpy, name)
        self.__name__ = name

    def __call__(self, *args, out=None, dtype=None, casting=None):
        for value in (*args, out):
            if not (value is None or isinstance(value, (ndarray, *SCALARS))):
                raise TypeError(f"Unsupported type {type(value)}")
        if len(args) > self._ufunc.nin:
            *args, out = args
        args = [inside(value) for value in args]
        settings = {key: value for key, value in (("dtype", dtype), ("casting", casting)) if value is not None}
        with numpy.errstate(all="ignore"):  # a GPU warns of nothing
            result = self._ufunc(*args, out=None if out is None else (inside(out),), **settings)
        return outside(result) if out is None else out


UFUNCS = {name: ufunc(name) for name in _signatures.UFUNCS.split()}


class _Pointer:
    """``ndarray.data``."""

    def __init__(self, array):
        self.ptr, self.device = array._array.ctypes.data, array.device


class ndarray:
    """``cupy.ndarray``."""

    __array_priority__ = 100
    __hash__ = None

    def __init__(self, shape, dtype=float, memptr=None, strides=None, order="C"):
        self._array, self.device = numpy.empty(shape, dtype, order), Device()

    @classmethod
    def _of(cls, array):
        made = cls.__new__(cls)
        made._array, made.device = array, Device()
        return made

    shape = property(lambda self: self._array.shape)
    dtype = property(lambda self: self._array.dtype)
    size = property(lambda self: self._array.size)
    ndim = property(lambda self: self._array.ndim)
    nbytes = property(lambda self: self._array.nbytes)
    itemsize = property(lambda self: self._array.itemsize)
    strides = property(lambda self: self._array.strides)
    flags = property(lambda self: self._array.flags)
    T = property(lambda self: outside(self._array.T))
    data = property(_Pointer)
    __cuda_array_interface__ = property(lambda self: {"version": 3})

    # What CuPy refuses, and what makes the host wait.

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a NumPy array "
                        "explicitly.")

    def get(self, stream=None, order="C", out=None, blocking=True):
        """A copy on the host."""
        count("read")
        return numpy.array(self._array, order=order)

    def _one(self, kind):
        if self.size != 1:
            raise ValueError("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")
        return kind(self.get().reshape(()))

    def __bool__(self):
        return self._one(bool)

    def __int__(self):
        return self._one(int)

    def __float__(self):
        return self._one(float)

    def __index__(self):
        return self.get().__index__()

    def item(self):
        """The one element as Python's own number."""
        return self.get().item()

    def tolist(self):
        """All elements as lists of Python's own numbers."""
        return self.get().tolist()

    def __repr__(self):
        return repr(self.get())

    def __format__(self, how):
        return format(self.get(), how)

    def __reduce__(self):
        import cupy
        return cupy.array, (self.get(),)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        with self.device:
            return self.copy()

    def set(self, array, stream=None):
        """Fill it from a NumPy array of its shape and type."""
        if not isinstance(array, numpy.ndarray) or array.dtype != self.dtype or array.shape != self.shape:
            raise TypeError("only a numpy.ndarray of the same shape and dtype can be set")
        count("sent")
        self._array[...] = array

    # NumPy's functions on it are CuPy's.

    def __array_ufunc__(self, function, method, *inputs, **kwargs):
        name = function.__name__
        if method != "__call__" or name not in UFUNCS:
            return NotImplemented
        if "out" in kwargs:
            kwargs["out"], = kwargs["out"]
        if name.startswith(("greater", "less", "equal", "not_equal")):
            inputs = [value.item() if isinstance(value, numpy.ndarray) and value.ndim == 0 else value for value in inputs]
        return UFUNCS[name](*inputs, **kwargs)

    def __array_function__(self, function, types, args, kwargs):
        import cupy
        ours = cupy
        try:
            for part in (*function.__module__.split(".")[1:], function.__name__):
                ours = getattr(ours, part)
        except AttributeError:
            return NotImplemented
        if any(kind not in (ndarray, numpy.ndarray) for kind in types):
            return NotImplemented
        return ours(*args, **kwargs)

    # Containers.

    def __len__(self):
        return len(self._array)

    def __iter__(self):
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[number] for number in range(len(self)))

    @staticmethod
    def _index(index):
        parts = []
        for part in index if isinstance(index, tuple) else (index,):
            if isinstance(part, (list, numpy.ndarray)):  # sent, whoever meant it
                count("sent")
                part = numpy.asarray(part, None if len(part) else int)
            elif isinstance(part, ndarray):
                part = inside(part)
            if isinstance(part, numpy.ndarray) and part.dtype == bool:
                count("shape")
            parts.append(part)
        return tuple(parts)

    def __getitem__(self, index):
        with self.device:
            index = self._index(index)
            found = self._array[index]
            if isinstance(found, numpy.generic):  # a view, as all that CuPy returns of one element
                found = self._array[(*index, ...)]
            return outside(found)

    def __setitem__(self, index, value):
        inside(self)
        places = self._index(index)
        if isinstance(value, numpy.ndarray):
            if isinstance(index, slice) and index == slice(None):
                self.set(value)
                return
            if not any(isinstance(place, numpy.ndarray) for place in places):
                raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
            count("sent")
        else:
            value = inside(value)
        self._array[places] = value

    def scatter_add(self, index, value):
        """Add to elements, to one as often as it is named."""
        if self.dtype not in ("int32", "float16", "float32", "float64", "uint32", "uint64"):
            raise TypeError(f"scatter_add does not support {self.dtype}")
        numpy.add.at(inside(self), self._index(index), inside(value))

    # Shapes and types.

    def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
        """As NumPy's."""
        return outside(self._array.astype(dtype, order=order, copy=copy))

    def view(self, dtype=None, type=None):
        """The same memory."""
        return outside(self._array.view() if dtype is None else self._array.view(dtype))

    def reshape(self, *shape, order="C", copy=None):
        """As NumPy's."""
        return outside(self._array.reshape(*shape, order=order))

    def transpose(self, *axes):
        """As NumPy's."""
        return outside(self._array.transpose(*axes))

    def reduced_view(self, dtype=None):
        """The same memory with as few dimensions as can be."""
        return self.view() if self.ndim < 2 or not self.flags.c_contiguous else self.reshape(-1)

    def fill(self, value):
        """All elements to one value."""
        inside(self).fill(value.item() if isinstance(value, ndarray) else value)


def _method(name, signature):
    def call(positional, named):
        array = named.pop("self")
        if name == "dot":
            return array.dot(*(named[key] for key in ("b", "out") if key in named))
        result = getattr(array, name)(*positional, **named)
        return result if name != "sort" else None
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD), *signature.parameters.values()]
    return checked(name, signature.replace(parameters=parameters), call)


for _name, _signature in parse(_signatures.METHODS).items():
    setattr(ndarray, _name, _method(_name, _signature))


def _operators(name, function):
    def ours(self, other):
        if not isinstance(other, ndarray):
            if getattr(other, "__array_ufunc__", True) is None or (
                    not isinstance(other, (numpy.ndarray, *SCALARS)) and getattr(other, "__array_priority__", 0) > 100):
                return NotImplemented
        return function(self, other)

    def reflected(self, other):
        return function(other, self)

    def in_place(self, other):
        return function(self, other, self)

    for prefix, operator in (("", ours), ("r", reflected), ("i", in_place)):
        setattr(ndarray, f"__{prefix}{name}__", operator)


for _name, _function in (("add", "add"), ("sub", "subtract"), ("mul", "multiply"), ("truediv", "true_divide"),
                         ("floordiv", "floor_divide"), ("mod", "remainder"), ("pow", "power"), ("lshift", "left_shift"),
                         ("rshift", "right_shift"), ("and", "bitwise_and"), ("or", "bitwise_or"), ("xor", "bitwise_xor"),
                         ("matmul", "matmul")):
    _operators(_name, UFUNCS[_function])
for _name, _function in (("lt", "less"), ("le", "less_equal"), ("eq", "equal"), ("ne", "not_equal"), ("gt", "greater"),
                         ("ge", "greater_equal")):
    _operators(_name, UFUNCS[_function])
for _name, _function in (("neg", "negative"), ("abs", "absolute"), ("invert", "invert")):
    setattr(ndarray, f"__{_name}__", lambda self, function=UFUNCS[_function]: function(self))
