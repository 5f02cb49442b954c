"""Laws as people write them: `4h`, `{lognormal: {median: 4h, p95: 12h}}`, `{empirical: repairs.csv}`."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, assert_never

from topology import laws, portable
from topology.errors import did_you_mean, shown
from topology.quantities import duration_seconds, exact_duration

_FORM = "write a duration such as 4h, or one of {exponential: {mean: …}}, {weibull: {mean: …, shape: …}}, "
_FORM += "{lognormal: {median: …, p95: …}}, {empirical: file.csv}"

_CHARACTERS_MAX = 10_000_000
_PLAIN_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def parse_law(value: object, folder: Path | None = None) -> laws.Law:
    """Read a law. A file of recorded values is looked up in *folder*. Raises ValueError that says what would be right."""
    if not isinstance(value, dict):
        return laws.Fixed(duration_seconds(value))
    if len(value) != 1:
        raise ValueError(f"a law has one name; {_FORM}")
    ((name, arguments),) = value.items()
    if name == "empirical":
        return _empirical(arguments, folder)
    if name not in _LAWS:
        raise ValueError(f"{shown(name)} is not a law{did_you_mean(str(name), [*_LAWS, 'empirical']) or f'; {_FORM}'}")
    needed, make = _LAWS[name]
    if not isinstance(arguments, dict) or set(arguments) != set(needed):
        raise ValueError(f"'{name}' takes {' and '.join(needed)}, no more and no less")
    return make(*(_argument(name, key, arguments[key]) for key in needed))


def written_law(law: laws.Law) -> str | dict[str, Any]:
    """Return *law* as people write it; `parse_law` reads the same back, but for the last bits of what it computes.

    Raises ValueError for recorded values, which stand in a file of their own.
    """
    match law:
        case laws.Fixed(seconds):
            return exact_duration(seconds)
        case laws.Exponential(mean_seconds):
            return {"exponential": {"mean": exact_duration(mean_seconds)}}
        case laws.Weibull(_, shape):
            return {"weibull": {"mean": exact_duration(laws.mean_seconds(law)), "shape": shape}}
        case laws.Lognormal(mu, sigma):
            median, p95 = portable.exp(mu), portable.exp(mu + sigma * laws.Z95)
            return {"lognormal": {"median": exact_duration(median), "p95": exact_duration(p95)}}
        case laws.Empirical():
            raise ValueError("recorded durations are written in a file of their own")
        case _:
            assert_never(law)


def _argument(law: str, key: str, value: Any) -> float:
    if key == "shape":
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.1 <= value <= 100:
            raise ValueError(f"'shape' of '{law}' is {shown(value)}; it must be a number from 0.1 to 100")
        return float(value)
    seconds = duration_seconds(value)
    if seconds <= 0:
        raise ValueError(f"'{key}' of '{law}' must be more than 0")
    return seconds


def _lognormal(median_seconds: float, p95_seconds: float) -> laws.Law:
    if p95_seconds <= median_seconds:
        raise ValueError("'p95' of 'lognormal' must be more than its median")
    return laws.Lognormal.from_median(median_seconds, p95_seconds)


_LAWS: dict[str, tuple[tuple[str, ...], Callable[..., laws.Law]]] = {
    "exponential": (("mean",), laws.Exponential),
    "weibull": (("mean", "shape"), laws.Weibull.from_mean),
    "lognormal": (("median", "p95"), _lognormal),
}


LAW_NAMES = frozenset({*_LAWS, "empirical"})


def _empirical(name: object, folder: Path | None) -> laws.Law:
    """Read recorded durations: the first column of a CSV file, with units or in seconds; a heading is passed over."""
    if not isinstance(name, str):
        raise ValueError("'empirical' takes the name of a CSV file")
    try:
        with (folder or Path()).joinpath(name).open(newline="", encoding="utf-8-sig") as file:
            text = file.read(_CHARACTERS_MAX + 1)
        rows = [row[0].strip() for row in csv.reader(text.splitlines()) if row and row[0].strip()]
    except OSError as error:
        raise ValueError(f"{shown(name)} cannot be read: {error.strerror}") from None
    except (ValueError, csv.Error):
        raise ValueError(f"{shown(name)} is not a CSV file of durations") from None
    if len(text) > _CHARACTERS_MAX:
        raise ValueError(f"{shown(name)} is larger than {_CHARACTERS_MAX // 1_000_000} MB")
    values: list[float] = []
    for number, row in enumerate(rows, start=1):
        try:
            values.append(duration_seconds(f"{row}s" if _PLAIN_NUMBER.fullmatch(row) else row))
        except ValueError as error:
            if number > 1:
                raise ValueError(f"{shown(name)}, value {number}: {error}") from None
    if not values:
        raise ValueError(f"{shown(name)} holds no durations")
    return laws.Empirical(tuple(sorted(values)))
