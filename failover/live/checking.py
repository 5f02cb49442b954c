"""What can be known before a controller is started: whether all that its configuration names is there, and what it will do."""

import os
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from failover.core.settings import Settings
from failover.live.configuration import Configuration
from failover.live.first_configuration import todo_of
from failover.live.journal_file import FORMAT, StoreError, length_of, lines, opened_for_reading, snapshots
from failover.live.plan import ProbeEntry
from failover.live.secret_sources import CREDENTIALS, SecretError, Secrets, known_source
from playbooks.equipment import FenceAgent, FencePlaybook, Power, Redfish
from topology.document import read_document
from topology.errors import InputError, Problem
from topology.model import FenceKind, Mode


class Watched(NamedTuple):
    """One host: where it is, how it is looked at, and how it is switched off."""

    host: str
    address: str
    probes: tuple[str, ...]
    fences: tuple[str, ...]


class Guarded(NamedTuple):
    """One cluster: who decides, after how long a silence its primary is lost, and where clients are led."""

    cluster: str
    mode: Mode
    approvals: int
    primary: str
    members: tuple[str, ...]
    lost_after_seconds: float
    seen_by: tuple[str, ...]
    quorum: int
    routes: tuple[str, ...]


class Findings(NamedTuple):
    """What is wrong, what is still to be done or could not be looked at, and what will be watched and guarded."""

    problems: tuple[Problem, ...]
    open: tuple[Problem, ...]
    clusters: tuple[Guarded, ...]
    hosts: tuple[Watched, ...]


def look_over(configuration: Configuration) -> Findings:
    """Look at everything that *configuration* names, and change nothing."""
    wrong = (
        *_secrets(configuration.path, configuration.secrets),
        *_places(configuration),
        *_journal(configuration),
        *_programs(configuration),
    )
    file = str(configuration.path)
    todo = (Problem(file, line, "still to do", text) for line, text in todo_of(configuration.path))
    return Findings(
        problems=tuple(sorted(set(wrong))),
        open=(*todo, *_out_of_sight(configuration)),
        clusters=tuple(_guarded(configuration)),
        hosts=tuple(_watched(configuration)),
    )


def unreadable_secrets(path: Path) -> list[Problem]:
    """Return what cannot be read of the secrets of the configuration at *path*, whatever else is wrong with it."""
    try:
        named = read_document(path).get("secrets")
    except InputError:
        return []
    sources = {}
    for name, source in named.items() if isinstance(named, dict) else ():
        with suppress(ValueError):
            sources[name] = known_source(source)
    return list(_secrets(path, Secrets(sources, path.absolute().parent)))


def _secrets(path: Path, secrets: Secrets) -> Iterator[Problem]:
    for name in secrets.sources():
        if not _is_handed_over(secrets, name):
            try:
                secrets(name)
            except SecretError as error:
                yield Problem(str(path), 0, f"secrets.{name}", str(error))


def _out_of_sight(configuration: Configuration) -> Iterator[Problem]:
    for name in configuration.secrets.sources():
        if _is_handed_over(configuration.secrets, name):
            text = "systemd hands it over to the service; to look at it here, set CREDENTIALS_DIRECTORY to the folder of the files"
            yield Problem(str(configuration.path), 0, f"secrets.{name}", text)


def _is_handed_over(secrets: Secrets, name: str) -> bool:
    return secrets.sources()[name].startswith("credential:") and CREDENTIALS not in os.environ


def _places(configuration: Configuration) -> Iterator[Problem]:
    """Yield every folder that would have to be written to and cannot be."""
    places = {"state": configuration.state, "store": configuration.store.parent, "listen": configuration.socket.parent}
    for key, folder in places.items():
        there = next(each for each in (folder, *folder.parents) if each.exists())
        if not there.is_dir():
            yield Problem(str(configuration.path), 0, key, f"'{there}' is no folder")
        elif not os.access(there, os.W_OK | os.X_OK):
            yield Problem(str(configuration.path), 0, key, f"'{there}' cannot be written to by {_account()}")


def _account() -> str:
    return f"user {os.getuid()}"


def _journal(configuration: Configuration) -> Iterator[Problem]:
    """Yield what is wrong with a journal that is there already."""
    path = configuration.store
    if not path.exists():
        return
    try:
        with opened_for_reading(path) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version > FORMAT:
                raise StoreError(f"{path} is of another format, {version}: a newer version wrote it, and this one knows {FORMAT}")
            if version == FORMAT:
                length_of(database, path)
                latest = snapshots(database, path)[-1:]
                for _ in lines(database, path, latest[0].number if latest else 0):
                    pass
    except StoreError as error:
        yield Problem(str(configuration.path), 0, "store", str(error))


def _programs(configuration: Configuration) -> Iterator[Problem]:
    for module, what in (("ansible_runner", "commands are carried out"), ("asyncpg", "databases are looked at")):
        if find_spec(module) is None:
            text = f"'{module}' is not installed, by which {what}: pip install 'continuance[controller]'"
            yield Problem(str(configuration.path), 0, "", text)


def _guarded(configuration: Configuration) -> Iterator[Guarded]:
    vantages = (*(each.name for each in configuration.vantages), *(each.name for each in configuration.monitoring))
    own = (configuration.controller,) if configuration.looks_itself else ()
    for name, each in Settings(configuration.topology).clusters.items():
        known = configuration.equipment.proxies_of(name)
        proxies = {proxy.host: f"{proxy.host} (HAProxy, {proxy.address}:{proxy.port})" for proxy in known}
        yield Guarded(
            cluster=name,
            mode=each.policy.mode,
            approvals=each.policy.approvals,
            primary=each.cluster.primary,
            members=each.cluster.members,
            lost_after_seconds=each.policy.detection_window_seconds,
            seen_by=(*own, *vantages),
            quorum=each.policy.vantage_quorum,
            routes=tuple(proxies.get(host, f"{host} (nothing is said of it)") for host in each.cluster.routes),
        )


def _watched(configuration: Configuration) -> Iterator[Watched]:
    clusters = configuration.topology.clusters.values()
    for host, plan in configuration.plan.hosts.items():
        levels = dict.fromkeys(level.kind for cluster in clusters if host in cluster.members for level in cluster.fence)
        fences = tuple(_fence(configuration.equipment.power_of(host, level.value), level) for level in levels)
        yield Watched(host, plan.address, tuple(_probe(each) for each in plan.probes), fences)


def _probe(entry: ProbeEntry) -> str:
    if entry.tcp is not None:
        return f"the greeting at port {entry.tcp.port}"
    if entry.http is not None:
        return f"HTTP at port {entry.http.port}"
    if entry.sip is not None:
        return f"SIP at port {entry.sip.port}"
    assert entry.postgresql is not None
    return f"PostgreSQL at port {entry.postgresql.port} as '{entry.postgresql.user}'"


def _fence(power: Power | None, level: FenceKind) -> str:
    match power:
        case Redfish():
            return f"Redfish at {power.url}"
        case FenceAgent():
            return power.program
        case FencePlaybook():
            return f"your {power.playbook.name}"
    return "a person's word" if level is FenceKind.OPERATOR else f"{level.value} (nothing is said of it)"
