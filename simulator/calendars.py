"""When calendars are open, as spans of seconds from the start of a history."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from topology.work import Calendar

Span = tuple[float, float]


@lru_cache(maxsize=256)
def open_spans(calendar: Calendar, start: str, horizon_seconds: float) -> tuple[Span, ...]:
    """Return the whole spans in which *calendar* is open between second 0 (the wall time *start*) and the horizon, in order.

    The first may begin before and the last end after. Days and hours are local to the calendar's time zone, across changes of
    the clock; public holidays are closed.
    """
    zone = ZoneInfo(calendar.timezone)
    begins = datetime.fromisoformat(start)
    day = begins.astimezone(zone).date() - timedelta(days=1)
    last = (begins + timedelta(seconds=horizon_seconds)).astimezone(zone).date()
    closed = _holidays(calendar.holidays, day.year, last.year) if calendar.holidays else frozenset[date]()
    spans: list[Span] = []
    while day <= last:
        if day.weekday() in calendar.days and day not in closed:
            opens, closes = (
                _seconds_from(begins, day, seconds, zone) for seconds in (calendar.opens_seconds, calendar.closes_seconds)
            )
            if closes > 0 and opens < horizon_seconds:
                spans.append((opens, closes))
        day += timedelta(days=1)
    return tuple(spans)


def _seconds_from(begins: datetime, day: date, seconds: float, zone: ZoneInfo) -> float:
    whole, rest = divmod(int(seconds), 86400)
    local = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=whole)
    return (local.replace(hour=rest // 3600, minute=rest % 3600 // 60) - begins).total_seconds()


@lru_cache(maxsize=64)
def _holidays(country: str, first_year: int, last_year: int) -> frozenset[date]:
    import holidays  # costs a tenth of a second, which networks without holidays need not pay

    return frozenset(holidays.country_holidays(country, years=range(first_year, last_year + 1)))


def working_end(spans: tuple[Span, ...], begins: float, work_seconds: float) -> float:
    """Return when *work_seconds* of open time have passed since *begins*; infinity when the spans do not hold that much."""
    for opens, closes in spans:
        since = max(opens, begins)
        if closes > since:
            if closes - since >= work_seconds:
                return since + work_seconds
            work_seconds -= closes - since
    return float("inf")
