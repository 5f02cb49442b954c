"""`continuance topology …`: what exists, and where it is weak."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.output import Output, OutputOption, busy, complain, show

if TYPE_CHECKING:
    from topology.model import Topology

app = typer.Typer(no_args_is_help=True)

TopologyArgument = Annotated[str, typer.Argument(help="A topology file, or the name of a shipped network.", metavar="TOPOLOGY")]
ORDER_MAX = 5
Table = Callable[[], None]
"""Prints a part of what a command found."""


def load(topology: str) -> "Topology":
    """Load the topology file or shipped network *topology*, which stays until the command ends."""
    import gc

    from topology.load import load_topology
    from topology.sources import find_network

    loaded = load_topology(find_network(topology))
    gc.freeze()  # a large network would otherwise be walked in vain by every collection that follows
    return loaded


@app.command(name="show")
def show_topology(topology: TopologyArgument, output: OutputOption = Output.TABLE) -> None:
    """Show what a topology holds: sites, clusters, services and the work they do.

    Example: continuance topology show immigration-courts
    """
    from console.topology_data import topology_data
    from console.topology_show import print_topology

    loaded = load(topology)
    show(topology_data(loaded), output, lambda: print_topology(loaded))


@app.command()
def validate(topology: TopologyArgument, output: OutputOption = Output.TABLE) -> None:
    """Check a topology and report everything that is wrong with it.

    Example: continuance topology validate immigration-courts
    """
    loaded = load(topology)
    hosts, services = len(loaded.hosts), len(loaded.services)
    show(
        {"format": 1, "topology": loaded.name, "hosts": hosts, "services": services, "problems": []},
        output,
        lambda: print(f"{loaded.name}: {hosts} hosts, {services} services; nothing is wrong"),
    )


@app.command()
def impact(
    topology: TopologyArgument,
    failing: Annotated[
        list[str],
        typer.Argument(help="Hosts, components or sites that fail, singly or by range: 'fc-srv-[1-5]'.", metavar="HOST..."),
    ],
    output: OutputOption = Output.TABLE,
) -> None:
    """Show what goes down when hosts, components or sites fail, who can take over, and what the rest can still bear.

    Example: continuance topology impact immigration-courts 'fc-srv-[1-5]'
    """
    from console.topology_data import impact_data
    from console.weakness_text import print_impact
    from topology.analysis.impact import assess_impact, find_failing

    loaded = load(topology)
    found = assess_impact(loaded, find_failing(loaded, failing))
    show(impact_data(loaded, found), output, lambda: print_impact(loaded, found))


@app.command()
def weak_points(
    topology: TopologyArgument,
    service: Annotated[str | None, typer.Option(help="Only this service.", metavar="NAME")] = None,
    order: Annotated[int, typer.Option(help="How many losses at once to look for.", min=1, max=ORDER_MAX)] = 2,
    runs: Annotated[
        int | None,
        typer.Option(help="Weigh what one more of each thing would be worth, on so many runs of five years.", min=100),
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show what takes each service down, alone or together, what standbys share with their primary, and what to bring back first.

    And how important each thing is to a service in the long run, exactly where things fail and come back independently.

    Example: continuance topology weak-points immigration-courts --service case-records --order 3 --runs 20000
    """
    from console.topology_data import weak_points_data
    from console.weakness_text import print_weak_points
    from topology.analysis.impact import VIEWS
    from topology.analysis.weak_points import find_service, find_weak_points

    loaded = load(topology)
    services = None if service is None else [find_service(loaded, service)]
    found = [find_weak_points(loaded, view, order, services) for view in VIEWS]
    data = weak_points_data(loaded, order, found)
    tables: list[Table] = [lambda: print_weak_points(loaded, order, found)]
    _add_importance(loaded, services, data, tables)
    if runs is not None:
        _add_worth(loaded, runs, data, tables)

    def print_tables() -> None:
        for table in tables:
            table()

    show(data, output, print_tables)


def _add_importance(
    topology: "Topology", services: list[str] | None, data: dict[str, Any], tables: list[Callable[[], None]]
) -> None:
    from console.importance_table import MISSING, importance_data, print_importance
    from simulator.exact.importance import importance_by_view

    try:
        with busy("Working out how important each thing is"):
            found = importance_by_view(topology, list(topology.services) if services is None else services)
    except ImportError:
        complain(MISSING)
        data["importance"] = None
        return
    data["importance"] = importance_data(found)
    tables.append(lambda: print_importance(topology, found))


def _add_worth(topology: "Topology", runs: int, data: dict[str, Any], tables: list[Table]) -> None:
    from console.worth_table import print_worth, worth_data, worth_of

    worth = worth_of(topology, runs)
    data["one_more"] = worth_data(topology, runs, worth)
    tables.append(lambda: print_worth(topology, runs, worth))


@app.command()
def schema() -> None:
    """Print the JSON Schema of a topology file, for editors and checkers.

    Example: continuance topology schema > topology.schema.json
    """
    from topology.published import published_schema

    show(published_schema(), Output.JSON, lambda: None)
