"""The orders about a recovery that waits, has halted or is under way, and about a whole cluster: a yes, a no, go on, stop."""

from pathlib import Path
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
    cluster_now,
    cluster_to_act_on,
    give,
    see_through,
)
from console.failover_reach import ConfigOption, SocketOption, reach

Cluster = Annotated[str, typer.Argument(help="The cluster.", metavar="CLUSTER")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    for command in (start, abort, approve, reject, retry, accept_loss, acknowledge, pause, resume):
        app.command()(command)


def start(
    cluster: Cluster,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    yes: YesOption = False,
    follow: FollowOption = True,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Start the lost primary again where it is, instead of a failover. It has everything that was written.

    Example: continuance failover start cases --reason "the rack has power again"
    """
    found = reach(socket, config)
    primary = cluster_to_act_on(found, cluster)["primary"]
    confirm(f"This starts {primary} again, as the primary of {cluster}", primary, yes)
    person = Person(operator, reason_for("a start", reason), change)
    see_through(found, give(found, "start", cluster, person, expected_primary=primary), cluster, follow=follow)


def abort(
    cluster: Cluster,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Stop a recovery before it does anything that cannot be undone; afterwards the only way is forward, and this is refused.

    Example: continuance failover abort cases
    """
    _simply("abort", cluster, Person(operator, reason, change), socket, config)


def approve(
    cluster: Cluster,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    follow: FollowOption = True,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Say yes to a failover that waits for it. It begins at once, or when as many persons as the policy wants have said it.

    Example: continuance failover approve cases
    """
    found = reach(socket, config)
    person = Person(operator, reason, change)
    begun = give(found, "approve", cluster, person)
    if begun is None:
        policy, said = (cluster_now(found, cluster)[key] for key in ("policy", "approvals"))
        print(f"taken; {cluster} waits for {policy['approvals'] - len(said)} more: {', '.join(said)} said yes")
        raise typer.Exit(output.DONE)
    see_through(found, begun, cluster, follow=follow)


def reject(
    cluster: Cluster,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Say no to a failover that waits for a yes: nothing is done until somebody orders it, or the primary is back.

    Example: continuance failover reject cases --reason "the site will be back in a minute"
    """
    _simply("reject", cluster, Person(operator, reason, change), socket, config)


def retry(
    cluster: Cluster,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    follow: FollowOption = True,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Try again what halted, once what was in the way is mended; or let begin what somebody declined.

    Example: continuance failover retry cases
    """
    found = reach(socket, config)
    see_through(found, give(found, "retry", cluster, Person(operator, reason, change)), cluster, follow=follow)


def accept_loss(
    cluster: Cluster,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    yes: YesOption = False,
    follow: FollowOption = True,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Let a recovery go on that halted because of what would be lost: the best of those that answer is promoted.

    What it lacks of the acknowledged writes is gone for good.

    Example: continuance failover accept-loss cases --reason "decided with the duty manager"
    """
    found = reach(socket, config)
    before = cluster_to_act_on(found, cluster)
    confirm(f"This may lose writes of {cluster} that were acknowledged", before["primary"], yes)
    person = Person(operator, reason_for("to accept a loss", reason), change)
    begun = give(found, "accept_loss", cluster, person, expected_primary=before["primary"])
    see_through(found, begun, cluster, follow=follow)


def acknowledge(
    cluster: Cluster,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Say that you have seen the attempts so far: they no longer hold the next one back.

    Example: continuance failover acknowledge cases
    """
    _simply("acknowledge", cluster, Person(operator, reason, change), socket, config)


def pause(
    cluster: Annotated[str | None, typer.Argument(help="The cluster; all of them unless given.", metavar="CLUSTER")] = None,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Stop automation: nothing is begun by itself until it is resumed. Orders are carried out all the same.

    Example: continuance failover pause cases --reason "work on the switches"
    """
    _simply("pause", cluster, Person(operator, reason, change), socket, config)


def resume(
    cluster: Annotated[str | None, typer.Argument(help="The cluster; all that are paused unless given.", metavar="CLUSTER")] = None,
    reason: ReasonOption = "",
    change: ChangeOption = "",
    operator: OperatorOption = None,
    socket: SocketOption = None,
    config: ConfigOption = None,
) -> None:
    """Let automation go on that was paused.

    Example: continuance failover resume cases
    """
    found = reach(socket, config)
    paused = [name for name, each in found.ask(status=True)["clusters"].items() if each["paused_by"]]
    for name in [cluster] if cluster is not None else paused:
        give(found, "resume", name, Person(operator, reason, change))
        print(f"taken: resume {name}")
    if cluster is None and not paused:
        print("nothing is paused")


def _simply(order: str, cluster: str | None, person: Person, socket: Path | None, config: Path | None) -> None:
    """Give an order of which nothing has to be shown afterwards; without a *cluster*, to all of them."""
    found = reach(socket, config)
    for name in [cluster] if cluster is not None else found.ask(status=True)["clusters"]:
        give(found, order, name, person)
        print(f"taken: {order} {name}")
