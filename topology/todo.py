"""What to find out next: the facts that a topology lacks, ranked by how much of the answer hangs on them. Nothing is simulated.

The weight of a question is the number of services that its subject can take down, times the hours between the best and the
worst answer that is likely (`WIDTHS`): the service-hours that one such failure leaves in doubt.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from topology.blast import Blast
from topology.model import Fact, Host, Mark, Service, Topology
from topology.name_ranges import expand_range
from topology.quantities import HOUR, duration_seconds
from topology.tidy import flow
from topology.wording import compact_names, gate_text, listed


class Kind(Enum):
    """What is not known."""

    RECOVERY = "recovery"
    STANDBY = "standby"
    UNUSED = "hosts without a service"
    NEEDS = "needs"
    SUPPLY = "power, network, storage"
    OBJECTIVES = "objectives"
    COST = "cost"
    SITE = "site"
    FAILURES = "failures"
    PARTS = "parts"
    DURATION = "duration"
    PRIMARY = "primary"


class Width(NamedTuple):
    """The best and the worst likely answer, in hours of outage, and why these."""

    best_hours: float
    worst_hours: float
    why: str

    @property
    def hours(self) -> float:
        """Return what lies between them."""
        return self.worst_hours - self.best_hours


WIDTHS = {
    Kind.RECOVERY: Width(4, 336, "a spare and hands at the site, or 14 days for a part that must be ordered"),
    Kind.STANDBY: Width(0.1, 72, "a failover takes minutes, a restore from backup up to three days"),
    Kind.UNUSED: Width(0, 48, "nothing hangs on them, or everything at their sites does until they are rebuilt"),
    Kind.NEEDS: Width(0, 24, "the loss of one host is no outage, or one for as long as an ordinary repair takes"),
    Kind.SUPPLY: Width(0, 12, "fed twice, or dark for as long as a grid failure usually lasts"),
    Kind.OBJECTIVES: Width(4, 72, "the promises that are made for what people cannot do without, and for what can wait a weekend"),
    Kind.COST: Width(0, 8, "without it outages are compared by their hours alone; a day's work decides which is worth a remedy"),
    Kind.SITE: Width(0, 24, "not struck when a site is lost, or struck for as long as it takes to work from another"),
    Kind.FAILURES: Width(0, 27, "between 2 % and 10 % of servers fail in a year, each for up to 14 days (8 % of 336 hours)"),
    Kind.PARTS: Width(24, 336, "a part from a local dealer, or one from the factory"),
    Kind.PRIMARY: Width(0, 4, "the wrong host is looked at first"),
}
"""What is assumed of an answer that nobody has given; a duration that is marked `assumed` brings its own low and high."""

SPREAD = 3.0
"""An assumed duration without low and high may be as much too long or too short by this factor: a guess is rarely better."""
HOURS_WORTH_ASKING = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to find out: of what, why, which services hang on it, for how many service-hours, and what to write then."""

    kind: Kind
    ask: str
    of: tuple[str, ...]
    why: str
    services: tuple[str, ...]
    service_hours: float
    add: str


def open_questions(topology: Topology) -> list[Question]:
    """Return what is not known of *topology*, the weightiest first; what no service hangs on is not asked."""
    blast = Blast(topology)
    askers = (_recovery, _standbys, _unused, _needs, _supply, _promises, _sites, _failures, _parts, _durations, _primaries)
    questions = [question for asker in askers for question in asker(topology, blast) if question.services]
    return sorted(questions, key=lambda each: (-each.service_hours, each.ask))


def _question(kind: Kind, ask: str, of: Iterable[str], why: str, services: tuple[str, ...], add: Any) -> Question:
    written = add if isinstance(add, str) else flow(add)[1:-1]
    return Question(kind, ask, tuple(compact_names(of)), why, services, len(services) * WIDTHS[kind].hours, written)


def _recovery(topology: Topology, blast: Blast) -> Iterator[Question]:
    for role, hosts in _by_role(host for host in topology.hosts.values() if not host.recover):
        section, key = ("roles", role) if role else ("hosts", hosts[0])
        yield _question(
            Kind.RECOVERY,
            f"When one of the {len(hosts)} hosts {_named(role)} fails, what brings it back, and how long does each stage take?",
            hosts,
            "without `recover` they stay down for ever, so in time all of them",
            blast.services_without(hosts),
            {section: {key: {"recover": [{"wait": "2h", "for": "diagnosis"}, {"work": "4h", "for": "rebuilt"}]}}},
        )
    for component in topology.components.values():
        if not component.recover and component.needs is None:
            yield _question(
                Kind.RECOVERY,
                f"When {component.name} fails, how long is it away?",
                [component.name],
                "without `recover` it stays down for ever",
                blast.services_without([component.name]),
                {"components": {component.name: {"recover": [{"wait": "4h", "for": "repaired"}]}}},
            )


