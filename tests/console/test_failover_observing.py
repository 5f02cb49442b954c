"""A controller that only observes, as whoever is on call meets it."""

import json
from pathlib import Path

import pytest

from failover.core.events import Health
from failover.core.states import State
from failover.live.order_desk import OrderDesk
from tests.console.command_line import continuance
from tests.console.on_call import OnCall, on_call
from tests.failover.live.test_duty import controller

ASSUMED = "assuming that commits waited for db-2 or db-3: who only observes does not ask"


def seen(night: OnCall, host: str, health: Health) -> bool:
    sighting = night.duty.db.health.get(host)
    return sighting is not None and sighting.health is health


def all_seen(night: OnCall) -> bool:
    return seen(night, "db-1", Health.PRIMARY) and all(seen(night, host, Health.STANDBY) for host in ("db-2", "db-3"))


def test_status_plan_history_and_agreement_say_the_same_and_what_it_rests_on(tmp_path: Path) -> None:
    config = controller(tmp_path)
    with on_call(tmp_path / "state", mode="observe") as night:
        night.wait(lambda: all_seen(night))
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.SUSPECT)
        status = " ".join(night.type("status").printed.split())
        plan = night.type("plan", "db").printed
        history = night.type("history").printed
    assert f"if it might act it would fail over to db-2 ({ASSUMED})" in status
    assert "nobody knows" not in status
    assert "failover of db: db-1 → db-2" in plan
    assert ASSUMED in plan
    assert f"nothing is done: the policy only observes; if it might act, it would fail over to db-2 ({ASSUMED})" in history
    agreement = continuance("failover", "agreement", "db", "--config", config, columns=200).printed
    assert "would have failed over to 'db-2' at once" in agreement
    assert ASSUMED in agreement


def test_what_would_hold_it_back_is_said_by_status_as_by_agreement(tmp_path: Path) -> None:
    with on_call(tmp_path, mode="observe") as night:
        night.wait(lambda: all_seen(night))
        assert night.type("maintenance", "db-1", "--for", "1h", "--cluster", "db").code == 0
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.SUSPECT)
        assert "it would leave it: 'db-1' is under maintenance" in " ".join(night.type("status").printed.split())


def test_a_cluster_that_people_have_failed_over_is_shown_as_they_have_it(tmp_path: Path) -> None:
    with on_call(tmp_path, mode="observe") as night:
        night.wait(lambda: all_seen(night))
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.SUSPECT)
        night.world.members["db-2"].role = "primary"
        night.wait(lambda: seen(night, "db-2", Health.PRIMARY))
        found = json.loads(night.type("status", "--output", "json").printed)["clusters"]["db"]
        plan = night.type("plan", "db").printed
    assert (found["primary"], found["severity"], found["if_it_might_act"]) == ("db-2", "warning", None)
    assert found["wrong"] == ["'db-1' is silent"]
    assert "failover of db: db-2 → db-3" in plan


def test_a_controller_that_reaches_no_host_is_critical_and_says_what_to_look_at(tmp_path: Path) -> None:
    with on_call(tmp_path, mode="manual") as night:
        night.duty.blind.add("controller-1")
        night.wait(lambda: night.duty.driver.eyesight().reaches_none)
        out = night.type("status").printed
        nagios = night.type("status", "--output", "nagios")
    assert "CRITICAL  this controller reaches none of the hosts that it watches" in out
    assert "db: CRITICAL  this controller reaches none of its 5 hosts" in out
    assert nagios.code == 2


def test_agreement_asks_the_controller_on_duty_where_its_journal_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = controller(tmp_path)
    said = {"config": str(config)}
    with on_call(tmp_path / "state", mode="observe") as night:
        monkeypatch.setattr(OrderDesk, "status", lambda desk: said)
        found = continuance("failover", "agreement", "--socket", night.socket)
    assert (found.code, found.out) == (0, "Nothing was lost while the controller only observed.\n")
    monkeypatch.chdir(tmp_path / "state")
    nowhere = continuance("failover", "agreement", "--socket", night.socket)
    assert (
        nowhere.problem == "--config: no controller answers that could tell, and there is no controller.yaml here: say where it is"
    )
