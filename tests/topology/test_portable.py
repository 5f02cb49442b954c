import math
from statistics import NormalDist

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from topology import portable

POSITIVE = st.floats(min_value=5e-324, max_value=1.7e308)


def ulps(actual: float, expected: float) -> float:
    return abs(actual - expected) / math.ulp(expected)


@given(POSITIVE)
@example(5e-324)
@example(1.0)
@example(math.nextafter(1.0, 0.0))
@example(math.nextafter(1.0, 2.0))
@example(0.7071067811865476)
def test_log_is_within_an_ulp_of_the_systems(x: float) -> None:
    assert ulps(portable.log(x), math.log(x)) <= 1


@given(st.floats(min_value=-708, max_value=709.78))
@example(0.0)
@example(1e-300)
@example(-708.0)
def test_exp_is_within_an_ulp_of_the_systems(x: float) -> None:
    assert ulps(portable.exp(x), math.exp(x)) <= 1


@given(st.floats(min_value=-745.13, max_value=-708))
def test_exp_fades_out_smoothly_where_numbers_are_no_longer_whole(x: float) -> None:
    assert abs(portable.exp(x) - math.exp(x)) <= 2 * 5e-324 + 2e-16 * math.exp(x)


def test_exp_ends_at_infinity_and_at_0() -> None:
    assert portable.exp(710.0) == math.inf
    assert portable.exp(-746.0) == 0.0


@given(st.floats(min_value=1e-300, max_value=1e300), st.floats(min_value=-2, max_value=2))
def test_power_is_near_the_systems(base: float, exponent: float) -> None:
    if abs(math.log10(base) * exponent) < 300:
        expected = base**exponent
        assert portable.power(base, exponent) == pytest.approx(expected, rel=3e-13)  # the error of log times the exponent


@given(st.floats(min_value=1e-16, max_value=1 - 1e-16))
def test_normal_quantile_is_near_the_standard_librarys(p: float) -> None:
    assert portable.normal_quantile(p) == pytest.approx(NormalDist().inv_cdf(p), rel=4e-15, abs=1e-16)


@pytest.mark.parametrize(
    ("p", "z"), [(0.5, 0.0), (0.95, 1.6448536269514722), (0.975, 1.9599639845400545), (1e-10, -6.361340902404056)]
)
def test_normal_quantile_has_the_known_values(p: float, z: float) -> None:
    assert portable.normal_quantile(p) == pytest.approx(z, rel=1e-15, abs=1e-300)


@given(st.floats(min_value=1e-9, max_value=0.5), st.floats(min_value=1e-9, max_value=0.5))
def test_normal_quantile_rises(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert portable.normal_quantile(low) <= portable.normal_quantile(high) * (1 - 1e-15) + 1e-15


def test_the_last_bits_are_the_same_on_every_machine() -> None:
    checks = [portable.log(3.7), portable.exp(1.23), portable.power(2.5, 0.7142857), portable.normal_quantile(0.123)]
    assert [value.hex() for value in checks] == [
        "0x1.4eeee650ae550p+0",
        "0x1.b5ead9753c982p+1",
        "0x1.ec963c7b3abd9p+0",
        "-0x1.28fd9ddce9e7bp+0",
    ]
