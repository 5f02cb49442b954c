"""Writers past the proxy: one at each database, all the time, to see who accepts writes. At most one may, in every epoch.

Outcomes: `accepted`; `refused` (a standby, or no room); `unreachable`; `unknown`, for a write that was not answered. Lines hold the
`host`, and for what was accepted the `timeline` it was written on. PostgreSQL begins a new one with every promotion, so two hosts
that accept on the same one were promoted over the same history.
"""

from lab.load.attempts import Ended
from lab.load.sessions import TROUBLE, Place, RefusedError, Session, UnknownError, ask, connect

PATIENCE_SECONDS = 1.0

INSERT = """
insert into probe (host, at, timeline)
values ($1, now(), ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int)
returning timeline
"""
"""A write-ahead file's name begins with the timeline."""


class Prober:
    """The one writer at one database."""

    def __init__(self, host: str, place: Place) -> None:
        self._host = host
        self._place = place
        self._session: Session | None = None

    async def attempt(self) -> Ended:
        """Write once."""
        session, self._session = self._session, None
        try:
            if session is None or session.is_closed():
                session = await connect(self._place, PATIENCE_SECONDS)
        except TROUBLE as problem:
            return Ended("unreachable", {"host": self._host, "reason": str(problem) or type(problem).__name__})
        try:
            timeline = await ask(session, INSERT, self._host, within_seconds=PATIENCE_SECONDS)
        except RefusedError as problem:
            return Ended("refused", {"host": self._host, "reason": str(problem)})
        except UnknownError as problem:
            return Ended("unknown", {"host": self._host, "reason": str(problem)})
        self._session = session
        return Ended("accepted", {"host": self._host, "timeline": timeline})
