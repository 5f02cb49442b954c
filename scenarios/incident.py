"""From the entries of an incident to its faults: every name checked against the network, sites taken for their hosts."""

from collections.abc import Collection, Iterable
from functools import cached_property

from failover.core.settings import Settings
from scenarios.fault_schema import FaultEntry, Hits, OrderEntry
from scenarios.kinds import RULES, WITHOUT_CLUSTER, Strikes
from scenarios.model import CLIENTS, LEADER, STORE, Fault, Order, Trigger, power_of
from topology.checks import Checker, Path
from topology.errors import did_you_mean, shown
from topology.load import selector, stages
from topology.model import Topology
from topology.quantities import show_duration
from topology.schema import SelectorEntry


def build_incident(
    entries: Iterable[FaultEntry], horizon_seconds: float, topology: Topology, checker: Checker
) -> tuple[Fault, ...]:
    """Return the faults that *entries* write; report what *topology* does not have, and what comes too late to be seen."""
    builder = _Incident(topology, checker)
    faults = tuple(builder.fault(("incident", number), each) for number, each in enumerate(entries))
    for number, fault in enumerate(faults):
        if fault.at_seconds >= horizon_seconds:
            when, until = show_duration(fault.at_seconds), show_duration(horizon_seconds)
            checker.report(("incident", number, "at"), f"{when} is not before the horizon of {until}, so it would never be seen")
    return faults


