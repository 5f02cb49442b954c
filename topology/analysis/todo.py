"""What to find out next: the facts that a topology lacks, ranked by how much of the answer hangs on them. Nothing is simulated.

The weight of a question is the number of services that its subject can take down, times the hours between the best and the
worst answer that is likely (`WIDTHS`): the service-hours that one such failure leaves in doubt.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from topology.analysis.blast import Blast
from topology.analysis.widths import WIDTHS, Kind
from topology.facts import Fact, Mark
from topology.model import Host, Service, Topology
from topology.name_ranges import expand_range
from topology.quantities import HOUR, duration_seconds
from topology.tidy import one_line
from topology.wording import compact_names, gate_text, listed

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
    written = add if isinstance(add, str) else one_line(add)[1:-1]
    return Question(kind, ask, tuple(compact_names(of)), why, services, len(services) * WIDTHS[kind].hours, written)


def _recovery(topology: Topology, blast: Blast) -> Iterator[Question]:
    for role, hosts in _by_role(host for host in topology.hosts.values() if not host.recover):
        yield _question(
            Kind.RECOVERY,
            f"When one of the {len(hosts)} hosts {_named(role)} fails, what brings it back, and how long does each stage take?",
            hosts,
            "without `recover` they stay down for ever, so in time all of them",
            blast.services_without(hosts),
            _of_like(topology.hosts[hosts[0]], {"recover": [{"wait": "2h", "for": "diagnosis"}, {"work": "4h", "for": "rebuilt"}]}),
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
        common = set.intersection(*(blast.hangs_on(member) for member in cluster.members))
        shared = [name for name in (*topology.sites, *topology.components) if name in common]
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
    members = {name for cluster in topology.clusters.values() for name in cluster.members}
    others = _by_role(host for host in topology.hosts.values() if host.name not in members)
    idle = [(role, hosts) for role, hosts in others if not blast.services_without(hosts)]
    names = [name for _, hosts in idle for name in hosts]
    if not names:
        return
    places = {topology.hosts[name].site for name in names}
    beside = [host for host in topology.hosts.values() if host.site in places and host.name not in names]
    roles = ", ".join(f"{each or 'no role'} ({len(hosts)})" for each, hosts in idle)
    yield _question(
        Kind.UNUSED,
        f"What runs on these {len(names)} hosts, or hangs on them: {roles}?",
        names,
        "no service is known to hang on them, though hypervisors, storage and directories rarely stand alone",
        blast.services_without(host.name for host in beside),
        _joined_up(topology, max(idle, key=lambda each: len(each[1]))[1][0], beside),
    )


def _joined_up(topology: Topology, idle: str, beside: list[Host]) -> dict[str, Any]:
    """Return how one writes that a host at the place of the *idle* one uses it, or the component that it is part of."""
    component = next((each.name for each in topology.components.values() if each.needs and idle in each.needs.names()), idle)
    user = next((host for host in beside if host.site == topology.hosts[idle].site), beside[0] if beside else topology.hosts[idle])
    return _of_like(user, {"uses": [component]})


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
            _of_like(topology.hosts[hosts[0]], {"site": place}),
        )
    guessed = [str(fact.path[1]) for fact in _assumed(topology, "sites", "title")]
    if guessed:
        yield _question(
            Kind.SITE,
            f"Is each of these {len(guessed)} one place, that can be lost whole?",
            guessed,
            "it was guessed from variables or groups",
            blast.services_without(guessed),
            {"sites": {guessed[0]: {"title": guessed[0]}}},
        )


def _failures(topology: Topology, blast: Blast) -> Iterator[Question]:
    hosts = [host.name for host in topology.hosts.values() if host.fails is None and not host.parts]
    if hosts:
        yield _question(
            Kind.FAILURES,
            f"How often do these {len(hosts)} hosts fail?",
            hosts,
            "without `fails` or `parts` nothing of them ever fails by itself",
            blast.services_without(hosts),
            _of_like(topology.hosts[hosts[0]], {"fails": {"exponential": {"mean": "20y"}}}),
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


def _of_like(host: Host, entry: dict[str, Any]) -> dict[str, Any]:
    """Return *entry* as it is written for all hosts of the role of *host*, or for itself if it has none."""
    return {"roles": {host.role: entry}} if host.role else {"hosts": {host.name: entry}}


def _named(role: str) -> str:
    return f"of role {role}" if role else "without a role"
