"""The blast radius: what goes down with the things that fail, who could take over, and what the rest can still bear."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from topology.analysis.cutsets import CutSets
from topology.analysis.reading import Condition, conditions, sources_first
from topology.errors import Problem, TopologyError, did_you_mean
from topology.gates import State, Structure, View
from topology.model import Cluster, Service, Topology
from topology.name_ranges import expand_range
from topology.wording import listed

SECTIONS = ("sites", "components", "hosts", "clusters")
VIEWS = (View.AS_IT_STANDS, View.AFTER_FAILOVER)
LOSSES_MAX = 3
"""Further losses are looked for up to this many at once; a service that bears them all bears "at least" that many."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """How many further losses a service bears, whichever they are; where not *exact*, at least so many."""

    losses: int
    exact: bool
    next_losses: tuple[str, ...]
    """What takes it down by itself: empty unless it bears no further loss."""


@dataclass(frozen=True, slots=True)
class ServiceImpact:
    """What becomes of one service: its *condition* where it is not up, what it can still bear where it is."""

    service: str
    condition: Condition | None
    bearing: Bearing | None
    touched: bool
    """Whether anything it hangs on, however redundant, went down."""


@dataclass(frozen=True, slots=True)
class ViewImpact:
    """What is down in one view: names by section, those that failed among them, and every service."""

    view: View
    down: Mapping[str, tuple[str, ...]]
    services: tuple[ServiceImpact, ...]


@dataclass(frozen=True, slots=True)
class Standby:
    """A member that is not primary. It can take over unless it hangs on something that *failed*."""

    host: str
    failed: tuple[str, ...]
    """What failed and takes it down; the host itself, if it is among what failed."""
    through: tuple[str, ...]
    """What is down between them."""
    suspect: tuple[str, ...]
    """What it shares with all hosts that failed: a controller that does not know the cause refuses it for that."""

    @property
    def can_take_over(self) -> bool:
        """Whether it is up."""
        return not self.failed

    @property
    def reason(self) -> str:
        """Why it cannot take over, or what speaks against it; empty where nothing does."""
        if self.host in self.failed:
            return "it failed itself"
        if self.through:
            return f"hangs on {self.through[0]}, which is down because {listed(self.failed)} failed"
        if self.failed:
            return f"hangs on {listed(self.failed)}, which failed"
        if self.suspect:
            return f"a controller would suspect {listed(self.suspect)}, on which it and all failed hosts hang"
        return ""


@dataclass(frozen=True, slots=True)
class ClusterImpact:
    """A cluster that lost a member."""

    cluster: str
    primary: str
    primary_down: bool
    standbys: tuple[Standby, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What the failure of *failed* does, as it stands and after a successful failover."""

    failed: tuple[str, ...]
    views: tuple[ViewImpact, ...]
    clusters: tuple[ClusterImpact, ...]


def find_failing(topology: Topology, words: Iterable[str]) -> tuple[str, ...]:
    """Return the hosts, components and sites that *words* name, singly or by range such as `web-[1-3]`.

    Raises TopologyError for those that do not exist or cannot fail themselves.
    """
    found: dict[str, None] = {}
    problems = []
    for word in words:
        try:
            names = expand_range(word)
        except ValueError as error:
            problems.append(Problem(word, 0, "", str(error)))
            continue
        wrong = [name for name in names if not _can_fail(topology, name)]
        if wrong:
            problems.append(Problem(word, 0, "", _refusal(topology, wrong[0])))
        found.update(dict.fromkeys(names))
    if problems:
        raise TopologyError(problems)
    return tuple(found)


def _can_fail(topology: Topology, name: str) -> bool:
    return name in topology.hosts or name in topology.components or name in topology.sites


def _refusal(topology: Topology, name: str) -> str:
    if name in topology.clusters:
        return f"'{name}' is a cluster; it fails with its hosts: {listed(topology.clusters[name].members)}"
    if name in topology.services:
        return f"'{name}' is a service; name the hosts, components or sites that fail"
    hint = did_you_mean(name, [*topology.hosts, *topology.components, *topology.sites])
    return f"there is no host, component or site '{name}' in {topology.name}{hint}"


def assess_impact(topology: Topology, failed: Sequence[str]) -> Impact:
    """Work out what happens when the hosts, components and sites *failed* are lost."""
    states = {view: Structure(topology, view).state(failed) for view in VIEWS}
    services = sources_first(topology, topology.services)
    views = tuple(_ViewAssessment(topology, view, state).result(services) for view, state in states.items())
    return Impact(tuple(failed), views, _clusters(topology, failed, states[View.AFTER_FAILOVER]))


