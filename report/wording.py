"""How names, counts, shares and money are written in a report."""

import re
from collections.abc import Iterable, Sequence

from timeline.record import ServiceState
from timeline.results import Cost, ResponseResult
from topology.wording import compact_names

STATE_WORDS = {
    ServiceState.UP: "up",
    ServiceState.BACKLOGGED: "up, catching up",
    ServiceState.STALE: "stale",
    ServiceState.DOWN: "down",
}
STAGE_WORDS = {
    "wait": "waiting and diagnosis",
    "part": "parts on order",
    "work": "repair work",
    "restore": "data being restored",
    "failover": "failover",
    "fallback": "until an old copy answered",
    "other": "other",
}
DECISION_WORDS = {
    "promoted": "{candidate} takes over",
    "refused": "no member may take over",
    "failed": "the promotion failed",
    "waiting": "waits for a person",
    "held": "held back",
    "restarted": "its database was started where it is",
    "withdrawn": "called off, for the primary came back",
}
OBJECTIVE_WORDS = {
    "rto": "back within (RTO)",
    "rpo": "data lost at most (RPO)",
    "availability": "availability at least",
}

_RANGE = re.compile(r"\[([0-9]+)-([0-9]+)\]")


def titled(response: ResponseResult) -> str:
    """Return what people call *response*."""
    return response.title or response.name


def listed(items: Sequence[str]) -> str:
    """Join *items* as in a sentence: `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def name_ranges(names: Iterable[str]) -> list[str]:
    """Shorten runs of numbered *names*, as a reader sees them: fc-srv-1, …, fc-srv-5 → `fc-srv-1…5`."""
    return [_RANGE.sub(r"\1…\2", each) for each in compact_names(names)]


def counted(number: int, one: str, many: str) -> str:
    """Write `1 host`, `5 hosts`."""
    return f"{number:,} {one if number == 1 else many}"


def show_amount(amount: float) -> str:
    """Write an amount of money in full, to the unit: `17,840,000`."""
    return f"{amount:,.0f}"


def show_money(amount: float, cost: Cost) -> str:
    """Write an amount as in a sentence, to three figures: `17.8 million USD`, `61,700 USD`."""
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if amount >= size:
            return f"{amount / size:.3g}{word} {cost.currency}"
    return f"{float(f'{amount:.3g}'):,.0f} {cost.currency}"


def show_share(share: float) -> str:
    """Write a share of one in percent, with as many nines as matter: `99.9%`, `68.9%`, `100%`."""
    if 0.99 < share < 1:
        missing = 100 * (1 - share)
        places = next((each for each in range(1, 6) if round(missing, each)), 6)
        return f"{100 - missing:.{min(places + 1, 6)}f}".rstrip("0").rstrip(".") + "%"
    return f"{100 * share:.3g}%"


def show_items(items: float) -> str:
    """Write a number of items of work: `125,000`."""
    return f"{items:,.0f}"
