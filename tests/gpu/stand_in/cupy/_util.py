"""As CuPy has it."""


class PerformanceWarning(RuntimeWarning):
    """Something slow was asked for."""
