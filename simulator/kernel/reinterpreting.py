"""The bits of a float as an integer, and back: what frexp and ldexp do is then two operations instead of a call."""

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
