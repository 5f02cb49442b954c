"""From data to a Topology: marks off, ranges expanded, defaults of roles filled in, every value and every name checked.

All problems are reported at once. An entry that is wrong in itself is set aside and the rest still checked against its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from topology import schema
from topology.checks import Checker
from topology.document import Table, place
from topology.errors import Problem, TopologyError, did_you_mean
from topology.laws import Exponential, Fixed, Law
from topology.marks import take_marks
from topology.model import (
    Calendar,
    Cluster,
    CommonCause,
    Component,
    Crew,
    EnterLater,
    Fact,
    Fallback,
    Fitting,
    Flow,
    Host,
    Objectives,
    Part,
    Policy,
    Promotion,
    Replication,
    Selector,
    Service,
    Site,
    Stage,
    Topology,
    Workload,
)
from topology.quantities import DAY, YEAR
from topology.sources import read_sources

BUILT_IN_CALENDARS = ("mon-fri", "sat-sun", *schema.DAYS)


def load_topology(path: Path) -> Topology:
    """Read, validate and build the topology in the file at *path*. Raises InputError with everything that is wrong."""
    return build_topology(read_sources(path), path.parent)


def build_topology(data: Table, folder: Path | None = None) -> Topology:
    """Build a topology from *data* (as read by `read_sources`, perhaps patched); *folder* is where its files are."""
    clean, facts, problems = take_marks(data)
    expanded, owners = _expand_hosts(clean, problems)
    entry, set_aside = _validate(expanded, folder, problems)
    if entry is None:
        raise TopologyError(problems)
    owners = {name: key for name, key in owners.items() if key in entry.hosts or key in entry.components}
    checker = Checker(expanded, set_aside, problems)
    topology = _Builder(entry, owners, checker).build(tuple(facts))
    checker.check(topology)
    if problems:
        raise TopologyError(problems)
    return topology


def _expand_hosts(data: dict[str, Any], problems: list[Problem]) -> tuple[dict[str, Any], dict[str, str]]:
    """Resolve ranges in hosts and components: return the data, and for each single name the key it stands under.

    A name given by itself beside its range adds to what the range says of it (null takes it out of the range).
    """
    owners: dict[str, str] = {}
    result: dict[str, Any] = data
    for section in ("components", "hosts"):
        entries = data.get(section)
        if not isinstance(entries, Table):
            continue
        single = {key for key in entries if "[" not in key}
        ranged: dict[str, str] = {}
        for key in entries:
            try:
                names = schema.expand_range(key)
            except ValueError as error:
                problems.append(Problem(*place(entries, (key,)), f"{section}.{key}", str(error)))
                continue
            for name in names:
                if "[" in key and name in ranged:
                    where = place(entries, (key,))
                    problems.append(Problem(*where, f"{section}.{key}", f"'{name}' is also in '{ranged[name]}'"))
                if "[" in key:
                    ranged[name] = key
                owners[name] = name if name in single else key
        both = [name for name in single if name in ranged]
        if both or any(entry is None for entry in entries.values()):
            result = {**result, section: _overlaid(entries, both, ranged, owners)}
    if isinstance(data, Table) and result is not data:
        table = Table(data.file, data.line)
        table.update(result)
        table.lines = data.lines
        result = table
    return result, owners


def _overlaid(entries: Table, both: Iterable[str], ranged: Mapping[str, str], owners: dict[str, str]) -> Table:
    overlaid = Table(entries.file, entries.line)
    overlaid.lines = entries.lines
    overlaid.update(entries)
    for name in both:
        if entries[name] is None:
            del overlaid[name]
            del owners[name]
        elif isinstance(entries[name], dict) and isinstance(entries[ranged[name]], dict):
            overlaid[name] = {**entries[ranged[name]], **entries[name]}
    for key, entry in list(overlaid.items()):
        if entry is None:
            overlaid[key] = {}  # `web-1:` with nothing under it is a host with nothing to say of it
    return overlaid


def _validate(data: dict[str, Any], folder: Path | None, problems: list[Problem]) -> tuple[schema.TopologyEntry | None, set[str]]:
    """Validate entry by entry; what fails is reported, left out, and its names returned so that nobody misses them."""
    set_aside: set[str] = set()
    try:
        return schema.TopologyEntry.model_validate(data, context={"folder": folder}), set_aside
    except ValidationError as error:
        problems.extend(describe(error, data, schema.TopologyEntry))
        rest = {key: dict(value) if isinstance(value, dict) else value for key, value in data.items()}
        for issue in error.errors():
            section, *inner = issue["loc"]
            if section in ("name", "title"):
                rest[str(section)] = "unnamed"
            elif inner and isinstance(rest.get(str(section)), dict):
                rest[str(section)].pop(inner[0], None)
                set_aside.update(_names_of(str(inner[0])))
            else:
                value = rest.pop(str(section), None)
                set_aside.update(name for key in (value if isinstance(value, dict) else ()) for name in _names_of(key))
        rest.setdefault("name", "unnamed")
    try:
        return schema.TopologyEntry.model_validate(rest, context={"folder": folder}), set_aside
    except ValidationError:
        return None, set_aside


def _names_of(key: str) -> list[str]:
    try:
        return schema.expand_range(key)
    except ValueError:
        return [key]


def describe(error: ValidationError, data: Any, entry: type[schema.Entry]) -> list[Problem]:
    """Say each of pydantic's findings in our words, with file, line, key and the nearest key that exists."""
    problems = []
    for issue in error.errors(include_url=False):
        path = tuple(issue["loc"])
        file, line = place(data, path)
        key = ".".join(str(step) for step in path)
        match issue["type"]:
            case "extra_forbidden":
                known = schema.keys_at(entry, path[:-1])
                hint = did_you_mean(str(path[-1]), known) or f"; the keys here are {', '.join(known)}"
                message = f"'{path[-1]}' is not a key here{hint}"
            case "missing":
                message = f"the key '{path[-1]}' is missing"
            case "value_error":
                message = str(issue["ctx"]["error"])
            case "enum" | "literal_error":
                expected = str(issue["ctx"]["expected"])
                words = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
                message = f"{issue['input']!r} is not one of {expected}{did_you_mean(str(issue['input']), words)}"
            case "model_type" | "dict_type":
                message = f"{_shown(issue['input'])} is not a mapping of keys to values"
            case "string_type":
                message = f"{_shown(issue['input'])} is not text; put it in quotes if it is meant as a name"
            case "int_type":
                message = f"{_shown(issue['input'])} is not a whole number"
            case _:
                message = f"{_shown(issue['input'])}: {issue['msg'][0].lower()}{issue['msg'][1:]}"
        problems.append(Problem(file, line, key, message))
    return problems


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


