import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel import elementary
from simulator.kernel.compiled import entered
from tests.topology.strategies import PROBABILITIES
from topology import portable


@entered
def log(x: float) -> float:
    return elementary.log(x)


@entered
def exp(x: float) -> float:
    return elementary.exp(x)


@entered
def power(base: float, exponent: float) -> float:
    return elementary.power(base, exponent)


@entered
def normal_quantile(p: float) -> float:
    return elementary.normal_quantile(p)


def same(a: float, b: float) -> bool:
    return np.float64(a).tobytes() == np.float64(b).tobytes()


@given(st.floats(min_value=5e-324, max_value=1.7e308))
def test_the_compiled_logarithm_has_the_same_bits(x: float) -> None:
    assert same(log(x), portable.log(x))


@given(st.floats(-800, 800))
def test_the_compiled_exponential_has_the_same_bits(x: float) -> None:
    assert same(exp(x), portable.exp(x))


@given(st.floats(0, 1e9), st.floats(0.01, 10))
def test_the_compiled_power_has_the_same_bits(base: float, exponent: float) -> None:
    assert same(power(base, exponent), portable.power(base, exponent))


@given(PROBABILITIES)
def test_the_compiled_normal_quantile_has_the_same_bits(p: float) -> None:
    assert same(normal_quantile(p), portable.normal_quantile(p))


def test_the_ends_of_the_exponential_are_the_same() -> None:
    assert [exp(-746.0), exp(710.0)] == [0.0, math.inf]
