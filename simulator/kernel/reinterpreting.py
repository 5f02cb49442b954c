"""The bits of a float as an integer, and back: what frexp and ldexp do is then two operations instead of a call.

And two words as one number of 128 bits: which of two pairs is less is then a subtraction instead of three branches.
"""

from collections.abc import Callable
from typing import Any, cast

import numba
from llvmlite import ir
from numba.extending import intrinsic


def _bitcast(target: Any, width: Any) -> Any:
    """Return what takes 64 bits for *target*, whose type to the machine is *width*."""

    def cast_bits(_typing: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], width)

        return target(value), generate

    made: Any = intrinsic
    return made(cast_bits)


bits_of = cast(Callable[[float], int], _bitcast(numba.int64, ir.IntType(64)))
float_of = cast(Callable[[int], float], _bitcast(numba.float64, ir.DoubleType()))


def _is_less(_typing: Any, upper: Any, lower: Any, other_upper: Any, other_lower: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        upper, lower, other_upper, other_lower = (builder.zext(each, wide) for each in arguments)
        shift = ir.Constant(wide, 64)
        this, other = (builder.or_(builder.shl(high, shift), low) for high, low in ((upper, lower), (other_upper, other_lower)))
        return builder.zext(builder.icmp_unsigned("<", this, other), ir.IntType(64))

    return numba.int64(*(numba.int64,) * 4), generate


_made: Any = intrinsic
is_less = cast(Callable[[int, int, int, int], int], _made(_is_less))
"""Whether the first pair of words, the upper one first, is less than the second, as 1 or 0. None of them is negative."""
