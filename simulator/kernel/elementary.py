"""`topology.portable` once more, for the compiler: the same operations in the same order, and so the same bits."""

import math

from simulator.kernel.compiled import compiled, inlined
from simulator.kernel.reinterpreting import bits_of, float_of
from topology.portable import _LN2_HIGH, _LN2_LOW

LN2_HIGH, LN2_LOW = _LN2_HIGH, _LN2_LOW
_MANTISSA_BITS, _BIAS = 52, 1022
_ROOT_OF_HALF = 0x3FE6A09E667F3BCD
_LEAST_NORMAL, _UP, _UP_BY = 2.0**-1022, 2.0**54, 54


@inlined
def log(x: float) -> float:
    """Return the natural logarithm of *x* > 0."""
    return _log(x, 0) if x >= _LEAST_NORMAL else _log_of_tiny(x)


@compiled
def _log_of_tiny(x: float) -> float:
    return _log(x * _UP, _UP_BY)


@inlined
def _log(x: float, more: int) -> float:
    """Return the logarithm of *x*, which is 2 to the power *more* times as large as it should be."""
    bits = bits_of(x)
    # The fraction is to be at least the root of 1/2, which a coin decides: no processor foresees that, so it is no branch.
    exponent = (bits - _ROOT_OF_HALF) >> _MANTISSA_BITS
    fraction = float_of(bits - (exponent << _MANTISSA_BITS))
    exponent -= more
    f = fraction - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
    odd = z * (0.6666666666666735130 + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)))
    half = 0.5 * f * f
    k = float(exponent)
    return k * LN2_HIGH - ((half - (s * (half + (odd + even)) + k * LN2_LOW)) - f)


@inlined
def exp(x: float) -> float:
    """Return e to the power *x*; beyond the range of a float, infinity or 0."""
    if x > 709.782712893384:
        return math.inf
    if x < -745.1332191019412:
        return 0.0
    k = math.floor(1.44269504088896338700 * x + 0.5)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))
        )
    )
    value = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    if -_BIAS < k < _BIAS:
        return value * float_of((int(k) + _BIAS + 1) << _MANTISSA_BITS)
    return math.ldexp(value, int(k))


@inlined
def power(base: float, exponent: float) -> float:
    """Return *base* ≥ 0 to the power *exponent*."""
    if base > 0.0:
        return exp(exponent * log(base))
    return 1.0 if exponent == 0.0 else 0.0


@compiled
def _central(r: float) -> float:
    above = (
        (((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r + 45921.953931549871457) * r
          + 13731.693765509461125) * r + 1971.5909503065514427) * r + 133.14166789178437745
    ) * r + 3.387132872796366608  # fmt: skip
    below = (
        (((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r + 21213.794301586595867) * r
          + 5394.1960214247511077) * r + 687.1870074920579083) * r + 42.313330701600911252
    ) * r + 1.0  # fmt: skip
    return above / below


@compiled
def _middle(r: float) -> float:
    above = (
        (((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
           + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r + 4.6303378461565452959
    ) * r + 1.42343711074968357734  # fmt: skip
    below = (
        (((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
           + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r + 2.05319162663775882187
    ) * r + 1.0  # fmt: skip
    return above / below


@compiled
def _tail(r: float) -> float:
    above = (
        (((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
           + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r + 5.4637849111641143699
    ) * r + 6.6579046435011037772  # fmt: skip
    below = (
        (((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
           + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r + 0.59983220655588793769
    ) * r + 1.0  # fmt: skip
    return above / below


@inlined
def normal_quantile(p: float) -> float:
    """Return the standard normal quantile of 0 < *p* < 1."""
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * _central(0.180625 - q * q)
    r = math.sqrt(-log(p if q < 0.0 else 1.0 - p))
    value = _middle(r - 1.6) if r <= 5.0 else _tail(r - 5.0)
    return -value if q < 0.0 else value
