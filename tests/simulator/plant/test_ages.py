import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.plant.ages import ages_of, remaining
from tests.topology.strategies import laws
from topology import laws as topology_laws


@given(laws(), st.floats(1e-6, 1 - 1e-6))
def test_what_is_left_of_a_life_is_read_off_as_bisection_finds_it(law: topology_laws.Law, p: float) -> None:
    assert remaining(law, ages_of(law), p) == pytest.approx(topology_laws.remaining(law, p), rel=1e-6)


def test_what_is_left_grows_with_the_draw_to_its_very_ends() -> None:
    law = topology_laws.Weibull.from_mean(1000.0, 1.4)
    ages = ages_of(law)
    found = [remaining(law, ages, p) for p in (2**-53, 1e-9, 0.1, 0.5, 0.9, 1 - 1e-9, 1 - 2**-53)]

    assert found == sorted(found)
    assert found[0] > 0
