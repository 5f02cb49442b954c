"""Whatever a user can do wrong ends with one line that says where and what would be right, exit code 2, and no traceback."""

import errno
import os
from pathlib import Path

import pytest

from tests.console.command_line import continuance
from tests.scenarios.writing import HEAD, NETWORK, write

INCIDENT = "incident: [{at: 0h, fail: [db-1]}]\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ["five-server-outag"],
            "standby-lost); did you mean 'five-server-outage'?",
        ),
        (["nowhere/to/be.yaml"], "nowhere/to/be.yaml: there is no such file, and no scenario of that name"),
        (["x" * 5000], "File name too long"),
        ([""], "there is no such file"),
        (
            ["five-server-outage", "--response", "as-happend"],
            "the response 'as-happend' is not defined; did you mean 'as-happened'?",
        ),
        (["five-server-outage", "--on", "north-coast"], "north-coast: there is no such file, and no shipped network of that name"),
        (["five-server-outage", "--fail", "x"], "--fail: makes a scenario of its own; leave 'five-server-outage' out, or --fail"),
        (["five-server-outage", "--start", "2020-01-01T00:00+00:00"], "--start: goes with --fail; a scenario has its own"),
        (["five-server-outage", "--horizon", "5d"], "--horizon: goes with --fail; a scenario has its own"),
        ([], "replay: name a scenario, or a network and what fails on it: --on FILE --fail HOST"),
        (["--fail", "x"], "--fail: name a scenario, or a network and what fails on it: --on FILE --fail HOST"),
        (["--on", "immigration-courts"], "--on: name a scenario, or a network and what fails on it: --on FILE --fail HOST"),
        (["--on", "immigration-courts", "--fail", ","], "--on: name a scenario, or a network and what fails on it"),
        (["lines-cut", "--on", "immigration-courts"], "incident: no host fails in this incident, so it has no pattern for another"),
    ],
)
def test_a_replay_that_cannot_be_asked_for_is_refused(words: list[str], complaint: str) -> None:
    assert complaint in continuance("replay", *words).problem


@pytest.mark.parametrize(
    ("fail", "complaint"),
    [
        ("fc-srv-9", "--fail: incident.0.fail: the name 'fc-srv-9' is not defined; did you mean 'fc-srv-5'?"),
        (
            "case-db",
            "--fail: incident.0.fail: 'case-db' is a cluster, which fails only through its hosts; name hosts, components or",
        ),
        ("lookup", "--fail: incident.0.fail: 'lookup' is a service, which fails only through its hosts; name hosts, components or"),
        ("fc-[5-1]", "--fail: incident.0.fail: 'fc-[5-1]' is not a range; write for example web-[1-3], lowest first"),
        ("fc-srv-[1-", "--fail: incident.0.fail: 'fc-srv-[1-' is not a range; write for example web-[1-3], lowest first"),
        ("[1-99999999]", "--fail: incident.0.fail: '[1-99999999]' is a range of more than 200,000 names"),
    ],
)
def test_what_cannot_fail_is_refused(fail: str, complaint: str) -> None:
    assert continuance("replay", "--on", "immigration-courts", "--fail", fail).problem.startswith(complaint)


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--start", "yesterday", "--start: start: 'yesterday' is not a time with its offset; write 2014-04-12T00:00-04:00"),
        ("--start", "2026-01-05T09:00", "--start: start: '2026-01-05T09:00' is not a time with its offset"),
        ("--start", "9999-12-31T00:00+00:00", "--start: start: '9999-12-31T00:00+00:00' is too far off"),
        ("--horizon", "5", "--horizon: horizon: '5' is not a duration; write for example 30s, 4h30m or 14d"),
        ("--horizon", "0", "--horizon: horizon: '0' is no time to look on for; write more than 0 and at most 200y"),
        ("--horizon", "10000y", "--horizon: horizon: '10000y' is no time to look on for"),
    ],
)
def test_times_that_cannot_be_are_refused(option: str, value: str, complaint: str) -> None:
    words = ("replay", "--on", "immigration-courts", "--fail", "fc-srv-1", option, value)
    assert continuance(*words).problem.startswith(complaint)


@pytest.mark.parametrize("option", ["--seed", "--output"])
def test_options_of_the_wrong_kind_are_refused(option: str) -> None:
    for value in ("-1", "x", ""):
        outcome = continuance("replay", "five-server-outage", option, value)
        assert (outcome.code, outcome.out) == (2, "")
        assert option in outcome.err


