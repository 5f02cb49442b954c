"""Who is promoted: never one that may lack what was acknowledged, and a reason for everybody else."""

from typing import Any

import pytest

from failover.core.choosing import Choice, choose
from failover.core.cluster import Goal, Position, Sighting
from failover.core.events import Health
from failover.core.states import HaltReason
from tests.failover.core.playing import TRIO, play

ASYNCHRONOUS = TRIO.replace("    replication: {mode: synchronous}\n", "")
BOTH = (frozenset({"db-2", "db-3"}),)


def at(position: float, **changes: Any) -> Position:
    return Position("standby", 1, position, 0.0, replay_paused=False)._replace(**changes)


def chosen(text: str = TRIO, *, positions: dict[str, Position], silent: tuple[str, ...] = ("db-1",), **state: Any) -> Choice:
    """Who is chosen when db-1 is lost and the others have *positions*; *state* is what else the cluster's state holds."""
    p = play(text, rpo="10s")
    c = p.db.copy()
    c.goal, c.timeline, c.synchronous = Goal.FAILOVER, 1, BOTH if text is TRIO else ()
    c.health = {host: Sighting(Health.SILENT, ()) for host in silent}
    c.positions = positions
    for name, value in state.items():
        setattr(c, name, value)
    return choose(p.settings, p.settings.clusters["db"], c, 1000.0)


def refusals(choice: Choice) -> dict[str, str]:
    return dict(choice.refused)


# Asynchronous: the most advanced, if it does not lag too far.


def test_the_most_advanced_is_chosen_and_the_others_hear_why_not() -> None:
    choice = chosen(ASYNCHRONOUS, positions={"db-2": at(90.0), "db-3": at(95.0, behind_seconds=4.0)})

    assert (choice.candidate, choice.lost_seconds, choice.halt) == ("db-3", 4.0, None)
    assert refusals(choice) == {"db-2": "'db-3' has at least as much"}


def test_of_equals_the_first_of_the_topology_is_chosen() -> None:
    assert chosen(ASYNCHRONOUS, positions={"db-3": at(90.0), "db-2": at(90.0)}).candidate == "db-2"


def test_of_equals_one_whose_replay_runs_is_chosen_before_one_whose_replay_is_paused() -> None:
    assert chosen(ASYNCHRONOUS, positions={"db-2": at(90.0, replay_paused=True), "db-3": at(90.0)}).candidate == "db-3"


def test_a_paused_replay_is_no_reason_to_lose_what_was_received() -> None:
    assert chosen(ASYNCHRONOUS, positions={"db-2": at(91.0, replay_paused=True), "db-3": at(90.0)}).candidate == "db-2"


def test_who_lags_more_than_the_objective_allows_is_refused_although_it_is_the_most_advanced_there_is() -> None:
    choice = chosen(ASYNCHRONOUS, positions={"db-2": at(90.0, behind_seconds=11.0)})

    assert (choice.candidate, choice.halt) == (None, HaltReason.WOULD_LOSE)
    assert refusals(choice) == {"db-2": "lags 11s, more than the RPO of 10s", "db-3": "cannot be reached"}


def test_an_accepted_loss_lets_who_lags_be_promoted_and_says_how_much_is_lost() -> None:
    choice = chosen(ASYNCHRONOUS, positions={"db-2": at(90.0, behind_seconds=11.0)}, loss_accepted=True)

    assert (choice.candidate, choice.lost_seconds) == ("db-2", 11.0)


def test_a_lag_that_nobody_knows_is_told_as_unknown_and_not_as_none() -> None:
    choice = chosen(ASYNCHRONOUS, positions={"db-2": at(90.0, behind_seconds=None)})

    assert (choice.candidate, choice.lost_seconds) == ("db-2", None)


# Synchronous: whoever may lack an acknowledged commit is not promoted.


