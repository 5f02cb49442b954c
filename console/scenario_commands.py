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
    from console.tables import new_console, print_grid
    from scenarios.load import find_scenario, library_names, load_scenario

    loaded = [load_scenario(find_scenario(name)) for name in library_names()]
    data = [
        {"name": each.name, "title": each.title, "topology": each.topology.name, "responses": [one.name for one in each.responses]}
        for each in loaded
    ]

    def table() -> None:
        console = new_console()
        for each in loaded:
            console.print(f"{each.name}: {each.title}")
            print_grid(console, [("on", each.topology.name), ("responses", ", ".join(one.name for one in each.responses))])

    output.show({"format": 1, "scenarios": data}, form, table)


@app.command()
def show(scenario: ScenarioArgument, form: OutputOption = Output.TABLE) -> None:
    """Show what goes wrong in a scenario, what is tried against it, and how well each number is known.

    Example: continuance scenarios show five-server-outage
    """
    from rich.padding import Padding
    from rich.text import Text

    from console.tables import new_console
    from scenarios.load import find_scenario, load_scenario
    from topology.quantities import show_duration
    from topology.wording import listed

    loaded = load_scenario(find_scenario(scenario))

    def table() -> None:
        console = new_console()

        def heading(text: str) -> None:
            console.print(Text(f"\n{text}", style="bold"))

        def item(text: str) -> None:
            lines = Text(text).wrap(console, console.width - 4)
            console.print(Padding(Text("\n  ").join(lines), (0, 0, 0, 2)))

        console.print(Text(loaded.title, style="bold"))
        console.print(f"On {loaded.topology.name}, from {loaded.start}, for {show_duration(loaded.horizon_seconds)}")
        if loaded.summary:
            console.print(loaded.summary)
        heading("What goes wrong")
        for fault in loaded.incident:
            cause = f" ({fault.cause})" if fault.cause else ""
            what = f"{fault.order.operator} orders {fault.order.kind} of" if fault.order else fault.kind
            item(f"{fault.moment()}: {what} {listed(fault.targets)}{cause}")
        heading("Responses")
        for response in loaded.responses:
            item(f"{response.name}: {response.title}{' (must meet its objectives)' if response.must_meet else ''}")
        heading("Numbers")
        for fact in loaded.facts:
            bounds = f" ({fact.low or '…'} to {fact.high or '…'})" if fact.low or fact.high else ""
            item(f"{fact.key}: {fact.value}{bounds}, {fact.mark}: {fact.source or fact.why}")

    output.show(_document(loaded), form, table)


@app.command()
def validate(scenario: ScenarioArgument, form: OutputOption = Output.TABLE) -> None:
    """Check a scenario with its network and all its responses, and report everything that is wrong.

    Example: continuance scenarios validate five-server-outage
    """
    from console.tables import counted
    from scenarios.load import find_scenario, load_scenario

    loaded = load_scenario(find_scenario(scenario))
    faults, responses = len(loaded.incident), len(loaded.responses)
    output.show(
        {"format": 1, "scenario": loaded.name, "faults": faults, "responses": responses, "problems": []},
        form,
        lambda: print(f"{loaded.name}: {counted(faults, 'faults')}, {counted(responses, 'responses')}; nothing is wrong"),
    )


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
            {
                "at_seconds": None if each.when else each.at_seconds,
                "when": each.when and each.when._asdict(),
                "kind": each.kind.value,
                "targets": list(each.targets),
                "cause": each.cause,
            }
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
