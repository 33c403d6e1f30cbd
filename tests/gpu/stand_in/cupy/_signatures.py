"""What of CuPy 14.2 is stood in for: the parameters of its functions and methods, and the names of its ufuncs.

Anything else raises an AttributeError, a parameter that CuPy does not have a TypeError.  ``test_manners.py`` compares
this with the real one where that is installed.
"""

FUNCTIONS = """
all(a, axis=None, out=None, keepdims=False)
amax(a, axis=None, out=None, keepdims=False)
amin(a, axis=None, out=None, keepdims=False)
any(a, axis=None, out=None, keepdims=False)
arange(start, stop=None, step=1, dtype=None)
argmax(a, axis=None, dtype=None, out=None, keepdims=False)
argmin(a, axis=None, dtype=None, out=None, keepdims=False)
argsort(a, axis=-1, kind=None)
ascontiguousarray(a, dtype=None)
bincount(x, weights=None, minlength=None)
broadcast_to(array, shape)
clip(a, a_min, a_max, out=None)
concatenate(tup, axis=0, out=None, *, dtype=None, casting='same_kind')
cumsum(a, axis=None, dtype=None, out=None)
delete(arr, indices, axis=None)
dot(a, b, out=None)
expand_dims(a, axis)
flatnonzero(a)
isin(element, test_elements, assume_unique=False, invert=False)
lexsort(keys)
max(a, axis=None, out=None, keepdims=False)
mean(a, axis=None, dtype=None, out=None, keepdims=False)
min(a, axis=None, out=None, keepdims=False)
moveaxis(a, source, destination)
nonzero(a)
partition(a, kth, axis=-1)
prod(a, axis=None, dtype=None, out=None, keepdims=False)
ravel(a, order='C')
repeat(a, repeats, axis=None)
reshape(a, newshape, order='C', *, copy=None)
rollaxis(a, axis, start=0)
searchsorted(a, v, side='left', sorter=None)
sort(a, axis=-1, kind=None)
split(ary, indices_or_sections, axis=0)
squeeze(a, axis=None)
stack(tup, axis=0, out=None, *, dtype=None, casting='same_kind')
sum(a, axis=None, dtype=None, out=None, keepdims=False)
swapaxes(a, axis1, axis2)
take(a, indices, axis=None, out=None)
take_along_axis(a, indices, axis)
tensordot(a, b, axes=2)
transpose(a, axes=None)
unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True)
vdot(a, b)
where(condition, x=None, y=None)
"""

METHODS = """
all(axis=None, out=None, keepdims=False)
any(axis=None, out=None, keepdims=False)
argmax(axis=None, out=None, dtype=None, keepdims=False)
argmin(axis=None, out=None, dtype=None, keepdims=False)
argsort(axis=-1, kind=None)
clip(min=None, max=None, out=None)
copy(order='C')
cumsum(axis=None, dtype=None, out=None)
dot(b, out=None)
flatten(order='C')
max(axis=None, out=None, keepdims=False)
mean(axis=None, dtype=None, out=None, keepdims=False)
min(axis=None, out=None, keepdims=False)
nonzero()
prod(axis=None, dtype=None, out=None, keepdims=False)
ravel(order='C')
repeat(repeats, axis=None)
sort(axis=-1, kind=None)
squeeze(axis=None)
sum(axis=None, dtype=None, out=None, keepdims=False)
swapaxes(axis1, axis2)
take(indices, axis=None, out=None)
"""

UFUNCS = """
abs absolute add bitwise_and bitwise_or bitwise_xor copysign divide equal exp expm1 floor_divide greater greater_equal
hypot invert isfinite isinf isnan left_shift less less_equal log log1p logical_and logical_not logical_or matmul maximum
minimum multiply negative not_equal power remainder right_shift sign sqrt square subtract tanh true_divide
"""
