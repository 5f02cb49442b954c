"""What the result rests on: every number with its mark, what the bounds of each do to the conclusion, known figures."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from report.verdict import reversing
from report.wording import counted, listed, show_share, titled
from timeline.results import ExpectationResult, ReplayResult, Reversal
from topology.facts import Fact
from topology.quantities import show_duration


class FactRow(NamedTuple):
    """One number. `bounds` is what became of the conclusion when its bounds were tried; empty when they were not."""

    key: str
    value: str
    spread: str
    mark: str
    origin: str
    bounds: str
    reverses: bool


class FactSection(NamedTuple):
    """The numbers of one part of the input."""

    title: str
    rows: tuple[FactRow, ...]


class ExpectationRow(NamedTuple):
    """A known figure beside ours."""

    response: str
    measure: str
    expected: str
    ours: str
    within: str
    met: bool
    calibrated: bool
    source: str


def plain_key(fact: Fact) -> str:
    """Write the path of *fact* for people: `storage-drive, lead time`."""
    steps = [str(step).replace("_", " ") for step in fact.path[1:] if not isinstance(step, int)]
    return ", ".join(steps or [fact.key])


def reversal_sentences(result: ReplayResult) -> list[str]:
    """Say for each assumption that changes the conclusion at a bound what it changes."""
    titles = {response.name: titled(response) for response in result.responses}
    found = []
    for each in reversing(result):
        found.append(f"{plain_key(each.fact)} at {each.value} instead of {each.fact.value}: {_change(each, titles)}.")
    return found


def tried_words(result: ReplayResult) -> str:
    """Say how many uncertain numbers were tried, and that the others leave the conclusion standing."""
    tried = {reversal.fact.path for reversal in result.reversals}
    changing = {reversal.fact.path for reversal in reversing(result)}
    if not tried:
        return "No uncertain number was replayed at its bounds, so it is not known which of them the conclusion hangs on."
    opening = f"{counted(len(tried), 'uncertain number was', 'uncertain numbers were')} replayed at the low and the high bound"
    if not changing:
        return f"{opening}; the conclusion stands with every one of them."
    rest = len(tried) - len(changing)
    return f"{opening}; {f'the other {rest} leave' if rest else 'no other leaves'} the conclusion standing."


def _change(reversal: Reversal, titles: Mapping[str, str]) -> str:
    changes = []
    if reversal.best_before != reversal.best_after:
        changes.append(f"“{titles.get(reversal.best_after, reversal.best_after)}” becomes the best")
    for verb, names in (
        ("no longer meets", reversal.met_before - reversal.met_after),
        ("now meets", reversal.met_after - reversal.met_before),
    ):
        if names:
            quoted = listed([f"“{titles.get(name, name)}”" for name in sorted(names)])
            changes.append(f"{quoted} {verb} the objectives")
    return "; ".join(changes)


def fact_sections(result: ReplayResult) -> list[FactSection]:
    """Return every number, by the part of the input it stands in."""
    titles = {response.name: titled(response) for response in result.responses}
    tried: dict[tuple[str | int, ...], list[Reversal]] = {}
    for reversal in result.reversals:
        tried.setdefault(reversal.fact.path, []).append(reversal)
    sections: dict[str, list[FactRow]] = {}
    for fact in result.facts:
        bounds = tried.get(fact.path, [])
        sections.setdefault(str(fact.path[0]).replace("_", " "), []).append(
            FactRow(
                key=".".join(str(step) for step in fact.path[1:]) or fact.key,
                value=fact.value,
                spread=_spread(fact),
                mark=fact.mark.value,
                origin=fact.source or fact.why,
                bounds=_bounds_words(bounds, titles),
                reverses=any(each.reverses for each in bounds),
            )
        )
    return [FactSection(title, tuple(rows)) for title, rows in sections.items()]


def _spread(fact: Fact) -> str:
    if fact.low is None and fact.high is None:
        return ""
    return f"{fact.low or '…'} – {fact.high or '…'}"


def _bounds_words(bounds: Sequence[Reversal], titles: Mapping[str, str]) -> str:
    if not bounds:
        return ""
    words = [f"{each.bound}: {_change(each, titles)}" for each in bounds if each.reverses]
    return "; ".join(words) or "stands"


def expectation_rows(result: ReplayResult) -> list[ExpectationRow]:
    """Return the known figures beside ours."""
    titles = {response.name: titled(response) for response in result.responses}
    return [
        ExpectationRow(
            response=titles.get(each.response, each.response),
            measure=each.measure,
            expected=_measured(each, each.expected),
            ours="not reached" if each.actual is None else _measured(each, each.actual),
            within=show_share(each.within),
            met=each.met,
            calibrated=each.calibrated,
            source=each.source,
        )
        for each in result.expectations
    ]


def _measured(expectation: ExpectationResult, value: float) -> str:
    if expectation.measure.endswith("_seconds"):
        return show_duration(value)
    if expectation.measure.endswith("availability"):
        return show_share(value)
    return f"{value:,.0f}" if value >= 100 else f"{value:.4g}"


def caution(result: ReplayResult) -> str:
    """Say what the known figures do and do not prove."""
    fitted = [each for each in result.expectations if each.calibrated]
    free = [each for each in result.expectations if not each.calibrated]
    phrases = []
    if fitted:
        phrases.append(
            f"This replay is calibrated: {counted(len(fitted), 'figure', 'figures')} beside which it is set "
            "went into it. That it agrees explains the incident and proves nothing."
        )
    if free:
        met = sum(each.met for each in free)
        phrases.append(f"Of {counted(len(free), 'figure', 'figures')} that did not go into it, it comes near enough to {met}.")
    return " ".join(phrases) or "No known figure was set beside this replay, so nothing here has been checked against events."
