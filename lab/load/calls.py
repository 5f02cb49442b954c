"""Those who call: INVITE, answer, a few words, BYE, by way of the SIP proxy.

Outcomes: `fresh` and `stale`, for calls that were answered from such a copy and taken to their end; `failed`. Lines hold the `host`
that answered and `answered_after_seconds`, or the `reason`.
"""

import asyncio
import itertools
import secrets
import time
from typing import cast

from lab.load.attempts import Ended
from lab.services.programs import sip

PATIENCE_SECONDS = 4.0
"""How long a caller listens to nothing before hanging up."""

TALK_SECONDS = 0.2

Address = tuple[str, int]


class CallFailedError(Exception):
    """The call came to nothing, and why."""


class Callers(asyncio.DatagramProtocol):
    """All who call from one address, each on a call of his own."""

    transport: asyncio.DatagramTransport

    def __init__(self, here: Address, proxy: Address, cases: tuple[str, ...]) -> None:
        self._here = here
        self._proxy = proxy
        self._cases = itertools.cycle(cases)
        self._heard: dict[str, asyncio.Queue[sip.Message]] = {}
        self._acks: dict[str, bytes] = {}

    async def start(self) -> None:
        """Take the socket."""
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=self._here)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, _: Address) -> None:
        """Hand a response to whom it is for; an answer to the INVITE that comes again is acknowledged again."""
        try:
            message = sip.read(data)
        except ValueError:
            return
        call = message.one("call-id")
        if call in self._acks and message.method == "INVITE":
            self.transport.sendto(self._acks[call], self._proxy)
        elif call in self._heard:
            self._heard[call].put_nowait(message)

    async def attempt(self) -> Ended:
        """Make one call."""
        call = f"{secrets.token_hex(8)}@{self._here[0]}"
        self._heard[call] = asyncio.Queue()
        begun = time.monotonic()
        try:
            answer = await self._invite(call, next(self._cases))
            after = round(time.monotonic() - begun, 4)
            await asyncio.sleep(TALK_SECONDS)
            await self._hang_up(call, answer)
        except CallFailedError as problem:
            return Ended("failed", {"reason": str(problem)})
        finally:
            del self._heard[call]
            self._acks.pop(call, None)
        return Ended(answer.one("x-freshness") or "failed", {"host": answer.one("x-host"), "answered_after_seconds": after})

    async def _invite(self, call: str, case: str) -> sip.Message:
        hotline = f"sip:hotline@{self._proxy[0]}:{self._proxy[1]}"
        me = f"sip:caller@{self._here[0]}:{self._here[1]}"
        branch = self._branch()
        offer = f"v=0\r\no=caller 1 1 IN IP4 {self._here[0]}\r\ns=-\r\nc=IN IP4 {self._here[0]}\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
        headers: list[tuple[str, str]] = [("via", branch), ("max-forwards", "70"), ("from", f"<{me}>;tag={secrets.token_hex(4)}")]
        headers += [("to", f"<{hotline}>"), ("call-id", call), ("contact", f"<{me}>"), ("content-type", "application/sdp")]
        invite = sip.Message(f"INVITE {hotline} SIP/2.0", (*headers, ("cseq", "1 INVITE"), ("x-case", case)), offer)
        answer = await self._ask(call, invite)
        if answer.status == 200:
            self._acks[call] = self._within(answer, "ACK", 1).written()
            self.transport.sendto(self._acks[call], self._proxy)
            return answer
        said = [(name, answer.one("to") if name == "to" else value) for name, value in headers if not name.startswith("con")]
        self.transport.sendto(sip.Message(f"ACK {hotline} SIP/2.0", (*said, ("cseq", "1 ACK"))).written(), self._proxy)
        raise CallFailedError(f"INVITE: {answer.start.removeprefix('SIP/2.0 ')}")

    async def _hang_up(self, call: str, answer: sip.Message) -> None:
        ended = await self._ask(call, self._within(answer, "BYE", 2))
        if ended.status != 200:
            raise CallFailedError(f"BYE: {ended.start.removeprefix('SIP/2.0 ')}")

    def _within(self, answer: sip.Message, method: str, number: int) -> sip.Message:
        """A request within the dialog that *answer* made: to its contact, by the proxies that stood on the way."""
        headers = [
            ("via", self._branch()),
            ("max-forwards", "70"),
            *(("route", each) for each in reversed(answer.all("record-route"))),
        ]
        headers += [(name, answer.one(name)) for name in ("from", "to", "call-id")]
        return sip.Message(f"{method} {sip.address(answer.one('contact'))} SIP/2.0", (*headers, ("cseq", f"{number} {method}")))

    async def _ask(self, call: str, request: sip.Message) -> sip.Message:
        """Say *request*, again and again until something is heard (UDP loses things), and return the final response to it."""
        written, method = request.written(), request.method
        again = asyncio.create_task(self._say_again(written))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    message = await self._heard[call].get()
                    if message.method == method:
                        again.cancel()
                        if message.status is not None and message.status >= 200:
                            return message
        except TimeoutError:
            raise CallFailedError(f"{method}: no answer within {PATIENCE_SECONDS:g} s") from None
        finally:
            again.cancel()

    async def _say_again(self, written: bytes) -> None:
        self.transport.sendto(written, self._proxy)
        for wait in sip.waits(PATIENCE_SECONDS):
            await asyncio.sleep(wait)
            self.transport.sendto(written, self._proxy)

    def _branch(self) -> str:
        return f"SIP/2.0/UDP {self._here[0]}:{self._here[1]};branch=z9hG4bK{secrets.token_hex(8)}"
