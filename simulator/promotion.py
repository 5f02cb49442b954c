"""Failover as a simple law: after the detection window somebody decides, a candidate is judged, and the promotion takes its time.

It stands where the failover core will stand: it is told that a primary fell silent or came back, and tells the world which member
is routed. Who may be promoted is judged by `failover.core.candidates`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from failover.core.candidates import Situation, Verdict, assess
from simulator.world import Scheduled, Step, World
from timeline.record import FailoverState, Kind
from topology.laws import Law
from topology.model import Cluster, Mode, ReplicationMode

_NO_PRIMARY = "no primary"


@dataclass(slots=True, eq=False)
class _Case:
    """One cluster: who is primary, what is under way, and what is to come."""

    cluster: Cluster
    primary: str
    silent_since: int | None = None
    """The record of the primary's fall, while it is down."""
    promoting: str | None = None
    pending: Scheduled | None = None
    halted: bool = False
    tried: set[str] = field(default_factory=set)
    quarantined: set[str] = field(default_factory=set)
    lag_seconds: dict[str, float | None] = field(default_factory=dict)
    latest: int = -1
    """The latest record of the failover under way."""


class Promotions:
    """Fails every cluster of a world over by its policy; *operator* is how long a person takes to answer, None for never."""

    def __init__(self, world: World, operator: Law | None) -> None:
        self._world = world
        self._operator = operator
        self._cases = [_Case(cluster, cluster.primary) for cluster in world.topology.clusters.values()]
        for case in self._cases:
            for member in case.cluster.members:
                world.watch(world.node(member), partial(self._member_changed, case, member))
        if self._cases:
            for name in (*world.topology.sites, *world.topology.components, *world.topology.hosts):
                world.watch(world.node(name), partial(self._anything_changed, name))

    def _member_changed(self, case: _Case, member: str, holds: bool) -> None:
        if holds:
            case.tried.discard(member)  # what failed with its host may work on the host's return
        if member == case.primary:
            if holds:
                self._primary_back(case)
            elif case.silent_since is None:
                self._primary_lost(case)
        elif not holds and member == case.promoting:
            self._failed(case, member, (self._world.last_record(self._world.node(member)),))

    def _anything_changed(self, name: str, holds: bool) -> None:
        """What comes back may make a member fit to be promoted, and not only itself: a link, or a neighbour under suspicion."""
        for case in self._cases if holds else ():
            if not case.halted:
                continue
            if self._world.holds(case.primary):
                self._primary_back(case)  # it came back at the same moment and need not be replaced
            elif any(self._refusal(case, verdict) is None for verdict in self._verdicts(case)):
                self._decide(case, (self._world.last_record(self._world.node(name)),))

    def _primary_lost(self, case: _Case) -> None:
        world = self._world
        case.silent_since = world.last_record(world.node(case.primary))
        world.break_(case.cluster.name, _NO_PRIMARY, (case.silent_since,), primary=case.primary)
        window = case.cluster.policy.detection_window_seconds
        case.pending = self._schedule(case, window, Step.PRIMARY_SILENT, partial(self._suspect, case))

    def _primary_back(self, case: _Case) -> None:
        """A primary that comes back before another is being promoted simply goes on."""
        if case.silent_since is None or case.promoting is not None:
            return
        world = self._world
        back = world.last_record(world.node(case.primary))
        if case.pending is not None:
            case.pending.cancel()
        if case.latest >= 0:
            self._note(case, FailoverState.WITHDRAWN, (back,), host=case.primary)
        self._settle(case)
        world.mend(case.cluster.name, _NO_PRIMARY, (back,), primary=case.primary)

    def _settle(self, case: _Case) -> None:
        case.silent_since = case.promoting = case.pending = None
        case.halted = False
        case.tried.clear()
        case.latest = -1

    def _suspect(self, case: _Case) -> None:
        assert case.silent_since is not None
        self._note(case, FailoverState.SUSPECTED, (case.silent_since,), host=case.primary)
        case.lag_seconds = {each: self._lag_seconds(case.cluster, each) for each in case.cluster.members if each != case.primary}
        mode = case.cluster.policy.mode
        if mode is Mode.AUTOMATIC:
            self._decide(case)
        elif mode is Mode.OBSERVE or self._operator is None:
            self._judge(case)
            person = "nobody: the policy only observes" if mode is Mode.OBSERVE else "an operator, who never comes"
            self._note(case, FailoverState.WAITING, mode=mode.value, waits_for=person)
        else:
            what = "an operator's yes" if mode is Mode.APPROVE else "an operator's order"
            self._note(case, FailoverState.WAITING, mode=mode.value, waits_for=what)
            in_seconds = self._world.draw(self._operator, case.cluster.name, "operator")
            case.pending = self._schedule(case, in_seconds, Step.OPERATOR_ANSWERS, partial(self._decide, case))

    def _decide(self, case: _Case, because: Sequence[int] = ()) -> None:
        case.halted = False
        candidate = self._judge(case)
        if candidate is None:
            case.halted = True
            self._note(case, FailoverState.HALTED, reason="no member can be promoted")
            return
        case.promoting = candidate
        self._note(case, FailoverState.PROMOTING, because, host=candidate)
        in_seconds = self._world.draw(case.cluster.promotion.takes, case.cluster.name, "promotion")
        case.pending = self._schedule(case, in_seconds, Step.MEMBER_PROMOTED, partial(self._promoted, case, candidate))

    def _judge(self, case: _Case) -> str | None:
        """Record why each unfit member is refused; return the best fit one that has not been tried."""
        best = None
        for verdict in self._verdicts(case):
            refusal = self._refusal(case, verdict)
            if refusal is None:
                best = best or verdict.host
            else:
                self._note(case, FailoverState.REFUSED, host=verdict.host, reason=refusal)
        return best

    def _verdicts(self, case: _Case) -> tuple[Verdict, ...]:
        world = self._world
        situation = Situation(
            topology=world.topology,
            holds=world.holds,
            failed=world.failed_names(),
            lag_seconds=case.lag_seconds,
            unreachable=self._cut_off(case.cluster),
            quarantined=case.quarantined,
        )
        return assess(case.cluster, case.primary, situation)

    def _refusal(self, case: _Case, verdict: Verdict) -> str | None:
        return "its promotion failed before" if verdict.host in case.tried else verdict.refusal

    def _lag_seconds(self, cluster: Cluster, member: str) -> float | None:
        """How far *member* was behind when the primary fell silent, which no waiting changes; None where nobody knows."""
        if cluster.replication.mode is ReplicationMode.SYNCHRONOUS:
            return 0.0
        if cluster.replication.lag is None:
            return None
        return self._world.draw(cluster.replication.lag, member, f"lag in {cluster.name}")

    def _cut_off(self, cluster: Cluster) -> set[str]:
        """The members on sites all of whose links to other sites are down."""
        topology = self._world.topology
        cut = set()
        for member in cluster.members:
            links = [each for each in topology.components.values() if topology.hosts[member].site in each.links]
            if links and not any(self._world.holds(link.name) for link in links):
                cut.add(member)
        return cut

    def _promoted(self, case: _Case, candidate: str) -> None:
        world = self._world
        if world.uniform(case.cluster.name, "promotion works") >= case.cluster.promotion.success:
            self._failed(case, candidate, ())
            return
        promoted = self._note(case, FailoverState.PROMOTED, host=candidate, lost_seconds=case.lag_seconds[candidate])
        case.quarantined.add(case.primary)
        case.primary = candidate
        self._settle(case)
        world.mend(case.cluster.name, _NO_PRIMARY, (promoted,), primary=candidate)

    def _failed(self, case: _Case, candidate: str, because: tuple[int, ...]) -> None:
        if case.pending is not None:
            case.pending.cancel()
        case.promoting = None
        case.tried.add(candidate)
        self._note(case, FailoverState.FAILED, because, host=candidate)
        if self._world.holds(case.primary):
            self._primary_back(case)
        else:
            self._decide(case)

    def _note(self, case: _Case, state: FailoverState, because: Sequence[int] = (), **data: object) -> int:
        before = (case.latest,) if case.latest >= 0 else ()
        number = self._world.record(Kind.FAILOVER, case.cluster.name, state.value, (*before, *because), stage="failover", **data)
        if state is not FailoverState.REFUSED:
            case.latest = number
        return number

    def _schedule(self, case: _Case, in_seconds: float, step: Step, then: partial[None]) -> Scheduled:
        return self._world.schedule(in_seconds, step, self._world.node(case.cluster.name), then)
