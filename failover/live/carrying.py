"""What is needed of whoever carries commands out. The runner of `playbooks` does it for the real ones, a test brings its own."""

from collections.abc import Mapping
from typing import Any, Protocol

from failover.core.commands import Command, CommandKind, Outcome

PEOPLE = frozenset({CommandKind.NOTIFY, CommandKind.ASK})
"""Commands that no machine carries out: people are told."""


class Report(Protocol):
    """What is reported of a command: a hint, and what shows it."""

    @property
    def outcome(self) -> Outcome:
        """Whether it worked, as far as anybody can say."""

    @property
    def evidence(self) -> Mapping[str, Any]:
        """What shows it: nothing but what JSON knows."""


class Runner(Protocol):
    """Carries commands out, several side by side."""

    async def start(self) -> None:
        """Make ready, so that the first command takes no longer than any other."""

    async def carry_out(self, command: Command, deadline_seconds: float) -> Report:
        """Carry *command* out and report. What has not ended after *deadline_seconds* is reported as unknown.

        A hook that was begun before, by whatever process, is not begun again, and reported as failed.
        """

    async def close(self) -> None:
        """End what this process has started here; what runs on hosts goes on."""
