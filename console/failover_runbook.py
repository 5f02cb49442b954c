"""`continuance failover runbook`: what to print, for the night on which the controller itself is gone."""

import time
from pathlib import Path
from typing import Annotated

import typer

from console import output
from console.failover_rehearsal import expect_cluster


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(runbook)


def runbook(
    cluster: Annotated[str, typer.Argument(help="The cluster.", metavar="CLUSTER")],
    config: Annotated[Path, typer.Option("--config", help="The controller's configuration: controller.yaml.", metavar="FILE")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write it here, in place of what is there; printed unless given.", metavar="FILE")
    ] = None,
) -> None:
    """Print how to fail a cluster over by hand: every line to type, what it has to print, and what the controller is told later.

    It is Markdown, and holds no secret. Print it again whenever the configuration changes, and keep it where the controller is not.

    Example: continuance failover runbook cases --config controller.yaml --out runbook-cases.md
    """
    from failover.core.planner import plan
    from failover.core.settings import Settings
    from failover.live.completeness import expect_complete, said_of
    from failover.live.configuration import load_configuration
    from failover.live.last_known import last_known
    from failover.live.runbook import Printing
    from failover.live.runbook import runbook as printed

    configuration = load_configuration(config)
    expect_cluster(configuration, cluster)
    expect_complete(configuration, cluster)
    settings = Settings(configuration.topology)
    known = last_known(configuration.store, settings)
    text = printed(
        Printing(
            settings.clusters[cluster],
            known.state.clusters[cluster],
            configuration.equipment,
            plan(known.state, cluster).services,
            configuration.path.resolve(),
            configuration.line("continuance", "controller", "run", str(configuration.path.resolve())),
            configuration.inventory.resolve(),
            said_of(configuration)["clusters"][cluster]["observed_by"],
            dict(configuration.secrets.sources()),
            known.why_not,
            time.time(),
        )
    )
    if out is None:
        print(text, end="")
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise output.refused(str(out), f"cannot be written: {error.strerror}") from None
    output.complain(f"{out}: print it, and keep it where the controller is not")
