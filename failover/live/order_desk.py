"""Where people's orders arrive, and where they ask how things are and what happened: a socket of this machine.

What can be asked, and how it is answered, stands in `desk_requests`.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from failover.core.events import Ordered
from failover.core.notes import NoteKind
from failover.live import audit
from failover.live.clock import Clock
from failover.live.controller import Controller
from failover.live.desk_requests import (
    FollowRequest,
    HistoryRequest,
    OrderRequest,
    PlanRequest,
    Request,
    RequestError,
    StatusRequest,
    StoryRequest,
    VerifyRequest,
    read_request,
)
from failover.live.eyesight import SEES, Eyesight
from failover.live.foresight import plan_document, predicted_seconds
from failover.live.history import Happening, History, Run, RunOutcome, retold
from failover.live.imagining import imagined
from failover.live.journal_file import StoreError
from failover.live.log import Log
from failover.live.origin import Origin
from failover.live.peers import Peer, peer_of
from failover.live.readiness.verdict import Verdict
from failover.live.recollection import Recollection
from failover.live.situation import situation
from failover.live.stories import NoRunsError, UnknownRunError, find_run, happening_document, history_document, story, summary
from topology.errors import did_you_mean

LINE_BYTES_MAX = 65536
Answer = dict[str, Any]


class OrderDesk:
    """Takes orders for *controller*. Who may open the socket may give them: it belongs to the controller's own user.

    *said* returns what the configuration says, for whoever asks how things are.
    """

    def __init__(
        self,
        controller: Controller,
        recollection: Recollection,
        clock: Clock,
        log: Log,
        verdicts: Callable[[], Iterable[Verdict]] = tuple,
        eyesight: Callable[[], Eyesight] = lambda: SEES,
        said: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self._controller = controller
        self._verdicts = verdicts
        self._eyesight = eyesight
        self._said = said
        self._recollection = recollection
        self._clock = clock
        self._log = log
        self._attended: set[asyncio.StreamWriter] = set()

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
        peer = peer_of(writer)
        self._attended.add(writer)
        try:
            while line := await reader.readline():
                async with aclosing(self._answers(line, peer)) as answers:
                    async for answer in answers:
                        writer.write(json.dumps(answer).encode() + b"\n")
                        await writer.drain()
        except (OSError, ValueError, asyncio.CancelledError):
            pass  # whoever asked is gone, or says more than a line may hold; or nobody takes orders any more
        finally:
            self._attended.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        """Keep nobody waiting who follows what will not be told here any more."""
        for writer in list(self._attended):
            writer.transport.abort()

    async def _answers(self, line: bytes, peer: Peer) -> AsyncGenerator[Answer, None]:
        try:
            asked = read_request(_read(line))
            self._expect_cluster(asked)
            if isinstance(asked, FollowRequest):
                async with aclosing(self._follow(asked.follow)) as answers:
                    async for answer in answers:
                        yield answer
            else:
                yield await self._answer(asked, peer)
        except NoRunsError as error:
            yield {"nothing": str(error)}
        except (RequestError, UnknownRunError, StoreError) as error:
            yield {"error": str(error)}

    def _expect_cluster(self, asked: Request) -> None:
        match asked:
            case OrderRequest(cluster=name) | PlanRequest(plan=name) | HistoryRequest(cluster=str(name)):
                known = self._controller.state.clusters
                if name not in known:
                    raise RequestError(f"there is no cluster '{name}'{did_you_mean(name, known)}")
            case _:
                pass

    async def _answer(self, asked: Request, peer: Peer) -> Answer:
        match asked:
            case OrderRequest():
                return await self._take(asked, peer)
            case PlanRequest():
                history, state, to = self._recollection.history, self._controller.state, asked.to
                members = state.settings.clusters[asked.plan].cluster.members
                if to is not None and to not in members:
                    raise RequestError(f"'{to}' is no member of '{asked.plan}'{did_you_mean(to, members)}")
                knowing = imagined(state, asked.plan, history.last_well.get(asked.plan))
                return await asyncio.to_thread(plan_document, knowing, history.recorded(), asked.plan, asked.goal, to)
            case HistoryRequest():
                return history_document(await self._whole_history(), asked.cluster)
            case StoryRequest():
                return story(find_run(await self._whole_history(), asked.story))
            case VerifyRequest():
                return {"wrong": await asyncio.to_thread(audit.verify, self._recollection.journal)}
            case StatusRequest() | FollowRequest():
                return self.status()

    async def _whole_history(self) -> History:
        """Return everything that the journal tells, what is long past too."""
        _, history = await asyncio.to_thread(retold, self._recollection.journal)
        return history

    async def _take(self, order: OrderRequest, peer: Peer) -> Answer:
        operator = order.operator or peer.user
        if not operator:
            raise RequestError("operator: the system does not tell who you are; give your name")
        origin = Origin(operator, peer.user, peer.uid, peer.pid, order.change)
        said = {"order": order.order.value, "cluster": order.cluster, "host": order.host, "reason": order.reason}
        self._log("order", **said, **origin._asdict())
        before = self._recollection.history.under_way(order.cluster)
        told_before = 0 if before is None else len(before.happenings)
        decision = await self._controller.tell(
            Ordered,
            order.cluster,
            order.order,
            operator,
            order.host,
            order.reason,
            order.expected_primary,
            order.for_seconds,
            order.typed_wall_seconds,
            order.service,
            origin=origin,
        )
        answers = (NoteKind.ORDERED, NoteKind.ORDER_REFUSED)
        answer = next((note for note in decision.notes if note.cluster == order.cluster and note.kind in answers), None)
        if answer is not None and answer.kind is NoteKind.ORDER_REFUSED:
            return {"taken": False, "reason": answer.data["reason"]}
        run = self._recollection.history.under_way(order.cluster)
        if run is None:
            return {"taken": True, "run": None}
        return {"taken": True, "run": run.id, "told_before": told_before if run is before else 0}

    def status(self) -> Answer:
        """Return how things are, as far as the controller knows."""
        known = situation(self._controller.name, self._controller.state, self._recollection.history, self._said(), self._eyesight())
        unready = [{"subject": each.subject, "why": each.why, "remedy": each.remedy} for each in self._verdicts() if not each.ready]
        return {**known, "on_duty": True, "at_wall_seconds": self._clock.wall(), "unready": unready}

    async def _follow(self, name: str) -> AsyncGenerator[Answer, None]:
        """Yield what happened in a recovery so far, and what happens, until it ends or halts."""
        await self._recollection.whole.wait()
        history = self._recollection.history
        run = find_run(history, name)
        news = asyncio.Queue[Happening]()

        def hear(of: Run | None, happening: Happening) -> None:
            if of is run:
                news.put_nowait(happening)

        for happening in run.happenings:
            news.put_nowait(happening)
        history.listeners.add(hear)
        try:
            yield {"run": {**summary(run), "predicted_seconds": await self._predicted(run)}}
            while run.outcome is RunOutcome.UNDER_WAY or not news.empty():
                yield {"happening": happening_document(run, await news.get())}
            yield {"over": summary(run)}
        finally:
            history.listeners.discard(hear)

    async def _predicted(self, run: Run) -> Any:
        """Return how long *run*, which is under way, was to take as things stood when it began."""
        if run.plan is None or not run.plan.steps or run.outcome is not RunOutcome.UNDER_WAY:
            return None
        recorded, settings = self._recollection.history.recorded(), self._controller.state.settings
        return await asyncio.to_thread(predicted_seconds, run.plan, recorded, settings)


def _read(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise RequestError("one JSON object a line") from None
