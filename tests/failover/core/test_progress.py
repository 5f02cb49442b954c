"""How one step is done: act, then look. What a report says of an act is a hint; what the look shows counts."""

from collections.abc import Mapping
from typing import Any

import pytest

from failover.core import progress
from failover.core.cluster import ClusterState
from failover.core.commands import EVIDENCE, Command, CommandKind, Outcome, Question, answers
from failover.core.events import Woken
from failover.core.steps import LOOK_AGAIN_SECONDS, Progress, Status, Step, fulfilled
from failover.core.turn import Turn
from tests.failover.core.playing import play

START = Step("start", CommandKind.START, "db-1", Question.ROLE, {"role": "primary"})
WELL = {"role": "primary", "timeline": 1}
STOPPED = {"role": "stopped", "timeline": 1}


class Stage:
    """Some steps under way, one turn after the other."""

    def __init__(self, *steps: Step) -> None:
        self.turn = Turn(play().state, Woken(100.0, 100.0))
        self.c: ClusterState = self.turn.cluster("db")
        progress.begin(self.turn, self.c, steps)

    def ended(self, evidence: Mapping[str, Any], outcome: Outcome = Outcome.SUCCEEDED, key: str = "") -> Progress | None:
        """Report the command that the step *key*, or the only one, waits for."""
        sent = next(each for each, of in self.c.pending.items() if key in ("", of))
        settled = progress.ended(self.turn, self.c, sent, outcome, evidence)
        progress.advance(self.turn, self.c)
        return settled

    def pass_time(self, seconds: float) -> None:
        self.turn.state.clock += seconds
        progress.look_again(self.turn, self.c)

    @property
    def sent(self) -> list[str]:
        return [f"{each.kind} {each.target}" for each in self.turn.commands]

    @property
    def last(self) -> Command:
        return self.turn.commands[-1]

    def status(self, key: str = "start") -> Status:
        return self.c.steps[key].status


@pytest.mark.parametrize("outcome", Outcome)
def test_whatever_an_act_is_reported_to_be_it_is_looked_at_and_not_repeated(outcome: Outcome) -> None:
    stage = Stage(START)
    stage.ended({}, outcome)

    assert stage.sent == ["start db-1", "verify db-1"]
    assert stage.last.details == {"question": "role", "role": "primary"}
    stage.ended(WELL)
    assert stage.status() is Status.DONE


def test_a_look_goes_under_a_newer_epoch_than_the_act_so_that_an_act_that_comes_late_is_refused() -> None:
    stage = Stage(START)
    act = stage.last.epoch
    stage.ended({})

    assert stage.last.epoch > act


def test_a_fence_begins_no_new_epoch_because_a_power_controller_knows_none() -> None:
    stage = Stage(Step("fence", CommandKind.FENCE, "db-1", Question.IS_OFF, {"level": "redfish"}))
    act = stage.last.epoch
    stage.ended({})

    assert stage.last.epoch == act
    assert stage.last.details["level"] == "redfish"


def test_what_is_found_undone_is_done_again_so_often_and_no_oftener() -> None:
    stage = Stage(START)
    for _ in range(START.tries):
        assert stage.status() is Status.ACTING
        stage.ended({})
        stage.ended(STOPPED)

    assert stage.status() is Status.FAILED
    assert stage.sent.count("start db-1") == START.tries
    assert stage.c.steps["start"].evidence == STOPPED


def test_what_nobody_can_say_is_looked_at_again_after_a_while_and_stays_unclear_in_the_end() -> None:
    stage = Stage(START)
    stage.ended({})
    for look in range(1, START.looks + 1):
        stage.ended({}, Outcome.UNKNOWN)
        if look < START.looks:
            assert stage.status() is Status.RESTING
            stage.pass_time(LOOK_AGAIN_SECONDS / 2)
            assert stage.sent.count("verify db-1") == look
            stage.pass_time(LOOK_AGAIN_SECONDS / 2)

    assert stage.status() is Status.UNCLEAR
    assert stage.sent.count("start db-1") == 1, "what cannot be looked at is never repeated"
    assert stage.sent.count("verify db-1") == START.looks


def test_a_look_that_succeeds_at_last_counts_as_if_it_had_been_the_first() -> None:
    stage = Stage(START)
    stage.ended({})
    stage.ended({}, Outcome.FAILED)
    stage.pass_time(LOOK_AGAIN_SECONDS)
    stage.ended(WELL)

    assert stage.status() is Status.DONE


ANSWERS: dict[Question | None, dict[str, Any]] = {
    None: {
        "role": "standby", "timeline": 1, "position": 5.0, "receiving": False, "behind_seconds": None, "replay_paused": False,
    },
    Question.IS_OFF: {"off": True, "identity": "db-1"},
    Question.IS_ON: {"on": True},
    Question.ROLE: {"role": "primary", "timeline": 1},
    Question.ROUTED: {"primary": None},
    Question.SERVES: {"serves": True},
    Question.FOLLOWS: {"follows": None},
    Question.SYNCHRONOUS: {"standbys": ()},
    Question.PAGE_WITHDRAWN: {"withdrawn": True},
}  # fmt: skip


@pytest.mark.parametrize("question", ANSWERS)
def test_an_answer_that_lacks_anything_or_holds_something_else_in_its_place_is_no_answer(question: Question | None) -> None:
    full = ANSWERS[question]
    assert answers(question, full | {"guard": [1, 2]})
    for key in full:
        assert not answers(question, {each: value for each, value in full.items() if each != key})
        assert not answers(question, full | {key: {}})


