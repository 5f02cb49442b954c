"""Those who file: each attempt puts one row with an id of its own into the database, by way of the proxy.

Outcomes: `acknowledged`; `failed`, where nothing can have been written, because no session was had or the server refused;
`unknown`, where it may have been. Lines hold the `id`, and a `reason` where there is one. Sessions are kept and used again, as
applications do, so one that lingers on a former primary is noticed; while none is free, as in an outage, each attempt opens its
own.
"""

import itertools
import time

from lab.load.attempts import Ended
from lab.load.sessions import TROUBLE, Place, RefusedError, Session, UnknownError, ask, connect

PATIENCE_SECONDS = 2.0
"""How long a writer waits for a session, and then for the acknowledgement."""

INSERT = "insert into filings (id, at) values ($1, now()) returning id"


class Writers:
    """All who file. Their ids grow from *first_id*."""

    def __init__(self, front: Place) -> None:
        self._front = front
        self._free: list[Session] = []
        self.first_id = time.time_ns() // 1000
        self._ids = itertools.count(self.first_id)

    async def attempt(self) -> Ended:
        """File once."""
        id_ = next(self._ids)
        try:
            session = await self._session()
        except TROUBLE as problem:
            return Ended("failed", {"id": id_, "reason": f"no session: {str(problem) or type(problem).__name__}"})
        try:
            await ask(session, INSERT, id_, within_seconds=PATIENCE_SECONDS)
        except RefusedError as problem:
            return Ended("failed", {"id": id_, "reason": str(problem)})
        except UnknownError as problem:
            return Ended("unknown", {"id": id_, "reason": str(problem)})
        self._free.append(session)
        return Ended("acknowledged", {"id": id_})

    async def _session(self) -> Session:
        while self._free:
            session = self._free.pop()
            if not session.is_closed():
                return session
        return await connect(self._front, PATIENCE_SECONDS)
