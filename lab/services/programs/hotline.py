"""The hotline: takes calls over SIP, answers each from the last copy of the cases, and says how fresh that is.

A caller keys in a case number; here it stands in the INVITE's header `X-Case`, where a telephone would send tones. The answer
stands in the 200's headers, where a voice would read it out: `X-Answer`, `X-Freshness` (fresh or stale), `X-As-Of`, `X-Host`.
Without any copy the call is refused with 503, and the proxy rings the other host.
"""

import asyncio
import itertools
import json
import socket
from typing import cast

from lab.services.programs import sip
from lab.services.programs.last_copy import LastCopy

PORT = 5060
ANSWER_AGAIN_SECONDS = 32.0
"""For how long a 200 is said again while no ACK comes (RFC 3261, 13.3.1.4)."""

SILENCE = "v=0\r\no=hotline 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na=inactive\r\n"
"""A session in which no sound flows: what is tried here is whether calls are answered, and from what."""

Address = tuple[str, int]


class Hotline(asyncio.DatagramProtocol):
    """All calls of this host. A call is known by its Call-ID, and lasts from the INVITE to the BYE."""

    transport: asyncio.DatagramTransport

    def __init__(self, address: str, copy: LastCopy) -> None:
        self._address = address
        self._copy = copy
        self._answers: dict[str, bytes] = {}
        self._unacknowledged: dict[str, asyncio.Task[None]] = {}
        self._tags = itertools.count(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, source: Address) -> None:
        """Answer a request. Responses are nobody's: this side asks nothing."""
        try:
            request = sip.read(data)
        except ValueError:
            return
        call = request.one("call-id")
        match request.method if request.status is None else None:
            case "INVITE":
                self._invited(call, request, source)
            case "ACK":
                self._acknowledged(call)
            case "BYE":
                self._acknowledged(call)
                known = self._answers.pop(call, None) is not None
                self._say(request, source, *((200, "OK") if known else (481, "Call Does Not Exist")))
            case "OPTIONS" | "CANCEL":  # a call is answered at once, so there is never anything left to cancel
                self._say(request, source, 200, "OK")
            case None:
                pass
            case _:
                self._say(request, source, 405, "Method Not Allowed")

    def _invited(self, call: str, request: sip.Message, source: Address) -> None:
        if call in self._answers:  # the same INVITE, said again
            self.transport.sendto(self._answers[call], source)
            return
        answer = self._copy.answer(request.one("x-case"))
        if answer is None:
            self._say(request, source, 503, "No Copy Of The Cases")
            return
        more = (
            ("contact", f"<sip:hotline@{self._address}:{PORT}>"),
            ("x-host", socket.gethostname()),
            ("x-answer", json.dumps(answer.case)),
            ("x-freshness", answer.freshness),
            ("x-as-of", answer.as_of.isoformat(timespec="milliseconds")),
            ("content-type", "application/sdp"),
        )
        said = sip.response(request, 200, "OK", tag=self._tag(), more=more, body=SILENCE.format(address=self._address)).written()
        self._answers[call] = said
        self.transport.sendto(said, source)
        self._unacknowledged[call] = asyncio.get_running_loop().create_task(self._say_again(call, said, source))

    async def _say_again(self, call: str, said: bytes, source: Address) -> None:
        """Say the 200 again until the ACK comes; a caller who never sends it is gone."""
        for wait in sip.waits(ANSWER_AGAIN_SECONDS):
            await asyncio.sleep(wait)
            self.transport.sendto(said, source)
        self._answers.pop(call, None)
        self._unacknowledged.pop(call, None)

    def _acknowledged(self, call: str) -> None:
        if waiting := self._unacknowledged.pop(call, None):
            waiting.cancel()

    def _say(self, request: sip.Message, source: Address, status: int, reason: str) -> None:
        self.transport.sendto(sip.response(request, status, reason, tag=self._tag()).written(), source)

    def _tag(self) -> str:
        return f"{socket.gethostname()}-{next(self._tags)}"


def serve(address: str, copy: LastCopy) -> None:
    """Take calls for ever."""

    async def taking_calls() -> None:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: Hotline(address, copy), local_addr=(address, PORT))
        await asyncio.Event().wait()

    asyncio.run(taking_calls())
