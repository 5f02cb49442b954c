"""Whenever the driver is killed during a failover, the one that is started after it ends in the same place."""

import multiprocessing
import os
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from failover.core.commands import READ_ONLY
from failover.core.controller import fold
from failover.live.store import read_journal
from tests.failover.live.mortal import Death, OutlivingWorld, WorldFile, be_on_duty, repeated
from tests.failover.live.stage import trio

AT_ONCE = 3
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.failover.live.mortal"])


def live(folder: Path, death: Death | None = None) -> str:
    """Let a driver be on duty in *folder*; return how it ended."""
    said = folder / "ended"
    said.unlink(missing_ok=True)
    process = _PROCESSES.Process(target=be_on_duty, args=(folder, death))
    process.start()
    process.join()
    return said.read_text() if said.exists() else "killed"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster that is well, with a driver who knows it; then its primary is cut off, and lives on."""
    memory = Path("/dev/shm")
    folder = tmp_path_factory.mktemp("before") if not os.access(memory, os.W_OK) else memory / f"continuance-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    world = folder / "well"
    world.mkdir()
    WorldFile(world / "world").make(OutlivingWorld())
    assert live(world) == "well"
    with WorldFile(world / "world").opened() as left:
        left.cut_off.add("db-1")
        left.asked.clear()
    yield world
    shutil.rmtree(folder)


def copied(before: Path, name: str) -> Path:
    shutil.copytree(before, folder := before.parent / name)
    return folder


class Outcome(NamedTuple):
    """What became of the world."""

    serving: str | None = "db-2"
    irreversible: tuple[str, ...] = ("fence db-1", "promote db-2")
    """What was done that cannot be undone."""
    repeated: tuple[str, ...] = ()
    """What was asked for more than once."""
    unintended: tuple[str, ...] = ()
    """What was asked for although no intent of it stands in the journal."""


UNDISTURBED = Outcome()


def outcome(folder: Path) -> Outcome:
    world = WorldFile(folder / "world").read()
    with closing(sqlite3.connect(folder / "journal.db")) as database:
        intended = set(database.execute("SELECT cluster, number FROM intents"))
    unintended = tuple(str(each.id) for each in world.asked if each.id not in intended)
    return Outcome(world.hosts.serving(), tuple(sorted(world.effects)), tuple(repeated(world.asked)), unintended)


def commits(folder: Path, before: Path) -> int:
    return len(read_journal(folder / "journal.db")) - len(read_journal(before / "journal.db"))


def killed_and_started_again(before: Path, death: Death) -> tuple[bool, str]:
    """Let a driver die, and another one take over; return whether it died, and what is wrong with the end.

    No two failovers have the very same events: one may be over before the last of its deaths.
    """
    folder = copied(before, f"{death.moment}-{death.number}")
    try:
        first = live(folder, death)
        end = live(folder) if first == "killed" else first
        found = outcome(folder)
        wrong = end != "well" or found != UNDISTURBED
        return first == "killed", f"{death}: {found}, {end}" if wrong else ""
    finally:
        shutil.rmtree(folder)


def test_killed_at_any_commit_or_act_it_is_taken_up_and_nothing_that_cannot_be_undone_is_done_twice(before: Path) -> None:
    undisturbed = copied(before, "undisturbed")
    assert live(undisturbed) == "well"
    assert outcome(undisturbed) == UNDISTURBED
    numbers = range(1, commits(undisturbed, before) + 1)
    acts = sum(each.kind not in READ_ONLY for each in WorldFile(undisturbed / "world").read().asked)
    deaths = [Death(moment, number) for moment in ("before", "after") for number in numbers]
    deaths += [Death("asked", number) for number in range(1, acts + 1)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = list(pool.map(lambda death: killed_and_started_again(before, death), deaths))
    assert "\n".join(wrong for _, wrong in ends if wrong) == ""
    assert sum(killed for killed, _ in ends) > 0.8 * len(deaths) > 50


def test_killed_again_and_again_it_still_gets_there(before: Path) -> None:
    folder = copied(before, "again-and-again")
    for number in range(40):
        end = live(folder, Death(("before", "after")[number % 2], 9 + number % 7))
        if end == "well":
            break
        assert end == "killed"
    assert live(folder) == "well"
    assert outcome(folder) == UNDISTURBED


def test_what_is_left_folds_to_what_was_applied(before: Path) -> None:
    folder = copied(before, "folded")
    live(folder, Death("after", 12))
    live(folder)
    c = fold(trio(restart="60s"), (line.event for line in read_journal(folder / "journal.db"))).clusters["db"]
    assert (c.primary, c.off, c.quarantined, dict(c.pending)) == ("db-2", frozenset({"db-1"}), frozenset({"db-1"}), {})
