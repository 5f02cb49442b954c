import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer.main

from console.main import app
from tests.console.command_line import continuance

ROOT = Path(__file__).parents[2]
INSTALLED = Path(sys.executable).with_name("continuance")


def commands(command: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """Yield the path of every command, groups left out."""
    below = getattr(command, "commands", {})
    if not below:
        yield path
    for name, each in below.items():
        yield from commands(each, *path, name)


ALL = list(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_the_help_of_every_command_has_an_example_of_it(path: tuple[str, ...]) -> None:
    printed = continuance(*path, "--help", columns=200).printed
    assert "Example" in printed
    assert f"continuance {' '.join(path)} " in printed or f"continuance {' '.join(path)}\n" in printed


def test_there_is_no_command_that_these_tests_do_not_see() -> None:
    assert {("replay",), ("why",), ("compare",), ("scenarios", "list"), ("topology", "show")} <= set(ALL)


def test_a_command_nobody_knows_is_bad_input() -> None:
    outcome = continuance("repaly")
    assert outcome.code == 2
    assert "No such command 'repaly'. Did you mean 'replay'" in outcome.err


def test_an_option_nobody_knows_is_bad_input() -> None:
    assert continuance("replay", "five-server-outage", "--sed", "1").code == 2


def installed(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([INSTALLED, *words], capture_output=True, check=False, env={**os.environ, **environment}, timeout=120)


def test_the_installed_command_replays_and_refuses() -> None:
    done = installed("replay", "lines-cut")
    assert (done.returncode, done.stderr) == (0, b"")
    refused = installed("replay", "lines-uncut")
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert refused.stderr.endswith(b"did you mean 'lines-cut'?\n")


def test_a_missed_expectation_is_an_exit_code_of_the_installed_command(tmp_path: Path) -> None:
    scenario = tmp_path / "missed.yaml"
    scenario.write_text(
        """\
name: missed
topology: immigration-courts
start: 2014-04-12T00:00-04:00
horizon: 5d
incident: [{at: 0h, fail: [fc-db-1]}]
expect: [{response: as-it-stands, measure: services.case-records.outages, value: 9, within: 0%}]
""",
        encoding="utf-8",
    )
    assert installed("replay", str(scenario)).returncode == 0
    assert installed("replay", str(scenario), "--check").returncode == 1


@pytest.mark.parametrize("form", ["json", "yaml", "table"])
def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(form: str) -> None:
    words = ("replay", "five-server-outage", "--seed", "3", "--output", form)
    first, second = (installed(*words, PYTHONHASHSEED=seed, COLUMNS="100") for seed in ("1", "2"))
    assert first.returncode == 0
    assert first.stdout == second.stdout


@pytest.mark.skipif(os.name != "posix", reason="pipes break this way on POSIX alone")
def test_a_reader_that_has_had_enough_is_no_failure() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [str(INSTALLED), "replay", "five-server-outage", "--output", "json"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=120)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk to be full")
def test_a_full_disk_is_told_in_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([INSTALLED, "scenarios", "list"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (3, b"the output: No space left on device\n")


def test_the_version_is_that_of_the_distribution() -> None:
    assert continuance("--version").printed.strip() == version("continuance")


@pytest.mark.parametrize(
    "words", [("controller", "check", "c.yaml"), ("controller", "run", "c.yaml"), ("failover", "status", "--config", "c.yaml")]
)
def test_a_library_that_a_plain_set_up_lacks_is_named_in_one_line(words: tuple[str, ...]) -> None:
    lacking = "import sys; sys.modules['asyncpg'] = None; from console.main import main; main()"
    done = subprocess.run([sys.executable, "-c", lacking, *words], capture_output=True, text=True, check=False, cwd=ROOT)
    remedy = "pip install 'continuance[controller]', or in a clone: make .venv/lab"
    assert (done.returncode, done.stderr) == (3, f"this needs 'asyncpg', which a plain set-up does without: {remedy}\n")
