"""How important each thing is to a service: worked out from the fault tree by RePyability, which treats what is shared exactly.

Q is the probability that the service is not up, Q₁ the same while the thing is down, Q₀ while it is not. Birnbaum is Q₁ − Q₀,
the risk achievement worth Q₁ / Q, the risk reduction worth Q / Q₀; Fussell-Vesely is the probability that a minimal cut set with
the thing in it is down as a whole, over Q. Source: Rausand, Barros and Høyland, System Reliability Theory, 3rd edition, chapter 7.
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from simulator.exact.independence import Dependence, Independence
from simulator.exact.jobs import Thing
from simulator.exact.tree import TOP, Tree, Trees
from simulator.exact.unavailability import Unavailability
from topology.gates import View
from topology.model import Topology
from topology.quantities import HOUR, YEAR

THINGS_MAX = 300
"""Of so many things importance is worked out; the time it takes grows with their square (five seconds a service at this number)."""
NEVER_DOWN = "nothing that fails by a law takes it down"


@dataclass(frozen=True, slots=True)
class Importance:
    """How important a thing is to a service."""

    thing: Thing
    unavailability: float
    """The share of the time that the thing is down by itself."""
    birnbaum: float
    fussell_vesely: float
    risk_achievement_worth: float
    risk_reduction_worth: float
    """Infinite where the service would always be up if the thing never failed."""

    @property
    def hours_a_year(self) -> float:
        """The hours a year that the service would be spared if the thing never failed: Birnbaum × unavailability × a year."""
        return self.birnbaum * self.unavailability * YEAR / HOUR


@dataclass(frozen=True, slots=True)
class ServiceImportance:
    """What a service hangs on, the most important first."""

    service: str
    unavailability: float
    """The share of the time that the service is not up, in the long run."""
    ranked: tuple[Importance, ...]
    against: tuple[Dependence, ...]
    """What stands against an exact answer; with nothing here, all figures are exact."""
    clusters: tuple[str, ...]
    """The clusters that it hangs on; without any, all views agree."""
    refused: str = ""
    """Why nothing was worked out, where nothing was."""

    @property
    def exact(self) -> bool:
        """Whether all figures are exact."""
        return not self.against and not self.refused


def importance_by_view(topology: Topology, services: Sequence[str]) -> dict[View, list[ServiceImportance]]:
    """Return how important everything is to each of *services* in both views, which differ only where there are clusters.

    Raises ImportError where RePyability is not installed.
    """
    before = find_importance(topology, View.AS_IT_STANDS, services)
    differing = [each.service for each in before if each.clusters]
    after = {each.service: each for each in find_importance(topology, View.AFTER_FAILOVER, differing)}
    return {View.AS_IT_STANDS: before, View.AFTER_FAILOVER: [after.get(each.service, each) for each in before]}


def find_importance(topology: Topology, view: View, services: Iterable[str]) -> list[ServiceImportance]:
    """Return how important everything is to each of *services* in *view*. Raises ImportError where RePyability is not installed."""
    trees, unavailability, independence = Trees(topology, view), Unavailability(topology), Independence(topology)
    found = []
    for service in services:
        tree = trees.of(service)
        away = {thing: unavailability.of(thing) for thing in tree.things}
        found.append(work_out(service, tree, away, tuple(independence.against(tree.names, view))))
    return found


def work_out(service: str, tree: Tree, away: Mapping[Thing, float], against: tuple[Dependence, ...]) -> ServiceImportance:
    """Work out the importance of the things in *tree*, each of them *away* for so much of the time."""

    def refused(not_up: float, why: str) -> ServiceImportance:
        return ServiceImportance(service, not_up, (), (), tree.clusters, why)

    if not any(away.values()):
        return refused(0.0, NEVER_DOWN)
    if len(away) > THINGS_MAX:
        return refused(math.nan, f"it hangs on more than {THINGS_MAX:,} things")
    from repyability import FaultTree

    events: dict[Hashable, float] = dict(away.items())
    try:
        faults = FaultTree(tree.gates, events, top=TOP)
        not_up = float(faults.top_event_probability())
        if not_up == 0.0:
            return refused(0.0, NEVER_DOWN)
        birnbaum, fussell_vesely = faults.birnbaum_importance(), faults.fussell_vesely()
    except NotImplementedError:
        return refused(math.nan, "what its things share is too entangled")
    ranked = [_importance(thing, away[thing], not_up, birnbaum[thing], fussell_vesely[thing]) for thing in tree.things]
    ranked.sort(key=lambda each: (-each.hours_a_year, -each.birnbaum, each.thing.name, each.thing.part or ""))
    return ServiceImportance(service, not_up, tuple(ranked), against, tree.clusters)


def _importance(thing: Thing, away: float, not_up: float, birnbaum: float, fussell_vesely: float) -> Importance:
    """As Q = away·Q₁ + (1 − away)·Q₀, Birnbaum gives both worths."""
    if_down, if_never = not_up + (1.0 - away) * birnbaum, not_up - away * birnbaum
    reduced = not_up / if_never if if_never > not_up * 1e-12 else math.inf
    return Importance(thing, away, birnbaum, fussell_vesely, if_down / not_up, reduced)
