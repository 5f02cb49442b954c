"""What the parts of a topology must be to each other: every name defined, every gate without a cycle, one currency."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from topology.document import place, step_into
from topology.errors import Problem, did_you_mean, shown
from topology.gates import find_cycle
from topology.laws import Law, mean_seconds
from topology.model import Component, Gate, Host, Selector, Site, Stage, Topology
from topology.name_ranges import is_range, sample_name
from topology.quantities import Money

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")

Path = tuple[str | int, ...]
Spec = tuple[Path, Site | Component | Host]
"""Where something that can fail is written, and what was built of what is written there."""

_READ = "'{0}' is a service, which nothing hangs on by a gate; a service that shows its data says `reads: [{0}]`"

COMPARISONS_MAX = 300_000
"""Names compared to suggest the nearest one: a few seconds, in a file with thousands of wrong names."""


class Checker:
    """Collects problems, each placed in *data*. Names in *set_aside* are taken as defined: their own entry is wrong."""

    def __init__(self, data: Any, set_aside: Collection[str], problems: list[Problem]) -> None:
        self.data = data
        self.set_aside = set_aside
        self.problems = problems
        self._ways: dict[Path, dict[str, Path]] = {}
        self._hints: dict[tuple[str, str], str] = {}
        self._comparisons_left = COMPARISONS_MAX

    def report(self, path: Path, message: str, word: str | None = None) -> None:
        """Add a problem at *path*, or at the *word* below it."""
        way: Path = ()
        if word is not None:
            if path not in self._ways:
                self._ways[path] = _ways_to_words(self.data, path)
            way = self._ways[path].get(word, ())
        file, line = place(self.data, (*path, *way))
        self.problems.append(Problem(file, line, ".".join(map(str, path)), message))

    def unknown(self, kind: str, name: str, known: Collection[str], path: Path) -> None:
        """Report that *name* is not among *known*, unless it was set aside."""
        if name not in self.set_aside:
            self.report(path, f"the {kind} {shown(name)} is not defined{self._hint(kind, name, known)}", word=name)

    def _hint(self, kind: str, name: str, known: Collection[str]) -> str:
        if (kind, name) not in self._hints and self._comparisons_left > 0:
            self._comparisons_left -= len(known)
            self._hints[kind, name] = did_you_mean(name, known)
        return self._hints.get((kind, name), "")

    def expect(self, kind: str, names: Iterable[str | None], known: Collection[str], path: Path) -> None:
        """Report each of *names* that is not among *known*."""
        for name in names:
            if name is not None and name not in known:
                self.unknown(kind, name, known, path)

    def check(self, topology: Topology, specs: Iterable[Spec], owners: Mapping[str, Mapping[str, str]]) -> None:
        """Report everything in *topology* that does not fit together.

        What is written once is checked once: *specs* are the sites, components, roles and hosts as they stand in the file, and
        *owners* says by section which key of the file a name stands under.
        """
        specs = list(specs)
        known = names_with_state(topology)
        self._names(topology, specs)
        self._unique(topology, owners)
        for path, entity in specs:
            self._spec(topology, known, path, entity)
        self._roles(topology, specs)
        self._services(topology, known)
        self._parts(topology)
        self._times(topology)
        self._money(topology, specs)
        if not self.problems and (cycle := find_cycle(topology)):
            section = next(section for section in _SECTIONS if cycle[0] in getattr(topology, section))
            key = owners.get(section, {}).get(cycle[0], cycle[0])
            self.report((section, key), f"needs itself: {' → '.join(cycle)}")

    def _names(self, topology: Topology, specs: Iterable[Spec]) -> None:
        others = ("calendars", "crews", "parts", "clusters", "services", "workloads", "common_causes", "safety")
        paths = [path for path, _ in specs] + [(section, name) for section in others for name in getattr(topology, section)]
        for section, key, *_ in paths:
            may_be_range = section in ("hosts", "components")
            name = sample_name(str(key)) if may_be_range else str(key)
            if not NAME.fullmatch(name) and not (may_be_range and is_range(name)):  # that was said when it was expanded
                allowed = "letters, digits, '.', '_' and '-', beginning with a letter or digit"
                ranges = "; only hosts and components may be given by range" if is_range(name) else ""
                self.report((section, key), f"{shown(key)} is not a name; use {allowed}, at most 128{ranges}")

    def _unique(self, topology: Topology, owners: Mapping[str, Mapping[str, str]]) -> None:
        first: dict[str, str] = {}
        reported: set[str] = set()
        for section in _SECTIONS:
            for name in getattr(topology, section):
                key = owners.get(section, {}).get(name, name)
                if name in first and key not in reported:
                    reported.add(key)
                    self.report((section, key), f"the name '{name}' is also in '{first[name]}'; names are unique")
                first.setdefault(name, section)

    def _spec(self, topology: Topology, known: Mapping[str, bool], path: Path, entity: Site | Component | Host) -> None:
        if entity.site is not None:
            self.expect("site", [entity.site], topology.sites, (*path, "site"))
        self._gate(known, entity.needs, path)
        self.used(known, entity.uses, (*path, "uses"))
        self._life(entity.fails, (*path, "fails"))
        if entity.recover:
            self.stages(topology, entity.recover, (*path, "recover"))
        if isinstance(entity, Component):
            self.expect("site", entity.links, topology.sites, (*path, "links"))
        elif isinstance(entity, Host):
            for part, fitting in entity.parts.items():
                self.expect("part", [part], topology.parts, (*path, "parts"))
                if fitting.required > fitting.installed:
                    message = f"needs {fitting.required} units but has only {fitting.installed} installed"
                    self.report((*path, "parts", part), message)

    def used(self, known: Mapping[str, bool], names: Iterable[str], path: Path) -> None:
        """Report each of *names* that nothing can run on: what is not *known*, and services."""
        for name in names:
            if name not in known:
                self.unknown("name", name, known, path)
            elif known[name]:
                self.report(path, _READ.format(name), word=name)

    def _gate(self, known: Mapping[str, bool], gate: Gate | None, path: Path) -> None:
        for name in gate.names() if gate else ():
            if name not in known:
                self.unknown("name", name, known, (*path, "needs"))
            elif known[name]:
                self.report((*path, "needs"), _READ.format(name), word=name)

    def stages(self, topology: Topology, stages: Iterable[Stage], path: Path) -> None:
        """Report parts and crews that the *stages* of a recovery name and that do not exist."""
        for number, stage in enumerate(stages):
            self.expect("part", [stage.part], topology.parts, (*path, number, "part"))
            self.expect("crew", [stage.crew], topology.crews, (*path, number, "crew"))
            if stage.part in topology.parts and topology.parts[str(stage.part)].lead_time is None:
                self.report((*path, number, "part"), f"the part '{stage.part}' has no lead_time", word=stage.part)

    def _roles(self, topology: Topology, specs: Iterable[Spec]) -> None:
        """A role that no host has is harmless, unless its name is nearly that of one that hosts have and nobody defines."""
        defined = {str(path[1]) for path, _ in specs if path[0] == "roles"}
        held = {host.role for host in topology.hosts.values()}
        for role in sorted(defined - held):
            if hint := did_you_mean(role, held - defined):
                self.report(("roles", role), f"no host has the role {shown(role)}{hint}")

    def _services(self, topology: Topology, known: Mapping[str, bool]) -> None:
        for service in topology.services.values():
            path = ("services", service.name)
            self._gate(known, service.needs, path)
            self.expect("service", service.reads, topology.services, (*path, "reads"))
            if service.needs is None and not service.reads:
                self.report(path, "a service needs something: give `needs`, `reads` or both")
        for workload in topology.workloads.values():
            self.expect("service", [workload.service], topology.services, ("workloads", workload.name, "service"))

    def _life(self, law: Law | None, path: Path) -> None:
        if law is not None and mean_seconds(law) <= 0:
            self.report(path, "what lives for no time fails for ever; give a life of more than 0")

    def _parts(self, topology: Topology) -> None:
        for part in topology.parts.values():
            self._life(part.life, ("parts", part.name, "life"))
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
        if not self.set_aside:  # a host set aside may have been the only one of its role
            self.expect("role", [selector.role], {host.role for host in topology.hosts.values()}, (*path, "role"))
        if selector.uses is not None:
            self.expect("name", [selector.uses], names_with_state(topology), (*path, "uses"))

    def _times(self, topology: Topology) -> None:
        for crew in topology.crews.values():
            self.expect("site", [crew.site], topology.sites, ("crews", crew.name, "site"))
        zones: list[tuple[Path, str]] = [(("sites", site.name, "timezone"), site.timezone) for site in topology.sites.values()]
        zones += [(("calendars", each.name, "timezone"), each.timezone) for each in topology.calendars.values()]
        for path, zone in zones:
            try:
                ZoneInfo(zone)
            except (ValueError, OSError, KeyError):
                if self.is_written(path):  # and not taken over from the first site
                    self.report(path, f"{shown(zone)} is not a time zone; write for example America/New_York")
        for calendar in topology.calendars.values():
            if calendar.holidays is not None:
                self._holidays((*("calendars", calendar.name), "holidays"), calendar.holidays)

    def is_written(self, path: Path) -> bool:
        """Tell whether the data says something at *path*."""
        data = self.data
        for step in path:
            if not isinstance(data, dict) or step not in data:
                return False
            data = data[step]
        return True

    def _holidays(self, path: Path, country: str) -> None:
        if not _has_holidays(country):
            self.report(path, f"no holidays are known for {shown(country)}; write a country code such as US or DE")

    def _money(self, topology: Topology, specs: Iterable[Spec]) -> None:
        amounts: list[tuple[Path, Money | None]] = []
        amounts += [(("services", each.name, "cost"), each.cost_per_hour) for each in topology.services.values()]
        amounts += [(("parts", each.name, "unit_cost"), each.unit_cost) for each in topology.parts.values()]
        amounts += [((*path, "cost"), each.cost) for path, each in specs if not isinstance(each, Site)]
        given = [(path, amount.currency) for path, amount in amounts if amount is not None]
        for path, currency in given:
            if currency != given[0][1]:
                first = ".".join(map(str, given[0][0]))
                self.report(path, f"is in {currency}, but {first} is in {given[0][1]}; use one currency")


_SECTIONS = ("sites", "components", "hosts", "clusters", "services")


@lru_cache
def _has_holidays(country: str) -> bool:
    import holidays  # costs a tenth of a second, which files without holidays need not pay

    try:
        holidays.country_holidays(country)
    except NotImplementedError:
        return False
    return True


def names_with_state(topology: Topology) -> dict[str, bool]:
    """Return the name of everything that has a state, and whether it is a service."""
    known: dict[str, bool] = {}
    for section in _SECTIONS:
        known |= dict.fromkeys(getattr(topology, section), section == "services")
    return known


def _ways_to_words(data: Any, path: Path) -> dict[str, Path]:
    """Return for every word at and below *path* the steps that lead from *path* to it, so that its own line can be named."""
    for step in path:
        data = step_into(data, step)
    ways: dict[str, Path] = {}
    pending: list[tuple[Path, Any]] = [((), data)]
    for way, value in pending:
        if isinstance(value, str):
            ways.setdefault(value, way)
        elif isinstance(value, dict):
            for key, each in value.items():
                ways.setdefault(key, (*way, key))
                pending.append(((*way, key), each))
        elif isinstance(value, list):
            pending.extend(((*way, number), each) for number, each in enumerate(value))
    return ways
