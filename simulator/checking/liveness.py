"""Once nothing more goes wrong, every cluster comes back: by itself, or by the orders that its rest names.

Safety alone is easily had by never doing anything. So when the faults of a history are over, somebody looks at every cluster from
time to time and gives the orders that its state lists; after a bounded number of them it has to be served by its primary.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from failover.core.cluster import ClusterState
from failover.core.deadlines import promote_deadline_seconds
from failover.core.events import OrderKind
from failover.core.states import WAYS_OUT, HaltReason, State
from scenarios.model import Order
from simulator.checking.checker import Checker
from simulator.clusters.members import Member
from simulator.world import Step
from topology.model import Mode, Topology

LOOKS_EVERY_SECONDS = 60.0
"""How often somebody looks and orders something; less often where a promotion may take longer."""
LOOKS_MAX = 14
REASON = "everything is mended"


def looks_every_seconds(topology: Topology) -> float:
    """Return how long a cluster of *topology* is left alone between two looks: longer than a promotion is waited for."""
    return max(LOOKS_EVERY_SECONDS, *(promote_deadline_seconds(cluster) for cluster in topology.clusters.values()))


def lasts_seconds(topology: Topology) -> float:
    """Return how long it may take until every cluster of *topology* is back once nothing more goes wrong."""
    return looks_every_seconds(topology) * (LOOKS_MAX + 2)


class ComesBack(Checker):
    """Attach it to a history whose faults are over at *healed_at*, and that goes on for `lasts_seconds` from then."""

    invariant = "liveness"

    def __init__(self, healed_at: float) -> None:
        self._healed_at = healed_at
        self.typed: list[tuple[float, Order]] = []
        """What was ordered, and when: with these orders in the incident, the history repeats without this checker."""

    def begin(self) -> None:
        """Look for the first time when a cluster has had time to come back by itself."""
        self._looks = 0
        self._tried: Counter[tuple[str, HaltReason | State]] = Counter()
        world = self.clusters.world
        world.schedule(self._healed_at, Step.FAULT_ENDS, 0, self.clusters.faults.stop)
        self._every_seconds = looks_every_seconds(world.topology)
        world.schedule(self._healed_at + 1.5 * self._every_seconds, Step.OPERATOR_ANSWERS, 0, self._look)

    def _look(self) -> None:
        """Look at every cluster that is not well, and order what its state lists. Nobody else orders anything meanwhile."""
        self.clusters.operators.leave()
        leader = next((each for each in self.clusters.controllers.values() if each.leading and each.state is not None), None)
        states = leader.state.clusters if leader is not None and leader.state is not None else {}
        unwell = [name for name in self.clusters.databases if name not in states or not self._well(states[name])]
        if not unwell:
            return
        self._looks += 1
        if self._looks > LOOKS_MAX:
            for name in unwell:
                self.broken(name, f"it does not come back: {self._describe(name, states.get(name))}")
            return
        for name in unwell:
            if name in states:
                for order in self._orders(states[name]):
                    self.typed.append((self.clusters.world.now, order))
                    self.clusters.operators.type(order)
        self.clusters.world.schedule(self._every_seconds, Step.OPERATOR_ANSWERS, 0, self._look)

    def _well(self, c: ClusterState) -> bool:
        """Say whether *c* is served by whom it takes for its primary; where the policy only observes, whether it says so."""
        if self.clusters.settings.clusters[c.name].policy.mode is Mode.OBSERVE:
            return c.state in (State.WATCHING, State.SUSPECT)
        return c.state is State.WATCHING and self.clusters.databases[c.name].serving == c.primary

    def _describe(self, name: str, c: ClusterState | None) -> str:
        if c is None:
            return "nobody leads"
        why = c.halted.value if c.halted is not None else c.held or f"primary '{c.primary}'"
        return f"{c.state.value} ({why}), and in truth served by {self.clusters.databases[name].serving or 'nobody'}"

    def _orders(self, c: ClusterState) -> Iterator[Order]:
        """Yield what a person orders who knows no more of *c* than what it says."""
        match c.state:
            case State.WAITING:
                for operator in ("ana", "ben"):
                    yield Order(OrderKind.APPROVE, c.name, operator)
            case State.SUSPECT:
                yield self._in_turn(c, State.SUSPECT, self._for_suspect(c))
            case State.HALTED if c.halted is not None:
                if c.halted is HaltReason.NOT_FENCED:
                    yield from self._confirm(c)
                yield self._in_turn(c, c.halted, WAYS_OUT[c.halted])
            case State.WATCHING:
                members = self.clusters.databases[c.name].members
                behind = [host for host in members if host != c.primary and not members[host].streaming]
                if behind:
                    turn = self._tried[c.name, State.WATCHING]
                    self._tried[c.name, State.WATCHING] += 1
                    yield Order(OrderKind.REJOIN, c.name, "ana", host=behind[turn % len(behind)])
            case _:
                return

    def _for_suspect(self, c: ClusterState) -> list[OrderKind]:
        if c.paused_by is not None:
            return [OrderKind.RESUME]
        if c.declined_by is not None:
            return [OrderKind.RETRY]
        if self.clusters.settings.clusters[c.name].policy.mode is Mode.MANUAL:
            return [OrderKind.START, OrderKind.FAILOVER]
        return [OrderKind.ACKNOWLEDGE, OrderKind.FAILOVER]

    def _in_turn(self, c: ClusterState, what: HaltReason | State, ways: Sequence[OrderKind]) -> Order:
        """Return the first of *ways* the first time, then the next."""
        kind = ways[self._tried[c.name, what] % len(ways)]
        self._tried[c.name, what] += 1
        return Order(kind, c.name, "ana", host=self._best(c) if kind is OrderKind.ADOPT else None, reason=REASON)

    def _confirm(self, c: ClusterState) -> Iterator[Order]:
        for host in c.suspects:
            if host not in c.off:
                yield Order(OrderKind.CONFIRM_FENCED, c.name, "ana", host=host, reason=REASON)

    def _best(self, c: ClusterState) -> str:
        """Return who accepts writes and has lost least; where nobody does, whom the core takes for the primary."""
        database = self.clusters.databases[c.name]

        def merit(member: Member) -> tuple[bool, float]:
            return member.host == database.serving, -database.lost_seconds(member.host)

        accepting = [member for member in database.members.values() if member.accepts]
        return max(accepting, key=merit).host if accepting else c.primary
