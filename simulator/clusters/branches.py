"""Histories of writes. Every promotion begins a branch; a position on a branch says what was written before it.

Positions are seconds of writes: a primary that takes writes gains one each second.
"""

from collections.abc import Iterable

from failover.core.commands import Epoch


class Branch:
    """One history from where it left its parent. What lies between `forked_at` and `acknowledged` was promised to clients."""

    __slots__ = ("acknowledged", "epoch", "forked_at", "host", "parent", "timeline")

    def __init__(self, timeline: int, parent: "Branch | None", forked_at: float, host: str, epoch: Epoch | None) -> None:
        self.timeline = timeline
        self.parent = parent
        self.forked_at = forked_at
        self.acknowledged = forked_at
        self.host = host
        """Who began it."""
        self.epoch = epoch
        """Of the promotion; None for the first branch, and for one begun by hand."""


def limits(branch: Branch, position: float) -> dict[Branch, float]:
    """Return up to where somebody at *position* of *branch* has each branch of his history."""
    found: dict[Branch, float] = {}
    each: Branch | None = branch
    while each is not None:
        found[each] = position
        position = min(position, each.forked_at)
        each = each.parent
    return found


def shared_until(one: Branch, other: Branch) -> float:
    """Return the position up to which the two histories are the same; infinity when they are one branch."""
    if one is other:
        return float("inf")
    of_one = limits(one, float("inf"))
    each: Branch | None = other
    limit = float("inf")
    while each is not None:
        if each in of_one:
            return min(limit, of_one[each])
        limit = each.forked_at
        each = each.parent
    return 0.0


def lacking_seconds(branches: Iterable[Branch], branch: Branch, position: float) -> float:
    """Return how much of what was acknowledged on any of *branches* somebody at *position* of *branch* lacks."""
    has = limits(branch, position)
    missing = 0.0
    for each in branches:
        promised = each.acknowledged - each.forked_at
        if promised > 0:
            missing += promised - max(0.0, min(has.get(each, 0.0), each.acknowledged) - each.forked_at)
    return missing


def branch_at(branch: Branch, position: float) -> Branch:
    """Return the branch that *position* really lies on: one that has not reached a fork yet is still before it."""
    while branch.parent is not None and position < branch.forked_at:
        branch = branch.parent
    return branch
