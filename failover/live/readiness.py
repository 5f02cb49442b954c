"""Sees to it that what a failover needs would work today: that fences answer, and for the host they are meant for; that vantage
points report. Whoever is on call hears of it before it is needed, and again when it is mended.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict
from itertools import count
from typing import Any

from failover.live.clock import Clock
from failover.live.hearing import Hearing
from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.secret_sources import SecretError
from playbooks.equipment import Redfish
from playbooks.redfish import PowerError, System

FIRST_SECONDS = 10.0
"""A start needs some time until everybody has been reached."""
EVERY_SECONDS = 60.0

Check = Callable[[], Coroutine[Any, Any, str]]
"""Says what is in the way; nothing where nothing is."""


class Readiness:
    """Makes *checks* every so often, and tells people of each that fails, and of each that no longer does."""

    def __init__(self, checks: Mapping[str, Check], notices: Notices, clock: Clock, log: Log) -> None:
        self._checks = checks
        self._notices = notices
        self._clock = clock
        self._log = log
        self._why: dict[str, str] = {}
        self._numbers = count(1)

    async def run(self) -> None:
        """Check, until cancelled."""
        await self._clock.sleep(FIRST_SECONDS)
        while True:
            await asyncio.gather(*(self._look(name, check) for name, check in self._checks.items()))
            await self._clock.sleep(EVERY_SECONDS)

    async def _look(self, name: str, check: Check) -> None:
        try:
            why = await check()
        except Exception as error:  # a check that fails is no reason to end the duty
            why = f"{type(error).__name__}: {error}"
        before = self._why.get(name)
        self._why[name] = why
        if before is None:
            self._log("checked", what=name, ready=not why, why=why)
        if bool(why) is not bool(before):
            text = f"{name} is not ready: {why}" if why else f"{name} is ready again"
            at = f"{self._clock.wall():.0f}"
            await self._notices.say({"id": f"readiness/{at}.{next(self._numbers)}", "kind": "readiness", "text": text})


def vantage_check(hearing: Hearing, vantage: str) -> Check:
    """Return the check that *vantage* reports."""

    async def check() -> str:
        return "" if hearing.hears(vantage) else "it does not report, and without it too few may see that a host is lost"

    return check


def fence_check(power: Redfish, secrets: Callable[[str], str]) -> Check:
    """Return the check that the power controller of a host answers, and speaks of that host."""

    def ask() -> str:
        try:
            system = System(asdict(power), secrets(power.credentials))
        except (OSError, SecretError) as error:
            return str(error)
        try:
            system.is_on()
        except PowerError as error:
            return str(error)
        finally:
            system.close()
        return "" if system.identity == power.host else f"it speaks of '{system.identity}'"

    async def check() -> str:
        return await asyncio.to_thread(ask)

    return check
