"""Faults that come on top of what was drawn: what is worth most together with something else, and too rare to be left to chance."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from failover.core.commands import CommandKind
from failover.core.events import OrderKind
from scenarios.model import Fault, FaultKind, Order, Phase, Trigger
from simulator.fuzzing.drawing import draw_fault
from simulator.fuzzing.luck import Luck
from simulator.fuzzing.ordering import draw_answer
from simulator.fuzzing.striking import Striking
from topology.model import Cluster, Mode, Policy

RESTORED_DURING: Mapping[CommandKind, float] = {
    CommandKind.REJOIN: 6,
    CommandKind.DEMOTE: 3,
    CommandKind.START: 2,
    CommandKind.CUT_REPLICATION: 1,
    CommandKind.PROMOTE: 2,
    CommandKind.REROUTE: 2,
}
"""In the midst of what a journal goes back to an old copy."""


class Companions:
    """Draws them on one topology, of *kinds* alone."""

    def __init__(self, striking: Striking, kinds: Collection[FaultKind]) -> None:
        self._striking = striking
        self._kinds = kinds

    def draw(self, luck: Luck, faults: Sequence[Fault], policy: Policy, first_at: float) -> Iterator[Fault]:
        """Draw what comes on top of *faults*, the first of which strikes at *first_at*."""
        cluster = luck.one_of(self._striking.clusters, "companion", "cluster")
        if FaultKind.FAIL in self._kinds:
            yield from _off_already(luck, faults, first_at)
        if FaultKind.ORDER in self._kinds:
            yield from _impatient(luck, cluster)
            yield from _rejoined(luck, cluster)
            if FaultKind.CUT in self._kinds:
                yield from _of_two_minds(luck, cluster)
            if policy.mode is Mode.APPROVE:
                yield from _answers(luck, cluster, first_at)
        if FaultKind.STORE_RESTORED in self._kinds and luck.chance(0.08, "restored", "comes"):
            restored = draw_fault(self._striking, FaultKind.STORE_RESTORED, luck, "restored", policy)
            command = luck.weighted(RESTORED_DURING, "restored", "during")
            yield replace(restored, when=Trigger(command, luck.one_of(tuple(Phase), "restored", "phase")))


def _off_already(luck: Luck, faults: Sequence[Fault], first_at: float) -> Iterator[Fault]:
    """A host is off whose power is taken for another's."""
    for place, fault in enumerate(faults):
        if fault.instead and luck.chance(0.5, f"companion {place}", "off"):
            yield Fault(first_at, FaultKind.FAIL, (fault.instead,))


def _impatient(luck: Luck, cluster: Cluster) -> Iterator[Fault]:
    """Somebody swears that a host is off as soon as he is asked to see to it."""
    if luck.chance(0.25, "impatient", "comes"):
        order = Order(OrderKind.CONFIRM_FENCED, cluster.name, "ana", cluster.primary, "it must be")
        yield _typed(order, Trigger(CommandKind.ASK, Phase.BEFORE, 1, cluster.name))


def _rejoined(luck: Luck, cluster: Cluster) -> Iterator[Fault]:
    """The old primary is ordered back as soon as it was replaced."""
    if luck.chance(0.1, "rejoined", "comes"):
        order = Order(OrderKind.REJOIN, cluster.name, "ben", cluster.primary)
        yield _typed(order, Trigger(CommandKind.HOOK, Phase.AFTER, 1, cluster.name))


def _of_two_minds(luck: Luck, cluster: Cluster) -> Iterator[Fault]:
    """Nobody can take over; the old primary is ordered started, that is called off again, and then it comes back all the same."""
    if luck.chance(0.05, "two minds", "comes"):
        standbys = tuple(member for member in cluster.members if member != cluster.primary)
        fenced = Trigger(CommandKind.FENCE, Phase.WITHIN, 1, cluster.name)
        yield Fault(0.0, FaultKind.CUT, standbys, for_seconds=luck.between(30.0, 150.0, "two minds", "cut"), when=fenced)
        halted = Trigger(CommandKind.NOTIFY, Phase.AFTER, luck.whole(1, 2, "two minds", "told"), cluster.name)
        yield _typed(Order(OrderKind.START, cluster.name, "cleo", reason="the quickest way"), halted)
        starting = Trigger(CommandKind.START, Phase.WITHIN, 1, cluster.name)
        yield _typed(Order(OrderKind.ABORT, cluster.name, "ben"), starting)
        later = luck.between(0.2, 2.0, "two minds", "later")
        for kind in (OrderKind.ACKNOWLEDGE, OrderKind.RETRY):
            yield _typed(Order(kind, cluster.name, "ana", delayed_seconds=later), starting)


def _typed(order: Order, when: Trigger) -> Fault:
    return Fault(0.0, FaultKind.ORDER, (order.cluster,), when=when, order=order)


def _answers(luck: Luck, cluster: Cluster, first_at: float) -> Iterator[Fault]:
    """Up to two persons answer who are asked for a yes."""
    for person in range(2):
        name = f"person {person}"
        if luck.chance(0.4, name, "comes"):
            at_seconds = round(first_at + luck.between(3.0, 40.0, name, "at"), 1)
            yield Fault(at_seconds, FaultKind.ORDER, (cluster.name,), order=draw_answer(luck, name, cluster))
