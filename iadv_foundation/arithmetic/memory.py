"""Let the process keep memory that arrays have freed, instead of asking the system for it again."""

import ctypes

#: glibc's mallopt: free memory at the top of the heap above which it is given back, how much more to ask for than is
#: needed, and how many blocks may be mapped by the system one by one.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_NEVER = 2**31 - 1
_MORE = 1 << 26


def keep_freed_memory():
    """Make large arrays from memory that earlier ones have freed.

    By default glibc maps every large array anew, so that the system must find and clear its pages each time: a tenth to
    a fifth of an update with documents of 240 words.  The process holds on to its largest need.  Only glibc is told.

    Returns:
        bool: whether it took effect.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return all([mallopt(_MMAP_MAX, 0), mallopt(_TRIM_THRESHOLD, _NEVER), mallopt(_TOP_PAD, _MORE)])
