import gc
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology.document import ALIASED_MAX, Table, parse_document, place, read_document
from topology.errors import InputError, Problem
from topology.textfile import BYTES_MAX


def only_problem(text: str) -> Problem:
    with pytest.raises(InputError) as error:
        parse_document(text, "f")
    (problem,) = error.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("9:30", "9:30"), ("1_000", "1_000"), ("2014-04-12", "2014-04-12"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("12", 12), ("-3", -3), ("+4", 4),
        ("010", 10), ("0o10", 8), ("0x1F", 31), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), (".inf", math.inf),
        ("-.INF", -math.inf), ("'12'", "12"), ('"no"', "no"), ("!!str 12", "12"), ("web-1", "web-1"), ("-", "-"), ("0b1", "0b1"),
        ("9" * 400, "9" * 400), ("1e999", "1e999"),
    ],
)  # fmt: skip
def test_plain_words_mean_what_the_core_schema_says(text: str, value: object) -> None:
    if text == "-":
        text = "'-'"
    read = parse_document(f"key: {text}", "f")["key"]
    assert (read, type(read)) == (value, type(value))


def test_nan_is_read_as_nan() -> None:
    assert math.isnan(parse_document("a: .NaN", "f")["a"])


def test_keys_are_text_whatever_they_look_like() -> None:
    assert parse_document("1: a\n2.5: b\nno: c\n~: d\n", "f") == {"1": "a", "2.5": "b", "no": "c", "~": "d"}


def test_every_key_and_item_knows_its_line() -> None:
    data = parse_document("# heading\na:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n", "f")
    assert place(data, ("a",)) == ("f", 2)
    assert place(data, ("a", "c", 1, "d")) == ("f", 6)
    assert place(data, ("a", "c", 0)) == ("f", 5)
    assert place(data, ("a", "missing", "deeper")) == ("f", 2)
    assert place(data, ("a", "inner step", "b")) == ("f", 3)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    file = tmp_path / "windows.yaml"
    file.write_bytes("\ufeffa: 1\r\nb:\r\n  c: ü\r\n".encode())
    data = read_document(file)
    assert data == {"a": 1, "b": {"c": "ü"}}
    assert place(data, ("b", "c")) == (str(file), 3)


