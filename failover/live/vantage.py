"""A second pair of eyes: a small agent on another host, which looks at what a controller tells it to, and reports what changes.

    python -m failover.live.vantage --listen 10.0.0.6:7410 --key file:/etc/continuance/vantage.key

Whoever has the key may let it look; without a controller it does nothing. It says every second that it is still there: its
silence means that nobody knows what it sees, never that something is down.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from failover.core.events import Seen
from failover.live.channel import LINE_BYTES_MAX, Channel, ChannelError, open_channel
from failover.live.clock import Clock
from failover.live.log import Log
from failover.live.plan import Plan, watches
from failover.live.prober import Prober
from failover.live.secret_sources import SecretError, Secrets, known_source

SIGN_OF_LIFE_SECONDS = 1.0
PORT = 7410


class Agent:
    """Serves controllers that know *key*. Each has its own probes, for as long as its connection lasts."""

    def __init__(self, key: str, secrets: Callable[[str], str], clock: Clock, log: Log) -> None:
        self._key = key
        self._secrets = secrets
        self._clock = clock
        self._log = log

    async def serve(self, address: str, port: int) -> asyncio.Server:
        """Begin to listen at *address*."""
        server = await asyncio.start_server(self._attend, address, port, limit=LINE_BYTES_MAX)
        self._log("listening", address=address, port=port)
        return server

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = writer.get_extra_info("peername")
        try:
            channel = await open_channel(reader, writer, self._key, caller=False)
            plan = Plan.model_validate(await channel.receive())
            self._log("watching", caller=caller, hosts=sorted(plan.hosts))
            await self._report(channel, plan)
        except* (ChannelError, EOFError, OSError, ValueError, SecretError) as errors:
            why = "; ".join(dict.fromkeys(_in_words(each) for each in errors.exceptions))
            self._log("left", caller=caller, why=why)
        finally:
            writer.transport.abort()

    async def _report(self, channel: Channel, plan: Plan) -> None:
        """Look, and say what changes, until the caller is gone."""
        news: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        def changed(host: str, seen: Seen, why: str) -> None:
            news.put_nowait({"host": host, "seen": seen.value, "why": why})

        def waits(host: str, names: str) -> None:
            """Say also what a controller understands that knows nothing of it: that the host is primary."""
            news.put_nowait({"host": host, "seen": Seen.PRIMARY.value, "why": "", "waits_for": names})

        prober = Prober(watches(plan, self._secrets), plan.pace, changed, self._clock)
        prober.waits = waits
        async with asyncio.TaskGroup() as group:
            group.create_task(prober.run())
            group.create_task(self._live(news))
            group.create_task(_until_gone(channel))
            while True:
                await channel.send(await news.get())

    async def _live(self, news: asyncio.Queue[dict[str, Any]]) -> None:
        while True:
            news.put_nowait({})
            await self._clock.sleep(SIGN_OF_LIFE_SECONDS)


async def _until_gone(channel: Channel) -> None:
    """Notice that the caller is gone: he has nothing more to say."""
    await channel.receive()
    raise ChannelError("the caller says more than he may")


def _in_words(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(dict.fromkeys(_in_words(each) for each in error.exceptions))
    match error:
        case ValidationError():
            return "what it is told to look at cannot be read"
        case EOFError():
            return "the connection was closed"
        case _:
            return str(error) or type(error).__name__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the agent until it is told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m failover.live.vantage", description="Look at hosts for a controller elsewhere."
    )
    parser.add_argument(
        "--listen", required=True, metavar="ADDRESS:PORT", help=f"where controllers call; the port may be left out ({PORT})"
    )
    parser.add_argument(
        "--key", required=True, metavar="SOURCE", help="the key that controllers know: file:PATH, env:NAME, credential:NAME"
    )
    parser.add_argument("--secret", action="append", default=[], metavar="NAME=SOURCE", help="a password that probes need")
    given = parser.parse_args(arguments)
    address, _, port = given.listen.rpartition(":") if ":" in given.listen else (given.listen, "", str(PORT))
    sources = dict(each.partition("=")[::2] for each in given.secret) | {"key": given.key}
    try:
        secrets = Secrets({name: known_source(source) for name, source in sources.items()}, Path())
        key = secrets("key")
        number = int(port)
    except (SecretError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return asyncio.run(_serve(address.strip("[]"), number, key, secrets))


async def _serve(address: str, port: int, key: str, secrets: Secrets) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    log = Log()
    try:
        server = await Agent(key, secrets, Clock(), log).serve(address, port)
    except OSError as error:
        print(f"error: {address}:{port}: {error.strerror}", file=sys.stderr)
        return 3
    await stopped.wait()
    server.close()
    log("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
