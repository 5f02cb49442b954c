"""`continuance topology calibrate`: laws of failure and repair from a user's own past."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.output import Output, OutputOption, show
from console.tables import counted
from console.topology_commands import TopologyArgument, load
from topology.quantities import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from topology.errors import InputError
    from topology.intake.history import Estimate, Kind


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(calibrate)


def calibrate(
    topology: TopologyArgument,
    history: Annotated[Path, typer.Option(help="Incidents as CSV: what failed, when, and when it was back.", metavar="FILE")],
    column: Annotated[
        list[str] | None,
        typer.Option(help="What a column is called there; the names are what, failed, back.", metavar="NAME=COLUMN"),
    ] = None,
    since: Annotated[str | None, typer.Option(help="When watching began [the first incident].", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option(help="When it ended [the last incident].", metavar="TIME")] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Learn from past incidents how often things fail and how long they take to come back, as lines for the topology.

    Example: continuance topology calibrate mine.yaml --history incidents.csv --column what=Server --column failed=Down
    """
    from topology.intake.history import learn, read_incidents

    loaded = load(topology)
    incidents = read_incidents(history, _columns(column or []))
    times = [each.failed for each in incidents] + [each.back for each in incidents if each.back is not None]
    begins, ends = _moment("--since", since, min(times)), _moment("--until", until, max(times))
    if ends <= begins:
        raise _refused("--until", "ends before watching begins")
    kinds = learn(loaded, incidents, begins, ends, str(history))
    show(_data(loaded.name, kinds, ends - begins), output, lambda: _print(kinds, history))


def _columns(given: Sequence[str]) -> dict[str, str]:
    from topology.errors import did_you_mean
    from topology.intake.history import COLUMNS

    found = {}
    for each in given:
        name, equals, called = each.partition("=")
        if not equals or name not in COLUMNS:
            raise _refused(
                "--column", f"'{each}' is not NAME=COLUMN with a NAME of {', '.join(COLUMNS)}{did_you_mean(name, COLUMNS)}"
            )
        found[name] = called
    return found


def _moment(option: str, text: str | None, otherwise: float) -> float:
    from topology.intake.history import moment

    if text is None:
        return otherwise
    try:
        return moment(text)
    except ValueError as error:
        raise _refused(option, str(error)) from None


def _refused(option: str, message: str) -> "InputError":
    from topology.errors import InputError, Problem

    return InputError([Problem(option, 0, "", message)])


def _data(name: str, kinds: Sequence["Kind"], watched_seconds: float) -> dict[str, Any]:
    return {
        "format": 1,
        "topology": name,
        "watched_seconds": watched_seconds,
        "kinds": {
            kind.name: {
                "count": kind.count,
                "failures": kind.failures,
                "life_seconds": _estimate(kind.life_seconds),
                "repair_median_seconds": None if kind.repair_median_seconds is None else _estimate(kind.repair_median_seconds),
                "repair_p95_seconds": kind.repair_p95_seconds,
            }
            for kind in kinds
        },
    }


def _estimate(estimate: "Estimate") -> dict[str, float]:
    return {"mean": estimate.value, "low": estimate.low, "high": estimate.high}


def _print(kinds: Sequence["Kind"], history: Path) -> None:
    """Print the laws as fragments of a topology, with their marks and intervals."""
    for kind in kinds:
        life = kind.life_seconds
        why = f"{counted(kind.failures, 'failures')} in {history.name}; 95 %: {_rounded(life.low)} to {_rounded(life.high)}"
        print(f"{kind.name}:")
        print(f"  fails: {_marked({'exponential': {'mean': _rounded(life.value)}}, why)}")
        median = kind.repair_median_seconds
        if median is None or kind.repair_p95_seconds is None:
            print("  # too few repairs to tell how long they take")
            continue
        law = {"lognormal": {"median": _rounded(median.value), "p95": _rounded(max(kind.repair_p95_seconds, median.value * 1.01))}}
        why = f"95 % of the median: {_rounded(median.low)} to {_rounded(median.high)}"
        print(f"  recover: [{{wait: {_marked(law, why)}}}]")


def _marked(law: dict[str, Any], why: str) -> str:
    """Write a law with where it comes from; JSON is YAML, too."""
    return json.dumps({"value": law, "mark": "derived", "why": why}, ensure_ascii=False)


def _rounded(seconds: float) -> str:
    """Write a duration to three digits, in the largest unit that it is more than two of."""
    if seconds == math.inf:
        return "any length"
    unit, size = next((each for each in (("d", DAY), ("h", HOUR), ("m", MINUTE)) if seconds > 2 * each[1]), ("s", 1.0))
    return f"{float(f'{seconds / size:.3g}'):.10g}{unit}"