def test_anchors_and_aliases_share_a_value() -> None:
    data = parse_document("a: &x {b: 1}\nc: *x\nd: &y 7\ne: [*y, *y]\n", "f")
    assert data == {"a": {"b": 1}, "c": {"b": 1}, "d": 7, "e": [7, 7]}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 0, "the file is empty"),
        ("# only a remark\n", 0, "the file is empty"),
        ("---\n", 0, "the file is empty"),
        ("- a\n", 1, "the top level must be a mapping of keys to values"),
        ("hello\n", 1, "the top level must be a mapping of keys to values"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins; one file holds one"),
        ("a: {\n", 2, "not YAML: did not find expected node content"),
        ('a: "x\n', 2, "not YAML: found unexpected end of stream"),
        ("a:\n\tb: 1\n", 2, "not YAML: found character that cannot start any token; indent with spaces, not with tabs"),
        ("a: 1\n? [b, c]\n: 2\n", 2, "a key must be text"),
        ("a: 1\n{b: 1}: 2\n", 2, "a key must be text"),
        ("a: &x 1\n*x : 2\n", 2, "a key must be text"),
        ("a: 1\nb: *nobody\n", 2, "the alias '*nobody' has no finished anchor before it"),
        ("a: &x\n  b: *x\n", 2, "the alias '*x' has no finished anchor before it"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "'<<' merges nothing in YAML 1.2; give the shared values once, under `roles:`"),
        (
            "a: !!python/object/apply:os.system [id]\n",
            1,
            "the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not allowed",
        ),
        ("a:\n- !!binary aGk=\n", 2, "the tag 'tag:yaml.org,2002:binary' is not allowed"),
        ("!secret a: 1\n", 1, "the tag '!secret' is not allowed"),
        ("a: 1\nb: \x07\n", 2, "this is not a text file: it holds the character U+0007"),
        ("a: \ud800\n", 1, "this is not a text file: it holds the character U+D800"),
        ("a:\n- " + "x" * 100_001, 2, "a value is longer than 100,000 characters"),
        ("? " + "k" * 1_001 + "\n: 1\n", 1, "a key is longer than 1,000 characters"),
        ("a: " + "[" * 100_000, 1, "nested more than 64 deep"),
        ("a:\n" + " " + "- " * 100_000 + "x", 2, "nested more than 64 deep"),
        ("{a: " * 100_000, 1, "nested more than 64 deep"),
        ("%YAML 9.9\n---\na: 1\n", 1, "not YAML: found incompatible YAML document"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(text: str, line: int, message: str) -> None:
    assert only_problem(text) == Problem("f", line, "", message)


def test_a_key_given_twice_names_both_lines() -> None:
    assert only_problem("a: 1\nb: 2\na: 3\n") == Problem("f", 3, "a", "given twice; first on line 1")


def test_a_billion_laughs_are_refused() -> None:
    laughs = ["a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    laughs += [f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)]
    problem = only_problem("\n".join(laughs))
    assert problem.message == f"aliases expand to more than {ALIASED_MAX:,} values"
    assert problem.line <= 6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "cannot be read: No such file or directory"),
        (lambda path: path.mkdir(), "cannot be read: "),
        (lambda path: path.symlink_to(path), "cannot be read: "),
        (lambda path: path.write_bytes(b"\x7fELF\x02\x01\xff\xfe"), "this is not a text file (UTF-8)"),
        (lambda path: path.write_bytes("name: x".encode("utf-16")), "this is not a text file (UTF-8)"),
        (lambda path: path.write_bytes(b"a\0b"), "this is not a text file: it holds the character U+0000"),
        (lambda path: path.write_bytes(b""), "the file is empty"),
        (lambda path: path.write_bytes(b" " * (BYTES_MAX + 1)), "the file is larger than 64 MiB"),
    ],
    ids=["missing", "folder", "loop", "binary", "utf-16", "zero byte", "empty", "too large"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, make: object, message: str) -> None:
    path = tmp_path / "f.yaml"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError) as error:
        read_document(path)
    (problem,) = error.value.problems
    assert problem.file == str(path)
    assert problem.message.startswith(message)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"f\.yaml: cannot be read: Permission denied"):
        read_document(tmp_path / "f.yaml")


def test_a_message_is_one_line_and_cannot_steer_the_terminal() -> None:
    assert str(Problem("f", 1, "a\nb", "'\x1b[31mred' is wrong")) == "f:1: a\\nb: '\\x1b[31mred' is wrong"


def test_reading_leaves_the_collector_as_it_was() -> None:
    assert gc.isenabled()
    parse_document("a: 1", "f")
    only_problem("a: [")
    assert gc.isenabled()


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_an_input_error(text: str) -> None:
    try:
        assert isinstance(parse_document(text, "f"), Table)
    except InputError as error:
        assert all(problem.message for problem in error.problems)


@given(st.text(alphabet="ab:-[]{},&*!|>'\"\n \t#%~1.", max_size=60))
def test_any_punctuation_is_read_or_refused_with_an_input_error(text: str) -> None:
    try:
        assert isinstance(parse_document(text, "f"), Table)
    except InputError as error:
        assert all(problem.message for problem in error.problems)


@pytest.mark.parametrize("escape", [r"\e[31m", r"\a", r"\x9b1m", r"\0"])
def test_a_value_that_would_steer_the_terminal_is_refused(escape: str) -> None:
    with pytest.raises(InputError, match=r"x\.yaml:2: a value holds a control character"):
        parse_document(f'name: a\ntitle: "{escape}"\n', "x.yaml")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: [srv-[1-3]\n", "names with [ ] in it in quotes"),
        ("a: {b: 1\n", "close the mapping"),
        ("a:\n   b: 1\n  c: 2\n", "begin in the same column"),
        ("a: 1\nb\n", "a key ends with a colon and a blank"),
        ("a: see: below\n", "put texts with a colon in quotes"),
    ],
)
def test_what_is_not_yaml_is_refused_with_what_most_often_lies_behind_it(text: str, hint: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_document(text, "x.yaml")
    assert hint in str(refused.value)
