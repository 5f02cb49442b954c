import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from failover.live.channel import Channel, ChannelError, open_channel
from tests.failover.live.servers import HERE, says, tcp
from tests.failover.live.stage import awaited

Meddle = Callable[[bytes], bytes]


@asynccontextmanager
async def connected(meddle: Meddle = lambda line: line, keys: tuple[str, str] = ("key", "key")) -> AsyncIterator[Any]:
    """Both ends of a channel; *meddle* is what somebody between them makes of each line from the caller."""
    called: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set_result(await open_channel(reader, writer, keys[1], caller=False))
        await done.wait()

    async with tcp(attend) as port:

        async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            onward_reader, onward_writer = await asyncio.open_connection(HERE, port)

            async def back() -> None:
                while line := await onward_reader.readline():
                    writer.write(line)
                writer.transport.abort()

            task = asyncio.create_task(back())
            try:
                while line := await reader.readline():
                    onward_writer.write(meddle(line))
            finally:
                task.cancel()
                onward_writer.transport.abort()

        async with tcp(between) as proxy:
            reader, writer = await asyncio.open_connection(HERE, proxy)
            caller = await open_channel(reader, writer, keys[0], caller=True)
            yield caller, await called
            caller.close()
            done.set()


@awaited
async def test_what_is_said_arrives_both_ways_in_order() -> None:
    async with connected() as (caller, called):
        for number in range(3):
            await caller.send({"number": number, "text": "ä\n\ud800"})
            await called.send({"back": number})
        assert [(await called.receive())["number"] for _ in range(3)] == [0, 1, 2]
        assert [(await caller.receive())["back"] for _ in range(3)] == [0, 1, 2]


def changed(line: bytes) -> bytes:
    return line.replace(b'"seen": "nothing"', b'"seen": "primary"')


def twice(line: bytes) -> bytes:
    return line * 2 if b"seen" in line else line


def without_seal(line: bytes) -> bytes:
    return line.partition(b" ")[2] if b"seen" in line else line


@pytest.mark.parametrize("meddle", [changed, twice, without_seal])
def test_what_somebody_changes_repeats_or_invents_on_the_way_is_refused(meddle: Meddle) -> None:
    async def scene() -> None:
        async with connected(meddle) as (caller, called):
            await caller.send({"seen": "nothing"})
            with pytest.raises(ChannelError, match="no seal of ours"):
                for _ in range(2):
                    await called.receive()

    asyncio.run(scene())


@awaited
async def test_ends_with_different_keys_do_not_understand_each_other() -> None:
    async with connected(keys=("key", "other")) as (caller, called):
        await caller.send({"hello": True})
        with pytest.raises(ChannelError, match="do both ends have the same key"):
            await called.receive()


@awaited
async def test_what_one_end_says_cannot_be_sent_back_to_it() -> None:
    heard: list[bytes] = []

    def listen(line: bytes) -> bytes:
        heard.append(line)
        return line

    async with connected(listen) as (caller, called):
        await caller.send({"seen": "nothing"})
        await called.receive()
        called._writer.write(heard[-1])
        with pytest.raises(ChannelError):
            await caller.receive()


@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"continuance-1 short\n", b"\xff\xfe\n", b"x" * 70000])
def test_a_stranger_is_recognised_by_his_greeting(words: bytes) -> None:
    async def scene() -> None:
        async with tcp(says(words)) as port:
            reader, writer = await asyncio.open_connection(HERE, port)
            with pytest.raises(ChannelError, match="does not speak as we do"):
                await open_channel(reader, writer, "key", caller=True)
            writer.transport.abort()

    asyncio.run(scene())


@awaited
async def test_the_end_of_a_connection_is_the_end_of_the_channel() -> None:
    async with connected() as (caller, called):
        called.close()
        with pytest.raises((EOFError, OSError)):
            await caller.receive()