class _ViewAssessment:
    """One view, in which the failures have already happened."""

    def __init__(self, topology: Topology, view: View, state: State) -> None:
        self.topology = topology
        self.view = view
        self.state = state
        self.index = state.structure.index
        self.cut_sets = CutSets(state, physical_count(topology), LOSSES_MAX)
        self.touched = _above(state)

    def result(self, services: Sequence[Service]) -> ViewImpact:
        lost = conditions(services, lambda name: self.state.up[self.index[name]])
        down = {
            section: tuple(name for name in getattr(self.topology, section) if not self.state.up[self.index[name]])
            for section in SECTIONS
        }
        hanging: dict[str, tuple[int, ...]] = {}
        for service in services:
            below = dict.fromkeys(node for source in service.reads for node in hanging[source])
            hanging[service.name] = (*below, self.index[service.name])
        return ViewImpact(
            self.view, down, tuple(self._service(name, lost.get(name), hanging[name]) for name in self.topology.services)
        )

    def _service(self, name: str, condition: Condition | None, nodes: tuple[int, ...]) -> ServiceImpact:
        touched = any(node in self.touched for node in nodes)
        return ServiceImpact(name, condition, None if condition else self._bearing(nodes), touched)

    def _bearing(self, nodes: tuple[int, ...]) -> Bearing:
        smallest = self.cut_sets.smallest(nodes)
        if not smallest.sets:
            return Bearing(smallest.complete_to_order, False, ())
        losses = len(smallest.sets[0]) - 1
        names = self.state.structure.names
        return Bearing(losses, True, tuple(names[node] for cut in smallest.sets for node in cut) if losses == 0 else ())


def _above(state: State) -> set[int]:
    """Return every node that is down or hangs, directly or not, on one that is."""
    parents = state.structure.parents
    pending = [node for node, up in enumerate(state.up) if not up]
    found = set(pending)
    while pending:
        for parent in parents[pending.pop()]:
            if parent not in found:
                found.add(parent)
                pending.append(parent)
    return found


def physical_count(topology: Topology) -> int:
    """Return how many things can fail themselves: sites, components and hosts, which come first in every structure."""
    return len(topology.sites) + len(topology.components) + len(topology.hosts)


def _clusters(topology: Topology, failed: Sequence[str], state: State) -> tuple[ClusterImpact, ...]:
    up, index = state.up, state.structure.index
    hit = [each for each in topology.clusters.values() if not all(up[index[member]] for member in each.members)]
    shared = _Shared(topology, failed, state.structure)
    return tuple(
        ClusterImpact(
            cluster.name,
            cluster.primary,
            not up[index[cluster.primary]],
            tuple(_standby(cluster, member, state, shared) for member in cluster.members if member != cluster.primary),
        )
        for cluster in hit
    )


def _standby(cluster: Cluster, host: str, state: State, shared: "_Shared") -> Standby:
    structure = state.structure
    node = structure.index[host]
    if state.up[node]:
        return Standby(host, (), (), shared.with_standby(cluster, host))
    failed: list[str] = []
    through: list[str] = []
    seen = {node}
    pending = [node]
    for each in pending:
        if each in state.failed:
            failed.append(structure.names[each])
        elif each != node and each < structure.named:
            through.append(structure.names[each])
        below = dict.fromkeys(child for child in structure.children[each] if not state.up[child] and child not in seen)
        seen.update(below)
        pending.extend(below)
    return Standby(host, tuple(failed), tuple(through), ())


class _Shared:
    """What all failed hosts hang on without redundancy, where there are two or more of them: perhaps the cause of all."""

    def __init__(self, topology: Topology, failed: Sequence[str], structure: Structure) -> None:
        self.topology = topology
        self.structure = structure
        self.cut_sets = CutSets(structure.state(), physical_count(topology), 1)
        hosts = [name for name in failed if name in topology.hosts]
        self.names = self._essential(hosts[0]) if len(hosts) > 1 else set()
        for host in hosts[1:]:
            self.names &= self._essential(host)

    def _essential(self, host: str) -> set[str]:
        names = self.structure.names
        return {names[node] for cut in self.cut_sets.of_any([self.structure.index[host]]).sets for node in cut}

    def with_standby(self, cluster: Cluster, host: str) -> tuple[str, ...]:
        """Return what *host* shares with them. A site tells nothing where the cluster has all its members in it."""
        single_site = len({self.topology.hosts[member].site for member in cluster.members}) == 1
        suspects = self.names & self._essential(host) if self.names else set()
        return tuple(
            name
            for name in sorted(suspects, key=self.structure.index.__getitem__)
            if name not in self.topology.hosts and not (single_site and name in self.topology.sites)
        )
