"""What is found when somebody looks: the evidence of `verify` and `read_positions`."""

from __future__ import annotations

import time
from typing import Any

from .guard import Guard
from .order import FailedError, Order
from .postgresql import AGAIN_SECONDS, NotRunningError, PostgreSQL, Seen, standbys_in

LOOKS = 4


def read_positions(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Return what a member has, and what it thinks it is."""
    seen = settled(database, closely=True)
    return {
        "role": "standby" if seen.standby else "primary",
        "timeline": seen.timeline,
        "position": seen.position,
        "receiving": receives(seen),
        "behind_seconds": behind_seconds(guard, seen),
        "replay_paused": seen.paused,
        "epoch": promoted_epoch(guard, seen),
        "guard": list(guard.epoch),
    }


def role(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Return whether it is primary, standby or stopped, and under which epoch a primary was promoted."""
    try:
        seen = database.look(closely=True)
    except NotRunningError:
        return {"role": "stopped", "epoch": None, "timeline": database.timeline_on_disk()}
    return {
        "role": "standby" if seen.standby else "primary",
        "epoch": promoted_epoch(guard, seen),
        "timeline": seen.timeline,
    }


def follows(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Return whom it streams from."""
    try:
        return {"follows": source(order, database.look())}
    except NotRunningError:
        return {"follows": None}


def synchronous(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Return of whom its commits wait for one."""
    others = [host for host in order.members if host != order.target]
    return {"standbys": standbys_in(running(database).synchronous, others)}


def running(database: PostgreSQL, *, closely: bool = False) -> Seen:
    """Return what a database says of itself that has to run for what is wanted of it."""
    try:
        return database.look(closely=closely)
    except NotRunningError:
        raise FailedError("its database does not run") from None


def settled(database: PostgreSQL, *, closely: bool = False) -> Seen:
    """Look until a standby has what its primary had a moment ago, or a few times: what is on its way is not missing."""
    seen = running(database, closely=closely)
    for _ in range(LOOKS):
        if seen.receiver is None or seen.receiver["has_all"]:
            break
        time.sleep(AGAIN_SECONDS)
        seen = running(database, closely=closely)
    return seen


def receives(seen: Seen) -> bool:
    """Say whether more may still come, now or as soon as its primary answers again."""
    return seen.standby and (bool(seen.follows) or seen.receiver is not None)


def source(order: Order, seen: Seen) -> str | None:
    """Return the member that it streams from; one that is only configured does not count."""
    receiver = seen.receiver
    if not seen.standby or receiver is None or receiver["status"] != "streaming":
        return None
    address = (receiver["host"], receiver["port"])
    return next((host for host, each in order.members.items() if (each["address"], each["port"]) == address), None)


def behind_seconds(guard: Guard, seen: Seen) -> float | None:
    """Return how far behind its primary a standby is at most; None where it has never replayed a transaction.

    While it is connected the primary says how far it has come. When it is cut off, what it was then is remembered. Else there is
    only the time since the latest transaction that it has: in a database where nobody writes that says too much.
    """
    if not seen.standby:
        return 0.0
    if seen.receiver is not None and seen.receiver["status"] == "streaming":
        measured = 0.0 if seen.receiver["has_all"] else seen.receiver["behind_seconds"]
    elif not seen.follows and "behind_seconds" in guard.memory:
        measured = guard.memory["behind_seconds"]
    else:
        measured = seen.replayed_seconds_ago
    return None if measured is None else round(max(0.0, measured), 3)


def promoted_epoch(guard: Guard, seen: Seen) -> list[int] | None:
    """Return the epoch of the promotion that began the timeline it writes; None if it was not ours."""
    promoted = guard.memory.get("promoted")
    if seen.standby or promoted is None or promoted["timeline"] != seen.timeline:
        return None
    epoch: list[int] = promoted["epoch"]
    return epoch
