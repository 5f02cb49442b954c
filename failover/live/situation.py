"""How things are, on one screen: what is wrong, since when, what hangs on it, what is being done, and what to type, as data."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from failover.core.cluster import ClusterState, Controller, Goal
from failover.core.events import Health
from failover.core.planner import plan
from failover.core.settings import ClusterSettings
from failover.core.stages import health_of
from failover.core.states import RESTING, State
from failover.live.eyesight import SEES, Eyesight
from failover.live.foresight import may_lose, progress_document
from failover.live.history import History
from failover.live.imagining import LastWell, foreseen, foreseen_document, imagined
from failover.live.ways_out import typed, ways_out
from topology.model import Mode

NOTHING_SAID: Mapping[str, Any] = MappingProxyType({})
OK, WARNING, CRITICAL = "ok", "warning", "critical"


def situation(
    name: str,
    state: Controller,
    history: History,
    said: Mapping[str, Any] = NOTHING_SAID,
    eyesight: Eyesight = SEES,
) -> dict[str, Any]:
    """Return how things are, as far as the controller called *name* knows; *said* is what its configuration says."""
    clusters = {each: _cluster(state, c, history, eyesight) for each, c in state.clusters.items()}
    for each in clusters:
        clusters[each] |= said.get("clusters", {}).get(each, {"observed_by": None, "left_out": []})
    return {
        "format": 1,
        "controller": name,
        "term": state.term,
        "config": said.get("file"),
        "inventory": said.get("inventory"),
        "through": said.get("through", []),
        "reaches_none": eyesight.reaches_none,
        "clusters": clusters,
        "concerns": {host: list(clusters) for host, clusters in state.settings.concerns.items()},
    }


def _cluster(state: Controller, core: ClusterState, history: History, eyesight: Eyesight) -> dict[str, Any]:
    settings = state.settings.clusters[core.name]
    last_well = history.last_well.get(core.name) if settings.policy.mode is Mode.OBSERVE else None
    c = core if last_well is None else _as_people_have_it(settings, core, last_well)
    wrong, severity = _wrong(settings, c, last_well)
    since = history.trouble_since.get(c.name)
    if c.state is State.SUSPECT and c.primary != core.primary and c.primary in history.seen_since:
        since = history.seen_since[c.primary][1]  # the trouble of the one before it is over
    if c.state is State.WATCHING and wrong:
        since = max((history.seen_since[host][1] for host in _unwell(settings, c) if host in history.seen_since), default=None)
    if eyesight.reaches_none or health_of(c, c.primary) is None:
        wrong = [*eyesight.wrong(), *wrong]
        severity = CRITICAL if eyesight.reaches_none else severity
    run = history.under_way(c.name)
    knowing = imagined(state, c.name, last_well)
    planned = plan(knowing.state, c.name)
    lost = c.state in (State.SUSPECT, State.WAITING, State.HALTED)
    return {
        **_known(c, history),
        "members": list(settings.cluster.members),
        "home": settings.cluster.primary,
        "policy": {"mode": settings.policy.mode.value, "approvals": settings.policy.approvals},
        "severity": severity,
        "wrong": wrong,
        "since_wall_seconds": since,
        "services": list(planned.services),
        "doing": None if run is None or c.state in RESTING else progress_document(run, c, state.settings, history.recorded()),
        "story": None if run is None else run.id,
        "would": {"promote": planned.candidate, "may_lose": may_lose(settings, planned, knowing.assumes)} if lost else None,
        "if_it_might_act": foreseen_document(foreseen(state, c.name, last_well)) if lost and last_well is not None else None,
        "refused": {} if c.state is State.WATCHING else dict(c.refused or (planned.refused if lost else ())),
        "maintenance": {host: until for host, until in c.maintenance.items() if until > state.wall_seconds},
        "next": [
            {"order": each.order.value, "leads_to": each.leads_to, "type": typed(c.name, each)} for each in ways_out(state, core)
        ],
    }


def _as_people_have_it(settings: ClusterSettings, core: ClusterState, last_well: LastWell) -> ClusterState:
    """Return *core*, which only observes, with the primary that people have given it, and those that its commits wait for."""
    c = core.copy()
    c.primary = last_well.primary
    if settings.synchronous and (said := last_well.waited_for(settings)) is not None:
        c.synchronous = (said,)
    if c.state is State.SUSPECT and health_of(c, c.primary) is Health.PRIMARY:
        c.state = State.WATCHING
    return c


def _known(c: ClusterState, history: History) -> dict[str, Any]:
    """Return what the core knows of *c*, as it is."""
    return {
        "state": c.state.value,
        "primary": c.primary,
        "epoch": list(c.epoch),
        "run": c.run,
        "goal": c.goal.value if c.goal else None,
        "candidate": c.candidate,
        "halted": c.halted.value if c.halted else None,
        "held": c.held,
        "approvals": sorted(c.approvals),
        "paused_by": c.paused_by,
        "quarantined": sorted(c.quarantined),
        "off": sorted(c.off),
        "followers": sorted(c.followers),
        "synchronous": [sorted(each) for each in c.synchronous],
        "health": {
            host: {
                "health": each.health.value,
                "seen_by": list(each.seen_by),
                "since_wall_seconds": history.seen_since[host][1] if host in history.seen_since else None,
            }
            for host, each in c.health.items()
        },
        "steps": {key: each.status.value for key, each in c.steps.items()},
    }


def _wrong(settings: ClusterSettings, c: ClusterState, last_well: LastWell | None) -> tuple[list[str], str]:
    """Say what is wrong, the worst first, and how bad that is."""
    hangs = [] if last_well is None or not settings.synchronous else list(_waits(settings, c, last_well))
    small = [*hangs, *_warnings(settings, c)]
    match c.state:
        case State.WATCHING:
            return small, WARNING if small else OK
        case State.HALTED:
            return [c.told or (c.halted.value if c.halted else "nothing safe is left to do"), *small], CRITICAL
        case State.WAITING:
            said = f", and {', '.join(sorted(c.approvals))} said it" if c.approvals else ""
            wants = settings.policy.approvals
            yes = f"a yes of {wants} persons" if wants > 1 else "a yes"
            return [f"the primary '{c.primary}' is lost, and its failover waits for {yes}{said}", *small], CRITICAL
        case State.SUSPECT:
            return [f"the primary '{c.primary}' is lost, and nothing is done: {c.held}", *small], CRITICAL
    match c.goal:
        case Goal.SWITCHOVER:
            return [f"a planned switchover from '{c.primary}' is under way", *small], WARNING
        case Goal.REJOIN:
            return [f"'{c.wanted}' is being made a standby again", *small], WARNING
        case Goal.ADOPT:
            return [f"'{c.wanted}' is being taken for the primary", *small], CRITICAL
        case Goal.START:
            return [f"the primary '{c.primary}' is lost, and is being started where it is", *small], CRITICAL
    if c.candidate == c.primary:
        return [f"clients and standbys are being brought to '{c.primary}', the new primary", *small], CRITICAL
    return [f"the primary '{c.primary}' is lost, and its recovery is under way", *small], CRITICAL


def _waits(settings: ClusterSettings, c: ClusterState, last_well: LastWell) -> Iterator[str]:
    """Yield what is wrong with those that the commits of an observed cluster wait for, as its primary said last."""
    names, standbys = last_well.said.get(c.primary), last_well.waited_for(settings)
    if names is not None and standbys is None:
        yield f"commits on '{c.primary}' wait for {names}: not all of these are members, so nobody can say what its loss would lose"
    elif standbys and c.state is State.WATCHING and all(health_of(c, host) not in (None, Health.STANDBY) for host in standbys):
        waited = " or ".join(f"'{host}'" for host in sorted(standbys))
        none = "which is no standby now" if len(standbys) == 1 else "and none of them is a standby now"
        yield f"writes on '{c.primary}' hang: commits wait for {waited}, {none}"


def _warnings(settings: ClusterSettings, c: ClusterState) -> Iterator[str]:
    """Yield what makes things worse, or would if the primary were lost now."""
    if c.paused_by is not None:
        yield f"automation is paused by {c.paused_by}"
    if c.state is State.WATCHING and health_of(c, c.primary) is None:
        yield f"nobody has said yet how '{c.primary}' is"
    elif c.state is State.WATCHING and settings.synchronous and not c.synchronous and settings.policy.mode is not Mode.OBSERVE:
        yield f"'{c.primary}' has not said yet for whom commits wait; a failover could not begin"
    for host in _unwell(settings, c):
        health = health_of(c, host)
        if host != c.primary and health is not None:
            yield f"'{host}' {_SEEN[health]}"
    for host in sorted(c.quarantined):
        yield f"'{host}' was primary, or may have been, and is no standby until you rejoin it"
    for host in sorted(c.astray):
        yield f"'{host}' does not follow '{c.primary}'"
    for proxy in sorted(c.unrouted):
        yield f"the proxy '{proxy}' could not be told that '{c.primary}' is primary"


_SEEN = {
    Health.SILENT: "is silent",
    Health.PROCESS_DEAD: "answers, and its database does not run",
    Health.PRIMARY: "accepts writes, and is not the primary",
    Health.STANDBY: "is a standby",
    Health.ANSWERS: "answers",
}


def _unwell(settings: ClusterSettings, c: ClusterState) -> list[str]:
    """Return the members and proxies that are not as they should be."""
    usual = {host: Health.STANDBY for host in settings.cluster.members if host not in c.quarantined}
    usual |= dict.fromkeys(settings.routes, Health.ANSWERS) | {c.primary: Health.PRIMARY}
    return [host for host, health in usual.items() if health_of(c, host) not in (None, health)]
