"""Alertmanager as a vantage point: it tells which alerts fire, and some of them say that a host is not there.

What it tells holds for a while only, unless it is told again: a word that nobody renews is no longer known to be true. An alert
that is resolved says of a host that it answers; of a database host it says nothing, because nobody has asked its database.
"""

import asyncio
import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from failover.core.events import Seen
from failover.live.clock import Clock
from failover.live.controller import A_MOMENT_SECONDS
from failover.live.hearing import Hearing
from failover.live.http_listener import Answer, HttpListener, Request
from failover.live.log import Log
from failover.live.monitoring_schema import AlertmanagerEntry, place_of

BODY_BYTES_MAX = 8 * 1024 * 1024
"""A thousand alerts with long annotations are about a quarter of it."""
ALERTS_A_HOST_MAX = 100
"""So many are kept of one host; the oldest goes first."""

HostOf = Callable[[Mapping[str, str]], str | None]
"""Says which watched host the labels of an alert or a series mean."""


class AlertEntry(BaseModel):
    """One alert, as far as it is of interest."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    starts_at: AwareDatetime = Field(alias="startsAt")
    fingerprint: str


class Delivery(BaseModel):
    """What Alertmanager posts to a webhook."""

    version: Literal["4"]
    alerts: list[AlertEntry]
    truncated: int = Field(0, alias="truncatedAlerts")


class _Alert(NamedTuple):
    """What was heard last of one alert: *turn* orders what is told of it, whichever way it came."""

    turn: tuple[datetime, bool]
    name: str
    heard_at: float

    @property
    def fires(self) -> bool:
        return not self.turn[1]


class Alertmanager:
    """Takes what the Alertmanager of *entry* posts, and tells *hearing* what it says of hosts."""

    def __init__(
        self,
        entry: AlertmanagerEntry,
        token: str,
        host_of: HostOf,
        members: frozenset[str],
        hearing: Hearing,
        clock: Clock,
        log: Log,
    ) -> None:
        self.name = entry.name
        self._token = token.encode()
        self._alerts = frozenset(entry.alerts)
        self._host_of = host_of
        self._members = members
        self._lapses_after_seconds = entry.lapses_after
        self._hearing = hearing
        self._clock = clock
        self._log = log
        self._listener = HttpListener(place_of(entry.listen), self.respond, clock, log, BODY_BYTES_MAX)
        self._lapse: asyncio.TimerHandle | None = None
        self._heard: dict[str, dict[str, _Alert]] = {}
        """What was heard of each host, by the alert's fingerprint."""
        self.counted: Callable[[str], None] = lambda result: None
        """Is told what became of each request: accepted, malformed or unauthorized."""

    async def run(self) -> None:
        """Listen, until cancelled. What an earlier one heard under this name is forgotten."""
        try:
            self._tell()
            await self._listener.run()
        finally:
            self._expect_nothing()

    async def respond(self, request: Request) -> Answer:
        """Take one request."""
        if request.method != "POST":
            return Answer(405, b"Alertmanager posts its alerts here\n")
        given = request.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(given, b"Bearer " + self._token):
            self.counted("unauthorized")
            self._log("alerts_refused", vantage=self.name, why="the bearer token is not ours")
            return Answer(401, b"the bearer token is not ours\n")
        try:
            delivery = Delivery.model_validate_json(request.body)
        except ValidationError as error:
            self.counted("malformed")
            first = error.errors(include_url=False, include_input=False)[0]
            why = f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}".removeprefix(": ")
            self._log("alerts_refused", vantage=self.name, why=why, bytes=len(request.body))
            return Answer(400, f"this is nothing that Alertmanager posts, version 4: {why}\n".encode())
        self.counted("accepted")
        self._take(delivery)
        return Answer(200)

    def _take(self, delivery: Delivery) -> None:
        at = self._clock.monotonic()
        hosts = {host for alert in delivery.alerts if (host := self._hear(alert, at)) is not None}
        self._log("alerts", vantage=self.name, alerts=len(delivery.alerts), truncated=delivery.truncated, hosts=len(hosts))
        self._tell()

    def _hear(self, alert: AlertEntry, at: float) -> str | None:
        """Take in one alert, and return its host. What came out of turn, after newer word of the same alert, is dropped."""
        name = alert.labels.get("alertname", "")
        host = self._host_of(alert.labels) if name in self._alerts else None
        if host is None:
            return None
        heard = self._heard.setdefault(host, {})
        turn = alert.starts_at, alert.status == "resolved"
        before = heard.pop(alert.fingerprint, None)
        if before is not None and turn < before.turn:
            heard[alert.fingerprint] = before
            return None
        heard[alert.fingerprint] = _Alert(turn, name, at)
        if len(heard) > ALERTS_A_HOST_MAX:
            del heard[next(iter(heard))]
        return host

    def _tell(self) -> None:
        """Tell all that still holds, and again when the first of it lapses."""
        lapsed_at = self._clock.monotonic() - self._lapses_after_seconds
        kept = {
            host: {key: alert for key, alert in heard.items() if alert.heard_at > lapsed_at} for host, heard in self._heard.items()
        }
        self._heard = {host: heard for host, heard in kept.items() if heard}
        self._expect_nothing()
        first = min((alert.heard_at for heard in self._heard.values() for alert in heard.values()), default=None)
        if first is not None:
            self._lapse = self._clock.call_later(first - lapsed_at + A_MOMENT_SECONDS, self._tell)
        self._hearing.sees(self.name, dict(self._sights()))

    def _expect_nothing(self) -> None:
        if self._lapse is not None:
            self._lapse.cancel()
            self._lapse = None

    def _sights(self) -> Iterator[tuple[str, tuple[Seen, str]]]:
        for host, heard in self._heard.items():
            firing = sorted({alert.name for alert in heard.values() if alert.fires})
            if firing:
                yield host, (Seen.NOTHING, f"{', '.join(firing)} fires")
            elif host not in self._members:
                yield host, (Seen.ANSWERS, "")
