"""What is done in each state: the steps of its stage. The controller takes them from here, and so does a plan that is only
shown.
"""

from collections.abc import Iterable, Iterator

from failover.core.cluster import ClusterState, Goal
from failover.core.commands import CommandKind, Question
from failover.core.events import Health
from failover.core.settings import CLOSELY_SECONDS, ClusterSettings
from failover.core.states import State
from failover.core.steps import Step

LOST = frozenset({Health.SILENT, Health.PROCESS_DEAD})


def steps_of(settings: ClusterSettings, c: ClusterState) -> tuple[Step, ...]:
    """Return the steps of the stage that *c* is in; none where nothing is done."""
    match c.state:
        case State.RESTARTING:
            return tuple(_ask_others(settings, c))
        case State.PREFLIGHT:
            return tuple(_look_round(settings, c))
        case State.FENCING:
            fences = (fence(settings, c, host) for host in c.suspects if host not in c.off)
            return (*(each for each in fences if each is not None), *_withdraw(settings))
        case State.DEMOTING:
            withdrawn = tuple(_withdraw(settings))
            after = tuple(step.key for step in withdrawn)
            role = {"role": "standby"}
            return (*withdrawn, Step("demote", CommandKind.DEMOTE, c.primary, Question.ROLE, role, after))
        case State.CUTTING:
            hosts = (host for host in reachable(settings, c) if host != c.primary or _may_take_over_again(c))
            return tuple(Step(f"cut {host}", CommandKind.CUT_REPLICATION, host, None) for host in hosts)
        case State.PROMOTING:
            return (_promote(settings, c),)
        case State.REROUTING:
            return tuple(_bring_clients(settings, c))
        case State.VERIFYING:
            return (Step("write", None, c.primary, Question.SERVES),)
        case State.RESTORING:
            return tuple(reroute(c, settings.routes))
        case State.REJOINING:
            return tuple(_rejoin(c))
        case State.ADOPTING:
            return tuple(_identify(settings, c))
        case State.WATCHING | State.SUSPECT | State.WAITING | State.HALTED:
            return ()


def _may_take_over_again(c: ClusterState) -> bool:
    """Say whether the primary is asked what it has like any member: it stepped down, or said that it is a standby."""
    return c.goal is Goal.SWITCHOVER or c.primary not in c.suspects


def reachable(settings: ClusterSettings, c: ClusterState) -> Iterator[str]:
    """Yield the members that can be spoken to and may be asked to do something, the primary too.

    Of the quarantined those who may have been promoted and are seen as standbys: their answer settles that.
    """
    barred = c.off | {each for each in c.quarantined if each not in c.suspects or health_of(c, each) is not Health.STANDBY}
    for host in settings.cluster.members:
        if host not in barred and (health_of(c, host) is not Health.SILENT or seen_again(c, host)):
            yield host


def seen_again(c: ClusterState, host: str) -> bool:
    """Say whether somebody sees *host*, which counts as silent still, or sees its database accept writes, which counts as dead."""
    sighting = c.health.get(host)
    return sighting is not None and (sighting.back or (sighting.health is Health.SILENT and bool(sighting.seen_by)))


def health_of(c: ClusterState, host: str) -> Health | None:
    """Return what the detector makes of *host*; None while it has not said."""
    sighting = c.health.get(host)
    return None if sighting is None else sighting.health


def fence(settings: ClusterSettings, c: ClusterState, host: str) -> Step | None:
    """Return the fencing of *host* at the first level that has not failed; None when all have."""
    tried = c.levels_tried.get(host, 0)
    if tried >= len(settings.levels):
        return None
    details = {"level": settings.levels[tried], "identity": host, "incarnation": c.power_ons.get(host, 0)}
    return Step(f"fence {host}", CommandKind.FENCE, host, Question.IS_OFF, details, tries=0)


def ask_to_switch_off(host: str) -> dict[str, str]:
    """Return what a person is asked who is the last level of fencing."""
    what = f"switch '{host}' off, by hand if need be"
    return {"what": what, "expected": f"'{host}' has no power", "verified_by": f"the order confirm_fenced {host}, with your name"}


def follow(c: ClusterState, host: str) -> Step:
    """Return the step that makes *host* follow the primary, unless it does already."""
    return Step(f"follow {host}", CommandKind.REPOINT, host, Question.FOLLOWS, {"primary": c.primary}, tries=1, look_first=True)


def start_standby(host: str) -> Step:
    """Return the step that starts the database of a standby whose host is well."""
    return Step(f"start {host}", CommandKind.START, host, Question.ROLE, {"role": "standby"}, tries=1)


def set_synchronous(c: ClusterState, standbys: frozenset[str]) -> Step:
    """Return the step that makes commits wait for *standbys*."""
    details = {"standbys": tuple(sorted(standbys))}
    return Step("synchronous", CommandKind.SET_SYNCHRONOUS, c.primary, Question.SYNCHRONOUS, details)


def learn(settings: ClusterSettings, c: ClusterState) -> Iterator[Step]:
    """Yield the looks that tell what nobody has said yet: the primary's timeline, and for whom its commits wait."""
    if c.timeline is None:
        yield read(c.primary)
    if settings.synchronous and not c.synchronous:
        yield Step("synchronous", None, c.primary, Question.SYNCHRONOUS)


