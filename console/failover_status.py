"""`continuance failover status`: one screen of what is wrong, what is being done about it, and what to type."""

import shlex
import sys
import time
from enum import StrEnum
from typing import Annotated, Any

import typer

from console import output
from console.failover_reach import ConfigOption, Reach, SocketOption, reach, start_line
from console.failover_wording import clock, health, intention, moment, span, took
from console.output import Output

NAGIOS_CODES = {"ok": 0, "warning": 1, "critical": 2}
NAGIOS_UNKNOWN = 3


class StatusOutput(StrEnum):
    """The forms that a status can be printed in."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    NAGIOS = "nagios"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(status)


def status(
    cluster: Annotated[str | None, typer.Argument(help="Only this cluster.", metavar="CLUSTER")] = None,
    socket: SocketOption = None,
    config: ConfigOption = None,
    form: Annotated[
        StatusOutput,
        typer.Option("--output", "-o", help="How to print: a screen for people, JSON or YAML, or one line for Nagios."),
    ] = StatusOutput.TABLE,
) -> None:
    """Show what is wrong, since when, what hangs on it, what is being done, and what to type next.

    Where no controller answers and --config is given, the journal is read: it tells what was last known, and the command exits
    with 4; without --config it exits with 3. For Nagios the exit codes are its own: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN where
    no controller answers.

    Example: continuance failover status
    """
    found = reach(socket, config)
    known = how_things_are(found, form is StatusOutput.NAGIOS)
    if cluster is not None:
        expect_cluster(known, cluster)
        known = {**known, "clusters": {cluster: known["clusters"][cluster]}}
    for each in known["clusters"].values():
        each["next"] = [{**way, "type": found.line(way["type"])} for way in each["next"]]
    if form is StatusOutput.NAGIOS:
        raise typer.Exit(_print_for_nagios(known))
    output.show(known, Output(form.value), lambda: print_screen(known, found))
    if not known["on_duty"]:
        raise typer.Exit(output.INCOMPLETE)


def how_things_are(found: Reach, for_nagios: bool = False) -> dict[str, Any]:
    """Return how things are: as the controller says, or else as its journal does. Ends the command where neither can be had."""
    from failover.live.desk_client import DeskClient, NobodyAnswersError

    try:
        with DeskClient(found.socket) as desk:
            return desk.ask(status=True)
    except NobodyAnswersError as error:
        known = _last_known(found)
        if known is not None:
            return {**known, "silence": str(error)}
        if for_nagios:
            print(f"CONTINUANCE UNKNOWN - no controller answers at {error}")
            raise typer.Exit(NAGIOS_UNKNOWN) from None
        found.nobody_answers(error, journal_would_do=True)


def expect_cluster(known: dict[str, Any], cluster: str) -> None:
    """Complain unless *cluster* is one of those that are *known*."""
    from topology.errors import did_you_mean

    if cluster not in known["clusters"]:
        output.complain(f"there is no cluster '{cluster}'{did_you_mean(cluster, known['clusters'])}")
        raise typer.Exit(output.BAD_INPUT)


def _last_known(found: Reach) -> dict[str, Any] | None:
    """Return how things were when the journal was last written; None where nobody says where it is, or it is empty."""
    if found.config is None:
        return None
    from failover.live.completeness import said_of
    from failover.live.configuration import load_configuration
    from failover.live.history import retold
    from failover.live.journal_file import StoreError
    from failover.live.situation import situation

    configuration = load_configuration(found.config)
    try:
        state, history = retold(configuration.store)
    except StoreError as error:
        output.complain(str(error))
        return None
    if state is None:
        return None
    known = situation(state.leader or "", state, history, said_of(configuration))
    now = time.time()
    return {**known, "on_duty": False, "at_wall_seconds": now, "known_at_wall_seconds": state.wall_seconds, "unready": []}


def print_screen(known: dict[str, Any], found: Reach) -> None:
    """Print how things are, for people who reach the controller as *found* says."""
    from console.tables import new_console

    console = new_console()
    now = known["at_wall_seconds"]
    if known["on_duty"]:
        console.print(f"{known['controller']} is on duty, in term {known['term']}, at {moment(now)}")
    else:
        known_at = known["known_at_wall_seconds"]
        console.print(f"NOBODY IS ON DUTY: no controller answers at {known['silence']}", style="bold")
        console.print(f"This is how it was at the latest event that {known['controller']} wrote down, {took(now - known_at)} ago.")
        console.print(f"That was at {moment(known_at)}. When it stops is not written down, nor what happened since.")
        console.print(f"Start it again and it goes on by itself: {start_line(known['config'], known['through'])}", soft_wrap=True)
    if known["reaches_none"]:
        _print_blindness(console, known)
    for name, cluster in known["clusters"].items():
        console.print()
        _print_cluster(console, name, cluster, known, found)
    if known["unready"]:
        console.print()
        console.print("a failover might not work, because this is not ready:", style="yellow")
    for each in known["unready"]:
        console.print(f"  {each['subject']}: {each['why']}", style="yellow")
        console.print(f"      do: {each['remedy']}", soft_wrap=True)


def _print_blindness(console: Any, known: dict[str, Any]) -> None:
    console.print()
    console.print("CRITICAL  this controller reaches none of the hosts that it watches", style="bold red")
    if known["config"] is None:
        return
    console.print("  type next")
    through = known["through"]
    for line, leads_to in (
        (
            [*through, "ansible", "all", "-i", known["inventory"], "-m", "ping"],
            "whether hosts are reached at all, by SSH",
        ),
        (["continuance", "controller", "check", known["config"]], "at which address and port each host is looked at, and as whom"),
    ):
        console.print(f"    {shlex.join(line)}", soft_wrap=True, style="bold")
        console.print(f"        {leads_to}")


def _print_cluster(console: Any, name: str, cluster: dict[str, Any], known: dict[str, Any], found: Reach) -> None:
    from console.tables import print_grid

    if known["on_duty"]:
        style = {"ok": "green", "warning": "yellow", "critical": "bold red"}[cluster["severity"]]
        well = "all is well; what is not ready for a failover stands below" if known["unready"] else "all is well"
        wrong = cluster["wrong"] or [well]
        console.print(f"{name}: {cluster['severity'].upper()}  {wrong[0]}", style=style)
    else:
        wrong = cluster["wrong"] or ["all was well"]
        console.print(f"{name}: UNKNOWN  when it was last looked at: {wrong[0]}")
    for each in wrong[1:]:
        console.print(f"  {each}")
    print_grid(console, list(_rows(cluster, known["at_wall_seconds"])))
    if cluster["story"]:
        explain = found.line(f"continuance failover explain {cluster['story']}")
        console.print(f"  its story: {explain}", soft_wrap=True)
    if cluster["next"]:
        console.print("  type next")
    elif cluster["if_it_might_act"] and cluster["observed_by"] is not None:
        _print_by_hand(console, name, cluster, known["config"])
    for way in cluster["next"]:
        console.print(f"    {way['type']}", soft_wrap=True, style="bold")
        console.print(f"        {way['leads_to']}")


def _print_by_hand(console: Any, name: str, cluster: dict[str, Any], config: str) -> None:
    """Say what there is to do where the controller may do nothing."""
    if cluster["left_out"]:
        lacking = f"no runbook can be printed before {', '.join(cluster['left_out'])} are filled in: {config}"
        console.print(f"  fail it over by hand, as you did before the controller watched; {lacking}", soft_wrap=True)
        return
    console.print("  type next")
    line = shlex.join(["continuance", "failover", "runbook", name, "--config", config])
    console.print(f"    {line}", soft_wrap=True, style="bold")
    console.print("        what to do by hand")


def _rows(cluster: dict[str, Any], now: float) -> Any:
    since = cluster["since_wall_seconds"]
    if since is not None and cluster["wrong"]:
        yield "since", f"{moment(since)}, for {took(max(now - since, 0.0))}"
    yield "hangs on it", ", ".join(cluster["services"]) or "no service"
    yield from topology_rows(cluster)
    mode, approvals = cluster["policy"]["mode"], cluster["policy"]["approvals"]
    if cluster["observed_by"] is None:
        yield "policy", f"{mode}, by {approvals} persons" if mode == "approve" and approvals > 1 else mode
    else:
        yield "policy", f"{mode}: 'failover run' is refused as long as {cluster['observed_by']} says so"
    if doing := cluster["doing"]:
        of = f", step {doing['step']} of {doing['steps']}" if doing["steps"] else ""
        now_doing = f": {', '.join(doing['now'])}" if doing["now"] else ""
        yield "being done", f"{doing['goal']} {doing['run']}, {doing['state']}{of}{now_doing}"
        if doing["left_seconds"]:
            yield "time left", span(doing["left_seconds"])
    elif cluster["severity"] == "critical":
        yield "being done", "nothing"
    would = cluster["would"] or {"promote": None, "may_lose": ""}
    if cluster["if_it_might_act"]:
        yield "if it might act", f"it {intention(cluster['if_it_might_act'])}"
    elif would["promote"]:
        yield "a failover", f"would promote {would['promote']}, and lose {would['may_lose']}"
    elif cluster["would"]:
        yield "a failover", "nobody could take over as things stand"
    for host, reason in cluster["refused"].items():
        if host != would["promote"]:
            yield "refused", f"{host}: {reason}"
    for host, until in cluster["maintenance"].items():
        yield "maintenance", f"{host}, until {moment(until)}"


def topology_rows(cluster: dict[str, Any]) -> Any:
    """Yield who is primary, and how each of the others is."""
    home = "" if cluster["primary"] == cluster["home"] else f" (usually {cluster['home']})"
    yield "primary", f"{_seen(cluster, cluster['primary'])}{home}"
    others = [host for host in cluster["members"] if host != cluster["primary"]]
    for number, host in enumerate(others):
        yield ("" if number else "standbys"), _seen(cluster, host)


def _seen(cluster: dict[str, Any], host: str) -> str:
    """Say how *host* is."""
    sighting = cluster["health"].get(host)
    if sighting is None:
        said = "nobody has said yet how it is"
    else:
        since = sighting["since_wall_seconds"]
        at = f" since {clock(since)}" if since is not None and sighting["health"] in ("silent", "process_dead") else ""
        said = f"{health(sighting['health'])}{at}"
        said += ", and follows" if host in cluster["followers"] else ""
        said += (
            f", but is seen by {', '.join(sighting['seen_by'])}" if sighting["health"] == "silent" and sighting["seen_by"] else ""
        )
    said += ", is off for certain" if host in cluster["off"] else ""
    said += ", has to be rejoined" if host in cluster["quarantined"] else ""
    return f"{host}: {said}"


def _print_for_nagios(known: dict[str, Any]) -> int:
    """Print one line, more for what else is wrong, and figures; return Nagios's exit code."""
    clusters = known["clusters"]
    worst = max((each["severity"] for each in clusters.values()), key=lambda severity: NAGIOS_CODES[severity], default="ok")
    wrong = [f"{name}: {each}" for name, cluster in clusters.items() for each in cluster["wrong"]]
    wrong.sort(key=lambda text: -NAGIOS_CODES[clusters[text.partition(":")[0]]["severity"]])
    wrong += [f"not ready: {each['subject']}: {each['why']}" for each in known["unready"]]
    worst = "warning" if worst == "ok" and known["unready"] else worst
    word, code = worst.upper(), NAGIOS_CODES[worst]
    if not known["on_duty"]:
        word, code = "UNKNOWN", NAGIOS_UNKNOWN
        wrong.insert(0, f"no controller answers at {known['silence']}; last known")
    good = ", ".join(f"{name}: {each['primary']} is primary" for name, each in clusters.items())
    figures = [figure for name, each in clusters.items() for figure in _figures(name, each, known["at_wall_seconds"])]
    lines = [f"CONTINUANCE {word} - {(wrong or [good])[0]}".replace("|", "/"), *(each.replace("|", "/") for each in wrong[1:])]
    lines[0] += f" | {' '.join(figures)}"
    sys.stdout.write("\n".join(lines) + "\n")
    return code


def _figures(name: str, cluster: dict[str, Any], now: float) -> list[str]:
    since = cluster["since_wall_seconds"]
    trouble_seconds = max(now - since, 0.0) if since is not None and cluster["wrong"] else 0.0
    sighted = {host: each["health"] for host, each in cluster["health"].items() if host in cluster["members"]}
    standbys = sum(each == "standby" for host, each in sighted.items() if host != cluster["primary"])
    return [
        f"'{name}_severity'={NAGIOS_CODES[cluster['severity']]};0;1;0;2",
        f"'{name}_trouble'={trouble_seconds:.0f}s;;;0",
        f"'{name}_standbys'={standbys};;;0;{len(cluster['members']) - 1}",
    ]
