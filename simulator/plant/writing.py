"""Rows for the tables of what others point at: laws, streams of draws, rates, runs of indices. Each is written once."""

from collections.abc import Iterable

from simulator.calendars import open_spans
from simulator.flows import Rate
from simulator.plant.ages import Ages, ages_of
from simulator.plant.tables import LawKind
from topology.draws import name_number
from topology.laws import Empirical, Exponential, Fixed, Law, Lognormal, Weibull
from topology.work import Calendar

Row = tuple[float, ...]


class Writer:
    """Collects rows and hands out their numbers."""

    def __init__(self, start: str, horizon_seconds: float) -> None:
        self._start = start
        self._horizon_seconds = horizon_seconds
        self.laws: list[Row] = []
        self.values: list[float] = []
        self.ages: list[Row] = []
        self.ages_by_law: dict[Law, Ages] = {}
        self.origins: list[Row] = []
        self.spans: list[Row] = []
        self.rates: list[Row] = []
        self.corners: list[Row] = []
        self._law_numbers: dict[tuple[Law, bool], int] = {}
        self._stream_numbers: dict[tuple[str, str], int] = {}
        self._span_runs: dict[Calendar, tuple[int, int]] = {}
        self._rate_numbers: dict[int, tuple[Rate, int]] = {}

    def law(self, law: Law | None, ages: bool = False) -> int:
        """Return the number of *law*, -1 for none; with its table of ages where it is a life."""
        if law is None:
            return -1
        if (law, ages) not in self._law_numbers:
            self._law_numbers[law, ages] = self.fresh_law(law, ages)
        return self._law_numbers[law, ages]

    def fresh_law(self, law: Law, ages: bool = False) -> int:
        """Write *law* even if it is written already, and return its new number: laws in a row are numbered in a row."""
        a, b = _parameters(law)
        values = law.values_seconds if isinstance(law, Empirical) else ()
        knots = self._ages(law) if ages else ()
        row = (_KINDS[type(law)], a, b, len(self.values), len(self.values) + len(values))
        self.values += values
        self.laws.append((*row, len(self.ages), len(self.ages) + len(knots)))
        self.ages += knots
        return len(self.laws) - 1

    def _ages(self, law: Law) -> Ages:
        if law not in self.ages_by_law:
            self.ages_by_law[law] = ages_of(law)
        return self.ages_by_law[law]

    def stream(self, entity: str, cause: str) -> int:
        """Return the number of the draws that *entity* makes for *cause*."""
        key = (entity, cause)
        if key not in self._stream_numbers:
            self._stream_numbers[key] = len(self.origins)
            self.origins.append((name_number(entity), name_number(cause)))
        return self._stream_numbers[key]

    def open(self, calendar: Calendar | None) -> tuple[int, int]:
        """Return which spans *calendar* is open in; -1 for always."""
        if calendar is None:
            return -1, -1
        if calendar not in self._span_runs:
            spans = open_spans(calendar, self._start, self._horizon_seconds)
            self._span_runs[calendar] = (len(self.spans), len(self.spans) + len(spans))
            self.spans += spans
        return self._span_runs[calendar]

    def rate(self, rate: Rate | None) -> int:
        """Return the number of *rate*, -1 for none."""
        if rate is None:
            return -1
        if id(rate) not in self._rate_numbers:
            self._rate_numbers[id(rate)] = (rate, len(self.rates))
            first = len(self.corners)
            self.corners += zip(rate.corners, [*rate.per_second, 0.0], rate.total, strict=True)
            self.rates.append((first, len(self.corners)))
        return self._rate_numbers[id(rate)][1]


def run_of(table: list[int], values: Iterable[int]) -> tuple[int, int]:
    """Add *values* to *table*; return where they begin and end there."""
    first = len(table)
    table += values
    return first, len(table)


_KINDS = {
    Fixed: LawKind.FIXED,
    Exponential: LawKind.EXPONENTIAL,
    Weibull: LawKind.WEIBULL,
    Lognormal: LawKind.LOGNORMAL,
    Empirical: LawKind.EMPIRICAL,
}


def _parameters(law: Law) -> tuple[float, float]:
    match law:
        case Fixed(seconds):
            return seconds, 0.0
        case Exponential(mean):
            return mean, 0.0
        case Weibull(scale, shape):
            return scale, 1.0 / shape
        case Lognormal(mu, sigma):
            return mu, sigma
        case Empirical():
            return 0.0, 0.0
