from typing import Any

from failover.core.events import OrderKind
from failover.live.situation import situation
from tests.failover.core.playing import TRIO, Play, play
from tests.failover.live.scenes import history_of


def shown(played: Play) -> dict[str, Any]:
    found: dict[str, Any] = situation("ctl-1", played.state, history_of(played))["clusters"]["db"]
    return found


def test_where_all_is_well_nothing_is_wrong() -> None:
    found = shown(play(TRIO))
    assert (found["severity"], found["wrong"], found["since_wall_seconds"], found["next"]) == ("ok", [], None, [])
    assert found["services"] == ["shop"]


def test_while_it_is_not_known_for_whom_commits_wait_not_all_is_well() -> None:
    played = play(TRIO, led=False)
    played.holding = True
    played.lead()
    found = shown(played)
    assert (found["severity"], found["wrong"]) == (
        "warning",
        ["'db-1' has not said yet for whom commits wait; a failover could not begin"],
    )


def test_a_lost_primary_is_critical_from_the_moment_it_was_lost() -> None:
    played = play(TRIO, mode="manual")
    played.pass_time(50.0)
    lost_at = played.now
    played.lose("db-1")
    played.pass_time(30.0)
    found = shown(played)
    assert found["severity"] == "critical"
    assert found["wrong"] == ["the primary 'db-1' is lost, and nothing is done: the policy wants an operator's order"]
    assert found["since_wall_seconds"] == lost_at
    assert found["would"] == {"promote": "db-2", "may_lose": "nothing that was acknowledged"}
    assert found["refused"]["db-3"]
    assert [each["order"] for each in found["next"]] == ["failover", "start"]


def test_a_failover_that_waits_says_who_said_yes_and_how_many_it_wants() -> None:
    played = play(TRIO, mode="approve", approvals=2)
    played.lose("db-1")
    played.order(OrderKind.APPROVE, operator="anna")
    assert shown(played)["wrong"] == ["the primary 'db-1' is lost, and its failover waits for a yes of 2 persons, and anna said it"]


def test_what_is_being_done_is_said_with_its_step_and_what_is_left() -> None:
    played = play(TRIO)
    played.holding = True
    played.lose("db-1")
    found = shown(played)
    doing = found["doing"]
    assert (doing["run"], doing["state"], doing["step"]) == ("db/1", "preflight", 1)
    assert doing["left_seconds"]["p50"] > 0
    assert found["story"] == "db/1"


def test_lost_redundancy_is_a_warning_since_it_was_lost() -> None:
    played = play(TRIO)
    played.pass_time(20.0)
    lost_at = played.now
    played.lose("db-3")
    found = shown(played)
    assert (found["severity"], found["since_wall_seconds"]) == ("warning", lost_at)
    assert found["wrong"] == ["'db-3' is silent"]


def test_a_former_primary_that_is_not_rejoined_is_a_warning_and_the_order_is_shown() -> None:
    played = play(TRIO)
    played.lose("db-1")
    found = shown(played)
    assert (found["severity"], found["primary"], found["quarantined"]) == ("warning", "db-2", ["db-1"])
    assert [each["type"] for each in found["next"]] == ["continuance failover rejoin db-1 --cluster db"]
    assert (found["doing"], found["refused"]) == (None, {})


def test_a_halt_says_what_is_in_the_way() -> None:
    played = play(TRIO)
    for host in ("db-2", "db-3", "db-1"):
        played.lose(host)
    found = shown(played)
    assert (found["severity"], found["state"]) == ("critical", "halted")
    assert found["wrong"][0] == found["halted"]


def test_a_switchover_is_no_emergency() -> None:
    played = play(TRIO)
    played.holding = True
    played.order(OrderKind.SWITCHOVER, host="db-3")
    found = shown(played)
    assert (found["severity"], found["wrong"]) == ("warning", ["a planned switchover from 'db-1' is under way"])


def test_a_pause_and_maintenance_are_shown_before_they_are_forgotten() -> None:
    played = play(TRIO)
    played.order(OrderKind.PAUSE, operator="anna")
    played.order(OrderKind.MAINTENANCE, host="db-2", for_seconds=600.0)
    found = shown(played)
    assert found["wrong"] == ["automation is paused by anna"]
    assert found["maintenance"] == {"db-2": played.now + 600.0}