def test_what_is_no_answer_is_looked_at_again() -> None:
    stage = Stage(START)
    stage.ended({})
    stage.ended({"role": "primary"})

    assert stage.status() is Status.RESTING


def test_the_look_comes_first_where_that_is_wanted_and_spares_the_act() -> None:
    step = START._replace(look_first=True)

    spared = Stage(step)
    spared.ended(WELL)
    assert (spared.sent, spared.status()) == (["verify db-1"], Status.DONE)

    needed = Stage(step)
    needed.ended(STOPPED)
    assert (needed.sent, needed.status()) == (["verify db-1", "start db-1"], Status.ACTING)


def test_a_mere_look_is_done_or_failed_and_changes_nothing() -> None:
    stage = Stage(START._replace(kind=None))
    epoch = stage.c.epoch
    stage.ended(STOPPED)

    assert stage.status() is Status.FAILED
    assert stage.sent == ["verify db-1"]
    assert stage.c.epoch == epoch


def test_a_step_waits_until_all_before_it_are_done() -> None:
    first, second = START._replace(key="first"), START._replace(key="second", target="db-2")
    stage = Stage(first, second, START._replace(key="third", after=("first", "second")))
    assert stage.status("third") is Status.TODO

    for key in ("first", "second"):
        stage.ended({}, key=key)
        assert stage.status("third") is Status.TODO
        stage.ended(WELL, key=key)

    assert stage.status("third") is Status.ACTING


@pytest.mark.parametrize("last", [Outcome.SUCCEEDED, Outcome.UNKNOWN])
def test_after_a_step_that_failed_or_is_unclear_nothing_that_waits_for_it_is_begun(last: Outcome) -> None:
    stage = Stage(START._replace(tries=1, looks=1), Step("next", CommandKind.PROMOTE, "db-2", Question.ROLE, {}, ("start",)))
    stage.ended({})
    stage.ended(STOPPED, last)

    assert stage.status() in (Status.FAILED, Status.UNCLEAR)
    assert stage.status("next") is Status.FAILED
    assert progress.settled(stage.c)
    assert "promote db-2" not in stage.sent


def test_new_steps_forget_the_old_ones_and_whatever_is_reported_of_them() -> None:
    stage = Stage(START)
    old = next(iter(stage.c.pending))
    progress.begin(stage.turn, stage.c, [START._replace(key="other")])

    assert old not in stage.c.pending
    assert list(stage.c.steps) == ["other"]


def test_whoever_takes_over_looks_at_everything_that_was_under_way_and_repeats_nothing() -> None:
    stage = Stage(START, START._replace(key="second", target="db-2"))
    stage.ended({}, key="second")
    before = set(stage.c.pending)
    stage.turn.commands.clear()
    progress.resume(stage.turn, stage.c)

    assert stage.sent == ["verify db-1", "verify db-2"]
    assert not before & stage.c.pending.keys()
    stage.ended(STOPPED, key="start")
    assert stage.sent[2:] == ["start db-1"], "it was looked at, and may be done again"


def test_what_another_controller_may_never_have_sent_does_not_count_as_tried() -> None:
    stage = Stage(START)
    for _ in range(START.tries + 1):
        progress.resume(stage.turn, stage.c)
        stage.ended(STOPPED)
    assert stage.sent.count("start db-1") == START.tries + 2, "it was looked at each time"

    stage.ended({})
    progress.resume(stage.turn, stage.c)
    stage.ended(STOPPED)
    stage.ended({})
    stage.ended(STOPPED)
    assert stage.status() is Status.FAILED, "of what was reported it is known that it was sent"


@pytest.mark.parametrize(
    ("question", "details", "shows", "shows_not"),
    [
        (
            Question.IS_OFF,
            {},
            {"off": True, "identity": "db-1"},
            [{"off": False, "identity": "db-1"}, {"off": True, "identity": "db-2"}],
        ),
        (Question.IS_ON, {}, {"on": True}, [{"on": False}, {"on": None}]),
        (Question.ROLE, {"role": "standby"}, {"role": "standby"}, [{"role": "primary"}, {"role": "stopped"}]),
        (Question.ROUTED, {"primary": "db-2"}, {"primary": "db-2"}, [{"primary": "db-1"}, {"primary": None}]),
        (Question.ROUTED, {"primary": None}, {"primary": None}, [{"primary": "db-1"}]),
        (Question.SERVES, {}, {"serves": True}, [{"serves": False}]),
        (Question.FOLLOWS, {"primary": "db-2"}, {"follows": "db-2"}, [{"follows": "db-1"}, {"follows": None}]),
        (Question.SYNCHRONOUS, {"standbys": ("a", "b")}, {"standbys": ["a", "b"]}, [{"standbys": ("a",)}, {"standbys": ()}]),
        (Question.PAGE_WITHDRAWN, {}, {"withdrawn": True}, [{"withdrawn": False}]),
        (None, {}, {"receiving": False}, [{"receiving": True}]),
    ],
)
def test_what_shows_that_a_step_is_done(
    question: Question | None, details: dict[str, Any], shows: dict[str, Any], shows_not: list[dict[str, Any]]
) -> None:
    step = Step("any", CommandKind.NOTIFY, "db-1", question, details)

    assert fulfilled(step, shows)
    assert not any(fulfilled(step, each) for each in shows_not)


def test_every_question_says_what_its_answer_has_to_hold() -> None:
    assert EVIDENCE.keys() == {None, *Question}
