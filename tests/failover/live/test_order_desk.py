import asyncio
import json
import os
import pwd
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from failover.core.commands import CommandKind
from failover.core.states import State
from failover.live.audit import read_audit
from tests.failover.live.stage import Duty, awaited, on_duty, trio, until

ORDER = {"order": "pause", "cluster": "db", "operator": "anna"}


class Typing:
    """Somebody who types."""

    def __init__(self, duty: Duty, path: Path) -> None:
        self.duty = duty
        self.path = path

    async def type(self, *lines: Any) -> list[dict[str, Any]]:
        reader, writer = await asyncio.open_unix_connection(self.path)
        answers = []
        for line in lines:
            writer.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
            answers.append(json.loads(await reader.readline()))
        writer.close()
        await writer.wait_closed()
        return answers

    async def follow(self, run: str) -> list[dict[str, Any]]:
        """Everything that is said to whoever follows *run*."""
        reader, writer = await asyncio.open_unix_connection(self.path)
        writer.write(json.dumps({"follow": run}).encode() + b"\n")
        heard: list[dict[str, Any]] = []
        while not heard or "over" not in heard[-1]:
            heard.append(json.loads(await reader.readline()))
        writer.close()
        return heard


@asynccontextmanager
async def typing(folder: Path, **policy: Any) -> AsyncIterator[Typing]:
    path = folder / "run" / "continuance.sock"
    async with on_duty(folder, settings=trio(**policy), socket=path) as duty:
        await until(lambda: duty.lines("led"))
        yield Typing(duty, path)


@awaited
async def test_an_order_is_taken_or_refused_with_its_reason(tmp_path: Path) -> None:
    async with typing(tmp_path) as t:
        assert await t.type(ORDER, {**ORDER, "order": "resume"}, {**ORDER, "order": "resume"}) == [
            {"taken": True, "run": None},
            {"taken": True, "run": None},
            {"taken": False, "reason": "nothing is paused"},
        ]
        assert [line["operator"] for line in t.duty.lines("order")] == ["anna"] * 3


@awaited
async def test_a_switchover_can_be_typed(tmp_path: Path) -> None:
    async with typing(tmp_path) as t:
        await until(t.duty.settled)
        order = {"order": "switchover", "cluster": "db", "operator": "anna", "host": "db-3", "expected_primary": "db-1"}
        assert await t.type(order) == [{"taken": True, "run": "db/1", "told_before": 0}]
        await until(lambda: t.duty.db.primary == "db-3" and t.duty.db.state.value == "watching")
        assert t.duty.world.serving() == "db-3"
        (refusal,) = await t.type(order)
        assert refusal == {"taken": False, "reason": "it expects 'db-1' as primary, which is 'db-3'"}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"failover now\n", "one JSON object a line"),
        (b"[1]\n", "one JSON object a line"),
        (b"[" * 20000 + b"\n", "one JSON object a line"),
        ({"order": "failovr", "cluster": "db", "operator": "anna"}, "order: 'failovr' is not one of"),
        ({"order": "pause", "operator": "anna"}, "cluster: the key 'cluster' is missing"),
        ({**ORDER, "operator": ""}, "operator: must not be empty"),
        ({**ORDER, "cluster": "cases"}, "there is no cluster 'cases'"),
        ({**ORDER, "why": "because"}, "why: 'why' is not a key here"),
        (b'{"order": "pause", "cluster": "db", "operator": "anna", "typed_wall_seconds": NaN}\n', "typed_wall_seconds: "),
        (b'{"order": "maintenance", "cluster": "db", "operator": "anna", "for_seconds": Infinity}\n', "for_seconds: "),
    ],
)
def test_what_is_no_order_is_said_to_be_none_and_changes_nothing(tmp_path: Path, line: Any, error: str) -> None:
    async def scene() -> None:
        async with typing(tmp_path) as t:
            (answer,) = await t.type(line)
            assert answer["error"].startswith(error)
            assert t.duty.lines("order") == []
            assert (await t.type({"status": True}))[0]["clusters"]["db"]["paused_by"] is None

    asyncio.run(scene())


@awaited
async def test_somebody_who_hangs_up_or_never_ends_his_line_disturbs_nobody(tmp_path: Path) -> None:
    async with typing(tmp_path) as t:
        for words in (b"", b'{"order": "pause"', b"x" * 200_000):
            _, writer = await asyncio.open_unix_connection(t.path)
            writer.write(words)
            writer.transport.abort()
        assert await t.type(ORDER) == [{"taken": True, "run": None}]


@awaited
async def test_whoever_asks_is_told_how_things_are(tmp_path: Path) -> None:
    async with typing(tmp_path) as t:
        await until(t.duty.settled)
        (status,) = await t.type({"status": True})
        assert (status["controller"], status["term"]) == ("controller-1", 1)
        db = status["clusters"]["db"]
        assert (db["state"], db["primary"], db["followers"]) == ("watching", "db-1", ["db-2", "db-3"])
        assert db["health"]["db-1"]["health"] == "primary"


