"""`continuance scenarios …`: the outages that can be replayed."""

from typing import Annotated, Any

import typer

from console import output
from console.output import Output, OutputOption

app = typer.Typer(no_args_is_help=True)

ScenarioArgument = Annotated[str, typer.Argument(help="A scenario of the library, or a file.", metavar="SCENARIO")]


@app.command("list")
def list_scenarios(form: OutputOption = Output.TABLE) -> None:
    """List the scenarios of the library.

    Example: continuance scenarios list
    """
    from rich.console import Console
    from rich.table import Table

    from scenarios.load import find_scenario, library_names, load_scenario

    loaded = [load_scenario(find_scenario(name)) for name in library_names()]
    data = [
        {"name": each.name, "title": each.title, "topology": each.topology.name, "responses": [one.name for one in each.responses]}
        for each in loaded
    ]

    def table() -> None:
        grid = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
        for heading in ("scenario", "what happens", "on", "responses"):
            grid.add_column(heading)
        for each in loaded:
            grid.add_row(each.name, each.title, each.topology.name, ", ".join(one.name for one in each.responses))
        Console().print(grid)

    output.show({"format": 1, "scenarios": data}, form, table)


@app.command()
def show(scenario: ScenarioArgument, form: OutputOption = Output.TABLE) -> None:
    """Show what goes wrong in a scenario, what is tried against it, and how well each number is known.

    Example: continuance scenarios show five-server-outage
    """
    from rich.console import Console

    from scenarios.load import find_scenario, load_scenario
    from topology.quantities import show_duration

    loaded = load_scenario(find_scenario(scenario))

    def table() -> None:
        console = Console(highlight=False)
        console.print(
            f"[bold]{loaded.title}[/bold]  on {loaded.topology.name}, {loaded.start}, {show_duration(loaded.horizon_seconds)}"
        )
        if loaded.summary:
            console.print(loaded.summary)
        console.print("\n[bold]What goes wrong[/bold]")
        for fault in loaded.incident:
            console.print(f"  after {show_duration(fault.at_seconds)}: {fault.kind} {', '.join(fault.targets)}  {fault.cause}")
        console.print("\n[bold]Responses[/bold]")
        for response in loaded.responses:
            console.print(f"  {response.name}: {response.title}{' (must meet its objectives)' if response.must_meet else ''}")
        console.print("\n[bold]Numbers[/bold]")
        for fact in loaded.facts:
            bounds = f" ({fact.low or '…'} to {fact.high or '…'})" if fact.low or fact.high else ""
            console.print(f"  {fact.key}: {fact.value}{bounds}, {fact.mark}: {fact.source or fact.why}")

    output.show(_document(loaded), form, table)


@app.command()
def validate(scenario: ScenarioArgument) -> None:
    """Check a scenario with its network and all its responses, and report everything that is wrong.

    Example: continuance scenarios validate five-server-outage
    """
    from scenarios.load import find_scenario, load_scenario

    loaded = load_scenario(find_scenario(scenario))
    print(f"{loaded.name}: {len(loaded.incident)} faults, {len(loaded.responses)} responses; nothing is wrong")


def _document(scenario: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "name": scenario.name,
        "title": scenario.title,
        "summary": scenario.summary,
        "topology": scenario.topology.name,
        "start": scenario.start,
        "horizon_seconds": scenario.horizon_seconds,
        "incident": [
            {"at_seconds": each.at_seconds, "kind": each.kind.value, "targets": list(each.targets), "cause": each.cause}
            for each in scenario.incident
        ],
        "responses": [{"name": each.name, "title": each.title, "must_meet": each.must_meet} for each in scenario.responses],
        "facts": [
            {
                "key": fact.key,
                "value": fact.value,
                "mark": fact.mark.value,
                "source": fact.source,
                "why": fact.why,
                "low": fact.low,
                "high": fact.high,
            }
            for fact in scenario.facts
        ],
    }
