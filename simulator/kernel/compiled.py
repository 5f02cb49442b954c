"""How the kernel is compiled: without locking the interpreter, kept on disk, and never with shortcuts in arithmetic."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile *function* for others that are compiled; Python cannot call it.

    Numba hands `forceinline` down to whatever an inlined function is the first to call, unless that says otherwise: so it does.
    """
    return _compiler(forceinline=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)


def inlined(function: F) -> F:
    """Compile *function*, which is short or on the way of most transitions, into whatever calls it."""
    return _compiler(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)


def entered(function: F) -> F:
    """Compile *function* for Python to call, with all that it calls, and keep that beside its source or in the user's cache."""
    try:
        return _compiler(cache=True)(function)
    except RuntimeError:  # no folder to keep it in: it is compiled anew by every process
        return _compiler()(function)


def is_kept(function: Any) -> bool:
    """Say whether what the entered *function* is compiled to is kept on disk."""
    return hasattr(function._cache, "cache_path") and function._cache.cache_path is not None


def _compiler(**options: bool) -> Callable[[F], F]:
    jit: Any = njit
    compiler: Callable[[F], F] = jit(nogil=True, error_model="numpy", **options)
    return compiler


def word(value: int) -> int:
    """Return *value* as a constant of 64 bits: a plain number is a type of its own to numba, which compiles everything for each."""
    constant: Any = np.int64(value)
    return cast(int, constant)
