"""What `topology impact` and `topology weak-points` print for people."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from console.tables import ROWS_MAX, counted, new_console, print_grid, print_rows, titled
from topology.analysis.impact import Bearing, ClusterImpact, Impact, ServiceImpact, Standby, ViewImpact
from topology.analysis.weak_points import ServiceWeakPoints, WeakPattern, WeakPoints
from topology.gates import View
from topology.model import Topology
from topology.quantities import show_duration
from topology.wording import group_text, listed


def print_impact(topology: Topology, impact: Impact) -> None:
    """Print the blast radius, who could take over, and what the services that are still up can bear."""
    console = new_console()
    console.print(Text(f"{topology.name}: {listed(impact.failed)} failed", style="bold"))
    if _same_outcome(impact.views):
        _print_view(console, "as it stands, and after a successful failover", impact.views[0])
    else:
        for view in impact.views:
            _print_view(console, view.view.value, view)
    if impact.clusters:
        print_rows(console, ("cluster", "primary", "standby", "can it take over?"), _standby_rows(impact.clusters))


def _same_outcome(views: Sequence[ViewImpact]) -> bool:
    return all((view.down, view.services) == (views[0].down, views[0].services) for view in views)


def _print_view(console: Console, title: str, view: ViewImpact) -> None:
    console.print()
    console.print(Text(title.capitalize(), style="bold"))
    lost = [each for each in view.services if each.condition]
    rows = [(f"{section} down", listed(names)) for section, names in view.down.items() if names]
    print_grid(console, [*rows, ("services lost", f"{len(lost):,} of {len(view.services):,}")])
    print_rows(console, ("service lost", "how", "because"), [(each.service, *_loss(each)) for each in lost])
    up = [each for each in view.services if not each.condition]
    up.sort(key=lambda each: not each.touched)
    print_rows(
        console,
        ("service up", "lost anything?", "bears", "the next to take it down"),
        [
            (each.service, "yes" if each.touched else "no", *_bearing(each.bearing))
            for each in up
            if each.bearing is not None
        ],
    )  # fmt: skip


def _loss(service: ServiceImpact) -> tuple[str, str]:
    condition = service.condition
    if condition is None:
        return "up", ""
    because = [] if condition.needs_hold else ["its own needs"]
    because += [f"it reads {listed(condition.sources_lost)}"] if condition.sources_lost else []
    return _leaves(condition.stale_after_seconds), ", and ".join(because)


def _leaves(stale_after_seconds: float | None) -> str:
    if stale_after_seconds is None:
        return "down"
    return f"down, stale after {show_duration(stale_after_seconds)}" if stale_after_seconds else "stale"


def _bearing(bearing: Bearing) -> tuple[str, str]:
    if not bearing.exact:
        return f"{bearing.losses} or more", "–"
    words = "no further loss" if bearing.losses == 0 else f"any {counted(bearing.losses, 'losses')}"
    return words, group_text(1, bearing.next_losses) if bearing.next_losses else f"some {bearing.losses + 1} together"


def _standby_rows(clusters: Iterable[ClusterImpact]) -> list[tuple[str, ...]]:
    return [
        (
            cluster.cluster,
            f"{cluster.primary} ({'down' if cluster.primary_down else 'up'})",
            standby.host,
            _verdict(standby),
        )
        for cluster in clusters
        for standby in cluster.standbys
    ]


def _verdict(standby: Standby) -> str:
    if not standby.can_take_over:
        return f"no: {standby.reason}"
    return f"yes, but {standby.reason}" if standby.reason else "yes"


def print_weak_points(topology: Topology, order: int, views: Sequence[WeakPoints]) -> None:
    """Print the weak points of each service and cluster, in each view."""
    console = new_console()
    console.print(Text(f"{topology.name}: weak points, up to {order} at once", style="bold"))
    for number, service in enumerate(views[0].services):
        if number == ROWS_MAX:
            console.print(Text(f"\n… and {len(views[0].services) - ROWS_MAX:,} more services: --service NAME, or --output json"))
            break
        console.print()
        console.print(Text(titled(service.service, topology.services[service.service].title), style="bold"))
        rows = [(view.view.value, _weak_rows(view.services[number], order)) for view in views]
        if all(each == rows[0][1] for _, each in rows):
            rows = [(" and ".join(title for title, _ in rows), rows[0][1])]
        for title, each in rows:
            console.print(Text(title))
            print_grid(console, each)
    print_rows(console, ("cluster", "primary", "standby", "one loss that takes both"), _shared_rows(views))


def _weak_rows(found: ServiceWeakPoints, order: int) -> list[tuple[str, str]]:
    rows = [("one alone", _outcomes([(each.things[0], each.stale_after_seconds) for each in found.single]))]
    for size in range(2, found.complete_to_order + 1):
        patterns = [each for each in found.patterns if sum(count for count, _ in each.groups) == size]
        sets = sum(len(each.things) == size for each in found.combined)
        note = f" ({sets:,} combinations)" if sets > len(patterns) else ""
        rows.append((f"{size} together", _outcomes([(_pattern(each), each.stale_after_seconds) for each in patterns]) + note))
    if found.complete_to_order < order:
        rows.append(("not shown", f"combinations of {found.complete_to_order + 1} and more: too many to list"))
    return [*rows, ("bring back", " → ".join(listed(layer) for layer in found.recovery_order))]


def _outcomes(found: Sequence[tuple[str, float | None]]) -> str:
    """Write what takes a service down, grouped by what that leaves of it."""
    by_outcome: dict[float | None, list[str]] = {}
    for words, stale_after_seconds in found:
        by_outcome.setdefault(stale_after_seconds, []).append(words)
    texts = [listed(words) + (f" (then {_leaves(stale)})" if stale is not None else "") for stale, words in by_outcome.items()]
    return "; ".join(texts) or "none"


def _pattern(pattern: WeakPattern) -> str:
    return " with ".join(group_text(count, names) for count, names in pattern.groups)


def _shared_rows(views: Sequence[WeakPoints]) -> list[tuple[str, ...]]:
    """Write a row for each standby, and one for each view where the views do not agree."""
    found: dict[tuple[str, str, str], dict[View, tuple[str, ...]]] = {}
    for view in views:
        for cluster in view.clusters:
            for host, names in cluster.shared.items():
                found.setdefault((cluster.cluster, cluster.primary, host), {})[view.view] = names
    rows: list[tuple[str, ...]] = []
    for standby, by_view in found.items():
        if len(set(by_view.values())) == 1:
            rows.append((*standby, listed(next(iter(by_view.values())))))
        else:
            rows.extend((*standby, f"{view.value}: {listed(names)}") for view, names in by_view.items())
    return rows
