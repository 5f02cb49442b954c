from dataclasses import replace

from report.evidence import caution, expectation_rows, fact_sections, reversal_sentences, tried_words
from tests.report.examples import founding_case

RESULT = founding_case()


def test_only_what_reverses_the_conclusion_is_told() -> None:
    assert reversal_sentences(RESULT) == [
        "case-db, promotion, takes at 2h instead of 5m: “Independent standby” no longer meets the objectives."
    ]


def test_it_is_said_how_many_were_tried_and_that_the_others_leave_it_standing() -> None:
    tried = len({reversal.fact.path for reversal in RESULT.reversals})
    words = tried_words(RESULT)
    assert words.startswith(f"{tried} uncertain numbers were replayed")
    assert words.endswith(f"the other {tried - 1} leave the conclusion standing.")
    assert "not known" in tried_words(replace(RESULT, reversals=()))


def test_every_fact_has_a_row_and_the_reversing_one_is_marked() -> None:
    rows = [row for section in fact_sections(RESULT) for row in section.rows]
    assert len(rows) == len(RESULT.facts)
    assert [row.key for row in rows if row.reverses] == ["case-db.promotion.takes"]
    assert next(row for row in rows if row.key == "storage-drive.lead_time").bounds == "stands"


def test_a_calibrated_figure_is_said_to_prove_nothing() -> None:
    assert "proves nothing" in caution(RESULT)
    free = replace(RESULT, expectations=tuple(replace(each, calibrated=False) for each in RESULT.expectations))
    assert "proves nothing" not in caution(free)


def test_figures_in_seconds_are_shown_as_durations() -> None:
    row = expectation_rows(RESULT)[0]
    assert (row.expected, row.ours, row.within) == ("37d 9h", "37d 4h", "10%")


def test_figures_that_did_not_go_into_it_are_counted_apart() -> None:
    (fitted,) = RESULT.expectations
    free = replace(fitted, calibrated=False)
    words = caution(replace(RESULT, expectations=(fitted, free, replace(free, met=False))))
    assert "1 figure beside which" in words
    assert words.endswith("Of 2 figures that did not go into it, it comes near enough to 1.")
