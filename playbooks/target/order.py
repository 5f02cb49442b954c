"""What this host is told to do: one JSON object in base64, so that no name in it ever reaches a shell or a template as code."""

from __future__ import annotations

import binascii
import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple


class FailedError(Exception):
    """It was not done. *evidence* says more than the reason where there is more to say."""

    def __init__(self, reason: str, **evidence: Any) -> None:
        super().__init__(reason)
        self.evidence = {"reason": reason, **evidence}


class UnclearError(Exception):
    """Nobody can say whether it was done: something did not answer in time."""


class Order(NamedTuple):
    """One command, and what it acts on here. Only what its kind needs of *database*, *proxy* and *page* is filled."""

    cluster: str
    command: str
    number: int
    epoch: tuple[int, int]
    target: str
    details: Mapping[str, Any]
    database: Mapping[str, Any]
    members: Mapping[str, Mapping[str, Any]]
    """Where each member of the cluster is reached: address, port, slot; by host."""
    proxy: Mapping[str, Any]
    page: Mapping[str, Any]
    ends_at: float
    """When, by the monotonic clock, nobody waits any longer."""

    def left(self, at_most_seconds: float = 3600.0) -> float:
        """Return how many seconds something may still take."""
        return max(0.05, min(at_most_seconds, self.ends_at - time.monotonic()))


def decode(text: str) -> Order:
    """Read what the controller sent."""
    sent = json.loads(binascii.a2b_base64(text))
    term, number = sent["epoch"]
    return Order(
        cluster=sent["cluster"],
        command=sent["command"],
        number=sent["number"],
        epoch=(term, number),
        target=sent["target"],
        details=sent["details"],
        database=sent.get("database") or {},
        members=sent.get("members") or {},
        proxy=sent.get("proxy") or {},
        page=sent.get("page") or {},
        ends_at=time.monotonic() + sent["seconds"],
    )
