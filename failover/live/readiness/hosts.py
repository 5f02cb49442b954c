"""Whether commands could be carried out on each host: log in, become, run the target program, and whatever that finds lacking; how
much room there is; and whether what is found there is what the controller believes.

The connections are those that are kept open for commands, and nothing is done over them but looking.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from failover.core.cluster import ClusterState
from failover.core.commands import Outcome
from failover.core.events import Health
from failover.core.stages import health_of
from failover.core.states import RESTING, State
from failover.live.carrying import Report
from failover.live.controller import Controller
from failover.live.readiness.checking import Check, Found
from failover.live.readiness.disks import show_bytes
from failover.live.readiness.verdict import MOOT, Lack, Moot
from playbooks.survey import Held, rights_in

EVERY_SECONDS = 180.0
ANSWER_SECONDS = 30.0
AT_ONCE = 4
"""So many hosts are asked at a time: commands go first."""
FREE_BYTES_MIN = 1024**3
"""A promoted database with less room than this may stop again before anybody has slept."""
STATE_BYTES_MIN = 16 * 1024**2
"""What a host has to remember of a cluster is small."""


class Typed(NamedTuple):
    """The commands by which a person tries the same: *rehearse* of a cluster, *reach* of a host."""

    rehearse: Callable[[str], str]
    reach: Callable[[str], str]


class Surveyor(Protocol):
    """Asks hosts."""

    async def survey(self, host: str, closely: bool, deadline_seconds: float) -> Report:
        """Ask *host* whether commands could be carried out there, and do nothing."""


def hosts_check(surveyor: Surveyor, controller: Controller, hosts: Sequence[str], typed: Typed) -> Check:
    """Return the check that commands could be carried out on *hosts*, and would find what is expected.

    *typed* are the commands by which a person can try the same.
    """
    at_once = asyncio.Semaphore(AT_ONCE)

    def rehearse(host: str) -> str:
        (cluster, *_) = controller.settings.concerns.get(host, controller.settings.clusters)
        return typed.rehearse(cluster)

    async def ask(host: str) -> Report:
        async with at_once:
            return await surveyor.survey(host, False, ANSWER_SECONDS)

    async def look() -> Found:
        if any(c.state not in RESTING for c in controller.state.clusters.values()):
            return {}  # processor time is for what is being done
        epochs = {name: c.epoch for name, c in controller.state.clusters.items()}
        reports = dict(zip(hosts, await asyncio.gather(*map(ask, hosts)), strict=True))
        answers = {host: report.evidence for host, report in reports.items() if report.outcome is Outcome.SUCCEEDED}
        found: dict[str, Lack | Moot | None] = {}
        for host, report in reports.items():
            found[f"commands on '{host}'"] = (
                MOOT if _is_gone(controller, host) else _reached(host, report, rehearse(host), typed.reach(host))
            )
            if host in answers:
                found[f"the disk of '{host}'"] = _room(host, answers[host]["free_bytes"])
        for name, c in controller.state.clusters.items():
            if c.state is State.WATCHING and c.epoch == epochs[name]:  # nothing was done there meanwhile
                found[f"what is believed of '{name}'"] = _drifted(c, controller.settings.clusters[name].synchronous, answers)
        return found

    return Check("commands on hosts", EVERY_SECONDS, look)


def _is_gone(controller: Controller, host: str) -> bool:
    """Say whether it is known that *host* is silent or off: that it cannot be asked is no news then."""
    clusters = [controller.state.clusters[name] for name in controller.settings.concerns.get(host, ())]
    return any(health_of(c, host) is Health.SILENT or host in c.off for c in clusters)


def _reached(host: str, report: Report, rehearse: str, reach: str) -> Lack | None:
    if report.outcome is not Outcome.SUCCEEDED:
        why = str(report.evidence.get("reason") or "it does not answer")
        return Lack(f"it cannot be asked over SSH: {why}", f"try it yourself: {reach}")
    lacking = "; ".join(_words(held) for held in rights_in(host, report.evidence) if held.why)
    return Lack(lacking, f"mend it there, and try: {rehearse}") if lacking else None


def _words(held: Held) -> str:
    of = f" of '{held.of}'" if held.of else ""
    return f"we cannot {held.right.words}{of}: {held.why}"


def _room(host: str, free_bytes: Mapping[str, int | None]) -> Lack | None:
    """The first is where it is remembered what was done, the others hold data."""
    for number, (folder, free) in enumerate(free_bytes.items()):
        if free is not None and free < (FREE_BYTES_MIN if number else STATE_BYTES_MIN):
            return Lack(f"'{folder}' has only {show_bytes(free)} left", f"make room on '{host}'")
    return None


def _drifted(c: ClusterState, synchronous: bool, answers: Mapping[str, Mapping[str, Any]]) -> Lack | None:
    differences = [*_members(c, synchronous, answers), *_routes(c, answers)]
    if not differences:
        return None
    return Lack(
        "; ".join(differences), "see who changed it; if it is as it should be: continuance failover adopt HOST --reason WHY"
    )


def _members(c: ClusterState, synchronous: bool, answers: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for host, answer in answers.items():
        known = answer["clusters"].get(c.name)
        if not known or host in c.quarantined | c.off:
            continue
        wanted = "primary" if host == c.primary else "standby"
        if known["role"] != wanted:
            yield f"'{host}' is a {known['role']}, and should be a {wanted}"
        elif wanted == "standby" and known["follows"] not in (None, c.primary):
            yield f"'{host}' follows '{known['follows']}', and should follow '{c.primary}'"
        elif wanted == "primary" and synchronous and c.synchronous and frozenset(known["synchronous"]) not in c.synchronous:
            waits, believed = (", ".join(sorted(each)) or "nobody" for each in (known["synchronous"], c.synchronous[0]))
            yield f"commits of '{host}' wait for {waits}, and should for {believed}"


def _routes(c: ClusterState, answers: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for host, answer in answers.items():
        if c.name in answer["routed"] and answer["routed"][c.name] != c.primary:
            leads = answer["routed"][c.name]
            yield f"the proxy on '{host}' sends clients to {f'{leads!r}' if leads else 'nobody'}, and should to '{c.primary}'"