def test_the_most_advanced_of_a_complete_synchronous_set_loses_nothing() -> None:
    choice = chosen(positions={"db-2": at(90.0), "db-3": at(95.0, behind_seconds=4.0)})

    assert (choice.candidate, choice.lost_seconds) == ("db-3", 0.0)


def test_a_lag_forbids_nothing_where_commits_are_synchronous() -> None:
    assert chosen(positions={"db-2": at(90.0, behind_seconds=99.0), "db-3": at(90.0, behind_seconds=99.0)}).candidate == "db-2"


def test_a_member_of_the_synchronous_set_that_does_not_answer_may_hold_the_newest_commit() -> None:
    choice = chosen(positions={"db-2": at(90.0)}, silent=("db-1", "db-3"))

    assert (choice.candidate, choice.halt) == (None, HaltReason.WOULD_LOSE)
    assert refusals(choice)["db-2"] == "'db-3' may hold what was acknowledged, and nobody can ask it"


def test_a_member_of_the_synchronous_set_that_is_on_another_timeline_says_nothing_of_the_primarys() -> None:
    choice = chosen(positions={"db-2": at(90.0), "db-3": at(80.0, timeline=2)})

    assert (choice.candidate, choice.halt) == (None, HaltReason.WOULD_LOSE)
    assert refusals(choice)["db-2"] == "'db-3' may hold what was acknowledged, and nobody can ask it"


def test_a_member_outside_the_synchronous_set_need_not_answer() -> None:
    assert chosen(positions={"db-2": at(90.0)}, synchronous=(frozenset({"db-2"}),)).candidate == "db-2"


def test_who_is_outside_the_synchronous_set_is_promoted_only_if_it_has_as_much_as_the_set() -> None:
    only: dict[str, Any] = {"synchronous": (frozenset({"db-3"}),), "tried": frozenset({"db-3"})}

    assert chosen(positions={"db-2": at(90.0), "db-3": at(90.0)}, **only).candidate == "db-2"
    behind = chosen(positions={"db-2": at(89.0), "db-3": at(90.0)}, **only)
    assert (behind.candidate, behind.halt) == (None, HaltReason.WOULD_LOSE)
    assert refusals(behind)["db-2"] == "'db-3' has more, and cannot be promoted"


def test_while_the_set_is_being_changed_the_old_and_the_new_one_have_to_be_complete() -> None:
    changing = (frozenset({"db-2"}), frozenset({"db-3"}))

    assert chosen(positions={"db-2": at(90.0), "db-3": at(90.0)}, synchronous=changing).candidate == "db-2"
    for answering, missing in (("db-2", "db-3"), ("db-3", "db-2")):
        choice = chosen(positions={answering: at(90.0)}, synchronous=changing)
        assert choice.halt is HaltReason.WOULD_LOSE
        assert refusals(choice)[answering] == f"'{missing}' may hold what was acknowledged, and nobody can ask it"


@pytest.mark.parametrize(
    ("synchronous", "said"),
    [
        ((), "nobody knows whose acknowledgement commits waited for"),
        ((frozenset(),), "commits waited for nobody, and only the primary has them all"),
    ],
)
def test_without_a_set_that_commits_waited_for_nobody_is_known_to_have_them_all(synchronous: Any, said: str) -> None:
    choice = chosen(positions={"db-2": at(90.0), "db-3": at(90.0)}, synchronous=synchronous)

    assert (choice.candidate, choice.halt) == (None, HaltReason.WOULD_LOSE)
    assert refusals(choice)["db-3"] == said


def test_an_accepted_loss_overrides_the_arithmetic_and_nobody_can_say_that_nothing_is_lost() -> None:
    choice = chosen(positions={"db-2": at(90.0, behind_seconds=None)}, loss_accepted=True)

    assert (choice.candidate, choice.lost_seconds) == ("db-2", None)