class _Builder:
    """Joins validated entries into the model. What refers to a name that is not there is reported and left out."""

    def __init__(self, entry: schema.TopologyEntry, owners: Mapping[str, str], checker: Checker) -> None:
        self.entry = entry
        self.owners = owners
        self.checker = checker
        first = next(iter(entry.sites.values()), None)
        self.timezone = (first.timezone if first else None) or "UTC"
        self.calendars: dict[str, Calendar] = {}

    def build(self, facts: tuple[Fact, ...]) -> Topology:
        entry = self.entry
        for name, calendar in entry.calendars.items():
            opens, closes = calendar.hours
            self.calendars[name] = Calendar(
                name, calendar.days, opens, closes, calendar.holidays, calendar.timezone or self.timezone
            )
        return Topology(
            name=entry.name,
            title=entry.title or entry.name,
            sites={name: self.site(name, each) for name, each in entry.sites.items()},
            calendars=self.calendars,
            crews={
                name: Crew(name, each.size, each.site, self.calendar(each.calendar, ("crews", name, "calendar")))
                for name, each in entry.crews.items()
            },
            parts={name: self.part(name, each) for name, each in entry.parts.items()},
            stock=entry.stock,
            components={
                name: self.component(name, entry.components[key]) for name, key in self.owners.items() if key in entry.components
            },
            hosts=self.hosts(),
            clusters={name: self.cluster(name, each) for name, each in entry.clusters.items()},
            services={name: self.service(name, each) for name, each in entry.services.items()},
            workloads={name: self.workload(name, each) for name, each in entry.workloads.items()},
            common_causes={name: self.common_cause(name, each) for name, each in entry.common_causes.items()},
            facts=facts,
        )

    def site(self, name: str, entry: schema.SiteEntry) -> Site:
        return Site(
            name, entry.title or name, entry.timezone or self.timezone,
            entry.needs, entry.uses, stages(entry.recover), entry.fails,
        )  # fmt: skip

    def component(self, name: str, entry: schema.ComponentEntry) -> Component:
        return Component(
            name, entry.title or name, entry.site, entry.needs, entry.uses, entry.links,
            stages(entry.recover), entry.fails, entry.cost,
        )  # fmt: skip

    def hosts(self) -> dict[str, Host]:
        """Build one host per key, then copy it for each name of its range."""
        entries = self.entry.hosts
        built = {key: self.host(key, entry) for key, entry in entries.items()}
        return {
            name: built[key] if name == key else replace(built[key], name=name, title=built[key].title or name)
            for name, key in self.owners.items()
            if key in entries
        }

    def host(self, key: str, entry: schema.HostEntry) -> Host:
        role = self.entry.roles.get(entry.role)
        given = entry.model_fields_set
        pick = {
            field: getattr(role if role is not None and field not in given else entry, field)
            for field in ("site", "needs", "uses", "parts", "recover", "fails", "cost")
        }
        parts = {
            part: Fitting(fitting.installed, fitting.installed if fitting.required is None else fitting.required)
            for part, fitting in pick["parts"].items()
        }
        return Host(
            key, entry.title, pick["site"], entry.role, pick["needs"], pick["uses"], parts,
            stages(pick["recover"]), pick["fails"], pick["cost"],
        )  # fmt: skip

    def part(self, name: str, entry: schema.PartEntry) -> Part:
        life: Law | None = entry.life
        if entry.annual_failure_rate:
            life = Exponential(YEAR / entry.annual_failure_rate)
        return Part(name, entry.title or name, life, entry.lead_time, entry.unit_cost)

    def cluster(self, name: str, entry: schema.ClusterEntry) -> Cluster:
        return Cluster(
            name=name,
            members=entry.members,
            primary=entry.primary,
            title=entry.title or name,
            replication=Replication(entry.replication.mode, entry.replication.lag or Fixed(0.0)),
            fence=entry.fence,
            policy=policy_over(Policy(), entry.policy),
            promotion=Promotion(entry.promotion.takes or Promotion().takes, entry.promotion.success),
        )

    def service(self, name: str, entry: schema.ServiceEntry) -> Service:
        goals = entry.objectives
        return Service(
            name=name,
            title=entry.title or name,
            needs=entry.needs,
            reads=entry.reads,
            fallback=Fallback(entry.fallback.after) if entry.fallback else None,
            objectives=Objectives(goals.rto, goals.rpo, goals.availability, goals.accepts_stale),
            cost_per_hour=entry.cost,
        )

    def workload(self, name: str, entry: schema.WorkloadEntry) -> Workload:
        path = ("workloads", name)
        later = entry.enter_later
        return Workload(
            name=name,
            service=entry.service,
            arrivals=self.flows(entry.arrivals, (*path, "arrivals")),
            title=entry.title or name,
            unit=entry.unit,
            when_down=entry.when_down,
            capacity=None if entry.capacity is None else self.flows(entry.capacity, (*path, "capacity")),
            enter_later=EnterLater(later.each, self.flows(later.capacity, (*path, "enter_later", "capacity"))) if later else None,
        )

    def common_cause(self, name: str, entry: schema.CommonCauseEntry) -> CommonCause:
        law = Exponential(YEAR / entry.rate) if entry.rate else Fixed(float("inf"))
        return CommonCause(name, law, entry.fails, selector(entry.of))

    def flows(self, flows: Mapping[str | None, tuple[float, float]], path: tuple[str, ...]) -> tuple[Flow, ...]:
        """An amount per day counts per open day; per any other time, while open."""
        result = []
        for name, (amount, period_seconds) in flows.items():
            calendar = self.calendar(name, path)
            open_seconds = calendar.closes_seconds - calendar.opens_seconds if calendar else DAY
            per_day = amount if period_seconds == DAY else amount / period_seconds * open_seconds
            result.append(Flow(calendar, per_day))
        return tuple(result)

    def calendar(self, name: str | None, path: tuple[str, ...]) -> Calendar | None:
        if name is None or name in self.calendars:
            return self.calendars[name] if name else None
        if name in BUILT_IN_CALENDARS:
            return Calendar(name, schema.parse_days(name), timezone=self.timezone)
        self.checker.unknown("calendar", name, [*self.calendars, *BUILT_IN_CALENDARS], path)
        return None


def stages(entries: Iterable[schema.StageEntry]) -> tuple[Stage, ...]:
    """Return the stages of a recovery as the model has them."""
    return tuple(
        Stage(entry.kind, entry.wait or entry.work or entry.restore, entry.part, entry.crew, entry.reason) for entry in entries
    )


def selector(entry: schema.SelectorEntry) -> Selector:
    """Return a selector as the model has it."""
    return Selector(entry.site, entry.role, entry.uses, entry.count)


def policy_over(policy: Policy, entry: schema.PolicyEntry) -> Policy:
    """Return *policy* with what *entry* gives laid over it."""
    return Policy(
        mode=entry.mode or policy.mode,
        detection_window_seconds=policy.detection_window_seconds if entry.detection_window is None else entry.detection_window,
        rpo_seconds=policy.rpo_seconds if entry.rpo is None else entry.rpo,
    )
