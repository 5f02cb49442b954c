"""How the kernel is compiled: without locking the interpreter, kept on disk, and never with shortcuts in arithmetic."""

from collections.abc import Callable
from typing import TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile *function* for others that are compiled; Python cannot call it."""
    ready: F = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return ready


def entered(function: F) -> F:
    """Compile *function* for Python to call, with all that it calls, and keep that beside its source or in the user's cache."""
    try:
        ready: F = njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no folder to keep it in: it is compiled anew by every process
        ready = njit(nogil=True, error_model="numpy")(function)
    return ready
