"""`continuance failover history`, `explain`, `report`: what happened, why, and for the ticket."""

from typing import Annotated, Any

import typer

from console import output
from console.failover_reach import ConfigOption, Reach, SocketOption, reach
from console.failover_wording import clock, lost, moment, sentence, took
from console.output import Output, OutputOption

RunArgument = Annotated[
    str, typer.Argument(help="A run (cases/3), the beginning of one name, a cluster for its latest, or 'last'.", metavar="RUN")
]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command()(history)
    app.command()(explain)


def history(
    cluster: Annotated[str | None, typer.Argument(help="Only this cluster.", metavar="CLUSTER")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Instead, say whether the audit of orders is whole: nothing changed, nothing cut off.")
    ] = False,
    socket: SocketOption = None,
    config: ConfigOption = None,
    form: OutputOption = Output.TABLE,
) -> None:
    """Show what happened: recoveries and what they came to, orders, and who led.

    Where no controller answers and --config is given, the journal is read. With --verify it exits with 3 if the audit was changed.

    Example: continuance failover history cases
    """
    found = reach(socket, config)
    if verify:
        _verify(found)
        return
    told = told_by(found, history=True, **({} if cluster is None else {"cluster": cluster}))
    output.show(told, form, lambda: _print_history(told["entries"]))


def explain(
    run: RunArgument = "last",
    details: Annotated[bool, typer.Option("--details", help="Also every look, and what it found.")] = False,
    socket: SocketOption = None,
    config: ConfigOption = None,
    form: OutputOption = Output.TABLE,
) -> None:
    """Say why a run went as it did: from what was seen to what was decided, to each command, what it came to, and what shows it.

    Example: continuance failover explain cases/3
    """
    told = told_by(reach(socket, config), story=run)
    output.show(told, form, lambda: _print_story(told, details))


def told_by(found: Reach, **words: Any) -> dict[str, Any]:
    """Return what the controller tells of the past; where none answers, what its journal does."""
    from failover.live.desk_client import DeskClient, NobodyAnswersError

    try:
        with DeskClient(found.socket) as desk:
            return found.expected(desk.ask(**words))
    except NobodyAnswersError as error:
        path = found.journal()
        if path is None:
            found.nobody_answers(error, journal_would_do=True)
    from failover.live.history import retold
    from failover.live.journal_file import StoreError
    from failover.live.stories import NoRunsError, UnknownRunError, find_run, history_document, story

    try:
        state, known = retold(path)
        if "story" in words:
            return story(find_run(known, words["story"]))
    except NoRunsError as nothing:
        found.nothing_to_tell(str(nothing))
    except (StoreError, UnknownRunError) as error:
        output.complain(str(error))
        raise typer.Exit(output.FAILED if isinstance(error, StoreError) else output.BAD_INPUT) from None
    cluster = words.get("cluster")
    if cluster is not None and (state is None or cluster not in state.clusters):
        output.complain(f"there is no cluster '{cluster}'")
        raise typer.Exit(output.BAD_INPUT)
    return history_document(known, cluster)


def _verify(found: Reach) -> None:
    from failover.live.desk_client import DeskClient, NobodyAnswersError

    try:
        with DeskClient(found.socket) as desk:
            wrong = found.expected(desk.ask(verify=True))["wrong"]
    except NobodyAnswersError as error:
        path = found.journal()
        if path is None:
            found.nobody_answers(error, journal_would_do=True)
        from failover.live import audit
        from failover.live.journal_file import StoreError

        try:
            wrong = audit.verify(path)
        except StoreError as unreadable:
            wrong = str(unreadable)
    if wrong:
        output.complain(f"the audit is not whole: {wrong}")
        raise typer.Exit(output.FAILED)
    print("the audit is whole: no order was changed, left out or put in")


def _print_history(entries: list[dict[str, Any]]) -> None:
    if not entries:
        print("nothing has happened yet")
    for each in entries:
        if each["run"] is None:
            print(f"{moment(each['at_wall_seconds'])}  {each['cluster']:<12}  {sentence(each['what'], each['data'])}")
            continue
        why = f": {each['why']}" if each["why"] else ""
        after = f" after {took(each['took_seconds'])}" if each["took_seconds"] is not None else ""
        moved = f", {each['primary_before']} → {each['primary']}" if each["primary_before"] != each["primary"] else ""
        said = f"{each['goal']} {each['outcome']}{after}{moved}{why} ({each['because']})"
        print(f"{moment(each['began_wall_seconds'])}  {each['run']:<12}  {said}")


def _print_story(told: dict[str, Any], details: bool) -> None:
    """Print a run event by event: what happened, and under it what was decided because of it."""
    from console.failover_wording import is_detail

    after = f" after {took(told['took_seconds'])}" if told["took_seconds"] is not None else ""
    why = f": {told['why']}" if told["why"] else ""
    print(f"{told['run']}: {told['goal']} of {told['cluster']}, because {told['because']} – {told['outcome']}{after}{why}")
    print(f"primary {told['primary_before']} before, {told['primary']} after; {lost(told['lost_seconds'])}")
    event = None
    for each in told["happenings"]:
        if is_detail(each) and not details and not _answers(each):
            continue
        begins = each["event"] != event
        event = each["event"]
        at = f"{clock(each['at_wall_seconds'])} {each['after_seconds']:+8.2f}s" if begins else " " * 18
        print(f"{at}  {'' if begins else '→ '}{_explained(each)}")


def _answers(happening: dict[str, Any]) -> bool:
    """Say whether *happening* is what a look found: it shows why what follows was decided."""
    return happening["what"] == "ended" and happening["data"]["command"] in ("verify", "read_positions")


def _explained(happening: dict[str, Any]) -> str:
    said = sentence(happening["what"], happening["data"])
    if happening["what"] == "command":
        return f"ordered: {said} [{happening['data']['id']}]"
    if happening["what"] == "ended":
        evidence = happening["data"]["evidence"]
        shown = ", ".join(f"{key} {_value(value)}" for key, value in evidence.items() if key not in ("error", "message"))
        return f"{said} [{happening['data']['id']}]{f' shows: {shown}' if shown else ''}"
    return said


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ".".join(map(str, value))
    return "none" if value is None else str(value)
