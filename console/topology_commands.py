"""`continuance topology …`: what exists, and where it is weak."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

TopologyArgument = Annotated[str, typer.Argument(help="A topology file, or the name of a shipped network.", metavar="TOPOLOGY")]


@app.command()
def validate(topology: TopologyArgument) -> None:
    """Check a topology and report everything that is wrong with it.

    Example: continuance topology validate immigration-courts
    """
    from topology.load import load_topology
    from topology.sources import find_network

    loaded = load_topology(find_network(topology))
    print(f"{loaded.name}: {len(loaded.hosts)} hosts, {len(loaded.services)} services; nothing is wrong")
