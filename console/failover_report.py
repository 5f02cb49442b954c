"""`continuance failover report`: one run for the ticket, as Markdown."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import typer

from console.failover_history import RunArgument, told_by
from console.failover_reach import ConfigOption, SocketOption, reach
from console.failover_status import how_things_are
from console.failover_wording import health, is_detail, lost, sentence, took


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(report)


def report(run: RunArgument = "last", socket: SocketOption = None, config: ConfigOption = None) -> None:
    """Print a run for the ticket, as Markdown: what happened when, who ordered it and from where, what is lost, what is left.

    Example: continuance failover report cases/3 > ticket.md
    """
    found = reach(socket, config)
    told = told_by(found, story=run)
    cluster = how_things_are(found)["clusters"].get(told["cluster"])
    print("\n".join(_lines(told, cluster)))


def _lines(told: dict[str, Any], cluster: dict[str, Any] | None) -> Iterator[str]:
    after = f" after {took(told['took_seconds'])}" if told["took_seconds"] is not None else ""
    yield f"# {told['goal'].capitalize()} of {told['cluster']}: {told['outcome']}{after}"
    yield ""
    yield f"- Run: {told['run']}"
    yield f"- Why: {told['because']}"
    if told["why"]:
        yield f"- It came to that because: {told['why']}"
    yield f"- Began: {_utc(told['began_wall_seconds'])}"
    yield f"- Ended: {_utc(told['ended_wall_seconds']) if told['ended_wall_seconds'] is not None else 'not yet'}"
    yield f"- Primary: {told['primary_before']} before, {told['primary']} after"
    if told["goal"] in ("failover", "switchover"):
        yield f"- Loss: {lost(told['lost_seconds'])}"
    if cluster is not None:
        yield f"- Hangs on it: {', '.join(cluster['services']) or 'no service'}"
    yield from _persons(told)
    yield from _left(told, cluster)
    yield ""
    yield "## Timeline"
    yield ""
    yield "| UTC | after | what happened |"
    yield "|---|---|---|"
    for each in told["happenings"]:
        if not is_detail(each):
            at = datetime.fromtimestamp(each["at_wall_seconds"], UTC).strftime("%H:%M:%S")
            yield f"| {at} | {each['after_seconds']:+.1f} s | {sentence(each['what'], each['data']).replace('|', '/')} |"


def _persons(told: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield "## Who ordered it"
    yield ""
    if not told["orders"]:
        yield "Nobody: the controller did it by itself, as its policy says."
        return
    yield "| who | order | why | account | process | change |"
    yield "|---|---|---|---|---|---|"
    for each in told["orders"]:
        origin = each.get("origin") or {"user": "", "uid": None, "pid": None, "change": ""}
        account = f"{origin['user'] or '?'} ({origin['uid']})" if origin["uid"] is not None else "unknown"
        process = "unknown" if origin["pid"] is None else str(origin["pid"])
        named = f"{each['order'].replace('_', '-')} {each['host'] or ''}".strip()
        cells = (each["operator"], named, each["reason"], account, process, origin["change"])
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _left(told: dict[str, Any], cluster: dict[str, Any] | None) -> Iterator[str]:
    """Yield what redundancy is left now."""
    if cluster is None:
        return
    yield ""
    yield "## Redundancy left, now"
    yield ""
    for host in cluster["members"]:
        sighting = cluster["health"].get(host)
        said = "nobody has said how it is" if sighting is None else health(sighting["health"])
        said += ", follows" if host in cluster["followers"] else ""
        said += ", off for certain" if host in cluster["off"] else ""
        said += ", has to be rejoined" if host in cluster["quarantined"] else ""
        yield f"- {host}{' (primary)' if host == cluster['primary'] else ''}: {said}"
    follows = len(cluster["followers"])
    yield f"- {follows} standby{'s' if follows != 1 else ''} could take over" if follows else "- **Nobody could take over now.**"


def _utc(wall_seconds: float) -> str:
    return datetime.fromtimestamp(wall_seconds, UTC).isoformat(timespec="seconds")
