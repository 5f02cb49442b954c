"""The command `continuance`: joins the groups of commands and turns errors into one clear line and an exit code."""

import gc
import os
import sys
from typing import Annotated

import typer

from console import (
    drill_commands,
    failover_agreement,
    failover_follow,
    failover_history,
    failover_hosts,
    failover_orders,
    failover_plan,
    failover_rehearsal,
    failover_report,
    failover_run,
    failover_runbook,
    failover_status,
    fuzz_commands,
    output,
    replay_commands,
    simulate_commands,
    timeline_commands,
    topology_calibrate_commands,
    topology_init_commands,
)
from console.controller_commands import app as controller_app
from console.failover_app import app as failover_app
from console.lab_commands import app as lab_app
from console.playbook_commands import app as playbooks_app
from console.scenario_commands import app as scenarios_app
from console.topology_commands import app as topology_app

app = typer.Typer(
    name="continuance",
    help="Keeps a service running through the loss of its servers, and tells you beforehand whether it will.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # what formats help in boxes takes as long to import as everything else together
    context_settings={"max_content_width": 132},
    add_completion=False,
)


CONTROLLER_LIBRARIES = frozenset({"ansible", "ansible_runner", "asyncpg", "h11", "httpx", "prometheus_client"})
"""What a plain set-up, for replays alone, does without."""


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("continuance"))
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Keep a service running through the loss of its servers, and tell beforehand whether it will."""


replay_commands.register(app)
simulate_commands.register(app)
timeline_commands.register(app)
fuzz_commands.register(app)
drill_commands.register(app)
topology_init_commands.register(topology_app)
topology_calibrate_commands.register(topology_app)
for failover_commands in (
    failover_status,
    failover_plan,
    failover_run,
    failover_orders,
    failover_hosts,
    failover_follow,
    failover_history,
    failover_report,
    failover_agreement,
    failover_rehearsal,
    failover_runbook,
):
    failover_commands.register(failover_app)
app.add_typer(scenarios_app, name="scenarios", help="What can go wrong: the outages that can be replayed.")
app.add_typer(topology_app, name="topology", help="What exists: show it, check it, find its weak points.")
app.add_typer(controller_app, name="controller", help="Be on duty: watch over clusters, and carry out what is decided.")
app.add_typer(failover_app, name="failover", help="On call: see how clusters are, order what is to be done, and see why.")
app.add_typer(playbooks_app, name="playbooks", help="Playbooks of your own, in place of ours.")
app.add_typer(lab_app, name="lab", help="Real hosts on this machine, to drill on: needs Linux and root.")


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 missed, 2 bad input, 3 failed, 4 incomplete."""
    from lab.errors import LabError
    from topology.errors import InputError

    gc.set_threshold(100_000, 50, 50)  # a command builds much and drops little: looking for cycles took a seventh of its time
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:  # it may have been closed before we began
                sys.stdout.flush()
    except InputError as error:
        for problem in error.problems:
            output.complain(str(problem))
        sys.exit(output.BAD_INPUT)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in CONTROLLER_LIBRARIES:
            raise
        remedy = "pip install 'continuance[controller]', or in a clone: make .venv/lab"
        output.complain(f"this needs '{error.name}', which a plain set-up does without: {remedy}")
        sys.exit(output.FAILED)
    except LabError as error:
        output.complain(str(error))
        sys.exit(output.FAILED)
    except BrokenPipeError:
        _stop_writing(output.DONE)
    except OSError as error:  # a full disk, most likely
        output.complain(f"{error.filename or 'the output'}: {error.strerror}")
        _stop_writing(output.FAILED)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer makes a failure of it
            _stop_writing(output.DONE)
        raise


def _stop_writing(code: int) -> None:
    """Exit with *code* although what is left cannot be written: perhaps the reader, such as `head`, has had enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


if __name__ == "__main__":
    main()
