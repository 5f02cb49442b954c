"""A controller that only observes, as whoever is on call meets it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from failover.core.events import Health
from failover.core.states import State
from failover.live.order_desk import OrderDesk
from failover.live.readiness.verdict import Verdict
from tests.console.command_line import continuance
from tests.console.on_call import OnCall, on_call
from tests.failover.live.test_duty import controller


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnCall]:
    with on_call(tmp_path_factory.mktemp("night"), mode="observe") as found:
        found.wait(lambda: all_seen(found))
        yield found


def seen(night: OnCall, host: str, health: Health) -> bool:
    sighting = night.duty.db.health.get(host)
    return sighting is not None and sighting.health is health


def all_seen(night: OnCall) -> bool:
    return seen(night, "db-1", Health.PRIMARY) and all(seen(night, host, Health.STANDBY) for host in ("db-2", "db-3"))


def test_status_plan_history_and_agreement_say_the_same(tmp_path: Path) -> None:
    config = controller(tmp_path)
    with on_call(tmp_path / "state", mode="observe") as night:
        night.wait(lambda: all_seen(night))
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.SUSPECT)
        status = " ".join(night.type("status").printed.split())
        plan = night.type("plan", "db").printed
        history = night.type("history").printed
    assert "if it might act it would fail over to db-2 refused" in status
    assert "nobody knows" not in status
    assert "failover of db: db-1 → db-2" in plan
    assert "may lose     nothing that was acknowledged" in plan
    assert "nothing is done: the policy only observes; if it might act, it would fail over to db-2\n" in history
    agreement = continuance("failover", "agreement", "db", "--config", config, columns=200).printed
    assert "would have failed over to 'db-2' at once" in agreement
    assert "assuming" not in status + plan + history + agreement


def test_history_says_who_was_made_primary_and_the_log_agrees_with_it_on_what_would_have_been_done(tmp_path: Path) -> None:
    with on_call(tmp_path, mode="observe") as night:
        night.wait(lambda: all_seen(night) and night.duty.driver.recollection.history.said["db"])
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.SUSPECT)
        night.world.members["db-2"].role = "primary"
        night.wait(lambda: seen(night, "db-2", Health.PRIMARY))
        history = night.type("history").printed
        notes = {each["note"]: each["data"] for each in night.duty.lines("note")}
    assert "db-2 is primary in place of db-1: people, or something else, made it so" in history
    assert notes["foreseen"]["host"] == notes["held"]["would"]["promote"] == "db-2"
    assert notes["refused"] == {"host": "db-3", "reason": "'db-2' has at least as much"}


@pytest.mark.parametrize("words", [("explain", "last"), ("report", "last"), ("follow", "last")])
def test_who_asks_an_observer_for_a_recovery_is_told_what_there_is_instead(night: OnCall, words: tuple[str, ...]) -> None:
    found = night.type(*words)
    assert (found.code, found.out) == (3, "")
    assert found.err.startswith("there has been no recovery yet, and there will be none of 'db', which it only observes\n")
    assert f"continuance failover history --socket {night.socket}" in found.err
    assert f"continuance failover agreement --socket {night.socket}" in found.err


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


def test_the_loss_of_who_took_over_is_told_by_status_and_history_with_when_it_was(tmp_path: Path) -> None:
    with on_call(tmp_path, mode="observe") as night:
        night.wait(lambda: all_seen(night))
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.SUSPECT)
        night.world.members["db-2"].role = "primary"
        night.wait(lambda: seen(night, "db-2", Health.PRIMARY))
        night.lose("db-2")
        night.wait(lambda: seen(night, "db-2", Health.SILENT))
        known = night.duty.driver.recollection.history
        status = json.loads(night.type("status", "--output", "json").printed)["clusters"]["db"]
        night.world.members["db-2"].on = night.world.members["db-2"].running = True
        night.wait(lambda: seen(night, "db-2", Health.PRIMARY))
        history = night.type("history").printed
        since = {host: at for host, (_, at) in known.seen_since.items()}
    assert status["severity"] == "critical"
    assert status["wrong"][0] == "the primary 'db-2' is lost, and nothing is done: the policy only observes"
    assert since["db-1"] < status["since_wall_seconds"] < since["db-2"]
    lost = "the primary is lost, too: db-2 is silent; nothing is done: the policy only observes; if it might act, it would "
    assert lost in history
    assert history.rstrip().endswith("db-2 is back; nobody has to take over")


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


@pytest.mark.parametrize(
    "words",
    [
        ("run", "db"),
        ("switchover", "db"),
        ("failback", "db"),
        ("start", "db"),
        ("accept-loss", "db"),
        ("rejoin", "db-2", "--cluster", "db"),
        ("adopt", "db-2", "--cluster", "db"),
        ("confirm-fenced", "db-1", "--cluster", "db", "--seen-by", "anna", "--how", "dark"),
    ],
)
def test_what_would_be_refused_is_refused_before_anything_has_to_be_confirmed(
    night: OnCall, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.failover_confirmation.asked", lambda question: pytest.fail(question))
    found = night.type(*words)
    assert (found.code, found.out, found.err) == (3, "", "refused: the policy only observes; nothing was done\n")


def test_no_configuration_is_named_that_nobody_is_sure_of_and_another_accounts_socket_takes_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONTINUANCE_LAB")
    nowhere = continuance("failover", "status")
    assert nowhere.code == 3
    assert "controller.yaml" not in nowhere.err
    config = controller(tmp_path)
    assert f"start it: continuance controller run {config}" in continuance("failover", "status", "--config", config).err

    def denied(*words: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.socket.connect", denied)
    found = continuance("failover", "status")
    assert found.code == 3
    assert f"it belongs to another account: sudo {Path(sys.executable).with_name('continuance')} failover status" in found.err


def test_all_is_well_points_to_what_a_failover_lacks(night: OnCall, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "db: OK  all is well\n" in night.type("status").printed
    lacking = Verdict("the practice of 'db'", False, "it was never rehearsed", "rehearse it", 0.0)
    monkeypatch.setattr(night.duty.driver, "_readiness", SimpleNamespace(verdicts=lambda: {"": lacking}))
    assert "db: OK  all is well; what is not ready for a failover stands below\n" in night.type("status").printed
