"""The stand-in's arrays: NumPy's inside, CuPy's manners outside.

They are converted to NumPy by ``get()`` alone; mixed with NumPy's they raise a TypeError; what NumPy would give as a
scalar is an array without dimensions; arrays of two devices do not meet.  What makes the host wait for a device is
counted.
"""

import numpy

from cupy._devices import Device, count, current

SCALARS = (bool, int, float, complex, numpy.generic)


def inside(value):
    """The NumPy array in an array of the current device; Python's own things as they are; lists and tuples of them."""
    if isinstance(value, ndarray):
        if value.device.id != current[-1]:
            raise ValueError(
                f"Array device must be same as the current device: array device = {value.device.id} while "
                f"current = {current[-1]}"
            )
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
        return (
            type(value)(outside(each) for each in value) if type(value) in (list, tuple) else tuple(map(outside, value))
        )
    return value


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
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a NumPy array "
            "explicitly."
        )

    def get(self, stream=None, order="C", out=None, blocking=True):
        """A copy on the host."""
        count("read")
        return numpy.array(self._array, order=order)

    def _one(self, kind):
        if self.size != 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()"
            )
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
        import cupy

        name = function.__name__
        ours = getattr(cupy, name, None)
        if method != "__call__" or not isinstance(ours, cupy.ufunc):
            return NotImplemented
        if "out" in kwargs:
            (kwargs["out"],) = kwargs["out"]
        if name.startswith(("greater", "less", "equal", "not_equal")):
            inputs = [
                value.item() if isinstance(value, numpy.ndarray) and value.ndim == 0 else value for value in inputs
            ]
        return ours(*inputs, **kwargs)

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
        for given in index if isinstance(index, tuple) else (index,):
            part = given
            if isinstance(given, (list, numpy.ndarray)):  # sent, whoever meant it
                count("sent")
                part = numpy.asarray(given, None if len(given) else int)
            elif isinstance(given, ndarray):
                part = inside(given)
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
