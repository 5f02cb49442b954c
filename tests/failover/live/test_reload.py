"""A changed configuration, taken up while a real driver is on duty."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from failover.core.settings import Settings
from failover.core.states import State
from failover.live.audit import read_audit
from failover.live.configuration import Configuration, load_configuration
from failover.live.driver import Driver, Part
from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.plan import Plan
from failover.live.prober import Pace
from failover.live.reload import Reload, needs_restart
from failover.live.reporters import OwnEyes
from failover.live.resuming import decisions
from failover.live.store import Store, read_journal
from failover.live.systemd import Systemd
from tests.failover.live.stage import PatientClock, WorldRunner, awaited, until, watches, well
from topology.model import Mode

TOPOLOGY = """
name: courts
sites: {here: {}, there: {}}
hosts:
  db-[1-2]: {site: here}
  db-3: {site: there}
  edge-[1-2]: {site: here}
  ctl-1: {site: here}
  mon-1: {site: there}
clusters:
  db:
    members: [db-1, db-2, db-3]
    primary: db-1
    routes: [edge-1, edge-2]
    replication: {mode: synchronous}
    fence: [redfish, operator]
    policy: {mode: automatic, detection_window: 600ms}
services: {lookup: {needs: db}}
controllers: [ctl-1]
vantages: [mon-1]
"""


def said(**changed: Any) -> dict[str, Any]:
    fence = {f"db-{n}": [{"redfish": f"https://10.0.9.{n}", "system": f"db-{n}", "credentials": "power"}] for n in (1, 2, 3)}
    routes = [{"haproxy": {"host": f"edge-{n}", "port": 5432, "backend": "db"}} for n in (1, 2)]
    return {
        "topology": "courts.yaml",
        "inventory": "hosts.ini",
        "secrets": {"vantage": "file:key", "power": "file:power"},
        "databases": {"db": {"debian": 15, "client": {"user": "app", "database": "app"}}},
        "routes": {"db": routes},
        "fence": fence,
        **changed,
    }


@dataclass
class Duty:
    folder: Path
    driver: Driver
    reload: Reload
    notices: Notices
    text: io.StringIO

    def lines(self, event: str) -> list[dict[str, Any]]:
        return [line for each in self.text.getvalue().splitlines() if (line := json.loads(each))["event"] == event]

    async def reloaded(self, event: str = "reloaded", **changed: Any) -> dict[str, Any]:
        """Change the file, ask for it to be taken up, and return what is said of that."""
        (self.folder / "controller.yaml").write_text(json.dumps(said(**changed)))
        known = len(self.lines("reloaded") + self.lines("reload_refused"))
        self.reload.ask()
        await until(lambda: len(self.lines("reloaded") + self.lines("reload_refused")) > known)
        assert self.lines(event), self.lines("reload_refused")
        return self.lines(event)[-1]


@asynccontextmanager
async def on_duty(folder: Path) -> AsyncIterator[Duty]:
    (folder / "courts.yaml").write_text(TOPOLOGY)
    hosts = ("db-1", "db-2", "db-3", "edge-1", "edge-2", "mon-1")
    (folder / "hosts.ini").write_text("".join(f"{host} ansible_host=127.0.0.{n}\n" for n, host in enumerate(hosts, 1)))
    (folder / "key").write_text("key")
    (folder / "power").write_text("a:b")
    (folder / "controller.yaml").write_text(json.dumps(said()))
    configuration = load_configuration(folder / "controller.yaml")
    clock, text, world = PatientClock(), io.StringIO(), well()
    log = Log(text, clock)
    settings = Settings(configuration.topology)
    notices = Notices((), clock, log)
    driver = Driver("ctl-1", settings, Store(configuration.store), WorldRunner(world, clock), notices, clock, log)

    def eyes(name: str, plan: Plan) -> Part:
        return OwnEyes(name, watches(driver.controller.settings, lambda: world), Pace(), driver.hearing, clock)

    def make(found: Configuration) -> dict[Hashable, Part]:
        names = [found.controller, *(each.name for each in found.vantages)]
        return {(name, found.plan.model_dump_json(), found.secrets("vantage")): eyes(name, found.plan) for name in names}

    reload = Reload(configuration, make, driver, notices, Systemd(clock, {}), clock, log)
    stopped = asyncio.Event()
    task = asyncio.create_task(driver.run([reload, *reload.parts.values()], stopped))
    duty = Duty(folder, driver, reload, notices, text)
    try:
        await until(lambda: driver.controller.state.clusters["db"].followers == {"db-2", "db-3"})
        yield duty
    finally:
        stopped.set()
        await asyncio.wait({task}, timeout=20)
        task.result()


@awaited
async def test_what_may_change_is_taken_up_and_nothing_else_is_disturbed(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        parts = dict(duty.reload.parts)
        found = await duty.reloaded(notify=[{"webhook": "https://pager.example/hook"}])
        assert found["changed"] == ["notify"]
        assert list(duty.notices._webhooks) == ["https://pager.example/hook"]
        assert duty.reload.parts == parts, "whoever looks goes on looking"
        found = await duty.reloaded(probing={"every": "2s"})
        assert found["changed"] == ["notify", "probes"]
        assert not duty.reload.parts.keys() & parts.keys()
        await until(lambda: duty.driver.hearing.hears("ctl-1") and duty.driver.hearing.hears("mon-1"))
        assert duty.driver.controller.state.clusters["db"].state is State.WATCHING


@awaited
async def test_a_policy_may_be_tightened_and_what_is_decided_afterwards_goes_by_it(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        before = duty.driver.controller.state.clusters["db"]
        assert (await duty.reloaded(policy={"db": {"mode": "approve"}}))["changed"] == ["policy.db"]
        controller = duty.driver.controller
        assert controller.settings.clusters["db"].policy.mode is Mode.APPROVE
        assert controller.state.settings is controller.settings
        assert controller.state.clusters["db"].primary == before.primary
    path = duty.reload.configuration.store
    modes = [decision.state.settings.clusters["db"].policy.mode for _, decision in decisions(path)]
    assert modes[0] is Mode.AUTOMATIC and modes[-1] is Mode.APPROVE
    assert len(modes) == len(read_journal(path))
    (row,) = read_audit(path)
    assert (row.said["by"], row.said["changed"]) == ("SIGHUP", ["policy.db"])


@awaited
async def test_a_policy_is_loosened_by_a_restart_alone(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await duty.reloaded(policy={"db": {"mode": "manual", "attempts": 1}})
        found = await duty.reloaded("reload_refused", policy={"db": {"mode": "approve", "attempts": 2}})
        assert found["errors"] == [
            "policy.db.mode (is looser now): has changed; restart to apply",
            "policy.db.attempts (is looser now): has changed; restart to apply",
        ]
        assert duty.driver.controller.settings.clusters["db"].policy.mode is Mode.MANUAL


@awaited
async def test_a_bad_file_is_refused_whole_with_everything_that_is_wrong(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        parts = dict(duty.reload.parts)
        found = await duty.reloaded(
            "reload_refused", notify=[{"webhook": "pager"}], vantages=["local"], probing={"every": "1 day x"}
        )
        assert len(found["errors"]) == 2 and "controller.yaml" in found["errors"][0]
        assert duty.notices._webhooks == {} and duty.reload.parts == parts
        (tmp_path / "controller.yaml").write_text("topology: [")
        duty.reload.ask()
        await until(lambda: len(duty.lines("reload_refused")) == 2)
        (tmp_path / "key").unlink()
        found = await duty.reloaded("reload_refused", probing={"every": "2s"})
        assert "the secret 'vantage' cannot be read" in found["errors"][0]
        assert duty.reload.parts == parts


@awaited
async def test_a_secret_that_has_changed_is_taken_up_though_the_file_is_the_same(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        parts = dict(duty.reload.parts)
        assert (await duty.reloaded())["changed"] == []
        assert duty.reload.parts == parts
        (tmp_path / "key").write_text("another")
        assert (await duty.reloaded())["changed"] == ["secrets"]
        assert not duty.reload.parts.keys() & parts.keys()


@awaited
async def test_a_run_under_way_is_not_dropped(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        runner = duty.driver._runner._runner
        assert isinstance(runner, WorldRunner)
        await until(lambda: duty.driver.controller.state.clusters["db"].timeline is not None)
        state = duty.driver.controller.state
        await until(lambda: state.clock + duty.driver._pulse._clock.monotonic() - state.told_at > state.grace_until)
        runner.world.members["db-1"].on = runner.world.members["db-1"].running = False
        await until(lambda: duty.driver.controller.state.clusters["db"].state not in (State.WATCHING, State.SUSPECT))
        await duty.reloaded(notify=[{"webhook": "http://127.0.0.1:9/hook"}], policy={"db": {"attempts": 1}})
        await until(lambda: duty.driver.controller.state.clusters["db"].primary == "db-2")
        await until(lambda: duty.driver.controller.state.clusters["db"].state is State.WATCHING)
        assert runner.acts().count("promote db-2") == 1


CHANGED: dict[str, tuple[dict[str, Any], str]] = {
    "the journal": ({"store": "sqlite:other.db"}, "store"),
    "the folder": ({"state": "other"}, "state"),
    "the socket": ({"listen": {"socket": "other.sock"}}, "listen"),
    "a fence": ({"fence": {**said()["fence"], "db-1": [{"redfish": "https://x", "credentials": "power"}]}}, "fence"),
    "a database": ({"databases": {"db": {"debian": 16, "client": {"user": "app", "database": "app"}}}}, "databases"),
    "a hook": ({"hooks": {"after_failover": "courts.yaml"}}, "hooks"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_what_needs_a_restart_is_named(tmp_path: Path, name: str) -> None:
    changed, key = CHANGED[name]
    assert key in restart_for(tmp_path, TOPOLOGY, **changed)


@pytest.mark.parametrize(
    ("before", "after", "section"),
    [
        ("db-3]", "db-3, mon-1]", "topology (clusters)"),
        ("services:", "services: {x: {needs: db}}\nworkloads: {}\n#", "topology (services)"),
        ("mon-1: {site: there}", "mon-1: {site: here}", "topology (hosts)"),
    ],
)
def test_what_has_changed_of_the_topology_is_named(tmp_path: Path, before: str, after: str, section: str) -> None:
    assert section in restart_for(tmp_path, TOPOLOGY.replace(before, after, 1), policy={"db": {"mode": "observe"}})


def restart_for(folder: Path, topology: str, **changed: Any) -> list[str]:
    """Return what a restart is needed for, where the topology and the file change to this."""
    hosts = ("db-1", "db-2", "db-3", "edge-1", "edge-2", "mon-1")
    (folder / "hosts.ini").write_text("".join(f"{host} ansible_host=127.0.0.{n}\n" for n, host in enumerate(hosts, 1)))
    found = []
    for text, words in ((TOPOLOGY, {}), (topology, changed)):
        (folder / "courts.yaml").write_text(text)
        (folder / "controller.yaml").write_text(json.dumps(said(**words)))
        found.append(load_configuration(folder / "controller.yaml"))
    return list(needs_restart(*found))
