"""What comes late, twice, from nowhere or malformed: it changes nothing, and never makes the core raise. An event that did would
stand in the journal and stop every controller that reads it.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failover.core.commands import COMMANDS_A_TERM, EVIDENCE, READ_ONLY, Command, CommandId, Outcome, Question
from failover.core.controller import fold, step
from failover.core.events import CommandEnded, Event, Health, HealthChanged, LeaseGained, Ordered, OrderKind, Woken
from failover.core.states import State
from tests.failover.core.honest import Answer
from tests.failover.core.playing import TRIO, Play, play
from tests.failover.core.scenes import FAILOVER_STATES, on_its_way

HOSTS = st.sampled_from(["db-1", "db-2", "db-3", "edge-1", "nobody"])
VALUES = st.sampled_from([None, True, "primary", "standby", "db-1", 1, (), ("db-2", "db-3")])
EVIDENCES = st.fixed_dictionaries({}, optional=dict.fromkeys(sorted(set().union(*EVIDENCE.values())), VALUES))
NUMBERS = st.integers(0, 40).map(lambda number: COMMANDS_A_TERM + number)
STRANGE: st.SearchStrategy[Event] = st.one_of(
    st.builds(LeaseGained, st.just(0.0), st.just(0.0), st.integers(1, 9), st.just("c"), st.booleans()),
    st.builds(
        HealthChanged, st.just(0.0), st.just(0.0), HOSTS, st.sampled_from(Health), st.sampled_from([(), ("v-1",)]), st.booleans()
    ),
    st.builds(
        CommandEnded,
        st.just(0.0),
        st.just(0.0),
        st.builds(CommandId, st.sampled_from(["db", "other"]), NUMBERS),
        st.sampled_from(Outcome),
        EVIDENCES,
    ),
    st.builds(
        Ordered, st.just(0.0), st.just(0.0), st.sampled_from(["db", "other"]), st.sampled_from(OrderKind), st.just("eve"), HOSTS
    ),
    st.builds(Woken, st.floats(0.0, 1e4), st.just(0.0)),
)


@given(st.integers(0, 1000), st.data())
def test_a_report_that_nobody_waits_for_changes_nothing(cut: int, data: st.DataObject) -> None:
    p = play(TRIO)
    p.lose("db-1")
    events = p.journal
    state = fold(p.settings, events[: 1 + cut % len(events)])
    known = state.clusters["db"]
    waited_for = {*known.pending, *known.hooks}
    numbers = range(known.commands - 40, known.commands + 3)
    stranger = data.draw(st.sampled_from([CommandId("db", each) for each in numbers if CommandId("db", each) not in waited_for]))
    report = CommandEnded(state.told_at, 0.0, stranger, data.draw(st.sampled_from(Outcome)), data.draw(EVIDENCES))
    decision = step(state, report)

    assert decision.commands == () and decision.notes == ()
    assert decision.state.clusters["db"].state is known.state
    assert decision.state.clusters["db"].pending == known.pending


@pytest.mark.parametrize("state", FAILOVER_STATES)
def test_every_report_may_come_twice(state: State) -> None:
    p = on_its_way(state)
    before = p.db
    for event in [each for each in p.journal if isinstance(each, CommandEnded)]:
        p.tell(event)

    assert p.db == before


@pytest.mark.parametrize(
    "event",
    [
        Ordered(0.0, 0.0, "other", OrderKind.PAUSE, "alice"),
        HealthChanged(0.0, 0.0, "nobody", Health.SILENT),
        CommandEnded(0.0, 0.0, CommandId("other", 1), Outcome.SUCCEEDED, {}),
    ],
)
def test_what_concerns_no_cluster_of_ours_changes_nothing(event: Event) -> None:
    p = play()
    before = p.state.clusters
    p.tell(event)

    assert p.state.clusters == before and p.sent == []


@given(st.sampled_from(FAILOVER_STATES), st.lists(STRANGE, max_size=12))
def test_no_history_however_strange_makes_the_core_raise(begin_in: State, events: list[Event]) -> None:
    state = on_its_way(begin_in, TRIO).state
    for event in events:
        state = step(state, event).state


ASKED = [(question, key) for question, keys in EVIDENCE.items() for key in sorted(keys)] + [(Question.ROLE, "epoch")]


@pytest.mark.parametrize("nonsense", [None, "?", 5, ("?",), {}])
@pytest.mark.parametrize(("question", "key"), ASKED)
def test_evidence_of_the_wrong_kind_is_no_error(question: Question | None, key: str, nonsense: Any) -> None:
    def answer(world: Play, command: Command) -> Answer | None:
        if command.kind not in READ_ONLY or command.details.get("question") != question:
            return None
        outcome, evidence = world.done(command)
        return outcome, {**evidence, key: nonsense}

    for order in (None, OrderKind.SWITCHOVER, OrderKind.ADOPT):
        p = play(TRIO, led=False)
        p.bends.append(answer)
        p.lead()
        if order is None:
            p.lose("db-1")
        else:
            p.members["db-2"].role = "primary" if order is OrderKind.ADOPT else "standby"
            p.order(order, host="db-2")
        p.pass_time(60.0)


def test_a_newer_epoch_that_is_none_is_no_error() -> None:
    for wrong in (None, "?", 5, (1,), (1, 2, 3), ("a", "b")):
        p = on_its_way(State.ADOPTING, order=OrderKind.ADOPT, host="db-2")
        p.tell(CommandEnded(p.now, p.now, next(iter(p.db.pending)), Outcome.FAILED, {"newer_epoch": wrong}))
