"""Durations, shares, rates and money as people write them: `4h30m`, `1.57%`, `1/20y`, `20000 USD/h`.

Every parser takes the text (or a number where that is unambiguous) and returns plain floats in base units: seconds, shares
of one, events a second. A value that cannot be read raises ValueError with a sentence that says what would be right.
A year is 365 days, the 8,760 hours of reliability practice.
"""

import re
from decimal import Decimal
from typing import NamedTuple

from topology.errors import shown

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0
WEEK = 7 * DAY
YEAR = 365 * DAY

UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK, "y": YEAR}
UNITS = "ms, s, m (minutes), h, d, w, y"

DURATION_MAX_SECONDS = 10_000 * YEAR
AMOUNT_MAX = 1e15
"""What is more than these is a slip of the keyboard, and would end as infinity somewhere in a sum."""

_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Zµ]+)\s*")
_MONEY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Z]{3})")


class Money(NamedTuple):
    """An amount in one currency (ISO 4217 code)."""

    amount: float
    currency: str


def duration_seconds(text: object) -> float:
    """Read `14d`, `4h30m`, `250ms`; a bare number is refused unless it is 0, because nobody can see its unit."""
    if text == 0 and not isinstance(text, bool):
        return 0.0
    if isinstance(text, bool) or not isinstance(text, str):
        raise ValueError(f"{shown(text)} has no unit; write a duration such as 30s, 4h30m or 14d ({UNITS})")
    stripped = text.strip()
    if stripped == "0":
        return 0.0
    if stripped.startswith("-"):
        raise ValueError(f"{shown(text)} is negative; a duration is 0 or more")
    total, end = 0.0, 0
    while part := _DURATION_PART.match(stripped, end):
        number, unit = part.groups()
        if unit not in UNIT_SECONDS:
            raise ValueError(f"{shown(text)} has the unknown unit {shown(unit)}; the units are {UNITS}")
        total += float(number) * UNIT_SECONDS[unit]
        end = part.end()
    if end == 0 or end != len(stripped):
        raise ValueError(f"{shown(text)} is not a duration; write for example 30s, 4h30m or 14d ({UNITS})")
    if total > DURATION_MAX_SECONDS:
        raise ValueError(f"{shown(text)} is longer than 10,000 years")
    return total


def share(text: object) -> float:
    """Read a share of one: `99.9%` or `0.999`."""
    if isinstance(text, str) and text.strip().endswith("%"):
        value = _number(text.strip()[:-1], text, "a share such as 99.9%") / 100
    elif isinstance(text, (int, float)) and not isinstance(text, bool):
        value = float(text)
    else:
        raise ValueError(f"{shown(text)} is not a share; write 99.9% or 0.999")
    if not 0 <= value <= 1:
        hint = f"; did you mean {text}%?" if not isinstance(text, str) and 1 < value <= 100 else ""
        raise ValueError(f"{shown(text)} is not a share; it must lie between 0% and 100%{hint}")
    return value


def rate_per_year(text: object) -> float:
    """Read an annual rate: `1.57%` of the units a year, or `1/20y`; more than 100% a year is possible."""
    if isinstance(text, str) and text.strip().endswith("%"):
        return _number(text.strip()[:-1], text, "a rate such as 1.57% or 1/20y") / 100
    if isinstance(text, str) and "/" in text:
        return rate_per_second(text) * YEAR
    raise ValueError(f"{shown(text)} is not a rate; write 1.57% (a year) or 1/20y")


def rate_per_second(text: object) -> float:
    """Read `5000/d`, `1/20y`, `0.5/h`: how many in which time."""
    amount, period_seconds = amount_per_period(text)
    return amount / period_seconds


def amount_per_period(text: object) -> tuple[float, float]:
    """Read `5000/d` as (5000.0, 86400.0): the amount and the period in seconds."""
    if not isinstance(text, str) or text.count("/") != 1:
        raise ValueError(f"{shown(text)} is not a rate; write an amount per time such as 5000/d or 1/20y")
    above, below = (side.strip() for side in text.split("/"))
    return _number(above, text, "a rate such as 5000/d or 1/20y"), _period(below, text)


def labour_per_period(text: object) -> tuple[float, float]:
    """Read `590h/d` as (2124000.0, 86400.0): seconds of work, and the period in seconds."""
    if not isinstance(text, str) or text.count("/") != 1:
        raise ValueError(f"{shown(text)} is not a capacity for work; write hours of work per time such as 590h/d")
    above, below = (side.strip() for side in text.split("/"))
    return duration_seconds(above), _period(below, text)


def money(text: object) -> Money:
    """Read `400 USD`."""
    match = _MONEY.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{shown(text)} is not an amount of money; write for example 400 USD")
    if float(match[1]) > AMOUNT_MAX:
        raise ValueError(f"{shown(text)} is more money than there is")
    return Money(float(match[1]), match[2])


def money_per_hour(text: object) -> Money:
    """Read `20000 USD/h` (or per d, w, y) as the amount for one hour."""
    if not isinstance(text, str) or text.count("/") != 1:
        raise ValueError(f"{shown(text)} is not a cost over time; write for example 20000 USD/h")
    above, below = text.split("/")
    amount = money(above)
    return Money(amount.amount / _period(below.strip(), text) * HOUR, amount.currency)


def show_duration(seconds: float) -> str:
    """Write seconds as people read them, in at most two units: 3225600 → `37d 8h`, 2.5 → `2.5s`."""
    if seconds < 0:
        return f"-{show_duration(-seconds)}"
    if seconds < MINUTE:
        return f"{seconds:.3g}s" if seconds < 10 else f"{seconds:.0f}s"
    for large, small in (("d", "h"), ("h", "m"), ("m", "s")):
        rounded = round(seconds / UNIT_SECONDS[small])
        per_large = round(UNIT_SECONDS[large] / UNIT_SECONDS[small])
        whole, rest = divmod(rounded, per_large)
        if whole:
            return f"{whole}{large} {rest}{small}" if rest else f"{whole}{large}"
    return f"{seconds:.0f}s"


def exact_duration(seconds: float) -> str:
    """Write seconds as `duration_seconds` reads them back to the last bit: 7200 → `2h`, 0.1 → `0.1s`."""
    for unit in ("d", "h", "m"):
        count, rest = divmod(seconds, UNIT_SECONDS[unit])
        if count and not rest:
            return f"{count:.0f}{unit}"
    return f"{Decimal(repr(seconds)).normalize():f}s"


def _period(text: str, whole: object) -> float:
    period = UNIT_SECONDS.get(text) or (duration_seconds(text) if text else 0.0)
    if period <= 0:
        raise ValueError(f"{shown(whole)} has no time below the line; write for example 5000/d or 1/20y")
    return period


def _number(text: str, whole: object, example: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{shown(whole)} is not a number; write {example}") from None
    if not value <= AMOUNT_MAX:
        raise ValueError(f"{shown(whole)} is not a number of any use; write {example}")
    if value < 0:
        raise ValueError(f"{shown(whole)} is negative; write {example}")
    return value
