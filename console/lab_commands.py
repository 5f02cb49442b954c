"""`continuance lab …`: real hosts on one machine."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

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

    A database that does not run while another of its cluster does is left as it is, and what starts it is printed.

    Example: continuance lab up
    """
    require_root()
    require_libraries()
    from console.lab_status import print_stopped, print_ways_to_watch, status_data
    from lab.lifecycle import up as build
    from topology.sources import find_network

    begun = time.monotonic()
    with _progress() as told:
        lab = build(find_network(topology), told)
    hosts = len(lab.layout.hosts)
    print(f"{hosts} hosts are up after {time.monotonic() - begun:.1f} s; `continuance lab status` shows them")
    data = status_data(lab)
    print_stopped(data["stopped_databases"])
    print_ways_to_watch(data["controller"])


@app.command()
def down() -> None:
    """End the lab: no process, namespace, mount or disk of it is left, no configuration, and no journal of its controller.

    Its keys stay, the original that its databases are copied from, and what drills recorded.

    Example: continuance lab down
    """
    require_root()
    from lab.lifecycle import down as end
    from lab.places import STATE

    end()
    print(f"the lab is down; its keys, and the original of its databases, stay in {STATE}")


@app.command()
def status(form: OutputOption = Output.TABLE) -> None:
    """Show the hosts: on or off, frozen, cut off, and what the network loses. Also what to type to let a controller watch.

    Example: continuance lab status --output json
    """
    from console.lab_status import print_status, status_data

    data = status_data(_lab())
    show(data, form, lambda: print_status(data))


@app.command()
def doctor(form: OutputOption = Output.TABLE) -> None:
    """Say what the lab needs of this machine and does not find, and which command gets it.

    What is marked with a cross it must have. What is marked with an exclamation mark is an estimate: with less it may well come up.

    Exits with 3 if anything is missing that it must have.

    Example: continuance lab doctor
    """
    _require_linux()
    from console.lab_status import print_findings
    from lab.doctor import examine

    findings = examine()
    data = {"format": 1, "findings": [each._asdict() for each in findings]}
    show(data, form, lambda: print_findings(findings))
    if not all(each.met for each in findings if each.must):
        raise typer.Exit(output.FAILED)


@app.command()
def off(hosts: Hosts) -> None:
    """Cut the power of hosts: nothing is flushed and nobody is told.

    Example: continuance lab off db-1
    """
    _each(hosts, lambda lab: lab.off)


@app.command()
def on(hosts: Hosts) -> None:
    """Switch hosts on, and wait until they answer. A database does not start with its host; what starts it is printed.

    Example: continuance lab on db-1
    """
    _each(hosts, lambda lab: lab.on)
    from console.lab_status import print_stopped
    from lab.services.database import stopped

    lab = _lab()
    lab.wait_until_up(hosts)
    print_stopped(stopped(lab, hosts))


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
    """Run a command within a host, as root. It finds what the host has, which is not `continuance`: see `beside`.

    Example: continuance lab in db-1 systemctl status continuance-postgresql
    """
    _become((*_lab().enter(host), *(command or ["bash"])))


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def beside(
    host: Annotated[str, typer.Argument(help="A host of the lab that is on.", metavar="HOST")],
    command: Annotated[list[str] | None, typer.Argument(help="What to run; a shell unless given.", metavar="COMMAND...")] = None,
) -> None:
    """Run a program of this machine at a host's place in the lab's network. It ends when the host is switched off.

    It sees the machine's own files, and reaches the lab's hosts and nothing else.

    Example: continuance lab beside ctl-1 continuance controller run /var/lib/continuance-lab/observing.yaml
    """
    words = (*_lab().beside(host), *(command or ["bash"]))
    os.environ["PATH"] = os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))
    _become(words)


def _become(words: tuple[str, ...]) -> NoReturn:
    """Let *words* run in place of this command, which so has their exit code."""
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
        output.complain(f"the lab is made of namespaces and mounts, which takes root: {output.as_root()}")
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
