"""Of a right that a host has towards several others, a rehearsal says one thing."""

import asyncio
from typing import Any

from failover.core.commands import Outcome
from failover.live.rehearsal import Result, _host
from playbooks.verdict import Report


class Answers:
    """A runner whose hosts hold these rights."""

    def __init__(self, *rights: list[str]) -> None:
        self._rights = rights

    async def survey(self, host: str, closely: bool, deadline_seconds: float) -> Report:
        return Report(Outcome.SUCCEEDED, {"rights": self._rights})


def test_a_member_that_is_let_in_by_one_and_not_by_another_has_one_line_which_fails() -> None:
    runner: Any = Answers(["cases", "peer", ""], ["cases", "peer", "'db-3' does not let it in"], ["", "become", ""])
    found = {each.right: (each.result, each.why) for each in asyncio.run(_host(runner, "db-1"))[1:]}
    assert found == {
        "follow and be rewound from the other members (cases)": (Result.FAILS, "'db-3' does not let it in"),
        "act as root": (Result.WELL, ""),
    }
