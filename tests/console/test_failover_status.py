import json
import re
import shlex
from pathlib import Path

import pytest

from failover.core.events import OrderKind
from failover.core.states import State
from failover.live.ways_out import Way, typed
from tests.console.command_line import continuance
from tests.console.on_call import on_call
from tests.failover.live.test_duty import controller


def test_where_all_is_well_it_says_so_and_who_is_primary(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        out = night.type("status").printed
    assert "db: OK  all is well" in out
    assert "db-1: accepts writes" in out
    assert "db-2: is a standby, and follows" in out


def test_a_lost_primary_is_shown_with_what_hangs_on_it_and_what_to_type(tmp_path: Path) -> None:
    with on_call(tmp_path, mode="approve") as night:
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.WAITING)
        out = night.type("status").printed
        assert "db: CRITICAL  the primary 'db-1' is lost, and its failover waits for a yes" in out
        assert re.search(r"hangs on it +shop", out)
        assert re.search(r"since +\d{4}-\d\d-\d\d", out)
        assert "would promote db-2, and lose nothing that was acknowledged" in out
        line = next(each.strip() for each in out.splitlines() if "failover approve" in each)
        assert line == f"continuance failover approve db --socket {night.socket}"
        assert continuance(*shlex.split(line)[1:]).code == 0, "what is shown can be typed as it stands"
        night.wait(lambda: night.duty.db.primary == "db-2")


def test_for_nagios_it_is_one_line_with_figures_and_nagios_exit_codes(tmp_path: Path) -> None:
    with on_call(tmp_path, mode="manual") as night:
        fine = night.type("status", "--output", "nagios")
        assert fine.code == 0
        assert fine.out.startswith("CONTINUANCE OK - db: db-1 is primary | 'db_severity'=0;0;1;0;2 'db_trouble'=0s;;;0 ")
        night.lose("db-3")
        night.wait(lambda: night.duty.db.health["db-3"].health.value == "silent")
        assert night.type("status", "-o", "nagios").code == 1
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.SUSPECT)
        bad = night.type("status", "-o", "nagios")
    assert bad.code == 2
    assert bad.out.splitlines()[0].startswith("CONTINUANCE CRITICAL - db: the primary 'db-1' is lost, and nothing is done")


def test_what_is_known_can_be_had_as_data(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        data = json.loads(night.type("status", "db", "-o", "json").printed)
    assert (data["format"], data["on_duty"], [*data["clusters"]]) == (1, True, ["db"])
    assert night.type("status", "db", "-o", "json").code == 3


def test_an_unknown_cluster_is_refused_with_the_name_that_was_meant(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        assert night.type("status", "dbb").problem == "there is no cluster 'dbb'; did you mean 'db'?"


def test_nobody_on_duty_is_said_plainly(tmp_path: Path) -> None:
    found = continuance("failover", "status", "--socket", tmp_path / "s.sock")
    assert found.code == 3
    assert found.err.startswith(f"no controller answers at {tmp_path / 's.sock'}: there is no such socket")
    nagios = continuance("failover", "status", "--socket", tmp_path / "s.sock", "-o", "nagios")
    assert (nagios.code, nagios.out.startswith("CONTINUANCE UNKNOWN - no controller answers")) == (3, True)


def test_where_nobody_is_on_duty_the_journal_tells_what_was_last_known(tmp_path: Path) -> None:
    config = controller(tmp_path)
    with on_call(tmp_path / "state", mode="approve") as night:
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.WAITING)
    found = continuance("failover", "status", "--config", config, columns=200)
    assert found.code == 4
    assert "NOBODY IS ON DUTY" in found.out
    assert f"Start it again and it goes on by itself: continuance controller run {config}" in found.out
    assert "db: UNKNOWN  when it was last looked at: the primary 'db-1' is lost" in found.out
    assert "the primary 'db-1' is lost, and its failover waits for a yes" in found.out
    assert continuance("failover", "status", "--config", config, "-o", "nagios").code == 3
    planned = continuance("failover", "plan", "db", "--config", config, columns=200)
    assert planned.code == 4
    assert "failover of db: db-1 → db-2" in planned.out


def test_the_socket_may_be_named_once_and_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_call(tmp_path) as night:
        monkeypatch.setenv("CONTINUANCE_SOCKET", str(night.socket))
        assert "all is well" in continuance("failover", "status").printed


@pytest.mark.parametrize("order", OrderKind)
def test_every_line_that_is_ever_shown_is_a_command(tmp_path: Path, order: OrderKind) -> None:
    """It is accepted as typed, up to where nobody answers."""
    line = typed("db", Way(order, "", "db-1"))
    if order is OrderKind.WITHDRAW_PAGE:
        return  # never offered: nobody's recovery hangs on it
    found = continuance(*shlex.split(line)[1:], "--socket", tmp_path / "s.sock")
    assert found.code == 3, found.err
    assert "no controller answers" in found.err


def test_a_plan_shows_steps_side_by_side_with_their_times(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        out = night.type("plan", "db").printed
        assert "failover of db: db-1 → db-2" in out
        assert "refused      db-3: 'db-2' has at least as much" in out
        assert re.search(r"┌ fence db-1 +\d", out)
        assert re.search(r"└ withdraw edge-2 +\d", out)
        data = json.loads(night.type("plan", "db", "--switchover", "db-3", "-o", "json").printed)
        assert (data["goal"], data["candidate"]) == ("switchover", "db-3")
        assert {"id", "command", "target", "after", "predicted_seconds"} <= data["steps"][0].keys()
        assert "is no member of 'db'" in night.type("plan", "db", "--failover", "db-9").problem
