"""From data to a Topology: marks off, ranges expanded, defaults of roles filled in, every value and every name checked.

All problems are reported at once. An entry that is wrong in itself is set aside and the rest still checked against its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from topology import schema
from topology.checks import Checker, Spec
from topology.cluster_checks import check_clusters, check_fences
from topology.document import Table, collection_paused
from topology.errors import TopologyError
from topology.facts import Fact
from topology.laws import Exponential, Fixed, Law
from topology.marks import take_marks
from topology.model import (
    BY_PERSON,
    Cluster,
    CommonCause,
    Component,
    Crew,
    Fallback,
    Fitting,
    Host,
    Objectives,
    Part,
    Policy,
    Promotion,
    Replication,
    SafetyGroup,
    Selector,
    Service,
    Site,
    Stage,
    Topology,
)
from topology.quantities import DAY, YEAR
from topology.sources import read_sources
from topology.timing import Probing, Timed
from topology.validation import Owners, resolve_ranges, validate
from topology.values import DAYS, parse_days
from topology.work import Calendar, EnterLater, Flow, Workload

BUILT_IN_CALENDARS = ("mon-fri", "sat-sun", *DAYS)


def load_topology(path: Path) -> Topology:
    """Read, validate and build the topology in the file at *path*. Raises InputError with everything that is wrong."""
    return build_topology(read_sources(path), path.parent)


def build_topology(data: Table, folder: Path | None = None) -> Topology:
    """Build a topology from *data* (as read by `read_sources`, perhaps patched); *folder* is where its files are."""
    with collection_paused():
        clean, facts, problems = take_marks(data)
        resolved, owners = resolve_ranges(clean, problems)
        entry, set_aside = validate(resolved, folder, problems)
        if entry is None:
            raise TopologyError(problems)
        checker = Checker(resolved, set_aside, problems)
        builder = _Builder(entry, owners, checker)
        topology = builder.build(tuple(facts))
        check_clusters(checker, topology)
        checker.check(topology, builder.specs, owners)
        if problems:
            raise TopologyError(problems)
        check_fences(checker, topology)
        if problems:
            raise TopologyError(problems)
        return topology


class _Builder:
    """Joins validated entries into the model. What refers to a name that is not there is reported and left out."""

    def __init__(self, entry: schema.TopologyEntry, owners: Owners, checker: Checker) -> None:
        self.entry = entry
        self.owners = owners
        self.checker = checker
        first = next(iter(entry.sites.values()), None)
        self.timezone = "UTC" if first is None or first.timezone is None else first.timezone
        self.calendars: dict[str, Calendar] = {}
        self.specs: list[Spec] = []
        """What was built of each key, before ranges multiply it and roles add to it, for the checks."""

    def build(self, facts: tuple[Fact, ...]) -> Topology:
        entry = self.entry
        for name, calendar in entry.calendars.items():
            opens, closes = calendar.hours
            self.calendars[name] = Calendar(
                name,
                calendar.days,
                opens,
                closes,
                calendar.holidays,
                self.timezone if calendar.timezone is None else calendar.timezone,
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
            components=self.components(),
            hosts=self.hosts(),
            clusters={name: self.cluster(name, each) for name, each in entry.clusters.items()},
            services={name: self.service(name, each) for name, each in entry.services.items()},
            workloads={name: self.workload(name, each) for name, each in entry.workloads.items()},
            common_causes={name: self.common_cause(name, each) for name, each in entry.common_causes.items()},
            controllers=entry.controllers,
            vantages=entry.vantages,
            safety={name: SafetyGroup(each.clusters, each.at_most) for name, each in entry.safety.items()},
            probing=Probing(entry.probing.every, entry.probing.timeout),
            durations=entry.durations,
            facts=facts,
        )

    def site(self, name: str, entry: schema.SiteEntry) -> Site:
        site = Site(
            name, entry.title or name, self.timezone if entry.timezone is None else entry.timezone,
            entry.needs, entry.uses, stages(entry.recover), entry.fails,
        )  # fmt: skip
        self.specs.append((("sites", name), site))
        return site

    def components(self) -> dict[str, Component]:
        """Build one component per key, then copy it for each name of its range."""
        entries = self.entry.components
        built = {
            key: Component(
                key, entry.title or key, entry.site, entry.needs, entry.uses, entry.links,
                stages(entry.recover), entry.fails, entry.cost,
            )
            for key, entry in entries.items()
        }  # fmt: skip
        self.specs += ((("components", key), each) for key, each in built.items())
        return {
            name: built[key] if name == key else replace(built[key], name=name, title=entries[key].title or name)
            for name, key in self.owners["components"].items()
            if key in built
        }

    def hosts(self) -> dict[str, Host]:
        """Build one host per key, with what its role adds, then copy it for each name of its range."""
        self.specs += ((("roles", name), _host(name, role)) for name, role in self.entry.roles.items())
        entries, built = self.entry.hosts, {}
        for key, entry in entries.items():
            built[key] = _host(key, entry)
            self.specs.append((("hosts", key), built[key]))
            role = self.entry.roles.get(entry.role)
            if role is not None:
                from_role = {field: getattr(role, field) for field in role.model_fields_set - entry.model_fields_set}
                built[key] = _host(key, entry.model_copy(update=from_role))
        return {
            name: built[key] if name == key else replace(built[key], name=name, title=entries[key].title or name)
            for name, key in self.owners["hosts"].items()
            if key in built
        }

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
            replication=Replication(entry.replication.mode, entry.replication.lag),
            fence=entry.fence or BY_PERSON,
            policy=policy_over(Policy(), entry.policy),
            promotion=Promotion(
                entry.promotion.takes or self.entry.durations.get(Timed.PROMOTE) or Promotion().takes, entry.promotion.success
            ),
            routes=entry.routes,
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
            return Calendar(name, parse_days(name), timezone=self.timezone)
        self.checker.unknown("calendar", name, [*self.calendars, *BUILT_IN_CALENDARS], path)
        return None


def _host(name: str, entry: schema.HostEntry | schema.RoleEntry) -> Host:
    parts = {
        part: Fitting(fitting.installed, fitting.installed if fitting.required is None else fitting.required)
        for part, fitting in entry.parts.items()
    }
    title, role = (entry.title or name, entry.role) if isinstance(entry, schema.HostEntry) else ("", "")
    return Host(
        name, title, entry.site, role, entry.needs, entry.uses, parts, stages(entry.recover), entry.fails, entry.cost,
    )  # fmt: skip


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
    given = {field: value for key, field in _POLICY_FIELDS.items() if (value := getattr(entry, key)) is not None}
    return replace(policy, **given)


_POLICY_FIELDS = {
    "mode": "mode",
    "detection_window": "detection_window_seconds",
    "rpo": "rpo_seconds",
    "approvals": "approvals",
    "attempts": "attempts",
    "within": "within_seconds",
    "restart": "restart_seconds",
    "quorum": "vantage_quorum",
}
"""By key of a policy, the field of the model that it gives."""
