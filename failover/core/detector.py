"""What all vantage points together make of a host. "I cannot reach it" is not "it is dead": that takes several of them, and time.

Volatile: it is not journaled, only its changes of mind are. A controller that gains the lease begins with a new one and looks
anew during its grace period. Times are of the monotonic clock of the controller that owns it.
"""

from collections.abc import Mapping

from failover.core.events import Health, Seen

_HEALTH = {
    Seen.PRIMARY: Health.PRIMARY,
    Seen.STANDBY: Health.STANDBY,
    Seen.ANSWERS: Health.ANSWERS,
    Seen.REFUSED: Health.PROCESS_DEAD,
    Seen.NOTHING: Health.SILENT,
}
_WELL = (Seen.PRIMARY, Seen.STANDBY, Seen.ANSWERS)


class Detector:
    """Judges every host of *windows* (how long it has to be lost before it counts as lost) by what *quorum* vantage points see."""

    def __init__(self, windows: Mapping[str, float], quorum: int) -> None:
        self._windows = windows
        self._quorum = quorum
        self._seen: dict[str, dict[str, Seen]] = {host: {} for host in windows}
        self._leaning: dict[str, tuple[Health, float]] = {}
        """What each host looks like now, where that differs from what is thought of it, and since when."""
        self._mind: dict[str, tuple[Health, tuple[str, ...]]] = {}
        self._renewed: dict[str, Health | None] = {}
        """What each host looked like when its mind had to be made up anew: an old sight, until it has lasted."""
        self._changed: set[str] = set()

    def heard(self, at: float, vantage: str, host: str, seen: Seen) -> None:
        """Take in what *vantage* sees of *host*, which holds until it says otherwise."""
        if self._seen[host].get(vantage) is not seen:
            self._seen[host][vantage] = seen
            self._lean(at, host)

    def lost(self, at: float, vantage: str) -> None:
        """Forget what *vantage* saw: it no longer reports, and nobody knows what it sees now."""
        for host, seen in self._seen.items():
            if seen.pop(vantage, None) is not None:
                self._lean(at, host)

    def renew(self, at: float, host: str) -> None:
        """Make up the mind about *host* anew: something was done to it that nobody can have seen yet."""
        if self._mind.pop(host, None) is not None:
            self._changed.discard(host)
            self._leaning.pop(host, None)
            self._renewed[host] = self._looks(host)
            self._lean(at, host)

    def back(self, host: str) -> bool:
        """Say whether somebody sees the database of *host*, which counts as dead still, accept writes."""
        leaning, _ = self._leaning.get(host, (None, 0.0))
        mind, _ = self._mind.get(host, (None, ()))
        return mind is Health.PROCESS_DEAD and leaning is Health.PRIMARY

    def due(self) -> float | None:
        """Return when a mind changes if nothing else is heard, 0 if one has changed already; None if time alone changes none."""
        if self._changed:
            return 0.0
        return min((since + self._patience(host, health) for host, (health, since) in self._leaning.items()), default=None)

    def conclude(self, at: float) -> list[tuple[str, Health, tuple[str, ...]]]:
        """Return what is thought differently of at *at* than it was: host, health, and who sees it."""
        for host, (health, since) in list(self._leaning.items()):
            if at >= since + self._patience(host, health):
                del self._leaning[host]
                self._renewed.pop(host, None)
                self._mind[host] = health, self._seen_by(host)
                self._changed.add(host)
        changed = [(host, *self._mind[host]) for host in self._windows if host in self._changed]
        self._changed.clear()
        return changed

    def _lean(self, at: float, host: str) -> None:
        health, back = self._looks(host), self.back(host)
        mind, seen_by = self._mind.get(host, (None, ()))
        if mind in (Health.SILENT, Health.PROCESS_DEAD) and self._seen_by(host) != seen_by:
            self._mind[host] = mind, self._seen_by(host)  # who sees it is told at once, so that nobody attests that it is off
            self._changed.add(host)
        if health is None or health is mind:
            self._leaning.pop(host, None)
        elif host not in self._leaning or self._leaning[host][0] is not health:
            self._leaning[host] = health, at
        if self.back(host) is not back:
            self._changed.add(host)  # told at once too, so that nobody goes by what is about to change

    def _looks(self, host: str) -> Health | None:
        """Say what *host* looks like: well to anybody is well, lost takes a quorum; None where too few have looked to say."""
        seen = self._seen[host].values()
        for each in _WELL:
            if each in seen:
                return _HEALTH[each]
        lost = Seen.REFUSED if Seen.REFUSED in seen else Seen.NOTHING
        return _HEALTH[lost] if len(seen) >= self._quorum else None

    def _seen_by(self, host: str) -> tuple[str, ...]:
        return tuple(sorted(vantage for vantage, seen in self._seen[host].items() if seen is not Seen.NOTHING))

    def _patience(self, host: str, health: Health) -> float:
        """Say how long something has to look like *health* to count as it: what is well is believed soon, though not at once."""
        if host in self._renewed and health is self._renewed[host]:
            return self._windows[host]
        if host not in self._mind and host not in self._renewed:
            return 0.0 if health not in (Health.SILENT, Health.PROCESS_DEAD) else self._windows[host]
        return self._windows[host] if health in (Health.SILENT, Health.PROCESS_DEAD) else self._windows[host] / 2
