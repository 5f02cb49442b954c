"""`continuance failover run`, `switchover`, `failback`: another member becomes primary, by an operator's order."""

from typing import Annotated, Any

import typer

from console.failover_confirmation import YesOption, confirm, reason_for
from console.failover_ordering import (
    ChangeOption,
    FollowOption,
    OperatorOption,
    Person,
    ReasonOption,
    cluster_to_act_on,
    give,
    print_topology,
    see_through,
)
from console.failover_plan import print_plan
from console.failover_reach import ConfigOption, Reach, SocketOption, reach

Cluster = Annotated[str, typer.Argument(help="The cluster.", metavar="CLUSTER")]
ToOption = Annotated[
    str | None, typer.Option("--to", help="Who becomes primary; the best unless given.", metavar="HOST", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command()(run)
    app.command()(switchover)
    app.command()(failback)


def run(
    cluster: Cluster,
    to: ToOption = None,
    reason: ReasonOption = "",
    accept_loss: Annotated[
        str | None,
        typer.Option(help="Go on where acknowledged writes would be lost, and why.", metavar="REASON", show_default=False),
    ] = None,
    change: ChangeOption = "",
    operator: OperatorOption = None,
    yes: YesOption = False,
    follow: FollowOption = True,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Fail a cluster over now: its primary is fenced, even one that is well, and another member becomes primary.

    Shows how things are, asks for the name of the current primary, then shows each step. The run goes on if the terminal is lost.
    Exits with 0 if it is done, 3 if it was refused or not done, 4 if it halted or nobody can say.

    Example: continuance failover run cases --reason "db-1 smells of smoke"
    """
    found = reach(socket, config)
    before = _shown_before(found, cluster, "failover", to)
    primary = before["primary"]
    confirm(f"This switches {primary} off, and takes {cluster} away from it", primary, yes)
    person = Person(operator, reason_for("a failover", reason or accept_loss or ""), change)
    begun = give(found, "failover", cluster, person, host=to, expected_primary=primary)
    accepting = None if accept_loss is None else Person(operator, accept_loss, change)
    see_through(found, begun, cluster, follow=follow, accept_loss=accepting)


def switchover(
    cluster: Cluster,
    to: ToOption = None,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    yes: YesOption = False,
    follow: FollowOption = True,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Let another member become primary, as planned: the primary steps down first, and nothing is lost.

    Exits with 0 if it is done, 3 if it was refused or undone, 4 if it halted or nobody can say.

    Example: continuance failover switchover cases --to db-2 --change CHG-1234
    """
    found = reach(socket, config)
    primary = _shown_before(found, cluster, "switchover", to)["primary"]
    confirm(f"This takes {cluster} away from {primary}, and nobody can write for a moment", primary, yes)
    person = Person(operator, reason, change)
    begun = give(found, "switchover", cluster, person, host=to, expected_primary=primary)
    see_through(found, begun, cluster, follow=follow)


def failback(
    cluster: Cluster,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    yes: YesOption = False,
    follow: FollowOption = True,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Switch back to the primary that the topology names, which has to follow by now: rejoin it first.

    Exits with 0 if it is done, 3 if it was refused or undone, 4 if it halted or nobody can say.

    Example: continuance failover failback cases
    """
    found = reach(socket, config)
    home = cluster_to_act_on(found, cluster)["home"]
    primary = _shown_before(found, cluster, "switchover", home)["primary"]
    confirm(f"This takes {cluster} away from {primary}, back to {home}", primary, yes)
    begun = give(found, "failback", cluster, Person(operator, reason, change), expected_primary=primary)
    see_through(found, begun, cluster, follow=follow)


def _shown_before(found: Reach, cluster: str, goal: str, to: str | None) -> dict[str, Any]:
    """Print how the cluster is and what would be done; return how it is."""
    before = cluster_to_act_on(found, cluster)
    print_topology("before", cluster, before)
    if to != before["primary"]:
        print_plan({**found.ask(plan=cluster, goal=goal, to=to), "steps": []})
    return before
