"""Prometheus as a vantage point: it is asked once a second what its own scrapes last came to.

Its silence says that nobody knows, never that something is down; so does a sample that is older than what may still be believed.
That a host answers a scrape says nothing of its database, and so nothing is said of a database host that answers.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from failover.core.events import Seen
from failover.live.clock import Clock
from failover.live.hearing import Hearing
from failover.live.log import Log
from failover.live.monitoring_schema import PrometheusEntry

MISSED_SECONDS = 3.0
"""A Prometheus that has not answered for so long is no longer counted on."""

HostOf = Callable[[Mapping[str, str]], str | None]
"""Says which watched host the labels of a series mean."""


class Prometheus:
    """Asks as *entry* says, and tells *hearing* what comes back."""

    def __init__(
        self,
        entry: PrometheusEntry,
        token: str | None,
        authority: Path | None,
        host_of: HostOf,
        members: frozenset[str],
        hearing: Hearing,
        clock: Clock,
        log: Log,
    ) -> None:
        self.name = entry.name
        self._entry = entry
        self._url = f"{entry.url.rstrip('/')}/api/v1/query"
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._authority = authority
        self._host_of = host_of
        self._members = members
        self._hearing = hearing
        self._clock = clock
        self._log = log
        self._silence: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Ask, until cancelled."""
        verify = ssl.create_default_context(cafile=self._authority)
        try:
            async with httpx.AsyncClient(timeout=None, trust_env=False, verify=verify, headers=self._headers) as client:
                await self._keep_asking(client)
        finally:
            self._expect_nothing()

    async def _keep_asking(self, client: httpx.AsyncClient) -> None:
        said: str | None = None
        while True:
            began = self._clock.monotonic()
            why = await self._ask(client)
            if why != said:
                self._log("vantage_unreachable" if why else "vantage_reached", vantage=self.name, why=why)
            said = why
            await self._clock.sleep(began + self._entry.every - self._clock.monotonic())

    async def _ask(self, client: httpx.AsyncClient) -> str:
        """Ask once, and take in the answer; return what was wrong with it."""
        try:
            async with asyncio.timeout(self._entry.timeout):
                response = await client.post(self._url, data={"query": young(self._entry.query, self._entry.lapses_after)})
            found = sights(response, self._host_of, self._members)
        except TimeoutError:
            return "no answer in time"
        except (httpx.HTTPError, ValueError) as error:
            return str(error) or type(error).__name__
        self._hearing.lives(self.name)
        self._expect_nothing()
        self._silence = self._clock.call_later(self._entry.every + MISSED_SECONDS, self._missed)
        self._hearing.sees(self.name, found)
        return ""

    def _expect_nothing(self) -> None:
        if self._silence is not None:
            self._silence.cancel()

    def _missed(self) -> None:
        self._hearing.miss(self.name)


def young(query: str, seconds: float) -> str:
    """Return *query* without samples older than *seconds*, by Prometheus's own clock.

    How old a sample is, Prometheus tells of a plain selector; what it has calculated is as old as the question.
    """
    return f"({query}) and (time() - timestamp({query})) <= {seconds:g}"


def sights(response: httpx.Response, host_of: HostOf, members: frozenset[str]) -> dict[str, tuple[Seen, str]]:
    """Return what an answer says of hosts. Raises ValueError if it says nothing that can be understood."""
    body = response.json() if response.content else None
    if not isinstance(body, dict) or body.get("status") != "success":
        told = body.get("error") if isinstance(body, dict) else None
        raise ValueError(f"it answers {response.status_code}: {told or 'nothing that Prometheus says'}")
    try:
        values = [(dict(each["metric"]), float(each["value"][1])) for each in body["data"]["result"]]
    except (KeyError, TypeError, ValueError, IndexError):
        raise ValueError("the query does not return one number a series") from None
    there: dict[str, bool] = {}
    for labels, value in values:
        host = host_of(labels)
        if host is not None and value == value:  # not a number says nothing
            there[host] = there.get(host, False) or value != 0.0
    return {
        host: (Seen.ANSWERS, "") if answers else (Seen.NOTHING, "its series is 0")
        for host, answers in there.items()
        if not (answers and host in members)
    }
