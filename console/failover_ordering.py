"""How an order is given and what comes of it is shown: topology before, live steps, topology after."""

import os
import time
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import typer

from console import output
from console.failover_follow import EXIT_CODES, follow_run
from console.failover_reach import Reach
from console.failover_status import expect_cluster, topology_rows

OPERATOR_VARIABLES = ("CONTINUANCE_OPERATOR", "SUDO_USER")
SEEN_WITHIN_SECONDS = 3.0
WOULD_LOSE = "every member that could take over may lack what was acknowledged"

OperatorOption = Annotated[
    str | None,
    typer.Option(
        "--operator",
        help="Who orders it: $CONTINUANCE_OPERATOR, who called sudo, or your account unless given; the account is kept beside it.",
        metavar="NAME",
        show_default=False,
    ),
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why: the history keeps it.", metavar="TEXT", show_default=False)]
ChangeOption = Annotated[
    str, typer.Option("--change", help="The change or ticket that it is done for.", metavar="ID", show_default=False)
]
FollowOption = Annotated[bool, typer.Option("--follow/--no-follow", help="Show what happens until the run ends, or not.")]


@dataclass(frozen=True)
class Person:
    """Who orders something, why, and for which change."""

    operator: str | None
    reason: str = ""
    change: str = ""

    def words(self) -> dict[str, Any]:
        """Return what is said of it in an order."""
        named = self.operator or next((found for each in OPERATOR_VARIABLES if (found := os.environ.get(each))), None)
        return {"operator": named, "reason": self.reason, "change": self.change}


def cluster_now(found: Reach, name: str) -> dict[str, Any]:
    """Return how the cluster called *name* is. Ends the command where there is none."""
    known = found.ask(status=True)
    expect_cluster(known, name)
    cluster: dict[str, Any] = known["clusters"][name]
    return cluster


def cluster_to_act_on(found: Reach, name: str) -> dict[str, Any]:
    """Return how the cluster called *name* is. Ends the command where it is only observed, before anything has to be confirmed."""
    cluster = cluster_now(found, name)
    if cluster["policy"]["mode"] == "observe":
        said = f", as {cluster['observed_by']} says" if cluster["observed_by"] else ""
        output.complain(f"refused: the policy only observes{said}; nothing was done")
        raise typer.Exit(output.FAILED)
    return cluster


def _once_seen(found: Reach, name: str) -> dict[str, Any]:
    """Return how a cluster is once probes have said how its primary is, which takes them a moment after a promotion."""
    ends_at = time.monotonic() + SEEN_WITHIN_SECONDS
    while True:
        cluster = cluster_now(found, name)
        if cluster["primary"] in cluster["health"] or time.monotonic() > ends_at:
            return cluster
        time.sleep(SEEN_WITHIN_SECONDS / 20)


def clusters_of(found: Reach, host: str, cluster: str | None) -> list[str]:
    """Return the clusters that an order about *host* goes to: *cluster*, or else all whose member it is, or that hang on it."""
    from topology.errors import did_you_mean

    known = found.ask(status=True)
    if cluster is not None:
        expect_cluster(known, cluster)
        return [cluster]
    members = [name for name, each in known["clusters"].items() if host in each["members"]]
    concerned = members or known["concerns"].get(host, [])
    if not concerned:
        watched = sorted({*known["concerns"], *(each for c in known["clusters"].values() for each in c["members"])})
        output.complain(f"no cluster has a host '{host}'{did_you_mean(host, watched)}; name the cluster with --cluster if it has")
        raise typer.Exit(output.BAD_INPUT)
    return list(concerned)


def one_cluster_of(found: Reach, host: str, cluster: str | None) -> str:
    """Return the one cluster that an order about *host* goes to."""
    named = clusters_of(found, host, cluster)
    if len(named) > 1:
        output.complain(f"'{host}' is in several clusters ({', '.join(named)}): name one with --cluster")
        raise typer.Exit(output.BAD_INPUT)
    return named[0]


class Begun(NamedTuple):
    """The run that an order begins, or lets go on, and how much of its story was over before."""

    run: str
    told_before: int


def give(found: Reach, order: str, cluster: str, person: Person, **words: Any) -> Begun | None:
    """Give an order; return the run that is under way then, if any. Ends the command where it is refused."""
    answer = found.ask(order=order, cluster=cluster, **person.words(), **words)
    if not answer["taken"]:
        output.complain(f"refused: {answer['reason']}; nothing was done")
        raise typer.Exit(output.FAILED)
    return None if answer["run"] is None else Begun(answer["run"], answer["told_before"])


def print_topology(title: str, name: str, cluster: dict[str, Any]) -> None:
    """Print who is primary of the cluster called *name*, and how the others are."""
    from console.tables import new_console, print_grid

    console = new_console()
    console.print(f"{name} {title}:")
    print_grid(console, topology_rows(cluster))


def see_through(found: Reach, begun: Begun | None, cluster: str, *, follow: bool, accept_loss: Person | None = None) -> None:
    """Show what comes of an order that was taken, and end the command with the exit code of what it came to.

    Where it halts because of what would be lost, and *accept_loss* says who accepts that, it goes on.
    """
    if begun is None:
        print(f"taken; {cluster} has nothing under way")
        return
    if not follow:
        print(f"taken; {begun.run} is under way. Follow it: {found.line(f'continuance failover follow {begun.run}')}")
        return
    over = follow_run(found, begun.run, shown=begun.told_before, begun=True)
    if over["outcome"] == "halted" and accept_loss is not None and over["why"] == WOULD_LOSE:
        give(found, "accept_loss", cluster, accept_loss)
        over = follow_run(found, begun.run, shown=over["shown"], begun=True)
    print_topology("after", cluster, _once_seen(found, cluster))
    if code := EXIT_CODES[over["outcome"]]:
        raise typer.Exit(code)