HOSTILE = [
    (b"", "the file is empty"),
    (b"# nothing but a comment\n", "the file is empty"),
    (b"\xff\xfe\x00\x01", "this is not a text file (UTF-8)"),
    (b"name: a\x00b\n", ":1: this is not a text file: it holds the character U+0000"),
    (b"name: a\x1b[31mb\n", ":1: this is not a text file: it holds the character U+001B"),
    (b"- a list\n", ":1: the top level must be a mapping of keys to values"),
    (b"just words", ":1: the top level must be a mapping of keys to values"),
    (b"name: [unclosed\n", "not YAML: "),
    (b"name: a\n\tb: c\n", "not YAML: "),
    (b"name: a\nname: b\n", ":2: name: given twice; first on line 1"),
    (b"name: a\n---\nname: b\n", "a second document begins; one file holds one"),
    (b"name: !!python/object/apply:os.system ['true']\n", ":1: the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not"),
    (b"a: &a [x]\nb: *b\n", "the alias '*b' has no finished anchor before it"),
    (b"a: " + b"[" * 500 + b"]" * 500, "nested more than 64 deep"),
    (b"{a: " * 100_000, "nested more than 64 deep"),
    (
        b"a0: &a0 [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40)),
        "aliases expand to more than 100,000 values",
    ),
    (b"name: t\n? [a]\n: b\n", "a key must be text"),
    (b"name: t\n", "topology: the key 'topology' is missing"),
    (b"topology: immigration-courts\nname: " + b"x" * 200_000, "a value is longer than 100,000 characters"),
]


@pytest.mark.parametrize("command", [["replay"], ["scenarios", "show"], ["scenarios", "validate"]])
@pytest.mark.parametrize(("content", "complaint"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_file_that_is_hostile_or_no_scenario_is_refused(
    tmp_path: Path, command: list[str], content: bytes, complaint: str
) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_bytes(content)
    problem = continuance(*command, path).problem
    assert problem.startswith(f"{path}:")
    assert complaint in problem


def test_every_problem_of_a_file_has_a_line_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, 'incident: [{at: 0h, fail: ["x\\ny", "z\\n7"]}]\nresponses: {a: {changes: {hosts: {q: {site: c}}}}}\n')
    outcome = continuance("scenarios", "validate", path)
    assert (outcome.code, outcome.out) == (2, "")
    lines = outcome.err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{path}:") for line in lines)


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    assert continuance("replay", tmp_path).problem.startswith(f"{tmp_path}: there is no such file")


def test_brackets_in_titles_and_names_are_shown_as_they_are(tmp_path: Path) -> None:
    title = "[/bold] [red]not red[/] :smile: [link=x]"
    body = f'title: "{title}"\nsummary: "{title}"\n{INCIDENT}responses: {{"[/b]": {{title: "{title}"}}}}\n'
    network = NETWORK.replace("orders: {", f'orders: {{title: "{title}", ').replace("baskets: {", f'baskets: {{title: "{title}", ')
    path = write(tmp_path, body, network=network)
    for command in (["replay"], ["scenarios", "show"]):
        assert continuance(*command, path, columns=300).printed.count(title) >= 2


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("option", ["--report", "--timeline"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no/such/folder.out", "No such file or directory"),
        ("folder", "Is a directory"),
        ("kept.txt/below", "Not a directory"),
        ("", "Is a directory"),
    ],
)
def test_what_cannot_be_written_is_refused_and_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, name: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "kept.txt").write_text("kept", encoding="utf-8")
    path = write(tmp_path, INCIDENT)
    before = names_in(tmp_path)
    assert continuance("replay", path, option, name).problem == f"{name or '.'}: cannot be written: {reason}"
    assert names_in(tmp_path) == before
    assert (tmp_path / "kept.txt").read_text(encoding="utf-8") == "kept"


def test_a_folder_that_may_only_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "write_text", refuse)  # root, as which this may run, is refused nothing
    path = tmp_path / "told.jsonl"
    assert continuance("replay", "five-server-outage", "--timeline", path).problem.endswith("cannot be written: Permission denied")
    assert not path.exists()


def test_a_report_and_a_timeline_do_not_share_a_file(tmp_path: Path) -> None:
    path = write(tmp_path, INCIDENT)
    problem = continuance("replay", path, "--report", tmp_path / "out", "--timeline", tmp_path / "." / "out").problem
    assert problem == "--timeline: names the same file as --report; give each its own"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        ("horizon: 30d\n", "", "night.yaml:1: horizon: the key 'horizon' is missing"),
        ("+01:00", "", "night.yaml:3: start: '2025-01-06T00:00' is not a time with its offset; write 2014-04-12T00:00-04:00"),
        ("topology: shop", "topology: shpo", "night.yaml:2: topology: 'shpo': there is no such file, and no shipped network"),
    ],
)
def test_a_scenario_with_something_wrong_is_refused_with_its_line(
    tmp_path: Path, written: str, instead: str, complaint: str
) -> None:
    path = write(tmp_path, INCIDENT, HEAD.replace(written, instead))
    assert continuance("replay", path).problem.startswith(f"{tmp_path}/{complaint}")