@awaited
async def test_an_order_bears_what_the_system_knows_of_whoever_typed_it(tmp_path: Path) -> None:
    account = pwd.getpwuid(os.getuid()).pw_name
    async with typing(tmp_path) as t:
        nameless = {key: value for key, value in ORDER.items() if key != "operator"}
        await t.type({**ORDER, "change": "CHG-1"}, nameless)
        typed, named = t.duty.lines("order")
        assert (typed["operator"], typed["user"], typed["uid"], typed["pid"]) == ("anna", account, os.getuid(), os.getpid())
        assert (typed["change"], named["operator"]) == ("CHG-1", account)
    said = [row.said for row in read_audit(tmp_path / "journal.db") if row.said["what"] == "order"]
    assert [(each["operator"], each["user"], each["pid"]) for each in said] == [
        ("anna", account, os.getpid()),
        (account, account, os.getpid()),
    ]


@awaited
async def test_a_recovery_can_be_followed_while_it_happens_and_joined_later(tmp_path: Path) -> None:
    async with typing(tmp_path) as t:
        await until(t.duty.calm)
        t.duty.runner.held[CommandKind.PROMOTE] = asyncio.Event()
        t.duty.lose("db-1")
        await until(lambda: t.duty.db.state is State.PROMOTING)
        early = asyncio.create_task(t.follow("db"))
        await asyncio.sleep(0.05)
        assert not early.done()
        t.duty.runner.held[CommandKind.PROMOTE].set()
        followed = await early
        await until(lambda: not t.duty.db.hooks)
        later = await t.follow("db/1")
    begun, *happenings, over = followed
    assert (begun["run"]["run"], over["over"]["outcome"], over["over"]["primary"]) == ("db/1", "done", "db-2")
    assert begun["run"]["predicted_seconds"]["p50"] > 0
    assert [each["happening"] for each in later[1:-1]][: len(happenings)] == [each["happening"] for each in happenings]
    assert later[-1] == over


@awaited
async def test_whoever_follows_and_hangs_up_disturbs_nobody(tmp_path: Path) -> None:
    async with typing(tmp_path) as t:
        await until(t.duty.calm)
        t.duty.runner.held[CommandKind.PROMOTE] = asyncio.Event()
        t.duty.lose("db-1")
        await until(lambda: t.duty.db.state is State.PROMOTING)
        reader, writer = await asyncio.open_unix_connection(t.path)
        writer.write(b'{"follow": "db"}\n')
        await reader.readline()
        writer.transport.abort()
        t.duty.runner.held[CommandKind.PROMOTE].set()
        await until(lambda: t.duty.db.state is State.WATCHING and t.duty.db.primary == "db-2")
        await until(lambda: not t.duty.driver.recollection.history.listeners)


@awaited
async def test_plans_stories_and_the_state_of_the_audit_can_be_asked_for(tmp_path: Path) -> None:
    async with typing(tmp_path) as t:
        await until(t.duty.settled)
        order = {"order": "switchover", "cluster": "db", "operator": "anna", "host": "db-3"}
        await t.type(order)
        await until(lambda: t.duty.db.primary == "db-3" and t.duty.db.state is State.WATCHING)
        plan, wrong, history, story, verified = await t.type(
            {"plan": "db", "goal": "switchover", "to": "db-2"},
            {"plan": "db", "to": "db-9"},
            {"history": True, "cluster": "db"},
            {"story": "last"},
            {"verify": True},
        )
        assert (plan["goal"], plan["primary"]) == ("switchover", "db-3")
        assert wrong["error"].startswith("'db-9' is no member of 'db'")
        assert [each["run"] for each in history["entries"]] == [None, "db/1"]
        assert (story["goal"], story["outcome"], story["orders"][0]["operator"]) == ("switchover", "done", "anna")
        assert verified == {"wrong": ""}


@awaited
async def test_a_run_that_nobody_knows_is_said_to_be_none(tmp_path: Path) -> None:
    async with typing(tmp_path) as t:
        assert await t.type({"follow": "db"}, {"story": "db/1"}) == [{"nothing": "there has been no recovery yet"}] * 2


@awaited
async def test_the_socket_is_for_its_owner_alone_and_gone_with_the_controller(tmp_path: Path) -> None:
    async with typing(tmp_path) as t:
        assert stat.S_IMODE(t.path.stat().st_mode) & 0o177 == 0
    assert not t.path.exists()


@awaited
async def test_a_socket_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    place = tmp_path / "taken"
    (place / "continuance.sock").mkdir(parents=True)
    async with on_duty(tmp_path, socket=place / "continuance.sock") as duty:
        duty.fails = True
        assert duty.task is not None
        with pytest.raises(OSError, match=r"no orders can be taken: .*continuance\.sock"):
            await duty.task


@awaited
async def test_a_socket_that_a_killed_controller_left_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    server = await asyncio.start_unix_server(lambda reader, writer: None, tmp_path / "run" / "continuance.sock")
    server.close()
    assert (tmp_path / "run" / "continuance.sock").exists()
    async with typing(tmp_path) as t:
        assert await t.type(ORDER) == [{"taken": True, "run": None}]