def read(host: str) -> Step:
    """Return the look at what *host* has."""
    return Step(f"read {host}", None, host, None)


def _ask_others(settings: ClusterSettings, c: ClusterState) -> Iterator[Step]:
    """Yield the looks at whoever may know better before a primary is started: on an old journal another has replaced it since."""
    if c.goal is not Goal.ADOPT:  # then everybody was asked just now
        for host in reachable(settings, c):
            if host != c.primary:
                yield read(host)._replace(looks=1)


def start_primary(c: ClusterState) -> Iterator[Step]:
    """Yield the start of the primary where it is."""
    after: tuple[str, ...] = ()
    if c.primary in c.off:
        yield Step("power", CommandKind.POWER_ON, c.primary, Question.IS_ON, _incarnation(c, c.primary))
        after = ("power",)
    yield Step("start", CommandKind.START, c.primary, Question.ROLE, {"role": "primary"}, after)


def _look_round(settings: ClusterSettings, c: ClusterState) -> Iterator[Step]:
    if health_of(c, c.primary) is not Health.SILENT:
        yield Step("role", None, c.primary, Question.ROLE, {"role": "primary"}, looks=1)
    for host in reachable(settings, c):
        if host != c.primary or asked_too(c):
            yield read(host)


def asked_too(c: ClusterState) -> bool:
    """Say whether the primary is asked what it has like any member: an old journal names it, or it is a standby by now."""
    return c.distrusted or health_of(c, c.primary) is Health.STANDBY


def _identify(settings: ClusterSettings, c: ClusterState) -> Iterator[Step]:
    assert c.wanted is not None
    for host in settings.cluster.members:
        if host not in c.off:
            yield read(host)
    if settings.synchronous:
        yield Step("synchronous", None, c.wanted, Question.SYNCHRONOUS)


def _withdraw(settings: ClusterSettings) -> Iterator[Step]:
    for proxy in settings.routes:
        yield Step(f"withdraw {proxy}", CommandKind.WITHDRAW_ROUTE, proxy, Question.ROUTED, {"primary": None})


def _promote(settings: ClusterSettings, c: ClusterState) -> Step:
    assert c.candidate is not None
    timeline = c.positions[c.candidate].timeline
    details = {"role": "primary", "timeline": timeline, "synchronous": tuple(sorted(new_synchronous(settings, c)))}
    return Step("promote", CommandKind.PROMOTE, c.candidate, Question.ROLE, details, tries=0)


def new_synchronous(settings: ClusterSettings, c: ClusterState) -> frozenset[str]:
    """Return whom the candidate's commits are to wait for from its first moment: every other member that answered and is close."""
    if not settings.synchronous:
        return frozenset()
    return frozenset(host for host in c.positions if host != c.candidate and caught_up(c, host))


def caught_up(c: ClusterState, host: str) -> bool:
    """Say whether *host* was close to the primary when it was last asked: who is not would hold every commit up."""
    known = c.positions.get(host)
    return known is not None and (known.behind_seconds or 0.0) <= CLOSELY_SECONDS


def close_followers(c: ClusterState) -> frozenset[str]:
    """Return whom commits are to wait for: who follows, and is waited for already or has caught up."""
    known = frozenset[str]().union(*c.synchronous)
    return frozenset(host for host in c.followers if host in known or caught_up(c, host))


def _bring_clients(settings: ClusterSettings, c: ClusterState) -> Iterator[Step]:
    for host in reachable(settings, c):
        if host != c.primary:
            yield follow(c, host)
    yield from reroute(c, settings.routes)


def reroute(c: ClusterState, proxies: Iterable[str]) -> Iterator[Step]:
    """Yield the way of clients to the primary: only to one that is verified."""
    after: tuple[str, ...] = ()
    if not c.verified:
        yield Step("role", None, c.primary, Question.ROLE, {"role": "primary"})
        after = ("role",)
    for proxy in proxies:
        details = {"primary": c.primary}
        yield Step(f"route {proxy}", CommandKind.REROUTE, proxy, Question.ROUTED, details, after)


def where_routed(c: ClusterState, proxies: Iterable[str]) -> Iterator[Step]:
    """Yield the looks whether *proxies* lead clients to the primary."""
    for proxy in proxies:
        yield Step(f"routed {proxy}", None, proxy, Question.ROUTED, {"primary": c.primary})


def _rejoin(c: ClusterState) -> Iterator[Step]:
    assert c.wanted is not None
    after: tuple[str, ...] = ()
    if c.wanted in c.off:
        yield Step("power", CommandKind.POWER_ON, c.wanted, Question.IS_ON, _incarnation(c, c.wanted))
        after = ("power",)
    yield Step("rejoin", CommandKind.REJOIN, c.wanted, Question.FOLLOWS, {"primary": c.primary}, after)


def _incarnation(c: ClusterState, host: str) -> dict[str, int]:
    return {"incarnation": c.power_ons.get(host, 0) + 1}
