import asyncio
import io
import os
import pwd
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from failover.core.commands import Command, CommandKind, Outcome
from failover.core.states import State
from tests.console.on_call import OnCall, on_call
from tests.failover.live.stage import Answer


class Terminal(io.StringIO):
    """Standard input at which somebody sits."""

    def isatty(self) -> bool:
        return True


def sitting(night: OnCall, typed: str, *words: object) -> Any:
    """Type `continuance failover WORDS`, and *typed* where it asks."""
    with patch.object(sys, "stdin", Terminal(typed)):
        return night.type(*words)


def without_power(night: OnCall) -> None:
    """Let no fence work."""

    def bend(command: Command) -> Answer | None:
        of_power = command.kind is CommandKind.FENCE or command.details.get("question") == "is_off"
        return Answer(Outcome.FAILED, {}) if of_power else None

    night.duty.runner.bends.append(bend)


def test_a_failover_shows_before_steps_and_after(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        out = night.type("run", "db", "--yes", "--reason", "smells of smoke", "--change", "CHG-1").printed
        before, steps, after = out.index("db before:"), out.index("switch db-1 off, by redfish"), out.index("db after:")
        assert before < steps < after
        assert "nothing that was acknowledged is lost" in out
        assert "db-2: accepts writes (usually db-1)" in out[after:]
        told = night.type("report", "last").printed
    assert "| failover | smells of smoke |" in told
    assert "| CHG-1 |" in told
    assert f"| {os.getpid()} |" in told


def test_without_a_terminal_it_has_to_be_confirmed_beforehand(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        for words in (("run", "db", "--reason", "x"), ("switchover", "db"), ("rejoin", "db-2"), ("adopt", "db-2", "--reason", "x")):
            found = night.type(*words)
            assert (found.code, "Confirm it with --yes" in found.err) == (2, True), words
        found = night.type("run", "db", "--yes")
        assert (found.code, found.err) == (2, "a failover needs a reason, which the history keeps: add --reason TEXT\n")
        assert night.duty.db.primary == "db-1"


def test_at_a_terminal_the_name_of_the_current_primary_is_typed(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        wrong = sitting(night, "db-2\n", "run", "db", "--reason", "x")
        assert (wrong.code, wrong.err) == (2, "that is not db-1: nothing was done\n")
        assert sitting(night, "", "run", "db", "--reason", "x").code == 2
        right = sitting(night, "db-1\nsmells of smoke\n", "run", "db")
        assert right.code == 0
        assert "smells of smoke" in right.out


def test_an_order_that_is_refused_says_why_and_exits_with_3(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        found = night.type("resume", "db")
        assert (found.code, found.err) == (3, "refused: nothing is paused; nothing was done\n")
        found = night.type("approve", "db")
        assert (found.code, found.err) == (3, "refused: the cluster is watching and waits for nobody; nothing was done\n")


def test_a_switchover_a_rejoin_and_a_failback_come_round(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        assert "db/1 is done" in night.type("switchover", "db", "--to", "db-3", "--yes").printed
        night.wait(lambda: len(night.duty.db.followers) == 2)
        assert "db/2 is done" in night.type("failback", "db", "--yes").printed
        assert night.duty.db.primary == "db-1"


def test_two_persons_say_yes_and_the_second_begins_it(tmp_path: Path) -> None:
    with on_call(tmp_path, mode="approve", approvals=2) as night:
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.WAITING)
        assert night.type("approve", "db", "--operator", "anna").printed == "taken; db waits for 1 more: anna said yes\n"
        assert "db/1 is done" in night.type("approve", "db", "--operator", "bob").printed


def test_a_halt_exits_with_4_and_what_a_person_saw_leads_on(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        without_power(night)
        night.lose("db-1")
        night.wait(lambda: night.duty.db.state is State.HALTED)
        halted = night.type("follow", "db")
        assert halted.code == 4
        assert "halted" in halted.out
        words = ("confirm-fenced", "db-1", "--seen-by", "anna", "--how", "both cables pulled")
        assert night.type(*words).code == 2
        done = night.type(*words, "--yes").printed
        assert "anna orders confirm-fenced db-1: both cables pulled" in done
        assert "the primary is lost" not in done, "what was over before is not told again"
        assert "db/1 is done" in done


def test_what_would_be_lost_is_lost_only_if_that_was_accepted(tmp_path: Path) -> None:
    with on_call(tmp_path, mode="manual") as night:
        night.lose("db-1", "db-2")
        night.wait(lambda: night.duty.db.state is State.SUSPECT and night.duty.db.health["db-2"].health.value == "silent")
        halted = night.type("run", "db", "--yes", "--reason", "nothing else is left")
        assert halted.code == 4
        assert "may lack what was acknowledged" in halted.out
        assert night.duty.db.primary == "db-1"
        done = night.type("run", "db", "--yes", "--accept-loss", "decided with the duty manager")
        assert done.code == 0, done.out + done.err
        assert night.duty.db.primary == "db-3"


def test_a_controller_that_dies_in_the_middle_is_waited_for_and_joined_again(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        night.duty.runner.held[CommandKind.PROMOTE] = asyncio.Event()
        night.die_when(lambda duty: duty.db.state is State.PROMOTING)
        found = night.type("run", "db", "--yes", "--reason", "x")
        assert found.code == 0, found.out + found.err
        assert "the controller hung up" in found.err
        assert found.out.count("switch db-1 off, by redfish\n") == 1, "nothing is told twice"
        assert "db/1 is done" in found.out


def test_ctrl_c_ends_the_looking_on_and_says_how_to_join_again(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        with patch("console.failover_follow._print_happening", side_effect=KeyboardInterrupt):
            found = night.type("run", "db", "--yes", "--reason", "x")
        assert found.code == 4
        assert (
            f"db/1 goes on without this terminal. Join again: continuance failover follow db/1 --socket {night.socket}" in found.out
        )
        assert "db/1 is done" in night.type("follow", "db/1").printed


def test_not_following_returns_at_once_and_says_how_to(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        found = night.type("switchover", "db", "--yes", "--no-follow").printed
        assert f"taken; db/1 is under way. Follow it: continuance failover follow db/1 --socket {night.socket}" in found


def test_a_pause_concerns_all_clusters_unless_one_is_named_and_so_does_its_end(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        assert night.type("pause", "--reason", "work on switches").printed == "taken: pause db\n"
        assert night.duty.db.paused_by is not None
        assert night.type("resume").printed == "taken: resume db\n"
        assert night.type("resume").printed == "nothing is paused\n"


def test_maintenance_of_a_host_is_ordered_by_its_name_alone(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        assert night.type("maintenance", "db-2", "--for", "2h").printed == "taken: maintenance of db-2 in db for 2h\n"
        assert "maintenance  db-2, until" in night.type("status").printed
        assert night.type("maintenance", "db-2", "--for", "soon").problem.startswith("--for: ")
        assert "did you mean 'db-2'" in night.type("maintenance", "db2", "--for", "2h").problem


def test_an_order_bears_the_account_that_typed_it_whatever_name_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_call(tmp_path) as night:
        night.type("pause", "db", "--operator", "anna", "--change", "CHG-7")
        monkeypatch.setenv("SUDO_USER", "bob")
        night.type("resume", "db")
        out = night.type("history").printed
        account = pwd.getpwuid(os.getuid()).pw_name
        assert f"anna orders pause (account {account}, process {os.getpid()}, change CHG-7)" in out
        assert "bob orders resume" in out
        assert night.type("history", "--verify").printed.startswith("the audit is whole")


def test_a_run_is_explained_from_what_was_seen_to_what_each_command_showed(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        night.lose("db-1")
        night.wait(lambda: night.duty.db.primary == "db-2" and night.duty.db.state is State.WATCHING and not night.duty.db.hooks)
        out = night.type("explain", "last").printed
        seen, decided = out.index("db-1 is silent"), out.index("→ failover begins: the primary is silent")
        shown = out.index("shows: off yes, identity db-1")
        assert seen < decided < shown
        for name in ("db/1", "1", "db", "d"):
            assert night.type("explain", name).printed == out
        assert "there is no run 'x'; the latest are db/1" in night.type("explain", "x").problem
        assert "failover done after" in night.type("history").printed


def test_a_page_is_withdrawn_of_the_service_that_is_named(tmp_path: Path) -> None:
    with on_call(tmp_path) as night:
        out = night.type("withdraw-page", "lookup", "edge-1", "--cluster", "db", "--reason", "shows yesterday's").printed
        assert out == "taken: the page of lookup on edge-1 is being withdrawn\n"
        night.wait(lambda: "withdraw_page edge-1" in night.duty.runner.acts())
        (sent,) = (each for each in night.duty.runner.asked if each.kind is CommandKind.WITHDRAW_PAGE)
        assert sent.details["service"] == "lookup"
