"""The one who decides, on a real machine: whatever it is told is journaled, then applied, and only then acted upon.

What comes in is taken one after the other. Nothing here waits for a target: commands are sent by the outbox, and what is reported
of them comes in like everything else.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeVar

from failover.core.cluster import Controller as CoreState
from failover.core.commands import Command
from failover.core.controller import Decision, step
from failover.core.events import Event, HealthChanged, LeaseGained, Ordered, Woken
from failover.core.notes import NoteKind
from failover.core.settings import Settings
from failover.core.states import RESTING
from failover.live.carrying import PEOPLE
from failover.live.clock import Clock
from failover.live.encoding import EncodingError
from failover.live.log import Log
from failover.live.origin import Origin
from failover.live.resuming import begin_rules, carried, resumed, state_text
from failover.live.store import COMPACT_AFTER, LeaseLostError, Store, StoreError

A_MOMENT_SECONDS = 1e-4
"""So much later than due a timer rings, that no rounding makes it early."""
SLOW_SECONDS = 1.0
"""A store that takes longer for one event is worth telling."""

Tell = Callable[..., Event]
"""A kind of event, still without its times."""
Result = TypeVar("Result")


class _Told(NamedTuple):
    kind: Tell
    arguments: tuple[Any, ...]
    decided: asyncio.Future[Decision]
    origin: Origin | None = None


class Controller:
    """Leads from `run` on, until it can no longer write."""

    def __init__(self, name: str, settings: Settings, store: Store, clock: Clock, log: Log) -> None:
        self.name = name
        self.settings = settings
        self.state: CoreState = resumed(settings, store)
        self.led: Callable[[Iterable[Command]], None] = lambda untold: None
        """Is told whenever it leads anew: what was sent before, and what was seen, concerns nobody any more. *untold* are messages
        to people that may never have left.
        """
        self.send: Callable[[Command], None] = lambda command: None
        """Is given each command once it may be sent."""
        self.forgot: Callable[[Iterable[str]], None] = lambda hosts: None
        """Is told of which hosts the mind has to be made up anew, because something was done to them."""
        self.decided: Callable[[Event, Decision], None] = lambda event, decision: None
        """Is told of everything that is decided, for whoever looks on."""
        self.recorded: Callable[[int, Event, Decision, Origin | None], None] = lambda number, event, decision, origin: None
        """Is told of the same with its number in the journal, and where it came from, if it is an order."""
        self.committed: Callable[[float], None] = lambda took_seconds: None
        """Is told how long each event took to be on disk."""
        self.feel: Callable[[], object] = lambda: None
        """Is called before anything counts, to find out whether this process stood still."""
        self._store = store
        self._clock = clock
        self._log = log
        self._disk = ThreadPoolExecutor(1, "store")  # so that a slow disk keeps nobody from looking
        self._inbox: deque[_Told] = deque()
        self._news = asyncio.Event()
        self._wake: asyncio.TimerHandle | None = None
        self._leading = False
        self._lease_lost = False
        self._turn = asyncio.Lock()
        self._compacted_at = 0

    def tell(self, kind: Tell, *arguments: Any, origin: Origin | None = None) -> asyncio.Future[Decision]:
        """Let the core know of something, and where an order comes from. What it decides will be known once that is journaled."""
        told = _Told(kind, arguments, self._future(), origin)
        self._inbox.append(told)
        self._news.set()
        return told.decided

    async def run(self) -> None:
        """Lead, and take what comes in, until cancelled. Raises StoreError when nothing can be journaled."""
        while True:
            self.feel()
            if self._lease_lost:
                raise LeaseLostError("the journal was taken over, put back from a copy, or removed")
            if not self._leading:
                await self._lead()
            if not self._inbox:
                self._news.clear()
                await self._news.wait()
            else:
                async with self._turn:
                    await self._take(self._next())

    async def go_by(self, settings: Settings) -> None:
        """Decide by *settings* from the next event on. Raises StoreError where that cannot be, and goes on as before."""
        async with self._turn:
            state = carried(self.state, settings)
            await self._on_disk(begin_rules, self._store, state)
            self.settings, self.state = settings, state
        self.tell(Woken)

    async def note(self, said: Mapping[str, Any]) -> None:
        """Write into the audit what somebody changed without an order. Raises StoreError."""
        await self._on_disk(self._store.note, {**said, "at_wall_seconds": self._clock.wall()})

    def lead_again(self) -> None:
        """Gain the lease anew before anything else counts: this process has stood still for longer than a lease lasts."""
        self._leading = False
        self._news.set()

    async def may_release(self) -> bool:
        """Say whether what was decided may still be done: asked right before what cannot be taken back."""
        self.feel()
        self._lease_lost = self._lease_lost or not await self._on_disk(self._store.holds_lease)
        if self._lease_lost:
            self._news.set()
        self.feel()
        return self._leading and not self._lease_lost

    def close(self) -> None:
        """Take nothing more. What is being written is written."""
        self._sleep_on()
        self._disk.shutdown(wait=True)
        for told in self._inbox:
            told.decided.cancel()

    async def _lead(self) -> None:
        """Gain the lease and take over what the journal says, whoever wrote it."""
        behind = await self._on_disk(self._store.gain, self.name)
        untold = await self._on_disk(self._store.unfinished, PEOPLE)
        self._log("led", controller=self.name, term=self._store.term, events=self._store.length, behind=behind)
        for told in [each for each in self._inbox if each.kind is not Ordered]:
            self._inbox.remove(told)  # it was seen, or reported, under another term
            told.decided.cancel()
        self._inbox.appendleft(_Told(LeaseGained, (self._store.term, self.name, behind), self._future()))
        self._leading = True
        self.led(untold)

    def _next(self) -> _Told:
        """Take what has come in. How hosts are goes first: where much has waited for the store, the rest is stale."""
        if self._inbox[0].kind is not LeaseGained:
            for told in self._inbox:
                if told.kind is HealthChanged:
                    self._inbox.remove(told)
                    return told
        return self._inbox.popleft()

    async def _take(self, told: _Told) -> None:
        """Journal an event with what it leads to, and let it count only if that worked.

        What it leads to is decided beforehand, because deciding changes nothing: a decision that cannot be written is dropped.
        """
        event = told.kind(self._clock.monotonic(), self._clock.wall(), *told.arguments)
        entry = self._store.entry(event)
        decision = step(self.state, entry.event)
        began = self._clock.monotonic()
        refusal = next((str(each.data["reason"]) for each in decision.notes if each.kind is NoteKind.ORDER_REFUSED), "")
        await self._on_disk(self._store.append, entry, decision.commands, told.origin, refusal)
        took_seconds = self._clock.monotonic() - began
        self.committed(took_seconds)
        if took_seconds > SLOW_SECONDS:
            self._log("store_slow", seconds=round(took_seconds, 3))
        self.state = decision.state
        self._wake_up(decision.wake_at)
        self.forgot(decision.forgotten)
        for command in decision.commands:
            self.send(command)
        self.decided(entry.event, decision)
        try:
            self.recorded(entry.number, entry.event, decision, told.origin)
        except Exception as error:  # whoever keeps the memory of it ends no duty
            self._log("not_remembered", number=entry.number, why=f"{type(error).__name__}: {error}")
        if not told.decided.done():
            told.decided.set_result(decision)
        await self._compact()

    async def _compact(self) -> None:
        """Pack what is no longer needed, if that is much and nothing is under way. That it cannot be done never stops anything."""
        if self._store.length - max(self._store.snapshot_at, self._compacted_at) < COMPACT_AFTER:
            return
        if any(c.state not in RESTING for c in self.state.clusters.values()):
            return
        self._compacted_at = self._store.length
        try:
            await self._on_disk(self._store.compact, state_text(self.state))
            self._log("compacted", events=self._store.length)
        except (EncodingError, StoreError) as error:
            self._log("not_compacted", why=str(error))

    def _wake_up(self, at: float | None) -> None:
        self._sleep_on()
        if at is not None:
            seconds = at - self._clock.monotonic() + A_MOMENT_SECONDS
            self._wake = self._clock.call_later(seconds, partial(self.tell, Woken))

    def _sleep_on(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None

    def _future(self) -> asyncio.Future[Decision]:
        return asyncio.get_running_loop().create_future()

    async def _on_disk(self, function: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._disk, function, *arguments)