def test_after_a_primary_stepped_down_whoever_lacks_what_it_had_is_refused() -> None:
    stepped_down = {"db-1": at(100.0), "db-2": at(100.0), "db-3": at(99.0)}

    choice = chosen(positions=stepped_down, silent=(), goal=Goal.SWITCHOVER)
    assert choice.candidate == "db-2"

    lacking = chosen(positions=stepped_down | {"db-2": at(99.0)}, silent=(), goal=Goal.SWITCHOVER)
    assert lacking.candidate == "db-1", "it may step up again"


def test_one_who_stepped_down_and_failed_to_step_up_again_leaves_nobody_who_has_everything() -> None:
    positions = {"db-1": at(100.0), "db-2": at(99.0), "db-3": at(99.0)}

    choice = chosen(positions=positions, silent=(), goal=Goal.SWITCHOVER, tried=frozenset({"db-1"}))

    assert (choice.candidate, choice.halt) == (None, HaltReason.WOULD_LOSE)
    assert refusals(choice)["db-2"] == "lacks what the primary had when it stepped down"


# Who is no candidate at all.


def test_who_is_on_another_timeline_is_refused_however_much_it_has() -> None:
    choice = chosen(ASYNCHRONOUS, positions={"db-2": at(90.0), "db-3": at(999.0, timeline=2)})

    assert choice.candidate == "db-2"
    assert refusals(choice)["db-3"] == "is on timeline 2, and the primary was on 1"


def test_while_the_primarys_timeline_is_unknown_nobody_is_chosen_among_members_on_several() -> None:
    several = {"db-2": at(999.0), "db-3": at(90.0, timeline=2)}
    assert chosen(ASYNCHRONOUS, positions=several, timeline=None).halt is HaltReason.WOULD_LOSE


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"tried": frozenset({"db-2"})}, "its promotion failed before"),
        ({"quarantined": frozenset({"db-2"})}, "quarantined: it was primary, or may have been, and has not been rejoined"),
        ({"maintenance": {"db-2": 1001.0}}, "is under maintenance"),
        ({"wanted": "db-3"}, "'db-3' was ordered"),
    ],
)
def test_the_most_advanced_is_passed_over_where_something_speaks_against_it(state: dict[str, Any], said: str) -> None:
    choice = chosen(ASYNCHRONOUS, positions={"db-2": at(99.0), "db-3": at(90.0)}, **state)

    assert choice.candidate == "db-3"
    assert refusals(choice)["db-2"] == said


def test_maintenance_that_is_over_speaks_against_nobody() -> None:
    assert chosen(ASYNCHRONOUS, positions={"db-2": at(99.0)}, maintenance={"db-2": 1000.0}).candidate == "db-2"


def test_who_was_ordered_and_is_unfit_is_not_replaced_by_another() -> None:
    choice = chosen(ASYNCHRONOUS, positions={"db-2": at(99.0), "db-3": at(90.0)}, wanted="db-3", tried=frozenset({"db-3"}))

    assert (choice.candidate, choice.halt) == (None, HaltReason.NO_CANDIDATE)


def test_who_shares_a_failure_domain_with_what_failed_is_no_candidate() -> None:
    text = ASYNCHRONOUS.replace("sites:", "components: {rack: {needs: {at_least: 2, of: [switch-1, switch-2]}}}\nsites:").replace(
        "  db-[1-2]: {site: here, role: database}", "  switch-[1-2]: {site: here}\n  db-[1-2]: {site: here, uses: [rack]}"
    )
    choice = chosen(text, positions={"db-2": at(99.0), "db-3": at(90.0)}, silent=("db-1", "switch-1"))

    assert choice.candidate == "db-3"
    assert refusals(choice)["db-2"] == "hangs on 'rack', which failed"


def test_a_lost_host_that_is_seen_again_does_not_hide_what_the_others_share() -> None:
    lost = {"db-1": (), "edge-1": (), "db-3": ("v-1",)}
    health = {host: Sighting(Health.SILENT, seen_by) for host, seen_by in lost.items()}
    choice = chosen(ASYNCHRONOUS, positions={"db-2": at(99.0)}, health=health)

    assert choice.candidate is None
    assert refusals(choice) == {"db-2": "hangs on 'here', as do all hosts that failed", "db-3": "cannot be reached"}


