import pytest

from failover.core.cluster import Goal, Position
from failover.core.commands import CommandKind
from failover.core.events import OrderKind
from failover.core.states import State
from failover.live.foresight import ASSUMED_SECONDS, ENOUGH, plan_document, progress_document
from failover.live.history import Run
from failover.live.imagining import Imagined
from failover.live.situation import situation
from simulator.clusters.durations import USUAL_SECONDS
from tests.failover.core.playing import TRIO, play
from tests.failover.live.scenes import history_of


def test_a_plan_says_who_and_why_not_the_others_and_each_step_with_its_time() -> None:
    found = plan_document(Imagined(play(TRIO).state), {}, "db", Goal.FAILOVER, None)
    assert (found["primary"], found["candidate"], found["may_lose"]) == ("db-1", "db-2", "nothing that was acknowledged")
    assert found["refused"] == [{"host": "db-3", "reason": "'db-2' has at least as much"}]
    assert found["services"] == ["shop"]
    known: set[str] = set()
    for step in found["steps"]:
        assert set(step["after"]) <= known
        assert 0 < step["predicted_seconds"]["p50"] <= step["predicted_seconds"]["p95"]
        known.add(step["id"])
    assert found["predicted_seconds"]["p50"] < sum(each["predicted_seconds"]["p50"] for each in found["steps"])


def test_what_a_standby_said_before_anything_was_lost_does_not_choose_it() -> None:
    state = play(TRIO).state.copy()
    state.clusters["db"] = state.clusters["db"].copy()
    state.clusters["db"].positions = {"db-3": Position("standby", 1, 5000.0, None, replay_paused=False)}
    assert plan_document(Imagined(state), {}, "db", Goal.FAILOVER, None)["candidate"] == "db-2"


def test_what_was_recorded_often_enough_is_believed_rather_than_what_was_assumed() -> None:
    for count, source in ((ENOUGH - 1, "assumed"), (ENOUGH, "recorded")):
        found = plan_document(Imagined(play(TRIO).state), {"fence": (9.0,) * count}, "db", Goal.FAILOVER, None)
        (fence,) = (each for each in found["steps"] if each["command"] == "fence")
        assert fence["known_from"] == source
        assert (fence["predicted_seconds"] == {"p50": 9.0, "p95": 9.0}) is (source == "recorded")


def test_the_topologys_durations_are_believed_where_too_little_was_recorded() -> None:
    found = plan_document(Imagined(play(f"{TRIO}durations: {{fence: 7s}}").state), {}, "db", Goal.FAILOVER, None)
    (fence,) = (each for each in found["steps"] if each["command"] == "fence")
    assert (fence["known_from"], fence["predicted_seconds"]["p50"]) == ("topology", 7.0)


def test_what_a_person_does_has_no_predicted_time() -> None:
    text = TRIO.replace("fence: [redfish, fence_agent, operator]", "fence: [operator]")
    found = plan_document(Imagined(play(text).state), {}, "db", Goal.FAILOVER, None)
    (ask,) = (each for each in found["steps"] if each["command"] == "ask")
    assert (ask["known_from"], ask["predicted_seconds"]) == ("person", None)
    assert found["persons"] == ["switch 'db-1' off, by hand if need be"]


def test_a_plan_in_which_nobody_can_take_over_says_why() -> None:
    played = play(TRIO)
    played.lose("db-2")
    played.lose("db-3")
    found = plan_document(Imagined(played.state), {}, "db", Goal.FAILOVER, None)
    assert (found["candidate"], found["steps"], found["predicted_seconds"]) == (None, [], None)
    assert found["halt"]
    assert {each["host"] for each in found["refused"]} == {"db-2", "db-3"}


def test_with_asynchronous_replication_nobody_promises_that_nothing_is_lost() -> None:
    found = plan_document(Imagined(play(rpo="15m").state), {}, "db", Goal.FAILOVER, None)
    assert "15m (the RPO)" in found["may_lose"]
    assert found["may_lose_seconds"] is None
    switched = plan_document(Imagined(play(rpo="15m").state), {}, "db", Goal.SWITCHOVER, None)
    assert switched["may_lose"] == "nothing that was acknowledged"


def test_progress_counts_the_steps_and_the_time_left_shrinks() -> None:
    played = play(TRIO)
    played.holding = True
    played.lose("db-1")
    found = []
    for _ in range(200):
        if played.where() is State.WATCHING:
            break
        run = history_of(played).under_way("db")
        assert isinstance(run, Run)
        found.append(progress_document(run, played.db, played.settings, {}))
        done, played.waiting = played.waiting, []
        for command in done:
            if (report := played.report(command)) is not None:
                played.tell(report)
    steps = [each["step"] for each in found if each["step"]]
    left = [each["left_seconds"]["p50"] for each in found if each["step"]]
    assert steps == sorted(steps)
    assert steps[0] == 1
    assert left == sorted(left, reverse=True)
    assert {each["steps"] for each in found if each["step"]} == {found[0]["steps"]}


def test_a_recovery_of_another_kind_says_what_it_does_without_a_prediction() -> None:
    played = play(TRIO, mode="manual")
    played.lose("db-1")
    played.holding = True
    played.order(OrderKind.START)
    doing = situation("ctl-1", played.state, history_of(played))["clusters"]["db"]["doing"]
    assert (doing["goal"], doing["now"], doing["left_seconds"]) == ("start", ["read db-2", "read db-3"], None)


@pytest.mark.parametrize("kind", ASSUMED_SECONDS)
def test_a_controller_assumes_what_a_replay_does(kind: CommandKind) -> None:
    assert ASSUMED_SECONDS[kind] == USUAL_SECONDS[kind]


def test_every_command_of_any_plan_has_a_time() -> None:
    for goal in (Goal.FAILOVER, Goal.SWITCHOVER):
        for step in plan_document(Imagined(play(TRIO).state), {}, "db", goal, None)["steps"]:
            assert step["predicted_seconds"]
