"""Sees to it that what a failover needs would work today. Whoever is on call hears of what would not before it is needed, and again
when it is mended.

Each check goes on by itself and at its own pace: one that is slow, or fails, or never ends keeps no other from being made.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import count
from typing import NamedTuple

from failover.live.clock import Clock
from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.readiness.verdict import Lack, Moot, Verdict

FIRST_SECONDS = 10.0
"""A start needs some time until everybody has been reached."""
LOOK_SECONDS = 90.0
"""After so long a look has failed."""

LOOKS_ANEW_SECONDS = 1.0
"""So soon it is looked again after what a look hangs on has changed."""

Found = Mapping[str, Lack | Moot | None]
"""By subject what is in the way, None where nothing is. What a look cannot judge at the moment it leaves out, and the last verdict
stays; what is MOOT is not shown until it is judged again.
"""


class Check(NamedTuple):
    """Something that is looked at every so often. *name* is what is said to be in the way when the look itself fails."""

    name: str
    every_seconds: float
    look: Callable[[], Awaitable[Found]]
    hangs_on: Callable[[], object] = lambda: None
    """What it is looked at again for at once, whenever that has changed."""


class Readiness:
    """Makes *checks*, tells people of every subject that is not ready and of each that is again, and keeps the verdicts."""

    def __init__(
        self,
        checks: Iterable[Check],
        notices: Notices,
        clock: Clock,
        log: Log,
        lag_seconds: Mapping[tuple[str, str], float | None] | None = None,
    ) -> None:
        self.lag_seconds = {} if lag_seconds is None else lag_seconds
        """How far behind each standby was when it was last looked at, by cluster and host; None where nobody can say."""
        self._checks = tuple(checks)
        self._notices = notices
        self._clock = clock
        self._log = log
        self._verdicts: dict[str, Verdict] = {}
        self._moot: set[str] = set()
        self._numbers = count(1)

    def verdicts(self) -> Mapping[str, Verdict]:
        """Return the latest verdict on every subject that was looked at so far."""
        return {subject: verdict for subject, verdict in self._verdicts.items() if subject not in self._moot}

    async def run(self) -> None:
        """Check, until cancelled."""
        await self._clock.sleep(FIRST_SECONDS)
        async with asyncio.TaskGroup() as group:
            for check in self._checks:
                group.create_task(self._keep_looking(check), name=check.name)

    async def _keep_looking(self, check: Check) -> None:
        while True:
            hung_on = check.hangs_on()
            for subject, lack in (await self._look(check)).items():
                self._take(subject, lack)
            await self._rest(check, hung_on)

    async def _rest(self, check: Check, hung_on: object) -> None:
        """Wait until it is time to look again, or what the look *hung_on* has changed."""
        ends_at = self._clock.monotonic() + check.every_seconds
        while (left_seconds := ends_at - self._clock.monotonic()) > 0 and check.hangs_on() == hung_on:
            await self._clock.sleep(min(left_seconds, LOOKS_ANEW_SECONDS))

    async def _look(self, check: Check) -> Found:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                found = dict(await check.look())
        except TimeoutError:
            return {check.name: Lack(f"looking at it did not end within {LOOK_SECONDS:g} seconds", "see what does not answer")}
        except Exception as error:  # a check that fails is no reason to end the duty
            return {check.name: Lack(f"it cannot be looked at: {type(error).__name__}: {error}", "see the controller's log")}
        if check.name in self._verdicts:
            found.setdefault(check.name, None)  # it could not be looked at before
        return found

    def _take(self, subject: str, lack: Lack | Moot | None) -> None:
        if isinstance(lack, Moot):
            self._moot.add(subject)
            return
        self._moot.discard(subject)
        why, remedy = ("", "") if lack is None else lack
        before = self._verdicts.get(subject)
        verdict = self._verdicts[subject] = Verdict(subject, not why, why, remedy, self._clock.wall())
        if before is None or (before.ready, before.why) != (verdict.ready, verdict.why):
            self._log("checked", what=subject, ready=verdict.ready, why=why)
        if verdict.ready is not (before is None or before.ready):
            text = f"{subject} is ready again" if verdict.ready else f"{subject} is not ready: {why}. What to do: {remedy}"
            at = f"{self._clock.wall():.0f}"
            self._notices.say({"id": f"readiness/{at}.{next(self._numbers)}", "kind": "readiness", "text": text})
