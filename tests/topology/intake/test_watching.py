"""The time of a thing is cut into lives and repairs, and nothing of it is lost."""

from hypothesis import given
from hypothesis import strategies as st

from topology.intake.watching import Watched


def cut(*outages: tuple[float, float | None], new: bool = False) -> Watched:
    watched = Watched(100.0, 200.0)
    watched.add("srv", outages, new)
    return watched


def lives(watched: Watched) -> dict[tuple[bool, bool], list[float]]:
    return watched.lives.seconds


ENDED, RUNNING, OLD, FRESH = True, False, True, False


def test_the_first_life_is_of_unknown_age_and_the_last_goes_on() -> None:
    watched = cut((130.0, 140.0), (165.0, 170.0))

    assert lives(watched) == {(ENDED, OLD): [30.0], (ENDED, FRESH): [25.0], (RUNNING, FRESH): [30.0]}
    assert watched.repairs.seconds == {(ENDED, FRESH): [10.0, 5.0]}
    assert watched.lives.watched == [(85.0, True)]


def test_the_first_life_of_what_was_new_is_a_whole_one() -> None:
    assert lives(cut((130.0, 140.0), new=True)) == {(ENDED, FRESH): [30.0], (RUNNING, FRESH): [60.0]}


def test_what_never_failed_went_on_all_the_time() -> None:
    assert lives(cut()) == {(RUNNING, OLD): [100.0]}


def test_what_was_down_when_watching_began_is_new_when_it_is_back_and_tells_nothing_of_repairs() -> None:
    watched = cut((90.0, 120.0), (150.0, None))

    assert lives(watched) == {(ENDED, FRESH): [30.0]}
    assert watched.repairs.seconds == {(RUNNING, FRESH): [50.0]}
    assert watched.lives.watched == [(30.0, False)]


def test_a_repair_that_outlasts_watching_is_known_whole() -> None:
    assert cut((190.0, 230.0)).repairs.seconds == {(ENDED, FRESH): [40.0]}


@given(st.lists(st.tuples(st.integers(80, 199), st.integers(0, 60)), max_size=6), st.booleans())
def test_lives_and_outages_make_up_the_whole_time(drawn: list[tuple[int, int]], new: bool) -> None:
    outages = sorted((float(at), float(at + lasts)) for at, lasts in drawn if at + lasts > 100)
    watched = cut(*outages, new=new)
    down = {second for begins, ends in outages for second in range(max(100, int(begins)), min(200, int(ends)))}

    assert sum(sum(each) for each in lives(watched).values()) + len(down) == 100.0
    assert all(seconds > 0 for each in (*lives(watched).values(), *watched.repairs.seconds.values()) for seconds in each)
