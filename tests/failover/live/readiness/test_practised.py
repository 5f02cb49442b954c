from dataclasses import replace
from pathlib import Path

from failover.live.practice import Kind, Practice
from failover.live.readiness.practised import DAY_SECONDS, practice_check
from failover.live.readiness.verdict import Lack
from tests.failover.live.readiness.looking import controller, known, looked
from tests.failover.live.stage import FastClock


def lack(tmp_path: Path, days_ago: float | None) -> Lack | None:
    practice, clock = Practice(tmp_path / "state"), FastClock()
    if days_ago is not None:
        practice.note("db", Kind.REHEARSAL, clock.wall() - days_ago * DAY_SECONDS)
    return looked(practice_check(practice, controller(known()), "db", clock, "continuance failover rehearse db"))[
        "the practice of 'db'"
    ]


def test_what_was_never_tried_is_not_ready(tmp_path: Path) -> None:
    found = lack(tmp_path, None)
    assert found is not None
    assert found.why == "its failover was never drilled or rehearsed"
    assert "continuance failover rehearse db" in found.remedy


def test_a_rehearsal_counts_for_a_season(tmp_path: Path) -> None:
    assert lack(tmp_path, 89) is None
    found = lack(tmp_path, 120)
    assert found is not None
    assert "120 days ago" in found.why


def test_a_failover_is_practice_too(tmp_path: Path) -> None:
    practice, watched = Practice(tmp_path), controller(known())
    check = practice_check(practice, watched, "db", FastClock(), "continuance failover rehearse db")
    assert looked(check)["the practice of 'db'"] is not None
    watched.state = replace(watched.state, clusters={"db": replace(watched.state.clusters["db"], primary="db-2")})
    assert looked(check)["the practice of 'db'"] is None
    assert set(practice.read()["db"]) == {Kind.RECOVERY}


def test_a_memory_that_is_torn_proves_nothing_and_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "practice.json").write_text('{"db": {"rehearsal": ')
    practice = Practice(tmp_path)
    assert practice.latest_seconds("db") is None
    practice.note("db", Kind.REHEARSAL, 5.0)
    assert practice.latest_seconds("db") == 5.0