def _standbys(topology: Topology, blast: Blast) -> Iterator[Question]:
    for cluster in topology.clusters.values():
        services = blast.services_without(cluster.members)
        standbys = [each for each in cluster.members if each != cluster.primary]
        shared = sorted(set.intersection(*(blast.hangs_on(member) for member in cluster.members)))
        place = next((site for site in topology.sites if site not in shared), "SITE")
        new = f"{cluster.name}-standby"
        add = {
            "hosts": {new: {"site": place, "role": topology.hosts[cluster.primary].role or "database"}},
            "clusters": {cluster.name: {"members": [*compact_names(cluster.members), new]}},
        }
        if not standbys:
            why = "its only host is its primary, and nothing can take over"
            yield _question(Kind.STANDBY, f"Has {cluster.name} a standby anywhere?", cluster.members, why, services, add)
        elif shared:
            why = f"primary and standbys are lost together with {listed(shared)}"
            ask = f"Has {cluster.name} a standby that does not hang on {listed(shared)}?"
            yield _question(Kind.STANDBY, ask, cluster.members, why, services, add)


def _unused(topology: Topology, blast: Blast) -> Iterator[Question]:
    idle = [(role, hosts) for role, hosts in _by_role(topology.hosts.values()) if not blast.services_without(hosts)]
    names = [name for _, hosts in idle for name in hosts]
    if not names:
        return
    places = {topology.hosts[name].site for name in names}
    beside = [host.name for host in topology.hosts.values() if host.site in places]
    roles = ", ".join(f"{role or 'no role'} ({len(hosts)})" for role, hosts in idle)
    yield _question(
        Kind.UNUSED,
        f"What runs on these {len(names)} hosts, or hangs on them: {roles}?",
        names,
        "no service is known to hang on them, though hypervisors, storage and directories rarely stand alone",
        blast.services_without(beside),
        {"roles": {"ROLE": {"uses": [_stands_for(topology, idle)]}}},
    )


def _stands_for(topology: Topology, idle: list[tuple[str, list[str]]]) -> str:
    """Return the component made of the largest idle role, or one of its hosts."""
    _, hosts = max(idle, key=lambda each: len(each[1]))
    made_of = {name: each.name for each in topology.components.values() if each.needs for name in each.needs.names()}
    return made_of.get(hosts[0], hosts[0])


def _needs(topology: Topology, blast: Blast) -> Iterator[Question]:
    for fact in _assumed(topology, "services", "needs"):
        service = topology.services[str(fact.path[1])]
        if service.needs is not None:
            yield _question(
                Kind.NEEDS,
                f"Does {service.name} need just this: {gate_text(service.needs)}?",
                [service.name],
                f"it was guessed: {fact.why}" if fact.why else "it was guessed",
                blast.readers_of({service.name}),
                f"services: {{{service.name}: {{needs: …}}}}, and take the mark off",
            )


def _supply(topology: Topology, blast: Blast) -> Iterator[Question]:
    for site in topology.sites.values():
        hosts = [host.name for host in topology.hosts.values() if host.site == site.name and not host.uses]
        if not hosts or site.uses or site.needs is not None:
            continue
        feed = f"{site.name}-power"
        yield _question(
            Kind.SUPPLY,
            f"What feeds {site.name}: power, network, storage? Is any of it shared by all {len(hosts)} hosts?",
            hosts,
            "no host there is known to use anything, so nothing shared can fail",
            blast.services_without([site.name]),
            {"components": {feed: {}}, "sites": {site.name: {"uses": [feed]}}},
        )


def _promises(topology: Topology, blast: Blast) -> Iterator[Question]:
    del blast  # a promise is made for the service itself
    objectives = [each.name for each in topology.services.values() if not _is_promised(each)]
    costs = [each.name for each in topology.services.values() if each.cost_per_hour is None]
    for kind, names, ask, why, entry in (
        (
            Kind.OBJECTIVES, objectives, "how long may each be down (rto), how much may it lose (rpo)?",
            "without objectives nothing says whether an outage is too long", {"objectives": {"rto": "4h", "rpo": "15m"}},
        ),
        (
            Kind.COST, costs, "what does an hour without it cost?",
            "without a cost no remedy can be weighed against its price", {"cost": "1000 USD/h"},
        ),
    ):  # fmt: skip
        if names:
            yield _question(kind, f"Of {len(names)} services: {ask}", names, why, tuple(names), {"services": {names[0]: entry}})


def _is_promised(service: Service) -> bool:
    return service.objectives.rto_seconds is not None or service.objectives.availability is not None


