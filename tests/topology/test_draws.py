from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from topology.draws import MASK, Stream, mix, name_number, run_key, uniform, word

BITS = st.integers(0, MASK)


def test_words_are_those_of_splitmix64() -> None:
    published = [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ]  # fmt: skip
    assert [word(1234567, index) for index in range(5)] == published


def test_a_stream_is_the_same_again_for_the_same_names() -> None:
    first, second = Stream(run_key(1, 2), "web-1", "fails"), Stream(run_key(1, 2), "web-1", "fails")
    assert [first.next() for _ in range(5)] == [second.next() for _ in range(5)]


def test_the_numbers_of_a_seed_never_change() -> None:
    stream = Stream(run_key(0, 0), "web-1", "fails")
    assert name_number("web-1") == 7443963304462457601
    assert [stream.next(), stream.next()] == [0.45953996850709944, 0.983287195460791]


def test_seed_run_entity_cause_and_index_each_make_another_draw() -> None:
    draws = {
        stream.next()
        for seed in (0, 1)
        for run in (0, 1)
        for entity in ("a", "b")
        for cause in ("fails", "recovery")
        for stream in [Stream(run_key(seed, run), entity, cause)]
        for _ in range(3)
    }
    assert len(draws) == 2 * 2 * 2 * 2 * 3


@given(st.lists(st.sampled_from(["web-1", "web-2", "db"]), max_size=30))
def test_what_others_draw_changes_nothing(order: list[str]) -> None:
    run = run_key(7, 0)
    streams = {name: Stream(run, name, "fails") for name in ("web-1", "web-2", "db")}
    drawn: dict[str, list[float]] = {name: [] for name in streams}
    for name in order:
        drawn[name].append(streams[name].next())
    for name, values in drawn.items():
        alone = Stream(run, name, "fails")
        assert values == [alone.next() for _ in values]


@given(BITS)
def test_a_uniform_is_never_0_or_1(bits: int) -> None:
    assert 0.0 < uniform(bits) < 1.0


def test_the_ends_of_the_bits_stay_inside() -> None:
    assert uniform(0) == 2.0**-53
    assert uniform(MASK) == 1 - 2.0**-53


@given(BITS, BITS)
def test_mixing_loses_nothing(one: int, other: int) -> None:
    assert (mix(one) == mix(other)) == (one == other)


def test_uniforms_are_spread_evenly_and_do_not_follow_each_other() -> None:
    count = 20_000
    stream = Stream(run_key(3, 0), "host", "fails")
    drawn = [stream.next() for _ in range(count)]
    tenths = [sum(tenth <= value * 10 < tenth + 1 for value in drawn) for tenth in range(10)]
    chi_squared = sum((seen - count / 10) ** 2 / (count / 10) for seen in tenths)
    assert chi_squared < 27.9  # 0.999 quantile with nine degrees of freedom
    pairs = sum((a - 0.5) * (b - 0.5) for a, b in pairwise(drawn)) / count * 12
    assert abs(pairs) < 4 / count**0.5
