"""The stand-in's functions, methods and operators: NumPy's, with the parameters that CuPy has."""

import inspect

import numpy

from cupy import _signatures
from cupy._arrays import SCALARS, inside, ndarray, outside
from cupy._devices import count


def parse(text):
    """Name -> inspect.Signature of the lines of a text."""
    parsed = {}
    for line in text.split("\n"):
        if line:
            name, parameters = line.split("(", 1)
            parsed[name] = inspect.signature(eval(f"lambda {parameters.rsplit(')', 1)[0]}: None"))
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
        return checked(
            name,
            signature,
            lambda _, named: numpy.bincount(named["x"], named.get("weights"), named.get("minlength") or 0),
        )
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
        if not isinstance(other, ndarray) and (
            getattr(other, "__array_ufunc__", True) is None
            or (not isinstance(other, (numpy.ndarray, *SCALARS)) and getattr(other, "__array_priority__", 0) > 100)
        ):
            return NotImplemented
        return function(self, other)

    def reflected(self, other):
        return function(other, self)

    def in_place(self, other):
        return function(self, other, self)

    for prefix, operator in (("", ours), ("r", reflected), ("i", in_place)):
        setattr(ndarray, f"__{prefix}{name}__", operator)


for _name, _function in (
    ("add", "add"),
    ("sub", "subtract"),
    ("mul", "multiply"),
    ("truediv", "true_divide"),
    ("floordiv", "floor_divide"),
    ("mod", "remainder"),
    ("pow", "power"),
    ("lshift", "left_shift"),
    ("rshift", "right_shift"),
    ("and", "bitwise_and"),
    ("or", "bitwise_or"),
    ("xor", "bitwise_xor"),
    ("matmul", "matmul"),
):
    _operators(_name, UFUNCS[_function])
for _name, _function in (
    ("lt", "less"),
    ("le", "less_equal"),
    ("eq", "equal"),
    ("ne", "not_equal"),
    ("gt", "greater"),
    ("ge", "greater_equal"),
):
    _operators(_name, UFUNCS[_function])
for _name, _function in (("neg", "negative"), ("abs", "absolute"), ("invert", "invert")):
    setattr(ndarray, f"__{_name}__", lambda self, function=UFUNCS[_function]: function(self))
