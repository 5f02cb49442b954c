import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology import quantities
from topology.quantities import Money


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25), ("30s", 30), ("5m", 300), ("4h30m", 16200), ("4h 30m", 16200), ("14d", 1209600), ("2w", 1209600),
        ("1y", 31536000), ("1.5h", 5400), (" 3h ", 10800), ("0", 0), (0, 0), ("0s", 0),
    ],
)  # fmt: skip
def test_durations_are_read_with_their_units(text: object, seconds: float) -> None:
    assert quantities.duration_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (14, "14 has no unit; write a duration such as 30s, 4h30m or 14d"),
        (True, "true has no unit"),
        (None, "null has no unit"),
        (["1d"], "a list has no unit"),
        ("-3h", "'-3h' is negative; a duration is 0 or more"),
        ("5 parsecs", "'5 parsecs' has the unknown unit 'parsecs'; the units are ms, s, m (minutes), h, d, w, y"),
        ("9:30", "'9:30' is not a duration; write for example 30s, 4h30m or 14d"),
        ("", "'' is not a duration"),
        ("soon", "'soon' is not a duration"),
        ("3h later", "'3h later' is not a duration"),
        ("1e3s", "'1e3s' has the unknown unit 'e'"),
        ("10001y", "'10001y' is longer than 10,000 years"),
        ("9" * 400 + "d", "is longer than 10,000 years"),
        ("١d", "'١d' is not a duration"),
    ],
)
def test_what_is_no_duration_is_refused_in_a_sentence(text: object, sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        quantities.duration_seconds(text)
    assert sentence in str(error.value)


@given(st.floats(min_value=0.01, max_value=1e11))
def test_a_duration_shown_is_read_back_to_within_half_of_its_smaller_unit(seconds: float) -> None:
    read = quantities.duration_seconds(quantities.show_duration(seconds))
    half_a_unit = next(unit / 2 for limit, unit in ((10, 0.01), (60, 1), (3600, 1), (86400, 60), (1e12, 3600)) if seconds < limit)
    assert abs(read - seconds) <= max(half_a_unit, 0.005 * seconds if seconds < 10 else 0) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(3225600, "37d 8h"), (2.5, "2.5s"), (0, "0s"), (59.9, "60s"), (3600, "1h"), (86399.9, "1d"), (90, "1m 30s"), (-90, "-1m 30s")],
)
def test_durations_are_shown_in_at_most_two_units(seconds: float, shown: str) -> None:
    assert quantities.show_duration(seconds) == shown


@given(st.floats(0, quantities.DURATION_MAX_SECONDS))
def test_a_duration_is_written_so_that_it_is_read_back_to_the_last_bit(seconds: float) -> None:
    assert quantities.duration_seconds(quantities.exact_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0s"), (0.1, "0.1s"), (43.0, "43s"), (90.0, "90s"), (5400.0, "90m"), (7200.0, "2h"), (1e-7, "0.0000001s")],
)
def test_a_duration_is_written_in_its_largest_whole_unit(seconds: float, text: str) -> None:
    assert quantities.exact_duration(seconds) == text


def test_shares_and_rates_are_read() -> None:
    assert quantities.share("99.9%") == pytest.approx(0.999, rel=1e-15)
    assert quantities.share(0.999) == 0.999
    assert quantities.share(1) == 1.0
    assert quantities.rate_per_year("1.57%") == pytest.approx(0.0157, rel=1e-15)
    assert quantities.rate_per_year("150%") == 1.5
    assert quantities.rate_per_year("1/20y") == pytest.approx(0.05, rel=1e-15)
    assert quantities.rate_per_second("5000/d") == 5000 / 86400
    assert quantities.amount_per_period("5000/d") == (5000.0, 86400.0)
    assert quantities.labour_per_period("590h/d") == (590 * 3600.0, 86400.0)


def test_money_is_read_with_its_currency() -> None:
    assert quantities.money("400 USD") == Money(400.0, "USD")
    assert quantities.money_per_hour("48000 EUR/d") == Money(2000.0, "EUR")
    assert quantities.money_per_hour("20000 USD/h") == Money(20000.0, "USD")


@pytest.mark.parametrize("text", ["120%", "-1%", "nan%", "inf%", 1.5, True, "0.999", None, "", "%", {"a": 1}])
def test_what_is_no_share_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="share"):
        quantities.share(text)


@pytest.mark.parametrize("text", ["5", 5, "5/", "/d", "x/d", "5/d/d", "-5/d", "nan/d", "inf/d", "5/0s", "5/fortnight", None, []])
def test_what_is_no_rate_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"rate|fortnight|no time below the line"):
        quantities.amount_per_period(text)


@pytest.mark.parametrize("text", ["400", "$400", "-4 USD", "4 usd", 400, None, "9" * 400 + " USD", "1e5 USD"])
def test_what_is_no_money_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="money"):
        quantities.money(text)


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.none(), st.lists(st.integers(), max_size=2)))
def test_anything_at_all_is_read_or_refused_with_a_value_error(value: object) -> None:
    readers = (
        quantities.duration_seconds, quantities.share, quantities.rate_per_year, quantities.rate_per_second,
        quantities.labour_per_period, quantities.money, quantities.money_per_hour,
    )  # fmt: skip
    for read in readers:
        try:
            assert read(value) is not None
        except ValueError as error:
            assert str(error).strip()
