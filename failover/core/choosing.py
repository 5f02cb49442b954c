"""Who is promoted: the member that has every commit that may have been acknowledged, and a reason for each of the others."""

from typing import NamedTuple

from failover.core.candidates import Situation, assess
from failover.core.cluster import ClusterState, Goal
from failover.core.events import Health
from failover.core.settings import ClusterSettings, Settings
from failover.core.stages import health_of, seen_again
from failover.core.states import HaltReason


class Choice(NamedTuple):
    """Who is promoted, or why nobody; *lost_seconds* is what the candidate lacks, None where nobody can say."""

    candidate: str | None
    lost_seconds: float | None
    halt: HaltReason | None
    refused: tuple[tuple[str, str], ...]
    fit: tuple[str, ...] = ()
    """Everybody who could be promoted, the candidate among them."""


def choose(all_settings: Settings, settings: ClusterSettings, c: ClusterState, wall_seconds: float) -> Choice:
    """Choose among the members whose positions in *c* are fresh. In a preflight nothing is cut yet, and it is a forecast."""
    promoted_by_hand = [host for host, read in c.positions.items() if read.role == "primary" and host != c.primary]
    if len(promoted_by_hand) > 1:
        return Choice(None, None, HaltReason.TWO_PRIMARIES, ())
    refused: list[tuple[str, str]] = []
    fit: list[str] = []
    asked = c.distrusted or (c.primary in c.positions and not _stepped_down(c))
    replaced = None if asked else c.primary  # it may be a standby by now, like any other
    verdicts = assess(settings.cluster, replaced, _situation(all_settings, settings, c))
    losing = any(each.lags for each in verdicts)
    answers = [(each.host, each.refusal) for each in verdicts]
    if _stepped_down(c):
        answers.append((c.primary, None))  # it stepped down, and may step up again
    for host, found in answers:
        refusal = found or _refusal(c, host, promoted_by_hand, wall_seconds)
        if refusal is None:
            fit.append(host)
        else:
            refused.append((host, refusal))
    best = _best(settings, c, fit)
    if best is None:
        return Choice(None, None, HaltReason.WOULD_LOSE if losing else HaltReason.NO_CANDIDATE, tuple(refused))
    lack = None if c.loss_accepted else _unknown_way(settings, c, fit) or _may_lack(settings, c, best)
    if lack is not None:
        return Choice(None, None, HaltReason.WOULD_LOSE, (*refused, *((host, lack) for host in fit)))
    beaten = ((host, f"'{best}' has at least as much") for host in fit if host != best)
    lost = 0.0 if settings.synchronous and not c.loss_accepted else c.positions[best].behind_seconds
    return Choice(best, lost, None, (*refused, *beaten), tuple(fit))


def _situation(all_settings: Settings, settings: ClusterSettings, c: ClusterState) -> Situation:
    """What is known: whom nobody sees has failed, and what cannot run without those has failed with them."""
    silent = tuple(host for host in c.health if health_of(c, host) is Health.SILENT and not seen_again(c, host))
    lags_count = not (c.loss_accepted or settings.synchronous)
    lag_seconds = {host: read.behind_seconds for host, read in c.positions.items()} if lags_count else {}
    return Situation(
        domains=all_settings.domains,
        holds=all_settings.domains.without(silent),
        failed=silent,
        lag_seconds=lag_seconds,
        unreachable=[host for host in settings.cluster.members if host not in c.positions],
        quarantined=c.quarantined,
    )


def _refusal(c: ClusterState, host: str, promoted_by_hand: list[str], wall_seconds: float) -> str | None:
    """Say what speaks against *host* beyond what the topology and its lag do."""
    read = c.positions[host]
    if host == c.primary and read.role != "standby" and not _stepped_down(c):
        return "it is the primary that is to be replaced"
    if host in c.tried and host not in promoted_by_hand:
        return "its promotion failed before"
    if promoted_by_hand and host not in promoted_by_hand:
        return f"'{promoted_by_hand[0]}' accepts writes already"
    if c.timeline is not None and read.timeline != c.timeline and host not in promoted_by_hand:
        return f"is on timeline {read.timeline}, and the primary was on {c.timeline}"
    if c.maintenance.get(host, 0.0) > wall_seconds:
        return "is under maintenance"
    if c.wanted is not None and c.wanted != host and c.goal is not Goal.SWITCHOVER:
        return f"'{c.wanted}' was ordered"
    return None


def _best(settings: ClusterSettings, c: ClusterState, fit: list[str]) -> str | None:
    """Return the most advanced of *fit*; of equals who was ordered, whose replay runs, who comes first in the topology."""
    members = settings.cluster.members

    def merit(host: str) -> tuple[int, float, bool, bool, bool, int]:
        read = c.positions[host]
        timeline = read.timeline if c.timeline is None else 0  # known, all who are fit are on it; unknown, the latest counts
        return timeline, read.position, host == c.wanted, host != c.primary, not read.replay_paused, -members.index(host)

    return max(fit, key=merit, default=None)


def _stepped_down(c: ClusterState) -> bool:
    """Say whether the primary said what it has after it had stepped down: nobody can have more."""
    return c.goal is Goal.SWITCHOVER and c.primary in c.positions


def _unknown_way(settings: ClusterSettings, c: ClusterState, fit: list[str]) -> str | None:
    """Say that positions cannot be compared: nobody knows the timeline, and members stand on several, or cannot be asked."""
    if c.timeline is not None or _stepped_down(c):
        return None
    compared = fit if c.wanted is None else c.positions  # to name one says nothing of what the others may have
    if len({c.positions[host].timeline for host in compared}) > 1:
        return "members are on several timelines, and nobody knows which was the primary's"
    silent = [host for host in settings.cluster.members if host not in c.positions]
    if c.distrusted and silent:
        return f"'{silent[0]}' may have become primary since, and nobody can ask it"
    return None


def _may_lack(settings: ClusterSettings, c: ClusterState, candidate: str) -> str | None:
    """Say how *candidate* could lack a commit that was acknowledged; None when it cannot.

    Commits wait for one member of the synchronous set, so each is on at least one of them. If all of them answer, the most
    advanced has every commit; if one is missing, it may be the one. While the set is being changed, this has to hold for the old
    and the new.
    """
    if not settings.synchronous or _stepped_down(c):
        most = max((read.position for read in c.positions.values()), default=0.0)
        if settings.synchronous and c.positions[candidate].position < most:
            return "lacks what the primary had when it stepped down"
        return None
    if not c.synchronous:
        return "nobody knows whose acknowledgement commits waited for"
    answered = {host for host, read in c.positions.items() if c.timeline is None or read.timeline == c.timeline}
    for standbys in c.synchronous:
        missing = sorted(standbys - answered)
        if missing:
            return f"'{missing[0]}' may hold what was acknowledged, and nobody can ask it"
        if not standbys:
            return "commits waited for nobody, and only the primary has them all"
        ahead = max(sorted(standbys), key=lambda host: c.positions[host].position)
        if c.positions[ahead].position > c.positions[candidate].position:
            return f"'{ahead}' has more, and cannot be promoted"
    return None