# A journal that was restored names a primary that may be none any more.


OLD_JOURNAL: dict[str, Any] = {"distrusted": True, "timeline": None, "synchronous": ()}


def test_whom_a_person_names_takes_over_among_members_on_several_timelines_only_if_a_loss_is_accepted() -> None:
    positions = {"db-2": at(99.0), "db-3": at(90.0, timeline=6)}
    named: dict[str, Any] = {**OLD_JOURNAL, "wanted": "db-2"}

    assert chosen(ASYNCHRONOUS, positions=positions, **named).halt is HaltReason.WOULD_LOSE
    assert chosen(ASYNCHRONOUS, positions=positions, loss_accepted=True, **named).candidate == "db-2"


@pytest.mark.parametrize(("role", "candidate"), [("standby", "db-1"), ("primary", "db-2")])
def test_whom_an_old_journal_names_may_take_over_if_it_is_a_standby(role: str, candidate: str) -> None:
    positions = {"db-1": at(99.0, role=role), "db-2": at(90.0), "db-3": at(80.0)}

    assert chosen(ASYNCHRONOUS, positions=positions, silent=(), **OLD_JOURNAL).candidate == candidate


def test_on_an_old_journal_a_member_that_cannot_be_asked_may_have_what_nobody_else_has() -> None:
    positions = {"db-1": at(99.0), "db-2": at(90.0)}

    choice = chosen(ASYNCHRONOUS, positions=positions, silent=("db-3",), **OLD_JOURNAL)
    assert (choice.halt, refusals(choice)["db-1"]) == (
        HaltReason.WOULD_LOSE,
        "'db-3' may have become primary since, and nobody can ask it",
    )
    assert chosen(ASYNCHRONOUS, positions=positions, silent=("db-3",), loss_accepted=True, **OLD_JOURNAL).candidate == "db-1"


def test_what_a_standby_has_that_an_old_journal_names_proves_nothing_of_what_was_acknowledged() -> None:
    positions = {"db-1": at(99.0), "db-2": at(99.0), "db-3": at(98.0)}
    choice = chosen(positions=positions, silent=(), **OLD_JOURNAL)

    assert (choice.candidate, choice.halt) == (None, HaltReason.WOULD_LOSE)
    assert refusals(choice)["db-1"] == "nobody knows whose acknowledgement commits waited for"


def test_who_fell_silent_after_it_said_what_it_has_takes_over_no_more() -> None:
    choice = chosen(positions={"db-2": at(99.0), "db-3": at(99.0)}, silent=("db-1", "db-2"))

    assert choice.candidate == "db-3"
    assert "db-2" in refusals(choice)


# Somebody was quicker.


def test_who_was_promoted_by_hand_is_the_only_choice_whatever_speaks_against_it() -> None:
    promoted = at(80.0, role="primary", timeline=2)
    choice = chosen(ASYNCHRONOUS, positions={"db-2": promoted, "db-3": at(90.0)}, tried=frozenset({"db-2"}))

    assert choice.candidate == "db-2"
    assert refusals(choice)["db-3"] == "'db-2' accepts writes already"


def test_two_who_were_promoted_by_hand_are_a_matter_for_a_person() -> None:
    choice = chosen(ASYNCHRONOUS, positions={"db-2": at(80.0, role="primary"), "db-3": at(90.0, role="primary")})

    assert (choice.candidate, choice.halt) == (None, HaltReason.TWO_PRIMARIES)


def test_the_choice_does_not_depend_on_the_order_in_which_members_answered() -> None:
    positions = {"db-2": at(90.0), "db-3": at(90.0)}

    assert chosen(positions=positions) == chosen(positions=dict(reversed(positions.items())))
