"""Faults of databases and of what switches their hosts off. Each returns how it heals, None where it does not by itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from scenarios.model import Fault, FaultKind
from simulator.clusters.branches import Branch, branch_at
from simulator.clusters.members import Member, Process, Role

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

FOREIGN_TIMELINES = 5
FOREIGN_FORKED_SECONDS = 30.0
FOREIGN_BEHIND_SECONDS = 20.0
"""A member on a foreign timeline left the common history so long ago, and has less than before by so much."""

Heal = Callable[[], None]


def kill_process(clusters: "Clusters", _fault: Fault, member: Member) -> None:
    """The process dies; nothing starts it again by itself."""
    if member.process in (Process.RUNNING, Process.HUNG):
        clusters.set_process(member, Process.DEAD)


def hang_process(clusters: "Clusters", _fault: Fault, member: Member) -> Heal | None:
    """It does nothing and answers nobody."""
    if member.process is not Process.RUNNING:
        return None
    clusters.set_process(member, Process.HUNG)

    def heal() -> None:
        if member.process is Process.HUNG:
            clusters.set_process(member, Process.RUNNING)

    return heal


def return_power(clusters: "Clusters", _fault: Fault, member: Member) -> None:
    """A host that was switched off comes on by itself."""
    clusters.switch_on(member.host)


def promote_by_hand(clusters: "Clusters", _fault: Fault, member: Member) -> None:
    """Somebody makes a standby primary and tells nobody."""
    if member.runs and member.role is Role.STANDBY:
        clusters.targets.acts.become_primary(member, None)
        clusters.member_changed(member)


def pause_replay(clusters: "Clusters", _fault: Fault, member: Member) -> Heal:
    """It receives, and does not apply what it received."""
    member.replay_paused = True

    def heal() -> None:
        member.replay_paused = False
        clusters.targets.go_on(member.host)

    return heal


def foreign_timeline(clusters: "Clusters", _fault: Fault, member: Member) -> None:
    """A standby was taken for a primary once, somewhere else: a higher timeline, with older data."""
    database = clusters.databases[member.cluster]
    database.settle()
    if member.role is Role.PRIMARY or clusters.store.state.clusters[member.cluster].primary == member.host:
        return
    forked_at = member.position - FOREIGN_FORKED_SECONDS
    member.branch = Branch(member.timeline + FOREIGN_TIMELINES, branch_at(member.branch, forked_at), forked_at, member.host, None)
    member.position -= FOREIGN_BEHIND_SECONDS
    database.branches.append(member.branch)
    clusters.member_changed(member)


def lag(clusters: "Clusters", fault: Fault, member: Member) -> Heal:
    """It trails by so much more."""

    def add(seconds: float) -> None:
        clusters.databases[member.cluster].settle()
        member.lag_seconds += seconds
        clusters.member_changed(member)

    add(fault.by_seconds)
    return lambda: add(-fault.by_seconds)


def fence_hits(clusters: "Clusters", fault: Fault, member: Member) -> None:
    """Its fence device is wired to another host."""
    assert fault.instead is not None
    clusters.power[member.host].wire_to(fault.instead, fault.times)


ON_MEMBERS: dict[FaultKind, Callable[["Clusters", Fault, Member], Heal | None]] = {
    FaultKind.KILL_PROCESS: kill_process,
    FaultKind.HANG_PROCESS: hang_process,
    FaultKind.RETURN_POWER: return_power,
    FaultKind.PROMOTE_BY_HAND: promote_by_hand,
    FaultKind.PAUSE_REPLAY: pause_replay,
    FaultKind.FOREIGN_TIMELINE: foreign_timeline,
    FaultKind.LAG: lag,
    FaultKind.FENCE_HITS: fence_hits,
}
