"""The history of a controller on duty: what its journal tells, which is read beside everything else, and what is decided since."""

import asyncio
import threading
from pathlib import Path

from failover.core.controller import Decision
from failover.core.events import Event
from failover.live.controller import Controller
from failover.live.history import History, retold
from failover.live.journal_file import StoreError
from failover.live.log import Log
from failover.live.origin import Origin
from failover.live.waited_for import Said


class Recollection:
    """What *controller* knows of what happened. Until its *journal* is read, `history` begins with this start."""

    def __init__(self, controller: Controller, journal: Path, log: Log) -> None:
        self.journal = journal
        self.history = History(bounded=True)
        self.whole = asyncio.Event()
        """Is set once the journal has been read."""
        self._log = log
        self._since: list[tuple[int, Event, Decision, Origin | None]] = []
        self._heard: list[Said] = []
        controller.recorded = self._take

    async def run(self) -> None:
        """Read the journal. That it cannot be read never ends the duty."""
        ended = threading.Event()
        try:
            _, history = await asyncio.to_thread(retold, self.journal, bounded=True, ended=ended)
        except StoreError as error:
            self._log("history_unread", why=str(error))
        else:
            for taken in self._since:
                if taken[0] > history.number:
                    history.take(*taken)
            for said in self._heard:
                history.hear(said)
            self.history = history
        finally:
            ended.set()
        self._since, self._heard = [], []
        self.whole.set()

    def hear(self, said: Said) -> None:
        """Take in for whom commits wait."""
        if not self.whole.is_set():
            self._heard.append(said)
        self.history.hear(said)

    def _take(self, number: int, event: Event, decision: Decision, origin: Origin | None) -> None:
        if not self.whole.is_set():
            self._since.append((number, event, decision, origin))
        self.history.take(number, event, decision, origin)
