"""How the controller hears what the vantage points see, and makes up its mind. Only changes of mind are told to the core."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

from failover.core.detector import Detector
from failover.core.events import HealthChanged, Seen
from failover.live.clock import Clock
from failover.live.controller import A_MOMENT_SECONDS, Controller
from failover.live.log import Log

OVERDUE_SECONDS = 1.5
"""Vantage points elsewhere say every second that they are there. Who has said nothing for so long may have fallen silent."""


class _Forgetting(Detector):
    """A detector that can forget what a vantage point saw of one host, as it forgets what one saw that reports no longer."""

    def unsaid(self, at: float, vantage: str, host: str) -> None:
        """Forget what *vantage* saw of *host*: nobody knows what it would see now."""
        if self._seen.get(host, {}).pop(vantage, None) is not None:
            self._lean(at, host)


class Hearing:
    """The detector of *controller*, for as long as it leads, and what each vantage point said last."""

    def __init__(self, controller: Controller, clock: Clock, log: Log) -> None:
        self._controller = controller
        self._clock = clock
        self._log = log
        self._said: dict[str, dict[str, Seen]] = {}
        self._lived_at: dict[str, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.waited_for: dict[str, str] = {}
        """For whom commits wait, in PostgreSQL's words, as each host said it last that was primary then."""
        self.waits_anew: Callable[[str, str], None] = lambda host, names: None
        """Is told when a primary says it differently, and again whenever the controller begins anew."""
        self.feel: Callable[[], object] = lambda: None
        """Is called before a mind is made up, to find out whether this process stood still."""
        self._detector = self._new_detector()

    def hear(self, vantage: str, found: Iterable[tuple[str, Seen, str]]) -> None:
        """Take in what *vantage* sees differently now: host, what is seen, and why."""
        at = self._clock.monotonic()
        for host, seen, why in found:
            if host not in self._controller.settings.concerns:
                continue
            self._log("seen", vantage=vantage, host=host, seen=seen.value, why=why)
            self._said.setdefault(vantage, {})[host] = seen
            self._detector.heard(at, vantage, host, seen)
        self._conclude()

    def waits(self, host: str, names: str) -> None:
        """Take in for whom the commits of *host* wait, which is primary."""
        self.waited_for[host] = names
        self.waits_anew(host, names)

    def sees(self, vantage: str, found: Mapping[str, tuple[Seen, str]]) -> None:
        """Take *found* for all that *vantage* sees, by host; what it would see now of others that it saw before, nobody knows."""
        at, said = self._clock.monotonic(), self._said.get(vantage, {})
        for host in [host for host in said if host not in found]:
            del said[host]
            self._log("seen", vantage=vantage, host=host, seen=None, why="nothing is known of it any more")
            self._detector.unsaid(at, vantage, host)
        if vantage in self._said and not said:
            del self._said[vantage]
        self.hear(vantage, [(host, seen, why) for host, (seen, why) in found.items() if said.get(host) is not seen])

    def sights(self) -> dict[str, dict[str, Seen]]:
        """Return what each vantage point said last of each host."""
        return {vantage: dict(said) for vantage, said in self._said.items()}

    def hears(self, vantage: str) -> bool:
        """Say whether *vantage* reports."""
        return vantage in self._said

    def lives(self, vantage: str) -> None:
        """Take note that *vantage*, which is elsewhere, has just said something."""
        self._lived_at[vantage] = self._clock.monotonic()

    def miss(self, vantage: str) -> None:
        """Count no longer on what *vantage* saw: it no longer reports.

        Who else is overdue is missed with it: no mind is made up by what only some of those said who fell silent together.
        """
        at = self._clock.monotonic()
        overdue = [each for each, lived_at in self._lived_at.items() if at > lived_at + OVERDUE_SECONDS]
        for each in dict.fromkeys((vantage, *overdue)):
            self._lived_at.pop(each, None)
            if self._said.pop(each, None) is not None:
                self._log("vantage_lost", vantage=each)
                self._detector.lost(at, each)
        self._conclude()

    def renew(self, hosts: Iterable[str]) -> None:
        """Make up the mind about *hosts* anew: something was done to them that nobody can have seen yet."""
        for host in hosts:
            self._detector.renew(self._clock.monotonic(), host)
            self._conclude()

    def begin(self) -> None:
        """Make up the mind anew, for a controller that has just begun to lead."""
        self._detector = self._new_detector()
        self._take_all()
        for host, names in self.waited_for.items():
            self.waits_anew(host, names)

    def look_anew(self) -> None:
        """Let everything have been seen just now: this process stood still, and time that nobody looked in proves nothing."""
        at = self._clock.monotonic()
        for vantage in self._said:
            self._detector.lost(at, vantage)
        self._take_all()

    def close(self) -> None:
        """Hear nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _new_detector(self) -> _Forgetting:
        settings = self._controller.settings
        quorum = max((each.policy.vantage_quorum for each in settings.clusters.values()), default=2)
        return _Forgetting(settings.windows(), quorum)

    def _take_all(self) -> None:
        at = self._clock.monotonic()
        for vantage, said in self._said.items():
            for host, seen in said.items():
                self._detector.heard(at, vantage, host, seen)
        self._conclude()

    def _conclude(self) -> None:
        """Tell what has changed in the mind, and see to when it may change next by time alone."""
        self.close()
        self.feel()
        changed = self._detector.conclude(self._clock.monotonic())
        primaries = {c.primary for c in self._controller.state.clusters.values()}
        for host, health, seen_by in sorted(changed, key=lambda change: change[0] in primaries):
            # of what is lost together, a primary is told last
            self._log("health", host=host, health=health.value, seen_by=seen_by)
            self._controller.tell(HealthChanged, host, health, seen_by, self._detector.back(host))
        due = self._detector.due()
        if due is not None:
            self.close()
            self._timer = self._clock.call_later(due - self._clock.monotonic() + A_MOMENT_SECONDS, self._conclude)
