"""What past incidents taught, as lines for a topology with what a person should know in comments, and as data."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

from console.tables import counted
from topology.intake.learned_laws import Entry, rounded, summary, written
from topology.laws import Fixed
from topology.tidy import one_line

if TYPE_CHECKING:
    from topology.intake.choosing import Learned
    from topology.intake.fitting import Estimate
    from topology.intake.history import Kind

WIDTH = 110


def calibration_text(kinds: Sequence["Kind"], entries: Mapping[str, Entry], parts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the lines: *entries* and *parts* that fail by themselves, by the names of *kinds*."""
    sections: dict[str, list[Kind]] = {}
    for kind in kinds:
        sections.setdefault(kind.name.partition(".")[0], []).append(kind)
    for section, within in sections.items():
        yield f"{section}:"
        for kind in within:
            learned = kind.life is not None or kind.repair is not None
            yield f"  {kind.name.partition('.')[2]}:{'' if learned else ' {}'}"
            yield from _life(kind, entries[kind.name], parts[kind.name])
            yield from _repair(kind, entries[kind.name])


def _life(kind: "Kind", entry: Entry, parts: Sequence[str]) -> Iterator[str]:
    seen = f"{counted(kind.failures, 'failures')} in {rounded(kind.watched_seconds)} of being up"
    if kind.count > 1:
        seen += f", {counted(kind.count, 'hosts')} together"
    if kind.life is None:
        yield from _comment(f"{seen}: how often it fails cannot be told.")
    else:
        yield from _comment(f"{seen}: on average one every {_interval(kind.life.estimates['mean_seconds'])}.")
        yield from _comment(_law(kind.life))
        if kind.life.check is not None:
            worse = "Two sorts of failure may be mixed here, or a part of the incidents is missing: use it with care."
            yield from _comment(_fit(kind.life, worse))
    for caution in kind.cautions:
        yield from _comment(f"Caution: {caution}.")
    if parts:
        yield from _comment(
            f"Caution: {' and '.join(parts)} in it {'fail' if len(parts) > 1 else 'fails'} by laws of their own. Incidents because "
            "of them are counted twice unless you leave them out of one."
        )
    if entry.fails is not None:
        yield f"    fails: {one_line(entry.fails)}"


def _repair(kind: "Kind", entry: Entry) -> Iterator[str]:
    seen = counted(len(kind.repairs_seconds), "repairs") + (f", {kind.open_repairs} still open" if kind.open_repairs else "")
    if kind.repair is None:
        yield from _comment(f"{seen}: too few to tell how long they take.")
        return
    if isinstance(kind.repair.law, Fixed):
        seen += f" of {rounded(kind.repair.law.seconds)} each"
    else:
        median, p95 = (kind.repair.estimates[each] for each in ("median_seconds", "p95_seconds"))
        seen += f": half within {_interval(median)}, 95 % within {_interval(p95)}"
    yield from _comment(f"{seen}.")
    yield from _comment(_law(kind.repair))
    if kind.repair.check is not None:
        worse = "They are taken as recorded." if entry.recorded else "With --write FILE --recorded they are taken as recorded."
        yield from _comment(_fit(kind.repair, worse))
    if entry.hands:
        yield from _comment(
            f"Caution: this takes the place of stages that wait for {' and '.join(entry.hands)}. The durations have that "
            "waiting in them, and stock and crews no longer matter to it."
        )
    yield f"    recover: {one_line(entry.recover)}"


def _law(learned: "Learned") -> str:
    text = summary(learned)
    return f"{text[0].upper()}{text[1:]}" + (f" ({learned.why})." if learned.why else ".")


def _fit(learned: "Learned", worse: str) -> str:
    from topology.intake.choosing import probability

    assert learned.check is not None
    numbers = f"Kolmogorov-Smirnov distance {learned.check.distance:.2f}, p {probability(learned.check.p)}"
    return f"It fits badly ({numbers}). {worse}" if learned.misfits else f"It fits: nothing speaks against it ({numbers})."


def _interval(estimate: "Estimate") -> str:
    return f"{rounded(estimate.value)} ({rounded(estimate.low, estimate.value)} to {rounded(estimate.high, estimate.value)})"


def _comment(text: str) -> Iterator[str]:
    return iter(textwrap.wrap(text, WIDTH, initial_indent="    # ", subsequent_indent="    #   ", break_on_hyphens=False))


def calibration_data(kinds: Sequence["Kind"], entries: Mapping[str, Entry]) -> dict[str, Any]:
    """Return the same as data."""
    return {
        kind.name: {
            "count": kind.count,
            "failures": kind.failures,
            "watched_seconds": kind.watched_seconds,
            "life": None if kind.life is None else _data(kind.life),
            "repairs": len(kind.repairs_seconds),
            "open_repairs": kind.open_repairs,
            "repair": None if kind.repair is None else _data(kind.repair),
            "cautions": list(kind.cautions),
            "entry": {"fails": entries[kind.name].fails, "recover": entries[kind.name].recover},
            "recovery_waits_for": list(entries[kind.name].hands),
        }
        for kind in kinds
    }


def _data(learned: "Learned") -> dict[str, Any]:
    check = learned.check
    return {
        "law": written(learned.law),
        "meaning": learned.meaning,
        "why": learned.why,
        **{name: _estimate(each) for name, each in learned.estimates.items()},
        "fit": None if check is None else {"distance": check.distance, "p": check.p, "misfits": learned.misfits},
    }


def _estimate(estimate: "Estimate") -> dict[str, float | None]:
    return {"value": estimate.value, "low": estimate.low, "high": None if estimate.high == inf else estimate.high}
