"""What the parts of a topology must be to each other: every name defined, every gate without a cycle, one currency."""

import re
from collections.abc import Collection, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from topology.document import place, step_into
from topology.errors import Problem, did_you_mean
from topology.gates import find_cycle
from topology.model import Entity, Host, Selector, Service, Stage, Topology

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")

Path = tuple[str | int, ...]


class Checker:
    """Collects problems, each placed in *data*. Names in *set_aside* are taken as defined: their own entry is wrong."""

    def __init__(self, data: Any, set_aside: Collection[str], problems: list[Problem]) -> None:
        self.data = data
        self.set_aside = set_aside
        self.problems = problems

    def report(self, path: Path, message: str, word: str | None = None) -> None:
        """Add a problem at *path*, or at the *word* below it."""
        file, line = place(self.data, (*path, *_way_to(word, self.data, path)))
        self.problems.append(Problem(file, line, ".".join(map(str, path)), message))

    def unknown(self, kind: str, name: str, known: Iterable[str], path: Path) -> None:
        """Report that *name* is not among *known*, unless it was set aside."""
        if name not in self.set_aside:
            self.report(path, f"the {kind} '{name}' is not defined{did_you_mean(name, known)}", word=name)

    def expect(self, kind: str, names: Iterable[str | None], known: Collection[str], path: Path) -> None:
        """Report each of *names* that is not among *known*."""
        for name in names:
            if name is not None and name not in known:
                self.unknown(kind, name, known, path)

    def check(self, topology: Topology) -> None:
        """Report everything in *topology* that does not fit together."""
        self._names(topology)
        for section, entities in (
            ("sites", topology.sites), ("components", topology.components), ("hosts", topology.hosts),
        ):  # fmt: skip
            for entity in entities.values():
                self._entity(topology, section, entity)
        self._clusters(topology)
        self._services(topology)
        self._parts(topology)
        self._times(topology)
        self._money(topology)
        if not self.problems and (cycle := find_cycle(topology)):
            section = next(section for section in _SECTIONS if cycle[0] in getattr(topology, section))
            self.report((section, cycle[0]), f"needs itself: {' → '.join(cycle)}")

    def _names(self, topology: Topology) -> None:
        first: dict[str, str] = {}
        for section in _SECTIONS:
            for name in getattr(topology, section):
                if not _NAME.fullmatch(name):
                    allowed = "letters, digits, '.', '_' and '-', beginning with a letter or digit"
                    self.report((section, name), f"'{name}' is not a name; use {allowed}")
                if name in first:
                    self.report((section, name), f"the name '{name}' is also in '{first[name]}'; names are unique")
                first.setdefault(name, section)

    def _entity(self, topology: Topology, section: str, entity: Any) -> None:
        # A range is built once and copied: its copies share their values, so checking them again costs little.
        path: Path = (section, entity.name)
        known = _Known(topology)
        self.expect("site", [entity.site], topology.sites, (*path, "site"))
        self._gate(known, entity, path)
        for name in entity.uses:
            if name not in known:
                self.unknown("name", name, known.names(), (*path, "uses"))
        if section == "components":
            self.expect("site", entity.links, topology.sites, (*path, "links"))
        self._stages(topology, entity.recover, (*path, "recover"))
        if isinstance(entity, Host):
            for part, fitting in entity.parts.items():
                self.expect("part", [part], topology.parts, (*path, "parts"))
                if fitting.required > fitting.installed:
                    message = f"needs {fitting.required} units but has only {fitting.installed} installed"
                    self.report((*path, "parts", part), message)

    def _gate(self, known: "_Known", entity: Entity, path: Path) -> None:
        gate = getattr(entity, "needs", None)
        for name in gate.names() if gate else ():
            if name not in known:
                self.unknown("name", name, known.names(), (*path, "needs"))
            elif known.is_service(name) and not isinstance(entity, Service):
                self.report((*path, "needs"), f"'{name}' is a service; only services need services", word=name)

    def _stages(self, topology: Topology, stages: Iterable[Stage], path: Path) -> None:
        for number, stage in enumerate(stages):
            self.expect("part", [stage.part], topology.parts, (*path, number, "part"))
            self.expect("crew", [stage.crew], topology.crews, (*path, number, "crew"))
            if stage.part in topology.parts and topology.parts[str(stage.part)].lead_time is None:
                self.report((*path, number, "part"), f"the part '{stage.part}' has no lead_time", word=stage.part)

    def _clusters(self, topology: Topology) -> None:
        for cluster in topology.clusters.values():
            path = ("clusters", cluster.name)
            self.expect("host", cluster.members, topology.hosts, (*path, "members"))
            if cluster.primary not in cluster.members:
                hint = did_you_mean(cluster.primary, cluster.members)
                self.report((*path, "primary"), f"'{cluster.primary}' is not among the members{hint}")
            if len(set(cluster.members)) != len(cluster.members):
                self.report((*path, "members"), "a member is named twice")

    def _services(self, topology: Topology) -> None:
        known = _Known(topology)
        for service in topology.services.values():
            path = ("services", service.name)
            self._gate(known, service, path)
            self.expect("service", service.reads, topology.services, (*path, "reads"))
            if service.needs is None and not service.reads:
                self.report(path, "a service needs something: give `needs`, `reads` or both")
        for workload in topology.workloads.values():
            self.expect("service", [workload.service], topology.services, ("workloads", workload.name, "service"))

    def _parts(self, topology: Topology) -> None:
        for site, stock in topology.stock.items():
            self.expect("site", [site], topology.sites, ("stock",))
            self.expect("part", stock, topology.parts, ("stock", site))
        for cause in topology.common_causes.values():
            path = ("common_causes", cause.name)
            self.expect("part", cause.fails, topology.parts, (*path, "fails"))
            self.selector(topology, cause.of, (*path, "of"))

    def selector(self, topology: Topology, selector: Selector, path: Path) -> None:
        """Report what *selector* names that does not exist."""
        self.expect("site", [selector.site], topology.sites, (*path, "site"))
        self.expect("role", [selector.role], {host.role for host in topology.hosts.values()}, (*path, "role"))
        if selector.uses is not None and selector.uses not in (known := _Known(topology)):
            self.unknown("name", selector.uses, known.names(), (*path, "uses"))

    def _times(self, topology: Topology) -> None:
        for crew in topology.crews.values():
            self.expect("site", [crew.site], topology.sites, ("crews", crew.name, "site"))
        zones: list[tuple[Path, str]] = [(("sites", site.name), site.timezone) for site in topology.sites.values()]
        zones += [(("calendars", each.name), each.timezone) for each in topology.calendars.values()]
        for path, zone in zones:
            try:
                ZoneInfo(zone)
            except (ValueError, OSError, KeyError):
                self.report((*path, "timezone"), f"'{zone}' is not a time zone; write for example America/New_York")
        for calendar in topology.calendars.values():
            if calendar.holidays is not None:
                self._holidays((*("calendars", calendar.name), "holidays"), calendar.holidays)

    def _holidays(self, path: Path, country: str) -> None:
        import holidays  # costs a tenth of a second, which files without holidays need not pay

        try:
            holidays.country_holidays(country)
        except NotImplementedError:
            self.report(path, f"no holidays are known for '{country}'; write a country code such as US or DE")

    def _money(self, topology: Topology) -> None:
        amounts = [(("services", each.name, "cost"), each.cost_per_hour) for each in topology.services.values()]
        amounts += [(("parts", each.name, "unit_cost"), each.unit_cost) for each in topology.parts.values()]
        amounts += [(("hosts", each.name, "cost"), each.cost) for each in topology.hosts.values()]
        amounts += [(("components", each.name, "cost"), each.cost) for each in topology.components.values()]
        given = [(path, amount.currency) for path, amount in amounts if amount is not None]
        for path, currency in given:
            if currency != given[0][1]:
                self.report(path, f"is in {currency}, but {'.'.join(given[0][0])} is in {given[0][1]}; use one currency")


_SECTIONS = ("sites", "components", "hosts", "clusters", "services")


class _Known:
    """The names of everything that has a state, without copying them."""

    def __init__(self, topology: Topology) -> None:
        self._sections = [getattr(topology, section) for section in _SECTIONS]

    def __contains__(self, name: str) -> bool:
        return any(name in section for section in self._sections)

    def is_service(self, name: str) -> bool:
        return name in self._sections[-1]

    def names(self) -> list[str]:
        return [name for section in self._sections for name in section]


def _way_to(word: str | None, data: Any, path: Path) -> Path:
    """Return the steps from *path* down to the list item or value *word*, so that its own line can be named."""
    for step in path:
        data = step_into(data, step)
    stack: list[tuple[Path, Any]] = [((), data)]
    while stack and word is not None:
        way, value = stack.pop()
        if value == word:
            return way
        if isinstance(value, dict):
            if word in value:
                return (*way, word)
            stack.extend(((*way, key), each) for key, each in value.items())
        elif isinstance(value, list):
            stack.extend(((*way, number), each) for number, each in enumerate(value))
    return ()
