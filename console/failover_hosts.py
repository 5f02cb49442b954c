"""The orders about one host: what it is to be, what a person has seen of it, and that its loss is expected."""

from typing import Annotated

import typer

from console import output
from console.failover_confirmation import YesOption, confirm, reason_for
from console.failover_ordering import (
    ChangeOption,
    FollowOption,
    OperatorOption,
    Person,
    ReasonOption,
    cluster_to_act_on,
    clusters_of,
    give,
    one_cluster_of,
    see_through,
)
from console.failover_reach import ConfigOption, SocketOption, reach

Host = Annotated[str, typer.Argument(help="The host.", metavar="HOST")]
ClusterOption = Annotated[
    str | None,
    typer.Option("--cluster", help="Its cluster, where it is in several.", metavar="CLUSTER", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    for command in (rejoin, adopt, confirm_fenced, maintenance, withdraw_page):
        app.command()(command)


def rejoin(
    host: Host,
    cluster: ClusterOption = None,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    yes: YesOption = False,
    follow: FollowOption = True,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a former primary, or a standby that lost its way, a standby again. What it alone has is given up.

    Example: continuance failover rejoin db-1
    """
    found = reach(socket, config)
    name = one_cluster_of(found, host, cluster)
    primary = cluster_to_act_on(found, name)["primary"]
    confirm(f"This makes {host} a standby of {primary}, and whatever {host} alone has is given up", host, yes)
    begun = give(found, "rejoin", name, Person(operator, reason, change), host=host, expected_primary=primary)
    see_through(found, begun, name, follow=follow)


def adopt(
    host: Host,
    cluster: ClusterOption = None,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    yes: YesOption = False,
    follow: FollowOption = True,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Take a host for the primary that somebody promoted by hand. Whoever else may be primary is fenced, clients are led to it.

    Example: continuance failover adopt db-2 --reason "promoted by hand while the controller was down"
    """
    found = reach(socket, config)
    name = one_cluster_of(found, host, cluster)
    primary = cluster_to_act_on(found, name)["primary"]
    confirm(f"This takes {host} for the primary of {name}; anybody else who may be primary is switched off", host, yes)
    person = Person(operator, reason_for("to adopt a primary", reason), change)
    begun = give(found, "adopt", name, person, host=host, expected_primary=primary)
    see_through(found, begun, name, follow=follow)


def confirm_fenced(
    host: Host,
    seen_by: Annotated[str, typer.Option(help="Who has seen that it is off.", metavar="NAME")],
    how: Annotated[str, typer.Option(help="How: what was switched off, and what shows it.", metavar="TEXT")],
    cluster: ClusterOption = None,
    change: ChangeOption = "",
    yes: YesOption = False,
    follow: FollowOption = True,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Say that a host is off, because a person has seen it. Two primaries are what comes of a mistake here.

    Refused while any probe still sees the host.

    Example: continuance failover confirm-fenced db-1 --seen-by anna --how "pulled both power cables, LEDs are dark"
    """
    found = reach(socket, config)
    name = one_cluster_of(found, host, cluster)
    cluster_to_act_on(found, name)
    confirm(f"{seen_by} has seen that {host} is off ({how}); if it is not, two databases will accept writes", host, yes)
    person = Person(seen_by, how, change)
    see_through(found, give(found, "confirm_fenced", name, person, host=host), name, follow=follow)


def maintenance(
    host: Host,
    lasts: Annotated[str, typer.Option("--for", help="How long: 2h, 30m; 0s ends it.", metavar="DURATION")],
    cluster: ClusterOption = None,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Say that the loss of a host is expected for a while: nothing is begun because of it, and it is not promoted.

    Example: continuance failover maintenance db-1 --for 2h --change CHG-1234
    """
    from topology.quantities import duration_seconds, show_duration

    try:
        for_seconds = duration_seconds(lasts)
    except ValueError as error:
        raise output.refused("--for", str(error)) from None
    found = reach(socket, config)
    for name in clusters_of(found, host, cluster):
        give(found, "maintenance", name, Person(operator, reason, change), host=host, for_seconds=for_seconds)
        until = f"for {show_duration(for_seconds)}" if for_seconds else "is over"
        print(f"taken: maintenance of {host} in {name} {until}")


def withdraw_page(
    service: Annotated[str, typer.Argument(help="The service whose page it is.", metavar="SERVICE")],
    host: Annotated[str, typer.Argument(help="The host that publishes it.", metavar="HOST")],
    cluster: Annotated[str, typer.Option("--cluster", help="The cluster that the page is about.", metavar="CLUSTER")],
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Take the page off that a service publishes on a host, because what it shows is wrong by now.

    Example: continuance failover withdraw-page lookup app-1 --cluster cases --reason "shows yesterday's hearings"
    """
    found = reach(socket, config)
    person = Person(operator, reason_for("to withdraw a page", reason), change)
    give(found, "withdraw_page", cluster, person, host=host, service=service)
    print(f"taken: the page of {service} on {host} is being withdrawn")