def _sites(topology: Topology, blast: Blast) -> Iterator[Question]:
    place = next(iter(topology.sites), "SITE")
    for role, hosts in _by_role(host for host in topology.hosts.values() if host.site is None):
        yield _question(
            Kind.SITE,
            f"Where do the {len(hosts)} hosts {_named(role)} stand?",
            hosts,
            "without a site nothing that strikes a place strikes them",
            blast.services_without(hosts),
            {"roles": {role: {"site": place}}} if role else {"hosts": {hosts[0]: {"site": place}}},
        )
    for fact in _assumed(topology, "sites", "title"):
        site = str(fact.path[1])
        yield _question(
            Kind.SITE,
            f"Is {site} one place, that can be lost whole?",
            [site],
            f"it was guessed: {fact.why}",
            blast.services_without([site]),
            {"sites": {site: {"title": site}}},
        )


def _failures(topology: Topology, blast: Blast) -> Iterator[Question]:
    hosts = [host.name for host in topology.hosts.values() if host.fails is None and not host.parts]
    if hosts:
        yield _question(
            Kind.FAILURES,
            f"How often do these {len(hosts)} hosts fail?",
            hosts,
            "without `fails` or `parts` they never do, and `simulate` shows nothing",
            blast.services_without(hosts),
            {"roles": {topology.hosts[hosts[0]].role or "ROLE": {"fails": {"exponential": {"mean": "20y"}}}}},
        )


def _parts(topology: Topology, blast: Blast) -> Iterator[Question]:
    for part in topology.parts.values():
        hosts = [host.name for host in topology.hosts.values() if part.name in host.parts]
        services = blast.services_without(hosts)
        if part.lead_time is None:
            add: dict[str, Any] = {"parts": {part.name: {"lead_time": "14d"}}}
            why = "without a lead time nobody can wait for one"
            yield _question(Kind.PARTS, f"How long after the order does a {part.name} arrive?", hosts, why, services, add)
        if part.life is None:
            add = {"parts": {part.name: {"annual_failure_rate": "1.5%"}}}
            yield _question(
                Kind.FAILURES, f"How many of 100 {part.name}s fail in a year?", hosts, "without a rate none fails", services, add
            )


def _durations(topology: Topology, blast: Blast) -> Iterator[Question]:
    for fact in topology.facts:
        hours = _doubt_hours(fact)
        subjects = _subjects(topology, fact.path)
        if fact.mark is Mark.ASSUMED and hours >= HOURS_WORTH_ASKING and subjects:
            services = blast.services_without(subjects)
            bounds = f"between {fact.low} and {fact.high}" if fact.low and fact.high else f"{fact.value}, give or take"
            why = f"assumed to be {bounds}" + (f" ({fact.why})" if fact.why else "")
            add = f'{fact.key}: {{value: {fact.value}, mark: reported, source: "…"}}'
            ask = f"How long is {fact.key} really?"
            yield Question(Kind.DURATION, ask, tuple(compact_names(subjects)), why, services, len(services) * hours, add)


def _doubt_hours(fact: Fact) -> float:
    """Return the hours between the low and the high of an assumed duration; 0 for what is no duration."""
    try:
        seconds = duration_seconds(fact.value)
        low = duration_seconds(fact.low) if fact.low else seconds / SPREAD
        high = duration_seconds(fact.high) if fact.high else seconds * SPREAD
    except ValueError:
        return 0.0
    return (high - low) / HOUR


def _subjects(topology: Topology, path: tuple[str | int, ...]) -> list[str]:
    """Return whose outage the duration at *path* makes longer or shorter; nobody's, for what is no part of a recovery."""
    match path:
        case ("parts", part, "lead_time", *_):
            return [host.name for host in topology.hosts.values() if part in host.parts]
        case ("roles", role, "recover", *_):
            return [host.name for host in topology.hosts.values() if host.role == role]
        case ("sites" | "components" | "hosts", name, "recover", *_):
            return expand_range(str(name))
        case ("clusters", name, "promotion", *_):
            return list(topology.clusters[str(name)].members)
    return []


def _primaries(topology: Topology, blast: Blast) -> Iterator[Question]:
    for fact in _assumed(topology, "clusters", "primary"):
        cluster = topology.clusters[str(fact.path[1])]
        if len(cluster.members) > 1:
            yield _question(
                Kind.PRIMARY,
                f"Is {cluster.primary} the primary of {cluster.name}?",
                cluster.members,
                f"it was guessed: {fact.why}",
                blast.services_without(cluster.members),
                {"clusters": {cluster.name: {"primary": cluster.primary}}},
            )


def _assumed(topology: Topology, section: str, key: str) -> Iterator[Fact]:
    for fact in topology.facts:
        if fact.mark is Mark.ASSUMED and len(fact.path) == 3 and fact.path[0] == section and fact.path[2] == key:
            yield fact


def _by_role(hosts: Iterable[Host]) -> list[tuple[str, list[str]]]:
    roles: dict[str, list[str]] = {}
    for host in hosts:
        roles.setdefault(host.role, []).append(host.name)
    return list(roles.items())


def _named(role: str) -> str:
    return f"of role {role}" if role else "without a role"
