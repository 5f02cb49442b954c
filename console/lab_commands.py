"""`continuance lab …`: real hosts on one machine."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.output import Output, OutputOption, show

if TYPE_CHECKING:
    from lab.hosts import Lab

app = typer.Typer(no_args_is_help=True)

Hosts = Annotated[list[str], typer.Argument(help="Hosts of the lab, or 'power' for the power controllers.", metavar="HOST...")]


@app.command()
def up(
    topology: Annotated[
        str, typer.Argument(help="A topology file or shipped network whose roles the lab knows.", metavar="TOPOLOGY")
    ] = "court-lab",
) -> None:
    """Build the lab, or make it whole again: its hosts on and joined, its services set up.

    Example: continuance lab up
    """
    require_root()
    require_libraries()
    from lab.lifecycle import up as build
    from topology.sources import find_network

    begun = time.monotonic()
    with _progress() as told:
        lab = build(find_network(topology), told)
    hosts = len(lab.layout.hosts)
    print(f"{hosts} hosts are up after {time.monotonic() - begun:.1f} s; `continuance lab status` shows them")


@app.command()
def down() -> None:
    """End the lab, and leave nothing of it but its keys: no process, namespace, mount or disk.

    Example: continuance lab down
    """
    require_root()
    from lab.lifecycle import down as end

    end()


@app.command()
def status(form: OutputOption = Output.TABLE) -> None:
    """Show the hosts: on or off, frozen, cut off, and what the network loses.

    Example: continuance lab status --output json
    """
    from console.lab_status import print_status, status_data

    data = status_data(_lab())
    show(data, form, lambda: print_status(data))


@app.command()
def doctor(form: OutputOption = Output.TABLE) -> None:
    """Say what the lab needs of this machine and does not find, and which command gets it.

    Exits with 3 if anything is missing.

    Example: continuance lab doctor
    """
    _require_linux()
    from console.lab_status import print_findings
    from lab.doctor import examine

    findings = examine()
    data = {"format": 1, "findings": [each._asdict() for each in findings]}
    show(data, form, lambda: print_findings(findings))
    if not all(each.met for each in findings):
        raise typer.Exit(output.FAILED)


@app.command()
def off(hosts: Hosts) -> None:
    """Cut the power of hosts: nothing is flushed and nobody is told.

    Example: continuance lab off db-1
    """
    _each(hosts, lambda lab: lab.off)


@app.command()
def on(hosts: Hosts) -> None:
    """Switch hosts on, and wait until they answer.

    Example: continuance lab on db-1
    """
    _each(hosts, lambda lab: lab.on)
    _lab().wait_until_up(hosts)


@app.command()
def freeze(hosts: Hosts) -> None:
    """Let hosts hang: every process stands still, while their kernels still accept connections.

    Example: continuance lab freeze db-1
    """
    _each(hosts, lambda lab: lab.freeze)


@app.command()
def thaw(hosts: Hosts) -> None:
    """Let frozen hosts go on where they stood.

    Example: continuance lab thaw db-1
    """
    _each(hosts, lambda lab: lab.thaw)


@app.command()
def cut(
    hosts: Hosts,
    source: Annotated[
        list[str] | None, typer.Option("--from", help="Only from this host; may be given again.", metavar="HOST")
    ] = None,
    one_way: Annotated[bool, typer.Option("--one-way", help="They hear nothing any more, but are heard.")] = False,
    loss: Annotated[str, typer.Option(help="Lose only this share of the packets.", metavar="SHARE")] = "100%",
) -> None:
    """Cut hosts off the network, wholly or from some others. It outlasts their being switched off.

    Examples:

    continuance lab cut db-1

    continuance lab cut db-1 --from db-2 --from mon-1 --one-way

    continuance lab cut ctl-1 --from power
    """
    lab = _lab()
    share = _share(loss)
    if source is None and not one_way and share == 1:
        _each(hosts, lambda lab: lab.cut)
        return
    from lab.ways import between, lose

    others = source or [each for each in lab.layout.hosts if each not in hosts]
    lose(lab.layout, between(hosts, others, one_way), share)


@app.command()
def heal(hosts: Hosts) -> None:
    """Undo every cut and loss of hosts. What is frozen stays so: see `thaw`.

    Example: continuance lab heal db-1
    """
    _each(hosts, lambda lab: lab.heal)


@app.command(name="in", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def inside(
    host: Annotated[str, typer.Argument(help="A host of the lab that is on.", metavar="HOST")],
    command: Annotated[list[str] | None, typer.Argument(help="What to run; a shell unless given.", metavar="COMMAND...")] = None,
) -> None:
    """Run a command within a host, as root.

    Example: continuance lab in db-1 systemctl status continuance-postgresql
    """
    words = (*_lab().enter(host), *(command or ["bash"]))
    sys.stdout.flush()
    os.execvp(words[0], words)


def _each(hosts: list[str], action: "Callable[[Lab], Callable[[str], None]]") -> None:
    """Do *action* to each of *hosts*, once all of them are known to exist."""
    lab = _lab()
    for host in hosts:
        lab.status(host)
    for host in hosts:
        action(lab)(host)


def _lab() -> "Lab":
    require_root()
    from lab.hosts import Lab

    return Lab.current()


def _require_linux() -> None:
    if sys.platform != "linux":
        output.complain("the lab is made of Linux namespaces; run it on Linux, or in a virtual machine with Debian 12")
        raise typer.Exit(output.FAILED)


def require_root() -> None:
    """Exit where the lab cannot be, or with nobody who may build it."""
    _require_linux()
    if os.geteuid() != 0:
        output.complain("the lab is made of namespaces and mounts, which takes root: sudo continuance lab …")
        raise typer.Exit(output.FAILED)


def require_libraries() -> None:
    """Exit where the libraries are missing that a plain set-up does without."""
    from lab.doctor import libraries

    finding = libraries()
    if not finding.met:
        output.complain(f"the lab needs more {finding.need}; {finding.wrong}: {finding.remedy}")
        raise typer.Exit(output.FAILED)


def _share(text: str) -> float:
    from topology.errors import InputError, Problem
    from topology.quantities import share

    try:
        return share(text)
    except ValueError as error:
        raise InputError([Problem("--loss", 0, "", str(error))]) from None


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show on a terminal how far the building is; yield what is told of each step."""
    if not sys.stderr.isatty():
        yield lambda what, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns: tuple[Any, ...] = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)
