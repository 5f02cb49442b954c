"""What all vantage points make of a host: never lost while anybody sees it, never by one alone, never at once."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from failover.core.detector import Detector
from failover.core.events import Health, Seen

WINDOW = 3.0
QUORUM = 2
LOST = (Health.SILENT, Health.PROCESS_DEAD)
WELL = {Seen.PRIMARY: Health.PRIMARY, Seen.STANDBY: Health.STANDBY, Seen.ANSWERS: Health.ANSWERS}


def detector(quorum: int = QUORUM) -> Detector:
    return Detector({"db-1": WINDOW}, quorum)


def well(*vantages: str) -> Detector:
    """One that has seen the primary well from *vantages*."""
    found = detector()
    for vantage in vantages:
        found.heard(0.0, vantage, "db-1", Seen.PRIMARY)
    assert found.conclude(0.0) == [("db-1", Health.PRIMARY, vantages)]
    return found


def test_a_host_is_believed_well_as_soon_as_anybody_sees_it() -> None:
    well("v-1")


def test_a_host_that_nobody_sees_is_lost_when_the_window_is_over_and_not_before() -> None:
    found = well("v-1", "v-2")
    found.heard(10.0, "v-1", "db-1", Seen.NOTHING)
    found.heard(11.0, "v-2", "db-1", Seen.NOTHING)

    assert found.due() == 14.0
    assert found.conclude(13.999) == []
    assert found.conclude(14.0) == [("db-1", Health.SILENT, ())]
    assert found.due() is None


def test_one_vantage_point_alone_cannot_call_a_host_lost() -> None:
    found = well("v-1")
    found.heard(10.0, "v-1", "db-1", Seen.NOTHING)

    assert found.due() is None
    assert found.conclude(1000.0) == []


def test_a_vantage_point_that_no_longer_reports_does_not_count_as_one_that_sees_nothing() -> None:
    found = well("v-1", "v-2")
    found.heard(10.0, "v-1", "db-1", Seen.NOTHING)
    found.lost(10.0, "v-2")

    assert found.conclude(1000.0) == []


def test_the_window_begins_anew_when_a_vantage_point_falls_away_and_comes_back() -> None:
    found = well("v-1", "v-2")
    found.heard(10.0, "v-1", "db-1", Seen.NOTHING)
    found.heard(10.0, "v-2", "db-1", Seen.NOTHING)
    found.lost(12.0, "v-2")
    found.heard(12.5, "v-2", "db-1", Seen.NOTHING)

    assert found.conclude(13.0) == []
    assert found.conclude(15.5) == [("db-1", Health.SILENT, ())]


def test_a_vantage_point_that_still_sees_it_keeps_a_host_from_being_lost() -> None:
    found = well("v-1", "v-2", "v-3")
    found.heard(10.0, "v-1", "db-1", Seen.NOTHING)
    found.heard(10.0, "v-2", "db-1", Seen.NOTHING)

    assert found.conclude(1000.0) == []


def test_a_short_silence_is_no_loss_however_often_it_comes() -> None:
    found = well("v-1", "v-2")
    for at in range(10, 100, 4):
        for seen, moment in ((Seen.NOTHING, at), (Seen.PRIMARY, at + WINDOW - 0.1)):
            for vantage in ("v-1", "v-2"):
                found.heard(moment, vantage, "db-1", seen)
            assert found.conclude(moment) == []


def test_a_host_that_comes_back_for_a_moment_is_still_lost() -> None:
    found = well("v-1", "v-2")
    for vantage in ("v-1", "v-2"):
        found.heard(10.0, vantage, "db-1", Seen.NOTHING)
    found.conclude(13.0)
    found.heard(20.0, "v-1", "db-1", Seen.PRIMARY)
    found.conclude(20.0)
    found.heard(21.0, "v-1", "db-1", Seen.NOTHING)

    assert found.conclude(21.0) == [("db-1", Health.SILENT, ())]
    assert found.conclude(1000.0) == []


def test_who_sees_a_lost_host_is_told_at_once_so_that_nobody_attests_it_off() -> None:
    found = well("v-1", "v-2")
    for vantage in ("v-1", "v-2"):
        found.heard(10.0, vantage, "db-1", Seen.NOTHING)
    found.conclude(13.0)
    found.heard(20.0, "v-2", "db-1", Seen.REFUSED)

    assert found.due() == 0.0
    assert found.conclude(20.0) == [("db-1", Health.SILENT, ("v-2",))]


def dead(*vantages: str) -> Detector:
    """One to which the database has died, as *vantages* see it."""
    found = well(*vantages)
    for vantage in vantages:
        found.heard(10.0, vantage, "db-1", Seen.REFUSED)
    assert found.conclude(13.0) == [("db-1", Health.PROCESS_DEAD, vantages)]
    return found


def test_that_a_dead_database_accepts_writes_again_is_told_before_it_is_believed_and_so_is_that_it_is_over() -> None:
    found = dead("v-1", "v-2")
    assert not found.back("db-1")
    found.heard(20.0, "v-2", "db-1", Seen.PRIMARY)
    assert found.conclude(20.0) == [("db-1", Health.PROCESS_DEAD, ("v-1", "v-2"))]
    assert found.back("db-1")

    found.heard(21.0, "v-2", "db-1", Seen.REFUSED)
    assert found.conclude(21.0) == [("db-1", Health.PROCESS_DEAD, ("v-1", "v-2"))]
    assert not found.back("db-1") and found.due() is None


def test_a_dead_database_that_keeps_accepting_writes_is_believed_and_is_back_no_longer() -> None:
    found = dead("v-1", "v-2")
    found.heard(20.0, "v-2", "db-1", Seen.PRIMARY)
    found.conclude(20.0)

    assert found.conclude(20.0 + WINDOW / 2) == [("db-1", Health.PRIMARY, ("v-1", "v-2"))]
    assert not found.back("db-1")


def test_a_host_that_answers_while_its_database_does_not_is_no_silent_host() -> None:
    found = well("v-1", "v-2")
    found.heard(10.0, "v-1", "db-1", Seen.REFUSED)
    found.heard(10.0, "v-2", "db-1", Seen.NOTHING)

    assert found.conclude(13.0) == [("db-1", Health.PROCESS_DEAD, ("v-1",))]


def test_to_hear_the_same_again_changes_nothing() -> None:
    found = well("v-1", "v-2")
    for at in (10.0, 11.0, 12.0):
        for vantage in ("v-1", "v-2"):
            found.heard(at, vantage, "db-1", Seen.NOTHING)

    assert found.due() == 13.0


class Heard(NamedTuple):
    after: float
    vantage: str
    seen: Seen | None
    """None: it no longer reports."""


HISTORIES = st.lists(
    st.builds(
        Heard,
        st.sampled_from([0.0, 0.125, 1.0, 1.5, 2.875, 3.0, 5.0]),
        st.sampled_from(["v-1", "v-2", "v-3"]),
        st.sampled_from([None, Seen.NOTHING, Seen.NOTHING, Seen.REFUSED, Seen.PRIMARY, Seen.STANDBY]),
    ),
    max_size=30,
)


class Told(NamedTuple):
    at: float
    health: Health
    seen_by: tuple[str, ...]
    back: bool
    heard: int
    """How much had been heard by then."""


def listen(history: list[Heard], quorum: int) -> tuple[list[tuple[float, dict[str, Seen]]], list[Told]]:
    """Let a detector hear *history*, concluding at every moment and when it is due; return what was seen from when on, and told."""
    found = detector(quorum)
    at, views = 0.0, dict[str, Seen]()
    seen, told = [(0.0, dict(views))], list[Told]()

    def conclude(until: float) -> None:
        while (due := found.due()) is not None and due <= until:
            moment = max(due, seen[-1][0])  # whatever changed a mind just now is due at once
            concluded = found.conclude(moment)
            assert concluded, "it was due"
            told.extend(Told(moment, health, seen_by, found.back("db-1"), len(seen)) for _, health, seen_by in concluded)
        assert found.conclude(until) == [], "nothing was due"

    for each in history:
        conclude(at + each.after)
        at += each.after
        if each.seen is None:
            found.lost(at, each.vantage)
            views.pop(each.vantage, None)
        else:
            found.heard(at, each.vantage, "db-1", each.seen)
            views[each.vantage] = each.seen
        seen.append((at, dict(views)))
    conclude(at + 2 * WINDOW)
    return seen, told


def during(seen: list[tuple[float, dict[str, Seen]]], told: Told, seconds: float) -> list[dict[str, Seen]]:
    """Return all that was seen in the *seconds* before something was *told*, what held when they began among it."""
    heard = seen[: told.heard]
    ends = [*(at for at, _ in heard[1:]), float("inf")]
    return [views for (_, views), end in zip(heard, ends, strict=True) if end > told.at - seconds]


@given(HISTORIES, st.integers(1, 3))
def test_nobody_is_called_lost_unless_enough_look_for_the_whole_window_and_none_sees_it(history: list[Heard], quorum: int) -> None:
    seen, told = listen(history, quorum)
    before: Health | None = None
    for each in told:
        if each.health in LOST and each.health is not before:
            for views in during(seen, each, WINDOW):
                assert len(views) >= quorum
                assert not set(views.values()) & WELL.keys()
                assert (Seen.REFUSED in views.values()) == (each.health is Health.PROCESS_DEAD)
        before = each.health


@given(HISTORIES, st.integers(1, 3))
def test_who_is_called_well_has_been_seen_so_and_once_lost_for_half_the_window(history: list[Heard], quorum: int) -> None:
    seen, told = listen(history, quorum)
    before: Health | None = None
    for each in told:
        if each.health not in LOST:
            seconds = 0.0 if before is None else WINDOW / 2
            assert all(each.health in {WELL.get(view) for view in views.values()} for views in during(seen, each, seconds))
        before = each.health


@given(HISTORIES)
def test_who_sees_a_lost_host_is_always_known(history: list[Heard]) -> None:
    seen, told = listen(history, QUORUM)
    for each in told:
        now = during(seen, each, 0.0)[-1]
        assert set(each.seen_by) == {vantage for vantage, view in now.items() if view is not Seen.NOTHING}
        assert each.back == (each.health is Health.PROCESS_DEAD and Seen.PRIMARY in now.values())


@given(HISTORIES, st.sampled_from([Seen.NOTHING, Seen.REFUSED, Seen.PRIMARY, Seen.STANDBY]))
def test_what_enough_vantage_points_keep_seeing_is_believed_in_the_end(history: list[Heard], lasting: Seen) -> None:
    agreed = [Heard(0.125, vantage, lasting) for vantage in ("v-1", "v-2", "v-3")]

    _, told = listen([*history, *agreed], QUORUM)

    expected = {Seen.NOTHING: Health.SILENT, Seen.REFUSED: Health.PROCESS_DEAD, **WELL}[lasting]
    assert told[-1].health is expected


def test_what_was_seen_before_something_was_done_has_to_last_to_be_believed_again() -> None:
    found = well("v-1", "v-2")
    found.renew(10.0, "db-1")

    assert found.conclude(12.999) == []
    assert found.conclude(13.0) == [("db-1", Health.PRIMARY, ("v-1", "v-2"))]


def test_what_looks_new_after_something_was_done_is_believed_as_soon_as_ever() -> None:
    found = well("v-1", "v-2")
    found.renew(10.0, "db-1")
    found.heard(11.0, "v-1", "db-1", Seen.STANDBY)
    found.heard(11.0, "v-2", "db-1", Seen.STANDBY)

    assert found.conclude(12.5) == [("db-1", Health.STANDBY, ("v-1", "v-2"))]


def test_a_database_that_dies_again_before_anybody_saw_it_well_is_told_again() -> None:
    found = well("v-1", "v-2")
    for vantage in ("v-1", "v-2"):
        found.heard(10.0, vantage, "db-1", Seen.REFUSED)
    assert [health for _, health, _ in found.conclude(13.0)] == [Health.PROCESS_DEAD]
    found.renew(14.0, "db-1")

    assert found.conclude(17.0) == [("db-1", Health.PROCESS_DEAD, ("v-1", "v-2"))]
