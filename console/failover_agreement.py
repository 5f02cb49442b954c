"""`continuance failover agreement`: what a controller that only observes would have done, beside what people did."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.failover_reach import SocketOption, configuration_of
from console.failover_rehearsal import expect_cluster
from console.failover_wording import assumption, moment, took
from console.output import Output, OutputOption

if TYPE_CHECKING:
    from failover.live.agreement import Occasion


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(agreement)


def agreement(
    cluster: Annotated[str | None, typer.Argument(help="The cluster; all unless given.", metavar="[CLUSTER]")] = None,
    socket: SocketOption = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", help="The controller's configuration; the controller on duty says where it is unless given.", metavar="FILE"
        ),
    ] = None,
    form: OutputOption = Output.TABLE,
) -> None:
    """See of each loss of a primary what the controller would have done, whom people made primary, and whether they agree.

    It reads the journal of a controller whose policy is `observe`, which may be on duty meanwhile.

    Example: continuance failover agreement cases
    """
    from failover.live.agreement import occasions
    from failover.live.configuration import load_configuration
    from failover.live.journal_file import StoreError
    from failover.live.resuming import decisions
    from failover.live.waited_for import said_in

    configuration = load_configuration(configuration_of(socket, config))
    if cluster is not None:
        expect_cluster(configuration, cluster)
    try:
        found = list(occasions(decisions(configuration.store), cluster, said_in(configuration.store)))
    except StoreError as error:
        output.complain(str(error))
        raise typer.Exit(output.FAILED) from None
    counts = Counter(each.agreement.value for each in found)
    data = {"format": 1, "occasions": [_data(each) for each in found], "counts": dict(counts)}
    output.show(data, form, lambda: _print(found, counts))


def _data(occasion: "Occasion") -> dict[str, Any]:
    return {
        "cluster": occasion.cluster,
        "primary": occasion.primary,
        "seen": occasion.health.value,
        "lost_wall_seconds": occasion.lost_seconds,
        "would": {
            "intent": occasion.intent.value,
            "candidate": occasion.candidate,
            "wall_seconds": occasion.would_seconds,
            "why_not": occasion.why_not or None,
            "refused": [{"host": host, "reason": reason} for host, reason in occasion.refused],
            "assumes_that_commits_waited_for": list(occasion.assumes),
        },
        "became": {"primary": occasion.became, "wall_seconds": occasion.became_seconds},
        "agreement": occasion.agreement.value,
    }


def _print(found: "list[Occasion]", counts: Counter[str]) -> None:
    from console.tables import counted, new_console, print_rows

    if not found:
        print("Nothing was lost while the controller only observed.")
        return
    rows = [(moment(each.lost_seconds), _lost(each), _would(each), _became(each), each.agreement.value) for each in found]
    print_rows(new_console(), ("when", "lost", "the controller", "what happened", "agreement"), rows)
    print(f"\n{counted(len(found), 'occasions')}: {', '.join(f'{number} {words}' for words, number in counts.most_common())}")
    for assumed in dict.fromkeys(assumption(each.assumes) for each in found if each.assumes):
        print(assumed)


def _lost(occasion: "Occasion") -> str:
    return f"'{occasion.primary}' of {occasion.cluster} was {occasion.health.value.replace('_', ' ')}"


def _would(occasion: "Occasion") -> str:
    from failover.live.imagining import Intent

    if occasion.intent is Intent.NOTHING:
        reasons = "; ".join(f"'{host}': {reason}" for host, reason in occasion.refused)
        return f"would have left it: {occasion.why_not or 'nothing was lost'}{f' ({reasons})' if reasons else ''}"
    act = f"started '{occasion.primary}'" if occasion.intent is Intent.RESTART else f"failed over to '{occasion.candidate}'"
    assert occasion.would_seconds is not None
    later = occasion.would_seconds - occasion.lost_seconds
    return f"would have {act} {'at once' if later <= 0 else f'after {took(later)}'}"


def _became(occasion: "Occasion") -> str:
    if occasion.became is None or occasion.became_seconds is None:
        return "nobody is primary yet"
    after = took(occasion.became_seconds - occasion.lost_seconds)
    if occasion.became == occasion.primary:
        return f"'{occasion.primary}' came back after {after}"
    return f"'{occasion.became}' was made primary after {after}"
