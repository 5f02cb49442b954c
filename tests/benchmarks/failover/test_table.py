"""What the tables say of rows made by hand."""

from collections.abc import Sequence

from benchmarks.failover.rows import Row
from benchmarks.failover.table import floor_table, tables
from tests.benchmarks.failover.measured import row

TITLES = {"hang": "hang", "loss": "30% lost"}


def written(rows: Sequence[Row]) -> str:
    return "\n".join(tables(rows, TITLES, ["hang"], ["loss"]))


def test_outages_are_told_as_medians_with_their_spread_and_as_multiples_of_ours() -> None:
    ours = [row("ours", "hang", outage_seconds=each) for each in (2.0, 4.0, 9.0)]
    theirs = [row("Patroni", "hang", outage_seconds=each) for each in (30.0, 34.0)]
    assert "| hang | 4.00 s (2.00–9.00) | 32.00 s (30.00–34.00) | 8.0 |" in written([*theirs, *ours])


def test_an_outage_that_never_ended_is_told_beside_the_others() -> None:
    rows = [row("ours", "hang", outage_seconds=2.0), row("ours", "hang", outage_seconds=None)]
    assert "2.00 s, and 1 never over" in written(rows)


def test_failed_requests_and_lost_writes_are_counted() -> None:
    rows = [row("ours", "hang", lost=1), row("ours", "hang", failed=30, lost=None)]
    assert "| hang | ours | 2 | 31 of 100 | 1 of 140 (1 runs not counted) | 25% |" in written(rows)


def test_a_promotion_that_nothing_called_for_is_a_false_failover() -> None:
    rows = [row("ours", "loss", promotions=each) for each in (0, 2, None)]
    assert "| 30% lost | ours | 3 | in 1 of 2 (1 unknown) |" in written(rows)


def test_the_floor_is_the_bare_commands_and_a_start_for_each() -> None:
    floor = row("floor", "hang", outage_seconds=3.0, details={"starts_seconds": [0.5, 0.5]})
    assert list(floor_table([floor, row("ours", "hang", outage_seconds=5.0)], TITLES))[-1] == (
        "| hang | 3.00 s | 1.00 s | 4.00 s | 5.00 s | 1.25 (1.25–1.25) |"
    )


def test_ours_is_set_beside_the_floor_of_its_own_repetition_alone() -> None:
    floor = [
        row("floor", "hang", repetition=each, outage_seconds=float(each), details={"starts_seconds": [1.0]}) for each in (1, 3)
    ]
    ours = [row("ours", "hang", repetition=each, outage_seconds=each + 2.0) for each in (1, 2, 3)]
    assert list(floor_table([*floor, *ours], TITLES))[-1].endswith("| 4.00 s (3.00–5.00) | 1.38 (1.25–1.50) |")
