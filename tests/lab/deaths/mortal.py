"""The driver of production, which is killed with SIGKILL at a given moment of a failover on real hosts.

    python -m tests.lab.deaths.mortal MOMENT NUMBER FILE --config controller.yaml

It dies before or after the so-manieth commit to its journal, or when the so-manieth task of a playbook starts or has ended. What
comes before FILE is there is not counted.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from failover.core.commands import Command
from failover.live import serving
from failover.live.configuration import Configuration
from failover.live.driver import main
from failover.live.origin import Origin
from failover.live.store import Entry, Store
from playbooks.runner import Heard, Runner
from playbooks.verdict import Report, TaskEvent, TaskState


class Moment(StrEnum):
    """What is counted."""

    BEFORE = "before"  # a commit
    AFTER = "after"  # a commit
    STARTED = "started"  # a task
    ENDED = "ended"  # a task


class Death(NamedTuple):
    """At which of them it dies."""

    moment: Moment
    number: int

    def __str__(self) -> str:
        return f"{self.moment}-{self.number}"


class Fate:
    """Counts, and kills. Tasks are told of in threads."""

    def __init__(self, death: Death, counted_from: Path) -> None:
        self._death = death
        self._counted_from = counted_from
        self._count = 0
        self._counting = threading.Lock()

    def reached(self, moment: Moment) -> None:
        """Die, if this is the moment."""
        if moment is self._death.moment and self._counted_from.exists():
            with self._counting:
                self._count += 1
                if self._count == self._death.number:
                    os.kill(os.getpid(), signal.SIGKILL)


def be_mortal(fate: Fate) -> None:
    """Let what this process makes of journals and runners be mortal."""

    class MortalStore(Store):
        def append(self, entry: Entry, commands: Iterable[Command], origin: Origin | None = None, refusal: str = "") -> None:
            fate.reached(Moment.BEFORE)
            super().append(entry, commands, origin, refusal)
            fate.reached(Moment.AFTER)

    class MortalRunner(Runner):
        async def carry_out(self, command: Command, deadline_seconds: float, heard: Heard | None = None) -> Report:
            def hear(event: TaskEvent) -> None:
                fate.reached(Moment.STARTED if event.state is TaskState.STARTED else Moment.ENDED)

            return await super().carry_out(command, deadline_seconds, hear)

    def runner_of(configuration: Configuration) -> Runner:
        return MortalRunner(configuration.equipment, configuration.inventory, configuration.state, configuration.secrets)

    vars(serving).update(Store=MortalStore, runner_of=runner_of)


if __name__ == "__main__":
    moment, number, file, *others = sys.argv[1:]
    be_mortal(Fate(Death(Moment(moment), int(number)), Path(file)))
    sys.exit(main(others))
