"""Seconds after the start as calendar dates, in the zone of the start, and where the ticks of a time axis stand."""

from datetime import datetime, timedelta
from itertools import count, takewhile
from typing import NamedTuple

from topology.quantities import DAY, HOUR, MINUTE

# Not strftime's names: those follow the locale of the machine, and the same result must give the same bytes.
LONG_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = tuple(day[:3] for day in LONG_WEEKDAYS)
MONTHS = tuple(month[:3] for month in LONG_MONTHS)

STEPS_SECONDS = (
    1.0, 5.0, 15.0, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
    DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 365 * DAY,
)  # fmt: skip
TICKS_MAX = 7


class Tick(NamedTuple):
    """A mark on a time axis: where it stands, in percent of the axis, and what is written there."""

    at_percent: float
    label: str


class Clock:
    """Knows the wall time of second 0."""

    def __init__(self, start: str) -> None:
        self.start = datetime.fromisoformat(start)

    def at(self, seconds: float) -> datetime:
        """Return the wall time *seconds* after the start, to the second."""
        return self.start + timedelta(seconds=round(seconds))

    def day(self, seconds: float) -> str:
        """Write the day: `19 May 2014`."""
        at = self.at(seconds)
        return f"{at.day} {MONTHS[at.month - 1]} {at.year}"

    def time(self, seconds: float) -> str:
        """Write the time of day: `09:00`, and the seconds where there are any."""
        at = self.at(seconds)
        return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"

    def moment(self, seconds: float) -> str:
        """Write day and time: `Mon 19 May 2014, 09:00`."""
        return f"{WEEKDAYS[self.at(seconds).weekday()]} {self.day(seconds)}, {self.time(seconds)}"

    def in_words(self, seconds: float) -> str:
        """Write day and time as in a sentence: `Monday 19 May 2014 at 09:00`."""
        at = self.at(seconds)
        return f"{LONG_WEEKDAYS[at.weekday()]} {at.day} {LONG_MONTHS[at.month - 1]} {at.year} at {self.time(seconds)}"

    @property
    def zone(self) -> str:
        """The offset that every time is shown in: `UTC−04:00`; empty when the start has none."""
        offset = self.start.utcoffset()
        if offset is None:
            return ""
        minutes = round(offset.total_seconds() / MINUTE)
        return f"UTC{'−' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" if minutes else "UTC"

    @property
    def epoch_seconds(self) -> float:
        """Second 0 on a clock that counts from 1970 in the zone of the start, for scripts that know no zones."""
        return (self.start.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()

    def ticks(self, until_seconds: float) -> list[Tick]:
        """Place at most TICKS_MAX ticks between 0 and *until_seconds*, on whole days or times of day."""
        step = next((each for each in STEPS_SECONDS if until_seconds / each <= TICKS_MAX), STEPS_SECONDS[-1])
        past_midnight = self.epoch_seconds % DAY
        first = -past_midnight % min(step, DAY)
        room = until_seconds * 0.97  # a label at the very end would not fit
        moments = takewhile(lambda seconds: seconds <= room, (first + number * step for number in count()))
        return [Tick(100 * seconds / until_seconds, self._tick_label(seconds, step)) for seconds in moments]

    def _tick_label(self, seconds: float, step: float) -> str:
        at = self.at(seconds)
        if step < DAY and (at.hour, at.minute, at.second) != (0, 0, 0):
            return self.time(seconds)
        if step >= 91 * DAY:
            return f"{MONTHS[at.month - 1]} {at.year}"
        return f"{at.day} {MONTHS[at.month - 1]}"
