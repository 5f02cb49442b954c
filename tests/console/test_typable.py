"""Every command that is printed to be typed can be typed: it is read by the program itself, up to where it would begin."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer.main

from console.failover_reach import reach
from console.failover_status import print_screen
from console.main import app
from failover.core.commands import Outcome
from failover.core.events import OrderKind
from failover.core.states import HaltReason, State
from failover.live.configuration import load_configuration
from failover.live.eyesight import Eyesight
from failover.live.practice import Practice
from failover.live.readiness.candidates import candidate_check
from failover.live.readiness.hosts import hosts_check
from failover.live.readiness.joining import rehearse_line, typed_by
from failover.live.readiness.practised import practice_check
from failover.live.readiness.replication import Received, _judge
from failover.live.situation import situation
from failover.live.ways_out import Way, typed
from playbooks.verdict import Report
from tests.console.command_line import continuance
from tests.failover.core.playing import TRIO, Play, play
from tests.failover.live.readiness.looking import controller, known, looked
from tests.failover.live.scenes import history_of
from tests.failover.live.stage import FastClock
from tests.failover.live.test_configuration import CONTROLLER, INVENTORY, TOPOLOGY

SAID: dict[str, Any] = {"file": "/etc/our controller/c.yaml", "inventory": "/etc/hosts.yml"}
OBSERVED = {"clusters": {"db": {"observed_by": "/etc/our controller/c.yaml:5", "left_out": []}}}


def commands(text: str) -> list[str]:
    """Return every command line of ours in *text*, as whoever reads it takes it."""
    found = re.findall(r"continuance (?:failover|controller) [a-z-]+[^`;,\n]*", text)
    return [line.partition("   #")[0].strip() for line in found]


def parse(line: str) -> None:
    """Read *line* as the program does. Raises click's UsageError."""
    command: Any = typer.main.get_command(app)
    _, *words = shlex.split(line)
    context, name = None, "continuance"
    while True:
        context = command.make_context(name, list(words), parent=context)
        if not hasattr(command, "resolve_command"):
            return
        name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])


def expect_typable(text: str) -> None:
    lines = commands(text)
    assert lines, text
    for line in lines:
        assert not {"FILE", "CONFIG", "INVENTORY", "CLUSTER"} & set(shlex.split(line)), line
        parse(line)


def screen(played: Play, capsys: pytest.CaptureFixture[str], **more: Any) -> str:
    eyesight = Eyesight(5, True, ("mon-1",))
    found = situation("ctl-1", played.state, history_of(played), {**SAID, **OBSERVED}, eyesight)
    told = {"on_duty": True, "at_wall_seconds": 9e9, "unready": [], "silence": "s.sock", "known_at_wall_seconds": 8e9}
    capsys.readouterr()
    print_screen({**found, **told, **more}, reach(Path("/run/our sockets/s.sock"), None))
    return capsys.readouterr().out


def scenes() -> Iterator[Play]:
    """Clusters in everything that leads to something to type."""
    for mode in ("observe", "manual", "approve"):
        played = play(TRIO, mode=mode)
        played.lose("db-1")
        yield played
    for reason in HaltReason:
        played = play(TRIO)
        c = played.state.clusters["db"] = played.db.copy()
        c.state, c.halted, c.suspects = State.HALTED, reason, ("db-1",)
        yield played
    played = play(TRIO)
    played.lose("db-1")
    yield played
    played = play(TRIO)
    played.holding = True
    played.lose("db-1")
    yield played


def test_what_status_shows(capsys: pytest.CaptureFixture[str]) -> None:
    for played in scenes():
        expect_typable(screen(played, capsys))
        gone = screen(played, capsys, on_duty=False)
        assert "continuance controller run '/etc/our controller/c.yaml'" in commands(gone)[0]
        expect_typable(gone)


@pytest.mark.parametrize("order", [each for each in OrderKind if each is not OrderKind.WITHDRAW_PAGE])
def test_what_is_sent_to_people(order: OrderKind) -> None:
    parse(typed("db", Way(order, "", "db-1")))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "court.yaml").write_text(TOPOLOGY)
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    path = tmp_path / "controller.yaml"
    path.write_text(CONTROLLER)
    return path


def test_what_a_runbook_has_to_be_typed(config: Path) -> None:
    expect_typable(continuance("failover", "runbook", "cases", "--config", config).printed)


def test_a_runbook_of_a_cluster_that_is_only_observed_has_no_order_that_would_be_refused(config: Path) -> None:
    config.write_text(CONTROLLER + "policy: {cases: {mode: observe}}\n")
    text = continuance("failover", "runbook", "cases", "--config", config).printed
    assert commands(text) == []
    assert f"{config}:12 says so: `failover run` is refused" in text


def test_what_reaches_hosts_is_printed_as_it_is_typed_outside_their_network(config: Path) -> None:
    config.write_text(CONTROLLER + "through: [continuance, lab, beside, ctl-1]\n")
    beside = "continuance lab beside ctl-1 continuance"
    assert f"{beside} failover rehearse cases --config {config}" in continuance("controller", "check", config).out
    assert f"`{beside} controller run {config}`" in continuance("failover", "runbook", "cases", "--config", config).printed


def test_what_a_check_of_the_configuration_shows(config: Path) -> None:
    for text in (CONTROLLER, CONTROLLER.partition("databases:")[0] + "policy: {cases: {mode: observe}}\n"):
        config.write_text(text)
        expect_typable(continuance("controller", "check", config).out)


def test_what_is_said_where_no_controller_answers(tmp_path: Path) -> None:
    for words in (["status"], ["history"], ["plan", "db"]):
        found = continuance("failover", *words, "--socket", tmp_path / "s.sock")
        assert commands(found.err) == [], "no file is named that nobody is sure of"
        assert "say where it listens with --socket or $CONTINUANCE_SOCKET" in found.err
        assert "or, to read its journal, where its configuration is with --config" in found.err
    assert "journal" not in continuance("failover", "approve", "db", "--socket", tmp_path / "s.sock").err


@pytest.mark.parametrize("through", ["", "through: [continuance, lab, beside, ctl-1]\n"])
def test_what_readiness_says_to_do(config: Path, tmp_path: Path, through: str) -> None:
    config.write_text(CONTROLLER + through)
    state, configuration = known(), load_configuration(config)
    rehearse = rehearse_line(configuration, "db")
    beside = "continuance lab beside ctl-1 " if through else ""

    class Lacking:
        async def survey(self, host: str, closely: bool, deadline_seconds: float) -> Report:
            rights = [["", "become", "we are 'deploy'"]]
            answer = {"rights": rights, "free_bytes": {}, "clusters": {"db": {"role": "primary", "follows": None}}, "routed": {}}
            return Report(Outcome.SUCCEEDED, answer)

    paused = replace(state, clusters={"db": replace(state.clusters["db"], paused_by="anna")}, grace_until=0.0)
    found = [
        *looked(hosts_check(Lacking(), controller(state), ["db-2"], typed_by(configuration))).values(),
        *looked(practice_check(Practice(tmp_path), controller(state), "db", FastClock(), rehearse)).values(),
        *looked(candidate_check(controller(paused), "db", {})).values(),
        _judge(state.settings.clusters["db"], "db-2", "db-1", Received(0.0, False, False)),
    ]
    remedies = [lack.remedy for lack in found if lack is not None and "continuance" in lack.remedy]
    assert len(remedies) >= 3
    assert any(f"{beside}continuance failover rehearse db --config {config}" in each for each in remedies)
    for remedy in remedies:
        expect_typable(remedy.replace(", or: ", "\n"))
