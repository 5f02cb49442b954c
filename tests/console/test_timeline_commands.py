import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console.command_line import Outcome, continuance

RESPONSE = ("--response", "as-happened")
Why = Callable[..., Outcome]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the five-server outage as a result (five.json) and as timelines (five.jsonl, five.csv)."""
    folder = tmp_path_factory.mktemp("replayed")
    for name in ("five.jsonl", "five.csv"):
        outcome = continuance("replay", "five-server-outage", "--timeline", folder / name, "--output", "json")
        (folder / "five.json").write_text(outcome.printed, encoding="utf-8")
    return folder


@pytest.fixture
def why(folder: Path) -> Why:
    def ask(*words: object, response: str | None = "as-happened", columns: int = 100) -> Outcome:
        chosen = () if response is None else ("--response", response)
        return continuance("why", *words, "--timeline", folder / "five.jsonl", *chosen, columns=columns)

    return ask


def test_why_leads_back_to_the_fault_and_says_what_is_waited_for(why: Why) -> None:
    lines = why("hotline", "--at", "20d", columns=200).printed.splitlines()
    assert lines[0] == "hotline is stale since 23 Apr 2014 00:00 (+11d) (as-happened, at 2 May 2014 00:00 (+20d))"
    assert lines[1].startswith("  waits for: failover of case-db, waiting: an operator, who never comes, since 12 Apr 2014")
    assert lines[2] == "  waits for: fc-srv-1, part storage-drive, since 21 Apr 2014 00:00 (+9d)"
    assert "└ because fault storage drives fail in five servers: fail" in lines[-1]


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
def test_why_stays_within_the_screen(why: Why, columns: int) -> None:
    for at in ("20d", "60d"):
        assert max(map(len, why("hotline", "--at", at, columns=columns).printed.splitlines())) <= columns


def test_why_as_data_says_the_same(why: Why) -> None:
    document = json.loads(why("hotline", "--at", "20d", "--output", "json").printed)
    assert (document["state"], document["since_seconds"], document["at_seconds"]) == ("stale", 950_400.0, 1_728_000.0)
    assert {each["subject"] for each in document["waits_for"]} == {"case-db", *(f"fc-srv-{number}" for number in range(1, 6))}
    assert document["because"][0]["depth"] == 0
    assert document["because"][-1]["kind"] == "fault"


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        ("0", 0.0),
        ("20d", 1_728_000.0),
        ("2014-05-02", 1_728_000.0),
        ("2014-05-02T04:00+00:00", 1_728_000.0),
        ("120d", 10_368_000.0),
    ],
)
def test_a_time_is_given_since_the_start_or_by_the_clock_there(why: Why, at: str, seconds: float) -> None:
    assert json.loads(why("hotline", "--at", at, "--output", "json").printed)["at_seconds"] == seconds


def test_a_service_that_was_never_down_is_up_from_the_start(why: Why) -> None:
    assert why("video", "--at", "20d").printed == (
        "video is up from the start (as-happened, at 2 May 2014 00:00 (+20d))\n"
    )  # fmt: skip


BEYOND = "is not within this timeline: 12 Apr 2014 00:00 (+0s) to 10 Aug 2014 00:00 (+120d)"


@pytest.mark.parametrize(
    ("at", "complaint"),
    [
        ("2014-04-11", f"--at: '2014-04-11' {BEYOND}"),
        ("121d", f"--at: '121d' {BEYOND}"),
        ("9999-12-31T23:59-23:00", f"--at: '9999-12-31T23:59-23:00' {BEYOND}"),
        ("0001-01-01T00:00+14:00", f"--at: '0001-01-01T00:00+14:00' {BEYOND}"),
        ("-3d", "--at: '-3d' is neither a time since the start (20d, 4h30m) nor a wall time (2014-05-02T12:00)"),
        ("noon", "--at: 'noon' is neither a time since the start (20d, 4h30m) nor a wall time (2014-05-02T12:00)"),
        ("", "--at: '' is neither a time since the start (20d, 4h30m) nor a wall time (2014-05-02T12:00)"),
        ("20", "--at: '20' is neither a time since the start (20d, 4h30m) nor a wall time (2014-05-02T12:00)"),
        ("nan", "--at: 'nan' is neither a time since the start (20d, 4h30m) nor a wall time (2014-05-02T12:00)"),
    ],
)
def test_a_time_that_the_timeline_does_not_tell_of_is_refused(why: Why, at: str, complaint: str) -> None:
    assert why("hotline", f"--at={at}").problem == complaint


def test_a_service_or_response_nobody_knows_is_refused_with_the_nearest(why: Why, folder: Path) -> None:
    assert why("hotlin", "--at", "1d").problem.startswith(f"{folder}/five.jsonl: there is no service 'hotlin' in it (")
    assert why("hotlin", "--at", "1d").problem.endswith("did you mean 'hotline'?")
    assert why("hotline", "--at", "1d", response="as-happend").problem.endswith("did you mean 'as-happened'?")


def test_of_several_responses_one_is_to_be_chosen(why: Why, folder: Path) -> None:
    assert why("hotline", "--at", "1d", response=None).problem == (
        f"{folder}/five.jsonl: holds several responses; choose one with --response: "
        "as-happened, spares-on-hand, shared-standby, independent-standby"
    )


@pytest.mark.parametrize("name", ["nowhere.jsonl", "five.json", ""])
def test_what_is_no_timeline_explains_nothing(folder: Path, name: str) -> None:
    assert continuance("why", "hotline", "--at", "1d", "--timeline", folder / name).problem.startswith(f"{folder / name}:")


def measures(*words: object) -> dict[str, Any]:
    document = json.loads(continuance("compare", *words, "--output", "json").printed)
    return {row["measure"]: (row["a"], row["b"], row["difference"]) for row in document["measures"]}


def test_two_responses_of_one_result_are_compared(folder: Path) -> None:
    found = measures(f"{folder}/five.json@as-happened", f"{folder}/five.json@independent-standby")
    before, after, change = found["services.case-records.downtime_seconds"]
    assert (before, change) == (3_211_200.0, after - before)
    assert 300.0 < after < 315.0  # the promotion takes five minutes, the rest of a failover seconds
    assert found["failover.case-db.decided"] == ("waiting", "promoted", None)
    assert "title" not in found and "must_meet" not in found


def test_only_what_differs_is_shown_unless_all_is_asked_for(folder: Path) -> None:
    pair = (f"{folder}/five.json@as-happened", f"{folder}/five.json@spares-on-hand")
    assert "services.video.outages" not in measures(*pair)
    assert measures(*pair, "--all")["services.video.outages"] == (0, 0, 0)


def test_a_timeline_measures_what_the_result_measured(folder: Path) -> None:
    found = measures(f"{folder}/five.json@as-happened", f"{folder}/five.jsonl@as-happened", "--all")
    compared = {key: values for key, values in found.items() if None not in values[:2]}
    assert "services.case-records.stages_seconds.part" in compared
    assert all(a == b for a, b, _ in compared.values())


def test_both_forms_of_a_timeline_are_the_same(folder: Path) -> None:
    assert measures(folder / "five.jsonl", folder / "five.csv") == {}
    printed = continuance("compare", folder / "five.jsonl", folder / "five.csv", columns=400).printed
    assert printed.endswith("no difference\n")


def test_whole_results_are_compared_response_by_response(folder: Path) -> None:
    found = measures(folder / "five.json", folder / "five.json", "--all")
    assert found["shared-standby.services.lookup.outages"] == (1, 1, 0)


def test_a_file_may_have_an_at_sign_in_its_own_name(folder: Path) -> None:
    path = folder / "mon@night.json"
    path.write_bytes((folder / "five.json").read_bytes())
    assert measures(path, folder / "five.json") == {}
    assert measures(f"{path}@as-happened", f"{folder}/five.json@as-happened") == {}


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_a_comparison_stays_within_the_screen_and_breaks_names_at_dots(folder: Path, columns: int) -> None:
    words = ("compare", f"{folder}/five.json@as-happened", f"{folder}/five.json@independent-standby")
    lines = continuance(*words, columns=columns).printed.splitlines()
    table = lines[next(number for number, line in enumerate(lines) if line.startswith("measure")) :]
    assert max(map(len, table)) <= columns
    whole = measures(*words[1:])
    first = [line.split()[0] for line in table[1:] if not line.startswith(" ")]
    assert len(first) == len(whole)
    assert all(each in whole or each.endswith(".") for each in first)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "is not a result; write one with: continuance replay … --output json"),
        ("[]", "is not a result; "),
        ("5", "is not a result; "),
        ("{}", "is not a result; "),
        ('{"responses": {"a": 1}}', "is not a result; "),
        ('{"responses": [5]}', "is not a result; "),
        ('{"responses": "abc"}', "is not a result; "),
        ('{"responses": []}', "holds no response"),
        ('{"responses": [{"name": "a", "x_seconds": Infinity}]}', "is not a result; "),
        ('{"responses": [{"name": "a", "x": NaN}]}', "is not a result; "),
        ('{"responses": [{"name": "a", "x": 1e400}]}', "is not a result; "),
        ("[" * 100_000, "is not a result; "),
        ("name: yaml\n", "is not a result; "),
    ],
)
def test_what_is_no_result_cannot_be_compared(folder: Path, tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(content, encoding="utf-8")
    for pair in ((path, folder / "five.json"), (folder / "five.json", path)):
        assert continuance("compare", *pair).problem.startswith(f"{path}: {complaint}")


@pytest.mark.parametrize(
    ("first", "complaint"),
    [
        ("nowhere.json", "nowhere.json: cannot be read: No such file or directory"),
        (".", ".: cannot be read: Is a directory"),
        ("@", ".: cannot be read: Is a directory"),
        ("x" * 5000, "File name too long"),
    ],
)
def test_what_cannot_be_read_cannot_be_compared(folder: Path, first: str, complaint: str) -> None:
    assert complaint in continuance("compare", first, folder / "five.json").problem


def test_a_binary_file_cannot_be_compared(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_bytes(b"\xff\x00")
    assert continuance("compare", tmp_path / "odd.json", folder / "five.json").problem.endswith("this is not a text file (UTF-8)")


def test_a_response_that_a_result_does_not_hold_is_refused(folder: Path) -> None:
    problem = continuance("compare", f"{folder}/five.json@as-happend", folder / "five.json").problem
    assert problem.endswith("did you mean 'as-happened'?")


def test_brackets_in_a_result_are_shown_as_they_are(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('{"responses": [{"name": "a", "[/b]": "[red]"}]}', encoding="utf-8")
    printed = continuance("compare", tmp_path / "odd.json", f"{folder}/five.json@as-happened", columns=300).printed
    assert "[/b]" in printed and "[red]" in printed


def test_what_only_one_of_two_results_holds_is_shown_too(tmp_path: Path) -> None:
    for name, response in (("a", {"name": "one", "lost": 1}), ("b", {"name": "one", "kept": 2})):
        (tmp_path / f"{name}.json").write_text(json.dumps({"responses": [response]}), encoding="utf-8")
    assert measures(tmp_path / "a.json", tmp_path / "b.json") == {"lost": (1, None, None), "kept": (None, 2, None)}
