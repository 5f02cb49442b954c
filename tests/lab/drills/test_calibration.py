"""How long commands took in drills becomes what replays draw from."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.drills.calibration import Sample, calibration, read_log
from topology.errors import InputError
from topology.laws import Lognormal, quantile
from topology.lawtext import parse_law
from topology.timing import Timed


def ended(command: str, seconds: float | None, outcome: str = "succeeded") -> dict[str, Any]:
    return {
        "at": "…",
        "event": "ended",
        "id": "cases/1.1",
        "command": command,
        "target": "db-1",
        "seconds": seconds,
        "outcome": outcome,
    }


def log(folder: Path, *lines: dict[str, Any]) -> Path:
    file = folder / "controller.log"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return file


def test_what_succeeded_says_how_long_its_command_takes(tmp_path: Path) -> None:
    file = log(tmp_path, ended("fence", 0.08), ended("reroute", 0.4, "failed"), {"event": "sent", "command": "fence"})

    assert list(read_log(file)) == [Sample(Timed.FENCE, 0.08)]


def test_what_was_given_up_in_time_says_how_long_silence_takes_to_find_out(tmp_path: Path) -> None:
    file = log(
        tmp_path, ended("read_positions", 3.9, "unknown"), ended("promote", 60.0, "unknown"), ended("fence", None, "unknown")
    )

    assert list(read_log(file)) == [Sample(Timed.UNREACHABLE, 3.9)]


def test_what_waited_for_the_controller_to_make_ready_says_nothing(tmp_path: Path) -> None:
    sent = {"event": "sent", "id": "cases/1.1", "command": "fence"}
    file = log(tmp_path, {"event": "led", "term": 1}, sent, ended("fence", 2.3), sent, ended("fence", 0.08))

    assert list(read_log(file)) == [Sample(Timed.FENCE, 0.08)]


def test_a_person_who_answers_late_calibrates_nothing(tmp_path: Path) -> None:
    assert list(read_log(log(tmp_path, ended("ask", 900.0)))) == []


def test_a_line_that_is_none_is_reported_with_its_number(tmp_path: Path) -> None:
    file = log(tmp_path, ended("fence", 0.08))
    file.write_text(file.read_text(encoding="utf-8") + "{half a li", encoding="utf-8")

    with pytest.raises(InputError, match=r"controller.log:2: is no line of a controller's log"):
        list(read_log(file))


def test_the_law_has_the_median_of_what_was_recorded() -> None:
    law = parse_law(calibration(Sample(Timed.FENCE, seconds) for seconds in (0.1, 0.2, 0.4))["fence"]["value"])

    assert isinstance(law, Lognormal)
    assert quantile(law, 0.5) == pytest.approx(0.2)
    assert quantile(law, 0.95) == pytest.approx(0.2 * 2**1.6449, rel=0.01)


def test_what_takes_next_to_no_time_has_a_law_that_can_be_read() -> None:
    assert parse_law(calibration([Sample(Timed.NOTIFY, 0.0001)] * 5)["notify"]["value"])


def test_of_fewer_than_three_nothing_is_said() -> None:
    assert calibration([Sample(Timed.FENCE, 0.1)] * 2) == {}


def test_samples_that_are_all_alike_still_have_a_spread() -> None:
    law = parse_law(calibration([Sample(Timed.FENCE, 0.1)] * 5)["fence"]["value"])
    assert quantile(law, 0.95) > 0.1