class _Incident:
    """Joins the entries of an incident with the network it strikes."""

    def __init__(self, topology: Topology, checker: Checker) -> None:
        self.topology = topology
        self.checker = checker
        clusters = topology.clusters.values()
        self.members = {member for cluster in clusters for member in cluster.members}
        self.proxies = {proxy for cluster in clusters for proxy in cluster.proxies()}
        self.controllers = {*topology.controller_names(), LEADER}
        powers = {power_of(member) for member in self.members}
        self.endpoints = {*topology.hosts, *powers, *self.controllers, CLIENTS, STORE}

    @cached_property
    def taking_part(self) -> frozenset[str]:
        """The hosts that matter to a failover: those that are watched, and those that watch."""
        return frozenset((*Settings(self.topology).hosts, *self.topology.vantage_points()))

    def fault(self, path: Path, entry: FaultEntry) -> Fault:
        if not self.topology.clusters and (entry.when or RULES[entry.kind].strikes not in WITHOUT_CLUSTER):
            self.checker.report(path, "there is no cluster in this network, so no controller and nothing that it does")
            return Fault(0.0, entry.kind, ())
        self.checker.expect("part", entry.consumes, self.topology.parts, (*path, "consumes"))
        recover = None if entry.recover is None else stages(entry.recover)
        self.checker.stages(self.topology, recover or (), (*path, "recover"))
        targets = self._targets(entry.hits, path) if entry.hits else ()
        order = self._order(entry.order, (*path, "order")) if entry.order else None
        if entry.instead is not None:
            self._instead(entry.instead, targets, (*path, "instead"))
        return Fault(
            at_seconds=entry.at or 0.0,
            kind=entry.kind,
            targets=(order.cluster,) if order else targets,
            cause=entry.cause,
            consumes=entry.consumes,
            recover=recover,
            down_seconds=entry.down or 0.0,
            up_seconds=entry.up or 0.0,
            times=entry.times,
            by_seconds=entry.by,
            when=self._trigger(entry, (*path, "when")),
            for_seconds=entry.lasts,
            sources=self._sources(entry, targets, path),
            one_way=entry.one_way,
            loss=entry.loss,
            jitter_seconds=entry.jitter,
            rate=entry.rate,
            instead=entry.instead,
            commands=entry.commands,
            order=order,
        )

    def _targets(self, hits: Hits, path: Path) -> tuple[str, ...]:
        kind = hits.kind
        path = (*path, kind.value)
        given = self._selected(hits.targets, path) if isinstance(hits.targets, SelectorEntry) else hits.targets
        match RULES[kind].strikes:
            case Strikes.THINGS:
                self._things(given, path)
            case Strikes.SITES:
                self._cut_off(given, path)
            case Strikes.PARTS:
                self.checker.expect("part", given, self.topology.parts, path)
            case Strikes.MEMBERS:
                self._members(given, self.members, path)
            case Strikes.COMMANDED:
                self._members(given, self.members | self.proxies, path)
            case Strikes.HOSTS_AND_CONTROLLERS:
                self.checker.expect("host or controller", given, {*self.topology.hosts, *self.controllers}, path)
                self._taking_part(given, path)
            case Strikes.CONTROLLERS:
                self.checker.expect("controller", given, self.controllers, path)
            case Strikes.STORE:
                for name in given:
                    if name != STORE:
                        self.checker.report(path, f"'{kind}' strikes the controllers' store; write `{kind}: {STORE}`", word=name)
            case Strikes.PROXIES:
                self.checker.expect("proxy", given, self.proxies, path)
            case Strikes.ENDPOINTS:
                return self._ends(given, path)
        return given

    def _selected(self, given: SelectorEntry, path: Path) -> tuple[str, ...]:
        self.checker.selector(self.topology, selector(given), path)
        found = self.topology.select(selector(given))
        if len(found) < (given.count or 1):
            self.checker.report(path, f"this selects {len(found)} hosts, fewer than the {given.count or 1} it asks for")
        return found

    def _things(self, given: tuple[str, ...], path: Path) -> None:
        topology = self.topology
        for name in given:
            if name in topology.clusters or name in topology.services:
                what = "cluster" if name in topology.clusters else "service"
                message = f"'{name}' is a {what}, which fails only through its hosts; name hosts, components or sites"
                self.checker.report(path, message, word=name)
        known = {*topology.hosts, *topology.components, *topology.sites, *topology.clusters, *topology.services}
        self.checker.expect("name", given, known, path)

    def _cut_off(self, given: tuple[str, ...], path: Path) -> None:
        topology = self.topology
        self.checker.expect("site", given, topology.sites, path)
        for site in given:
            if site in topology.sites and not any(site in each.links for each in topology.components.values()):
                message = f"no component links '{site}' (`links: [{site}, …]`), so cutting it off changes nothing"
                self.checker.report(path, message)

    def _members(self, given: tuple[str, ...], known: Collection[str], path: Path) -> None:
        for name in given:
            if name in self.topology.hosts and name not in known:
                self.checker.report(path, f"'{name}' is a member of no cluster, so this cannot happen to it", word=name)
            else:
                self.checker.expect("host", [name], known, path)

    def _taking_part(self, given: Iterable[str], path: Path) -> None:
        for name in given:
            if name in self.topology.hosts and name not in self.taking_part:
                message = f"'{name}' takes no part in any failover; name what fails over, routes, watches or controls"
                self.checker.report(path, message, word=name)

    def _ends(self, given: tuple[str, ...], path: Path) -> tuple[str, ...]:
        """Return the places in the network that are *given*, each site replaced by its hosts."""
        ends: list[str] = []
        for name in given:
            if name in self.endpoints:
                ends.append(name)
                continue
            if name not in self.topology.sites:
                hint = did_you_mean(name, self.endpoints) or f"; {Strikes.ENDPOINTS.value}"
                self.checker.report(path, f"{shown(name)} is no place in the network{hint}", word=name)
                continue
            hosts = [host.name for host in self.topology.hosts.values() if host.site == name]
            if not hosts:
                self.checker.report(path, f"no host stands at '{name}'", word=name)
            ends += hosts
        return tuple(dict.fromkeys(ends))

    def _sources(self, entry: FaultEntry, targets: tuple[str, ...], path: Path) -> tuple[str, ...]:
        sources = self._ends(entry.sources, (*path, "from"))
        both = [name for name in sources if name in targets]
        if both:
            self.checker.report((*path, "from"), f"'{both[0]}' is on both sides; nothing is cut from itself", word=both[0])
        return sources

    def _instead(self, instead: str, targets: tuple[str, ...], path: Path) -> None:
        self.checker.expect("host", [instead], self.topology.hosts, path)
        self._taking_part([instead], path)
        if instead in targets:
            self.checker.report(path, f"'{instead}' is the host that is meant to be fenced; name another")

    def _trigger(self, entry: FaultEntry, path: Path) -> Trigger | None:
        when = entry.when
        if when is None:
            return None
        self.checker.expect("cluster", [when.cluster], self.topology.clusters, (*path, "cluster"))
        return Trigger(when.command, when.phase, when.nth, when.cluster)

    def _order(self, entry: OrderEntry, path: Path) -> Order:
        self.checker.expect("cluster", [entry.cluster], self.topology.clusters, (*path, "cluster"))
        for key, host in (("host", entry.host), ("expected_primary", entry.expected_primary)):
            self.checker.expect("host", [host], self.topology.hosts, (*path, key))
        self.checker.expect("service", [entry.service], self.topology.services, (*path, "service"))
        return Order(
            kind=entry.kind,
            cluster=entry.cluster,
            operator=entry.operator,
            host=entry.host,
            reason=entry.reason,
            expected_primary=entry.expected_primary,
            for_seconds=entry.lasts or 0.0,
            twice=entry.twice,
            delayed_seconds=entry.delayed,
            service=entry.service,
        )
