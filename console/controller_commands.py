"""`continuance controller`: the one who is on duty, from a first configuration to a backup of its journal."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.output import Output, OutputOption

if TYPE_CHECKING:
    from failover.live.checking import Findings, Guarded
    from failover.live.configuration import Configuration
    from topology.model import Topology

app = typer.Typer(no_args_is_help=True)

ConfigArgument = Annotated[Path, typer.Argument(help="The configuration: controller.yaml.", metavar="CONFIG")]


@app.callback()
def controller() -> None:
    """Be on duty: watch, decide or wait for a yes, and carry out."""


@app.command()
def init(
    topology: Annotated[str, typer.Option("--topology", help="The network: a file, or the name of a shipped one.", metavar="T")],
    inventory: Annotated[Path, typer.Option("--inventory", help="The Ansible inventory of its hosts.", metavar="FILE")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.", metavar="FILE")] = Path("controller.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
) -> None:
    """Write a first configuration, which only watches, and the systemd unit beside it. What nobody can know is marked TODO.

    Example: continuance controller init --topology court.yaml --inventory inventory/hosts.yml
    """
    from console.tables import counted
    from failover.live import unit
    from failover.live.addresses import read_addresses
    from failover.live.configuration import configuration_of
    from failover.live.first_configuration import first_configuration
    from topology.document import parse_document
    from topology.load import load_topology
    from topology.sources import find_network

    network = find_network(topology)
    found = load_topology(network)
    addresses = read_addresses(inventory)
    _may_be_on_duty(found, str(network))
    folder = out.absolute().parent
    named = _from(folder, network) if Path(topology).is_file() else topology
    text = first_configuration(found, out.name, named, _from(folder, inventory), _who(found), addresses)
    configuration = configuration_of(parse_document(text, str(out)), out)
    folders = tuple(dict.fromkeys((configuration.state, configuration.store.parent, configuration.socket.parent)))
    service = unit.unit(out, getpass.getuser(), configuration.secrets.sources(), folders)
    unit_path = out.with_name(unit.NAME)
    if not force:
        _not_there(out, unit_path)
    for path, content in ((out, text), (unit_path, service)):
        _write(path, content, force)
    for each in (configuration.state, folder / "keys"):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    output.complain(f"{out}: {counted(len(found.clusters), 'clusters')}, nothing but observed; {unit_path} starts it")
    output.complain(f"next: continuance controller check {out}")


@app.command()
def check(config: ConfigArgument, form: OutputOption = Output.TABLE) -> None:
    """Look at everything that a configuration names, change nothing, and say what the controller would watch and do.

    It asks no host anything: what only hosts can tell, `continuance failover rehearse` tests.

    Exits with 2 if something is wrong, and with 4 if something is still to be done or could not be looked at.

    Example: continuance controller check controller.yaml
    """
    from failover.live.checking import look_over, unreadable_secrets
    from failover.live.configuration import load_configuration
    from topology.errors import InputError

    try:
        configuration = load_configuration(config)
    except InputError as error:
        raise InputError([*error.problems, *unreadable_secrets(config)]) from None
    findings = look_over(configuration)
    output.show(_data(configuration, findings), form, lambda: _print(configuration, findings))
    for problem in findings.open:
        output.complain(f"note: {problem}")
    if findings.problems:
        raise InputError(findings.problems)
    if findings.open:
        raise typer.Exit(output.INCOMPLETE)


@app.command()
def run(config: ConfigArgument) -> None:
    """Be on duty until SIGTERM or Ctrl-C; at SIGHUP take up what was changed. What it does is told as JSON lines on standard error.

    Told to stop, it waits up to 30 seconds for what it began; told again, it does not. Exits with 2 if the configuration is wrong,
    and with 3 if nothing can be journaled any more: let something start it again.

    Example: continuance controller run controller.yaml
    """
    from failover.live.serving import run as serve

    raise typer.Exit(serve(config))


@app.command()
def backup(
    config: ConfigArgument,
    to: Annotated[Path, typer.Option("--to", help="The file to write.", metavar="FILE")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Copy the journal, as it is at one moment, while the controller goes on.

    A controller that is started with the copy knows that it is one: it stands still until an operator says who is primary.

    Example: continuance controller backup controller.yaml --to /backup/journal-2026-11-22.db
    """
    from failover.live.configuration import load_configuration
    from failover.live.journal_file import StoreError, copy_journal

    configuration = load_configuration(config)
    if to.resolve() in (configuration.store.resolve(), *configuration.store.parent.resolve().glob(f"{configuration.store.name}*")):
        raise output.refused(str(to), "is the journal itself, or belongs to it")
    if not force:
        _not_there(to)
    try:
        copy_journal(configuration.store, to)
    except StoreError as error:
        output.complain(str(error))
        raise typer.Exit(output.FAILED) from None
    output.complain(f"{to}: {to.stat().st_size:,} bytes")


