"""`continuance failover follow`: what happens in a recovery while it happens; it goes on whoever looks on."""

import time
from typing import Annotated, Any

import typer

from console import output
from console.failover_reach import ConfigOption, Reach, SocketOption, reach
from console.failover_wording import clock, is_detail, lost, sentence, span, took

PATIENCE_SECONDS = 120.0
"""How long a controller that hung up is waited for: what starts it again needs a while."""
TRY_AGAIN_SECONDS = 0.5
EXIT_CODES = {"done": output.DONE, "not done": output.FAILED, "halted": output.INCOMPLETE}


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(follow)


def follow(
    run: Annotated[
        str, typer.Argument(help="A run (cases/3), a cluster for its latest, or 'last'.", metavar="RUN|CLUSTER")
    ] = "last",
    details: Annotated[bool, typer.Option("--details", help="Also every look.")] = False,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Show what happens in a run until it ends or halts: from its beginning, whenever you join. Ctrl-C ends only the looking on.

    Exits with 0 if it is done, 3 if it was not done, 4 if it halted and waits for somebody, or nobody can say.

    Example: continuance failover follow cases
    """
    raise typer.Exit(EXIT_CODES[follow_run(reach(socket, config), run, details=details)["outcome"]])


def follow_run(found: Reach, run: str, *, details: bool = False, shown: int = 0, begun: bool = False) -> dict[str, Any]:
    """Show what happens in *run*, but for the first *shown* happenings, until it ends or halts; return what it came to.

    A controller that hangs up is waited for once *run* is known to have *begun*: it takes it up when it is started again.
    """
    from failover.live.desk_client import DeskClient, NobodyAnswersError

    silent_since: float | None = None
    joined = False
    try:
        while True:
            number = 0
            try:
                with DeskClient(found.socket) as desk:
                    for answer in desk.follow(run):
                        silent_since = None
                        match found.expected(answer):
                            case {"run": beginning}:
                                run = beginning["run"]
                                if not joined and shown == 0:
                                    _print_begun(beginning)
                                joined = begun = True
                            case {"happening": happening}:
                                number += 1
                                if number > shown:
                                    shown = number
                                    _print_happening(happening, details)
                            case {"over": over}:
                                _print_over(found, over)
                                return {**over, "shown": shown}
            except NobodyAnswersError as error:
                if not begun:
                    found.nobody_answers(error)
                silent_since = _wait(silent_since, run, found, str(error))
    except KeyboardInterrupt:
        print(f"\n{run} goes on without this terminal. Join again: {found.line(f'continuance failover follow {run}')}")
        raise typer.Exit(output.INCOMPLETE) from None


def _wait(silent_since: float | None, run: str, found: Reach, why: str) -> float:
    """Wait a moment for the controller to come back, or end the command if it has been away for too long."""
    now = time.monotonic()
    if silent_since is None:
        output.complain(f"the controller hung up ({why}); the run is in its journal, and goes on when it is started again …")
    elif now > silent_since + PATIENCE_SECONDS:
        output.complain(f"no controller has answered for {took(PATIENCE_SECONDS)}, and nobody knows how {run} stands")
        output.complain(f"join again once one is started: {found.line(f'continuance failover follow {run}')}")
        raise typer.Exit(output.INCOMPLETE)
    time.sleep(TRY_AGAIN_SECONDS)
    return now if silent_since is None else silent_since


def _print_begun(begun: dict[str, Any]) -> None:
    predicted = f"; predicted: {span(begun['predicted_seconds'])}" if begun["predicted_seconds"] else ""
    print(f"{begun['run']}: {begun['goal']} of {begun['cluster']}, primary {begun['primary_before']}{predicted}", flush=True)


def _print_happening(happening: dict[str, Any], details: bool) -> None:
    if details or not is_detail(happening):
        after = f"{happening['after_seconds']:+.1f}s"
        said = sentence(happening["what"], happening["data"])
        print(f"{clock(happening['at_wall_seconds'])} {after:>9}  {said}", flush=True)


def _print_over(found: Reach, over: dict[str, Any]) -> None:
    """Say what it came to."""
    after = f" after {took(over['took_seconds'])}" if over["took_seconds"] is not None else ""
    match over["outcome"]:
        case "done":
            loss = f"; {lost(over['lost_seconds'])}" if over["goal"] in ("failover", "switchover") else ""
            waited = over["took_seconds"] - over["recovery_seconds"] > 1.0
            decided = f", {took(over['recovery_seconds'])} after it was decided" if waited else ""
            print(f"{over['run']} is done{after}{decided}: {over['primary']} is primary{loss}", flush=True)
        case "halted":
            print(f"{over['run']} halted{after}: {over['why']}", flush=True)
            status = f"continuance failover status {over['cluster']}"
            print(f"what to type next: {found.line(status)}", flush=True)
        case _:
            print(f"{over['run']} was not done: {over['why']}; {over['primary']} is primary", flush=True)
