"""Just enough SIP over UDP (RFC 3261) for a caller and for the hotline: read a message, answer it, say a request again.

Headers keep their order, because a proxy's Via and Record-Route stack in it. Only what this needs is read: a header stands on one
line, and the body is told by the end of the datagram.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[str, str]]

T1_SECONDS = 0.5
"""First wait before a message is sent again; it doubles each time, up to 4 s (RFC 3261, 17.1.2.2)."""

_SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type"}


@dataclass(frozen=True)
class Message:
    """A request or a response: its first line, its headers with names in lower case, its body."""

    start: str
    headers: Headers
    body: str = ""

    @property
    def status(self) -> int | None:
        """The status of a response; None of a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0 ") else None

    @property
    def method(self) -> str:
        """What a request asks, or what a response answers."""
        return self.one("cseq").rpartition(" ")[2] if self.status is not None else self.start.partition(" ")[0]

    def all(self, name: str) -> list[str]:
        """Every value of a header, one a line, in order."""
        return [value for each, value in self.headers if each == name]

    def one(self, name: str) -> str:
        """The first value of a header, empty where it is absent."""
        return next(iter(self.all(name)), "")

    def written(self) -> bytes:
        """The datagram."""
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers), f"content-length: {len(self.body.encode())}"]
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()


def read(datagram: bytes) -> Message:
    """Read a datagram; ValueError says that it is no SIP."""
    head, _, body = datagram.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    if "SIP/2.0" not in start:
        raise ValueError(f"no SIP message: {start[:40]!r}")
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        headers.append((_SHORT.get(name, name), value.strip()))
    return Message(start, tuple(each for each in headers if each[0] != "content-length"), body)


def response(request: Message, status: int, reason: str, *, tag: str, more: Headers = (), body: str = "") -> Message:
    """Answer *request*: what every response repeats of it, with the answerer's *tag*."""
    repeated = [(name, value) for name, value in request.headers if name in ("via", "record-route", "from", "call-id", "cseq")]
    to = request.one("to")
    to = to if ";tag=" in to else f"{to};tag={tag}"
    return Message(f"SIP/2.0 {status} {reason}", (*repeated, ("to", to), *more), body)


def address(value: str) -> str:
    """The URI of a name-addr: what stands between angle brackets, or all before the parameters."""
    return value.partition("<")[2].partition(">")[0] if "<" in value else value.partition(";")[0].strip()


def waits(until_seconds: float) -> Iterable[float]:
    """The pauses between sending the same message again, while they fit within *until_seconds*."""
    wait, spent = T1_SECONDS, 0.0
    while spent + wait < until_seconds:
        yield wait
        spent += wait
        wait = min(2 * wait, 4.0)