def _may_be_on_duty(topology: "Topology", file: str) -> None:
    """Refuse a topology that leaves open who is on duty, and from where hosts are looked at."""
    from topology.errors import InputError, Problem

    problems = []
    if not topology.clusters:
        problems.append(Problem(file, 0, "clusters", "there is no cluster to watch over"))
    if not topology.controllers:
        problems.append(Problem(file, 0, "controllers", "say which host this controller runs on: controllers: [HOST]"))
    quorum = max((each.policy.vantage_quorum for each in topology.clusters.values()), default=0)
    if 1 + len(topology.vantages) < quorum:
        text = f"{quorum} vantage points have to agree that a host is lost; name hosts besides the controller's: vantages: [HOST]"
        problems.append(Problem(file, 0, "vantages", text))
    if problems:
        raise InputError(problems)


def _who(topology: "Topology") -> str:
    """Return which controller this is: the one that is called like this machine, or the first."""
    import socket

    here = socket.gethostname().partition(".")[0]
    return next((each for each in topology.controllers if each.partition(".")[0] == here), topology.controllers[0])


def _from(folder: Path, path: Path) -> str:
    """Return *path* as it is found from *folder*; whole where the way would climb more than once."""
    import os

    way = os.path.relpath(path.absolute(), folder)
    return str(path.resolve()) if way.startswith("../..") else way


def _not_there(*paths: Path) -> None:
    from topology.errors import InputError, Problem

    found = [Problem(str(each), 0, "", "exists already; give --force to replace it") for each in paths if each.exists()]
    if found:
        raise InputError(found)


def _write(path: Path, text: str, force: bool) -> None:
    from topology.textfile import write_whole

    try:
        write_whole(path, text, replace=force)
    except FileExistsError:
        _not_there(path)


def _data(configuration: "Configuration", findings: "Findings") -> dict[str, Any]:
    return {
        "format": 1,
        "configuration": str(configuration.path),
        "controller": configuration.controller,
        "clusters": [{**each._asdict(), "mode": each.mode.value} for each in findings.clusters],
        "hosts": [each._asdict() for each in findings.hosts],
        "problems": [str(each) for each in findings.problems],
        "open": [str(each) for each in findings.open],
    }


def _print(configuration: "Configuration", findings: "Findings") -> None:
    from console.tables import new_console, print_rows
    from topology.quantities import show_duration

    console = new_console()
    rows = [
        (
            each.cluster,
            _decider(each),
            ", ".join(f"{host} (primary)" if host == each.primary else host for host in each.members),
            f"{show_duration(each.lost_after_seconds)}, to {each.quorum} of {', '.join(each.seen_by)}",
            ", ".join(each.routes) or "nothing",
        )
        for each in findings.clusters
    ]
    print_rows(console, ("cluster", "who decides", "members", "lost when silent for", "led by"), rows)
    hosts = [(each.host, each.address, ", ".join(each.probes), ", then ".join(each.fences) or "–") for each in findings.hosts]
    print_rows(console, ("host", "at", "looked at by", "switched off by"), hosts)
    console.print()
    _print_untested(console, configuration)


def _print_untested(console: Any, configuration: "Configuration") -> None:
    """Say what was not looked at, and by which command it is."""
    import shlex

    from failover.live.completeness import left_out

    lacking = {name: left_out(configuration, name) for name in configuration.topology.clusters}
    console.print(
        "No host was asked: not tested is whether hosts and vantage points answer, let us in, and would do what is ordered."
    )
    for name, sections in lacking.items():
        if sections:
            console.print(f"  {name}: nothing can be ordered before {', '.join(sections)} are filled in; whether it is seen, says")
            line = ["continuance", "failover", "status", "--config", str(configuration.path)]
        else:
            console.print(f"  {name}: tested, and nothing done, by")
            line = [*configuration.through, "continuance", "failover", "rehearse", name, "--config", str(configuration.path)]
        console.print(f"    {shlex.join(line)}", soft_wrap=True)


def _decider(cluster: "Guarded") -> str:
    persons = "one person's yes" if cluster.approvals == 1 else f"{cluster.approvals} persons' yes"
    words = {
        "observe": "nobody: it only watches",
        "manual": "a person orders",
        "approve": f"it, after {persons}",
        "automatic": "it does, at once",
    }
    return words[cluster.mode.value]
