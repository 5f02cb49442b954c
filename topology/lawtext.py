"""Laws as people write them: `4h`, `{lognormal: {median: 4h, p95: 12h}}`, `{empirical: repairs.csv}`."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from topology import laws
from topology.errors import did_you_mean
from topology.quantities import duration_seconds

_FORM = "write a duration such as 4h, or one of {exponential: {mean: …}}, {weibull: {mean: …, shape: …}}, "
_FORM += "{lognormal: {median: …, p95: …}}, {empirical: file.csv}"


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
        raise ValueError(f"'{name}' is not a law{did_you_mean(str(name), [*_LAWS, 'empirical'])}; {_FORM}")
    needed, make = _LAWS[name]
    if not isinstance(arguments, dict) or set(arguments) != set(needed):
        raise ValueError(f"'{name}' takes {' and '.join(needed)}, no more and no less")
    return make(*(_argument(name, key, arguments[key]) for key in needed))


def _argument(law: str, key: str, value: Any) -> float:
    if key == "shape":
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.1 <= value <= 100:
            raise ValueError(f"'shape' of '{law}' is {value!r}; it must be a number from 0.1 to 100")
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


def _empirical(name: object, folder: Path | None) -> laws.Law:
    """Read recorded durations: the first column of a CSV file, with units or in seconds; a heading is passed over."""
    if not isinstance(name, str):
        raise ValueError("'empirical' takes the name of a CSV file")
    try:
        with (folder or Path()).joinpath(name).open(newline="", encoding="utf-8") as file:
            rows = [row[0].strip() for row in csv.reader(file) if row and row[0].strip()]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"'{name}' cannot be read: {error}") from None
    values: list[float] = []
    for number, text in enumerate(rows, start=1):
        try:
            values.append(float(text) if text.replace(".", "", 1).isdigit() else duration_seconds(text))
        except ValueError as error:
            if number > 1:
                raise ValueError(f"'{name}', value {number}: {error}") from None
    if not values:
        raise ValueError(f"'{name}' holds no durations")
    return laws.Empirical(tuple(sorted(values)))
