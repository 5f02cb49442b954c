from pathlib import Path

import pytest

from topology.laws import Empirical, Exponential, Fixed, Lognormal, Weibull
from topology.lawtext import parse_law, written_law

DAY = 86400.0


def test_a_duration_is_a_law_that_never_varies() -> None:
    assert parse_law("14d") == Fixed(14 * DAY)


def test_laws_are_read_by_name() -> None:
    assert parse_law({"exponential": {"mean": "90d"}}) == Exponential(90 * DAY)
    assert parse_law({"weibull": {"mean": "3y", "shape": 1.4}}) == Weibull.from_mean(3 * 365 * DAY, 1.4)
    assert parse_law({"lognormal": {"median": "4h", "p95": "12h"}}) == Lognormal.from_median(4 * 3600, 12 * 3600)


def test_recorded_durations_are_read_with_and_without_units_and_sorted(tmp_path: Path) -> None:
    (tmp_path / "repairs.csv").write_text("duration,host\n3h,web-1\n\n60,web-2\n1.5,web-3\n", encoding="utf-8-sig")
    assert parse_law({"empirical": "repairs.csv"}, tmp_path) == Empirical((1.5, 60.0, 3 * 3600.0))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"expnential": {"mean": "3d"}}, "'expnential' is not a law; did you mean 'exponential'?"),
        ({"gauss": {}}, "'gauss' is not a law; write a duration such as 4h, or one of {exponential:"),
        ({}, "a law has one name; write a duration"),
        ({"exponential": {"mean": "1d"}, "weibull": {}}, "a law has one name"),
        ({"exponential": "3d"}, "'exponential' takes mean, no more and no less"),
        ({"weibull": {"mean": "3d"}}, "'weibull' takes mean and shape, no more and no less"),
        ({"weibull": {"mean": "3d", "shape": "1"}}, "'shape' of 'weibull' is '1'; it must be a number from 0.1 to 100"),
        ({"weibull": {"mean": "3d", "shape": float("nan")}}, "'shape' of 'weibull' is nan"),
        ({"exponential": {"mean": "0s"}}, "'mean' of 'exponential' must be more than 0"),
        ({"exponential": {"mean": 3}}, "3 has no unit"),
        ({"lognormal": {"median": "4h", "p95": "4h"}}, "'p95' of 'lognormal' must be more than its median"),
        ({"empirical": 3}, "'empirical' takes the name of a CSV file"),
        ({"empirical": "missing.csv"}, "'missing.csv' cannot be read: No such file or directory"),
        ({"empirical": "folder"}, "'folder' cannot be read: "),
        ({"empirical": "empty.csv"}, "'empty.csv' holds no durations"),
        ({"empirical": "binary.csv"}, "'binary.csv' is not a CSV file of durations"),
        ({"empirical": "wrong.csv"}, "'wrong.csv', value 3: 'soon' is not a duration"),
        ({"empirical": "a\0b"}, "is not a CSV file of durations"),
        (None, "null has no unit"),
        ([], "a list has no unit"),
    ],
)
def test_what_is_no_law_is_refused_in_a_sentence(tmp_path: Path, value: object, sentence: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.csv").write_text("duration\n")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "wrong.csv").write_text("3h\n4h\nsoon\n")
    with pytest.raises(ValueError) as error:
        parse_law(value, tmp_path)
    assert sentence in str(error.value)


@pytest.mark.parametrize("value", ["14d", "0.25s", {"exponential": {"mean": "90d"}}])
def test_a_law_is_written_as_it_was_read(value: object) -> None:
    assert written_law(parse_law(value)) == value


@pytest.mark.parametrize(
    "law", [Weibull.from_mean(3e7, 1.4), Lognormal.from_median(480.0, 1800.0), Lognormal.from_median(0.7, 0.9)]
)
def test_a_law_that_is_computed_is_written_but_for_its_last_bits(law: Weibull | Lognormal) -> None:
    again = parse_law(written_law(law))
    assert isinstance(again, type(law))
    assert [getattr(again, name) for name in law.__slots__] == pytest.approx(
        [getattr(law, name) for name in law.__slots__], rel=1e-12
    )


def test_recorded_durations_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="a file of their own"):
        written_law(Empirical((1.0,)))
