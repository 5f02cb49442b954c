"""What a person can type next: every order that leads on from where a cluster is, as the complete command line."""

import shlex
from collections.abc import Iterator
from typing import NamedTuple

from failover.core.cluster import ClusterState, Controller
from failover.core.events import NEEDS_REASON, Health, OrderKind
from failover.core.policy import held
from failover.core.settings import ClusterSettings
from failover.core.stages import health_of
from failover.core.states import WAYS_OUT, HaltReason, State
from topology.model import Mode

WHY = "WHY"
"""Stands where a person has to say why."""


class Way(NamedTuple):
    """One order that leads on, and where it leads."""

    order: OrderKind
    leads_to: str
    host: str | None = None


def ways_out(state: Controller, c: ClusterState) -> tuple[Way, ...]:
    """Return what can be ordered of *c* as it is, the likeliest first; nothing where all is well."""
    settings = state.settings.clusters[c.name]
    if settings.policy.mode is Mode.OBSERVE:
        return ()
    return tuple(dict.fromkeys(_ways(state, settings, c)))


def typed(cluster: str, way: Way) -> str:
    """Return the command line of *way* for *cluster*."""
    match way.order:
        case OrderKind.FAILOVER:
            words = ["run", cluster, *(("--to", way.host) if way.host else ())]
        case OrderKind.SWITCHOVER:
            words = ["switchover", cluster, *(("--to", way.host) if way.host else ())]
        case OrderKind.CONFIRM_FENCED:
            words = ["confirm-fenced", str(way.host), "--seen-by", "NAME", "--how", "HOW"]
        case OrderKind.REJOIN | OrderKind.ADOPT:
            words = [way.order.value, str(way.host), "--cluster", cluster]
        case OrderKind.MAINTENANCE:
            words = ["maintenance", str(way.host), "--for", "0s"]
        case _:
            words = [way.order.value.replace("_", "-"), cluster]
    if way.order in NEEDS_REASON and way.order is not OrderKind.CONFIRM_FENCED:
        words += ["--reason", WHY]
    return shlex.join(["continuance", "failover", *words])


def _ways(state: Controller, settings: ClusterSettings, c: ClusterState) -> Iterator[Way]:
    match c.state:
        case State.HALTED:
            yield from _out_of_a_halt(settings, c)
        case State.WAITING:
            yield Way(OrderKind.APPROVE, "your yes: the failover begins once enough have said it")
            yield Way(OrderKind.REJECT, "your no: nothing is done until somebody orders it")
            yield Way(OrderKind.START, f"'{c.primary}' is started again where it is, instead of a failover")
        case State.SUSPECT:
            yield from _out_of_a_hold(state, settings, c)
        case State.RESTARTING | State.PREFLIGHT:
            yield Way(OrderKind.ABORT, "it is stopped; nothing that cannot be undone was done yet")
        case State.WATCHING:
            yield from _back_to_normal(settings, c)
        case _:
            return


def _out_of_a_halt(settings: ClusterSettings, c: ClusterState) -> Iterator[Way]:
    assert c.halted is not None
    for order in WAYS_OUT[c.halted]:
        match order:
            case OrderKind.CONFIRM_FENCED:
                for host in c.suspects:
                    if host not in c.off:
                        yield Way(order, f"after you have switched '{host}' off and seen it: the recovery goes on", host)
            case OrderKind.ADOPT:
                for host in _may_be_adopted(settings, c):
                    yield Way(order, f"'{host}' is taken for the primary, whoever promoted it; others are fenced", host)
            case OrderKind.START:
                yield Way(order, f"'{c.primary}' is started again where it is; it has everything that was written")
            case OrderKind.ACCEPT_LOSS:
                yield Way(order, "the best of those that answer is promoted, and what it lacks is lost")
            case OrderKind.FAILOVER:
                yield Way(order, f"a new recovery: '{c.primary}' is fenced, and a standby is promoted")
            case _:
                yield Way(order, "it is tried again, once what was in the way is mended")


def _may_be_adopted(settings: ClusterSettings, c: ClusterState) -> list[str]:
    """Return whom somebody may have promoted: who is seen as primary; or, where no other way is left, who answers."""
    members = sorted(settings.cluster.members, key=lambda host: host != c.primary)
    primaries = [host for host in members if health_of(c, host) is Health.PRIMARY]
    if primaries or c.halted not in (HaltReason.TWO_PRIMARIES, HaltReason.STALE_JOURNAL, HaltReason.NOT_PRIMARY):
        return primaries
    return [host for host in members if health_of(c, host) is not Health.SILENT]


def _out_of_a_hold(state: Controller, settings: ClusterSettings, c: ClusterState) -> Iterator[Way]:
    if c.paused_by is not None:
        yield Way(OrderKind.RESUME, f"automation goes on, which '{c.paused_by}' paused")
    if c.declined_by is not None:
        yield Way(OrderKind.RETRY, f"it may begin after all, although '{c.declined_by}' declined it")
    if c.maintenance.get(c.primary, 0.0) > state.wall_seconds:
        yield Way(OrderKind.MAINTENANCE, f"the maintenance of '{c.primary}' is over, and its loss counts", c.primary)
    if "acknowledged" in (held(state, settings, c) or ""):
        yield Way(OrderKind.ACKNOWLEDGE, "the attempts so far no longer hold the next one back")
    yield Way(OrderKind.FAILOVER, f"'{c.primary}' is fenced, and a standby is promoted, whatever holds automation back")
    yield Way(OrderKind.START, f"'{c.primary}' is started again where it is, instead of a failover")


def _back_to_normal(settings: ClusterSettings, c: ClusterState) -> Iterator[Way]:
    if c.paused_by is not None:
        yield Way(OrderKind.RESUME, f"automation goes on, which '{c.paused_by}' paused")
    for host in sorted(c.quarantined | c.astray):
        yield Way(OrderKind.REJOIN, f"'{host}' becomes a standby again, whatever that costs its own data", host)
    home = settings.cluster.primary
    if home != c.primary and home not in c.quarantined:
        yield Way(OrderKind.FAILBACK, f"a planned switchover back to '{home}'")
