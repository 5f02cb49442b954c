"""Where people's orders arrive, and where they ask how things are: a socket of this machine, one JSON object a line.

{"order": "failover", "cluster": "cases", "operator": "anna", "reason": "db-1 smells of smoke"}     → {"taken": true}
{"order": "resume", "cluster": "cases", "operator": "anna"}            → {"taken": false, "reason": "nothing is paused"}
{"status": true}                                                       → {"controller": "ctl-1", "clusters": {…}}
"""

import asyncio
import json
import os
import socket
import struct
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from failover.core.cluster import ClusterState
from failover.core.events import Ordered, OrderKind
from failover.core.notes import NoteKind
from failover.live.controller import Controller
from failover.live.log import Log
from topology.schema import Entry
from topology.validation import describe

LINE_BYTES_MAX = 65536
_ANSWERS = (NoteKind.ORDERED, NoteKind.ORDER_REFUSED)


class OrderEntry(Entry):
    """An order as it is typed."""

    order: OrderKind
    cluster: str
    operator: Annotated[str, Field(min_length=1)]
    host: str | None = None
    reason: str = ""
    expected_primary: str | None = None
    for_seconds: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] = 0.0
    typed_wall_seconds: Annotated[float, Field(allow_inf_nan=False)] | None = None


class OrderDesk:
    """Takes orders for *controller*. Who may open the socket may give them: it belongs to the controller's own user."""

    def __init__(self, controller: Controller, log: Log) -> None:
        self._controller = controller
        self._log = log

    async def open(self, path: Path) -> asyncio.Server:
        """Begin to take orders at *path*. Raises OSError that names it."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mask = os.umask(0o177)
        try:
            path.unlink(missing_ok=True)  # of an earlier start: whoever has the journal has the socket
            return await asyncio.start_unix_server(self._attend, path, limit=LINE_BYTES_MAX)
        except OSError as error:
            raise OSError(error.errno, f"no orders can be taken: {error.strerror or error}", str(path)) from None
        finally:
            os.umask(mask)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        user = _user_of(writer)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line, user)).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError, asyncio.CancelledError):
            pass  # whoever asked is gone, or says more than a line may hold; or nobody takes orders any more
        finally:
            writer.close()

    async def _answer(self, line: bytes, user: int | None) -> dict[str, Any]:
        try:
            asked = json.loads(line)
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            return {"error": "one JSON object a line"}
        if asked == {"status": True}:
            return self.status()
        try:
            order = OrderEntry.model_validate(asked)
        except ValidationError as error:
            return {"error": "; ".join(f"{each.key}: {each.message}" for each in describe(error, asked, OrderEntry))}
        if order.cluster not in self._controller.settings.clusters:
            return {"error": f"there is no cluster '{order.cluster}'"}
        return await self._take(order, user)

    async def _take(self, order: OrderEntry, user: int | None) -> dict[str, Any]:
        self._log("order", order=order.order.value, cluster=order.cluster, operator=order.operator, host=order.host, user=user)
        decision = await self._controller.tell(
            Ordered,
            order.cluster,
            order.order,
            order.operator,
            order.host,
            order.reason,
            order.expected_primary,
            order.for_seconds,
            order.typed_wall_seconds,
        )
        answer = next((note for note in decision.notes if note.cluster == order.cluster and note.kind in _ANSWERS), None)
        if answer is not None and answer.kind is NoteKind.ORDER_REFUSED:
            return {"taken": False, "reason": answer.data["reason"]}
        return {"taken": True}

    def status(self) -> dict[str, Any]:
        """Return how things are, as far as the controller knows."""
        state = self._controller.state
        return {
            "controller": self._controller.name,
            "term": state.term,
            "clusters": {name: _shown(cluster) for name, cluster in state.clusters.items()},
        }


def _shown(c: ClusterState) -> dict[str, Any]:
    return {
        "state": c.state.value,
        "primary": c.primary,
        "epoch": list(c.epoch),
        "run": c.run,
        "goal": c.goal.value if c.goal else None,
        "candidate": c.candidate,
        "halted": c.halted.value if c.halted else None,
        "held": c.held,
        "approvals": sorted(c.approvals),
        "paused_by": c.paused_by,
        "quarantined": sorted(c.quarantined),
        "off": sorted(c.off),
        "followers": sorted(c.followers),
        "synchronous": [sorted(each) for each in c.synchronous],
        "health": {host: {"health": each.health.value, "seen_by": list(each.seen_by)} for host, each in c.health.items()},
        "steps": {key: each.status.value for key, each in c.steps.items()},
        "refused": dict(c.refused),
    }


def _user_of(writer: asyncio.StreamWriter) -> int | None:
    """Return the number of the user at the other end, where the system tells."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    credentials = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])
