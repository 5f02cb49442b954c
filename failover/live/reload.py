"""A changed configuration, taken up without a restart as far as that can be done; what cannot is refused by name, and all stays.

What is decided by changes only to the tighter side here: whoever wants automation to do more restarts the controller, which then
begins with a period of grace and looks at everything anew.
"""

import asyncio
import hashlib
import os
import pwd
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any, Protocol, runtime_checkable

from failover.core.settings import Settings
from failover.live.clock import Clock
from failover.live.configuration import Configuration, load_configuration, loosened
from failover.live.driver import Driver, Part
from failover.live.encoding import encoded
from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.secret_sources import SecretError
from failover.live.store import StoreError
from failover.live.systemd import Systemd
from topology.errors import InputError
from topology.model import Policy, Topology

TAKEN_UP: Mapping[str, str] = {
    "plan": "probes",
    "looks_itself": "vantages",
    "vantages": "vantages",
    "monitoring": "vantages",
    "metrics": "listen",
    "webhooks": "notify",
    "secrets": "secrets",
}
"""What of a configuration is taken up as it is, and the section of the file in which it stands."""
_KEYS = {"databases": "databases", "clients": "databases", "proxies": "routes", "power": "fence", "socket": "listen"}
"""In which section of the file other things stand, where they are not called the same."""


@runtime_checkable
class Vantage(Protocol):
    """A part that looks at hosts. What it saw counts no longer once it has ended."""

    name: str


class ReloadRefusedError(Exception):
    """A changed configuration that cannot be taken up: everything that stands in the way."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Reload:
    """Takes up what has changed in the file of *configuration*, whenever it is asked to."""

    def __init__(
        self,
        configuration: Configuration,
        make: Callable[[Configuration], dict[Hashable, Part]],
        driver: Driver,
        notices: Notices,
        systemd: Systemd,
        clock: Clock,
        log: Log,
    ) -> None:
        self.configuration = configuration
        self._make = make
        self.parts = make(configuration)
        self._driver = driver
        self._notices = notices
        self._systemd = systemd
        self._clock = clock
        self._log = log
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Let it be done as soon as may be."""
        self._asked.set()

    async def run(self) -> None:
        """Do it whenever it is asked for, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._systemd.reloading()
            try:
                changed = await self._take_up()
                self._log("reloaded", changed=changed)
            except ReloadRefusedError as error:
                self._log("reload_refused", errors=list(error.problems))
            self._systemd.ready()

    async def _take_up(self) -> list[str]:
        """Take the file up whole, or raise ReloadRefusedError and change nothing; return what has changed."""
        known = self.configuration
        try:
            new = await asyncio.to_thread(load_configuration, known.path)
            parts = self._make(new)
        except InputError as error:
            raise ReloadRefusedError(tuple(str(each) for each in error.problems)) from None
        except SecretError as error:
            raise ReloadRefusedError((str(error),)) from None
        if fixed := tuple(dict.fromkeys(needs_restart(known, new))):
            raise ReloadRefusedError(tuple(f"{each}: has changed; restart to apply" for each in fixed))
        changed = sorted({*policies_changed(known, new), *_sections_changed(known, new)})
        if not changed and self.parts.keys() != parts.keys():
            changed = ["secrets"]  # the file is as it was, and what stands in another is not
        try:
            if known.topology != new.topology:
                await self._driver.controller.go_by(Settings(new.topology))
                self._driver.hearing.begin()
            if changed:
                await self._driver.controller.note({**record_of(new, "SIGHUP", self._clock), "changed": changed})
        except StoreError as error:
            raise ReloadRefusedError((str(error),)) from None
        known.secrets.follow(new.secrets)
        self._notices.follow(new.webhooks)
        await self._replace(parts)
        self.configuration = replace(new, secrets=known.secrets)
        return changed

    async def _replace(self, parts: dict[Hashable, Part]) -> None:
        """Let go on what is the same, and begin the rest anew."""
        for key in self.parts.keys() - parts.keys():
            ended = self.parts.pop(key)
            await self._driver.end(ended)
            if isinstance(ended, Vantage):
                self._driver.hearing.miss(ended.name)
        for key in [each for each in parts if each not in self.parts]:
            self.parts[key] = parts[key]
            self._driver.begin(parts[key])


def needs_restart(known: Configuration, new: Configuration) -> Iterator[str]:
    """Yield what differs, and can only be had by a restart: the keys of the file, and what of a policy has become looser."""
    for each in fields(Configuration):
        if each.name not in (*TAKEN_UP, "topology", "equipment", "path") and getattr(known, each.name) != getattr(new, each.name):
            yield _KEYS.get(each.name, each.name)
    for each in fields(known.equipment):
        if getattr(known.equipment, each.name) != getattr(new.equipment, each.name):
            yield _KEYS.get(each.name, each.name)
    before, after = _without_policies(known.topology), _without_policies(new.topology)
    yield from (f"topology ({each.name})" for each in fields(before) if getattr(before, each.name) != getattr(after, each.name))
    for name in known.topology.clusters.keys() & new.topology.clusters.keys():
        for key in loosened(known.topology.clusters[name].policy, new.topology.clusters[name].policy):
            yield f"policy.{name}.{key} (is looser now)"


def policies_changed(known: Configuration, new: Configuration) -> Iterator[str]:
    """Yield the clusters whose policies differ, as the file names them."""
    for name, cluster in new.topology.clusters.items():
        if known.topology.clusters[name].policy != cluster.policy:
            yield f"policy.{name}"


def _sections_changed(known: Configuration, new: Configuration) -> Iterator[str]:
    return (section for name, section in TAKEN_UP.items() if getattr(known, name) != getattr(new, name))


def _without_policies(topology: Topology) -> Topology:
    clusters = {name: replace(each, policy=Policy()) for name, each in topology.clusters.items()}
    return replace(topology, clusters=clusters, facts=())


def record_of(configuration: Configuration, by: str, clock: Clock) -> dict[str, Any]:
    """Return what the audit says of *configuration*: what its files are like, who runs this process, and what took them up."""
    files = {}
    for path in (configuration.path, configuration.inventory):
        with suppress(OSError):
            files[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    files["topology"] = hashlib.sha256(encoded(configuration.topology).encode()).hexdigest()
    uid = os.getuid()
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = ""
    return {"what": "configuration", "by": by, "files": files, "user": user, "uid": uid, "at_wall_seconds": clock.wall()}
