"""How names and gates are written for people: `fc-app-[1-3]`, `case-db and 2 of fc-app-[1-3]`. The ranges can be read back."""

import re
from collections.abc import Iterable, Sequence

from topology.model import Gate

_DIGITS = re.compile(r"([0-9]+)")


def compact_names(names: Iterable[str]) -> list[str]:
    """Shorten runs of numbered *names* to ranges, in the order of their first names: fc-1, fc-2, web → `fc-[1-2]`, `web`.

    Every number of a name may become a range, the last first: `rack[01-20]-node[1-4]`.
    """
    split = [tuple(_DIGITS.split(name)) for name in dict.fromkeys(names)]
    places = max((len(parts) for parts in split), default=0) // 2
    for place in range(places):
        split = _folded(split, -2 - 2 * place)
    return ["".join(parts) for parts in split]


def _folded(split: list[tuple[str, ...]], at: int) -> list[tuple[str, ...]]:
    """Join those of *split* that differ only in the number at *at*, where their numbers follow one another."""
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for parts in split:
        known = len(parts) >= -at
        key = (parts[:at], parts[at + 1 :]) if known else (parts, ())
        alike.setdefault(key, []).append(parts[at] if known else "")
    return [
        (*before, number, *after) if number else before
        for (before, after), numbers in alike.items()
        for number in _runs(numbers)
    ]  # fmt: skip


def _runs(numbers: Sequence[str]) -> list[str]:
    if len(numbers) == 1:
        return list(numbers)
    runs: list[list[str]] = []
    for number in sorted(numbers, key=lambda text: (int(text), len(text))):
        if runs and number == _following(runs[-1]):
            runs[-1].append(number)
        else:
            runs.append([number])
    return [f"[{run[0]}-{run[-1]}]" if len(run) > 1 else run[0] for run in runs]


def _following(run: Sequence[str]) -> str:
    width = len(run[0]) if run[0].startswith("0") else 0
    return str(int(run[-1]) + 1).zfill(width)


def listed(names: Iterable[str], most: int = 12) -> str:
    """Write *names* shortened and with commas between them, *most* of them; a dash where there are none."""
    short = compact_names(names)
    rest = [f"and {len(short) - most:,} more"] if len(short) > most else []
    return ", ".join(short[:most] + rest) or "–"


def group_text(count: int, names: Sequence[str]) -> str:
    """Write *count* of *names*: `fc-db-1`, `any 2 of fc-srv-[1-5]`, `all of fc-db-[1-2]`."""
    if len(names) == 1:
        return names[0]
    some = "any" if count == 1 else "all" if count == len(names) else f"any {count}"
    return f"{some} of {listed(names)}"


def gate_text(gate: Gate) -> str:
    """Write *gate* as people say it: `case-db and 2 of fc-app-[1-3]`, `any of ivr-[1-2]`."""
    names = compact_names(each for each in gate.of if isinstance(each, str))
    of = names + [_nested(each) for each in gate.of if isinstance(each, Gate)]
    if gate.at_least == len(gate.of):
        return " and ".join(of)
    return f"{'any' if gate.at_least == 1 else gate.at_least} of {', '.join(of)}"


def _nested(gate: Gate) -> str:
    text = gate_text(gate)
    return f"({text})" if ", " in text or " and " in text else text
