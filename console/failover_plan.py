"""`continuance failover plan`: what a failover or a switchover would be as things stand, and how long it would take."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.failover_reach import ConfigOption, Reach, SocketOption, reach
from console.failover_status import expect_cluster
from console.failover_wording import assumption, moment, span, took
from console.output import Output, OutputOption

if TYPE_CHECKING:
    from failover.live.desk_client import NobodyAnswersError

_SOURCES = {
    "recorded": "as this controller recorded them",
    "topology": "as the topology says",
    "assumed": "assumed, where nothing was recorded yet",
    "person": "unknown for what a person does",
}


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(plan)


def plan(
    cluster: Annotated[str, typer.Argument(help="The cluster.", metavar="CLUSTER")],
    switchover: Annotated[
        str | None, typer.Option(help="Plan a switchover to this host instead of a failover.", metavar="HOST")
    ] = None,
    failover: Annotated[str | None, typer.Option(help="Plan a failover to this host instead of the best.", metavar="HOST")] = None,
    socket: SocketOption = None,
    config: ConfigOption = None,
    form: OutputOption = Output.TABLE,
) -> None:
    """Show what would be done: who takes over, why not the others, each step with its time, and what may be lost. Nothing is done.

    Where no controller answers and --config is given, it is planned by what the journal last knew, and the command exits with 4.

    Example: continuance failover plan cases --switchover db-2
    """
    if switchover is not None and failover is not None:
        raise output.refused("--switchover", "plan a switchover or a failover, not both")
    found = reach(socket, config)
    words = {"goal": "failover" if switchover is None else "switchover", "to": switchover or failover}
    planned, known_at = plan_of(found, cluster, words)
    output.show(planned, form, lambda: print_plan(planned, known_at))
    if known_at is not None:
        raise typer.Exit(output.INCOMPLETE)


def plan_of(found: Reach, cluster: str, words: dict[str, Any]) -> tuple[dict[str, Any], float | None]:
    """Return the plan that the controller makes; where none answers, one from its journal, with when that was last written."""
    from failover.live.desk_client import DeskClient, NobodyAnswersError

    try:
        with DeskClient(found.socket) as desk:
            answer = desk.ask(plan=cluster, **words)
    except NobodyAnswersError as error:
        return _plan_from_journal(found, cluster, words, error)
    if "error" in answer:
        output.complain(str(answer["error"]))
        raise typer.Exit(output.BAD_INPUT)
    return answer, None


def _plan_from_journal(
    found: Reach, cluster: str, words: dict[str, Any], silence: "NobodyAnswersError"
) -> tuple[dict[str, Any], float]:
    path = found.journal()
    if path is None:
        found.nobody_answers(silence, journal_would_do=True)
    from failover.core.cluster import Goal
    from failover.live.foresight import plan_document
    from failover.live.history import retold
    from failover.live.imagining import imagined
    from failover.live.journal_file import StoreError

    try:
        state, history = retold(path)
    except StoreError as error:
        output.complain(str(error))
        state = None
    if state is None:
        found.nobody_answers(silence, journal_would_do=True)
    expect_cluster({"clusters": state.clusters}, cluster)
    knowing = imagined(state, cluster, history.last_well.get(cluster))
    return plan_document(knowing, history.recorded(), cluster, Goal(words["goal"]), words["to"]), state.wall_seconds


def print_plan(planned: dict[str, Any], known_at: float | None = None) -> None:
    """Print a plan for people."""
    from console.tables import new_console, print_grid

    console = new_console()
    if known_at is not None:
        console.print(f"NOBODY IS ON DUTY; this is planned by what was last known, at {moment(known_at)}", style="bold")
    if planned["candidate"] is None:
        console.print(f"{planned['goal']} of {planned['cluster']}: nobody can take over from {planned['primary']}", style="bold")
        console.print(f"  {planned['halt']}")
    else:
        console.print(f"{planned['goal']} of {planned['cluster']}: {planned['primary']} → {planned['candidate']}", style="bold")
    rows = [("takes", span(planned["predicted_seconds"]))] if planned["steps"] else []
    rows += [("note", each) for each in [assumption(planned["assumes_that_commits_waited_for"])] if each]
    rows += [("a person", each) for each in planned["persons"]]
    if planned["candidate"]:
        rows += [("may lose", planned["may_lose"])]
    rows += [("hangs on it", ", ".join(planned["services"]) or "no service")]
    rows += [("refused", f"{each['host']}: {each['reason']}") for each in planned["refused"]]
    print_grid(console, rows)
    if planned["steps"]:
        _print_steps(console, planned["steps"])


def _print_steps(console: Any, steps: list[dict[str, Any]]) -> None:
    """Print the steps, with a bracket round those that are done side by side."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("#")
    table.add_column("STAGE")
    table.add_column("STEP, ┌ │ └ SIDE BY SIDE", overflow="fold")
    for heading in ("USUALLY", "AT WORST"):
        table.add_column(heading, justify="right")
    stage = ""
    for number, wave in enumerate(waves(steps), 1):
        for lane, step in enumerate(wave):
            before, stage = stage, step["id"].partition(": ")[0]
            times = ("a person", "") if (span := step["predicted_seconds"]) is None else (took(span["p50"]), took(span["p95"]))
            named = Text(f"{_bracket(lane, len(wave))} {_named(step)}")
            table.add_row("" if lane else str(number), "" if stage == before else stage, named, *times)
    console.print()
    console.print(table)
    sources = dict.fromkeys(each["known_from"] for each in steps)
    console.print(f"times are {'; '.join(_SOURCES[each] for each in sources)}")


def _bracket(lane: int, lanes: int) -> str:
    if lanes == 1:
        return " "
    return "┌" if lane == 0 else "└" if lane == lanes - 1 else "│"


def waves(steps: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return *steps* in waves: each step in the first one after all that it waits for."""
    depths: dict[str, int] = {}
    found: list[list[dict[str, Any]]] = []
    for step in steps:
        depth = depths[step["id"]] = max((depths[each] + 1 for each in step["after"]), default=0)
        if depth == len(found):
            found.append([])
        found[depth].append(step)
    return found


def _named(step: dict[str, Any]) -> str:
    """Name a step by what is done, and where."""
    key = step["id"].partition(": ")[2]
    look = key.endswith(" (look)")
    key = key.removesuffix(" (look)")
    named = key if step["target"] in key else f"{key} {step['target']}"
    return f"look: {named}" if look else named
