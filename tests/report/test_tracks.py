from report.tracks import state_at, tracks, worst_moment
from tests.report.examples import COURT, founding_case
from topology.quantities import DAY, HOUR, MINUTE

RESULT = founding_case()
FIRST, LAST = RESULT.responses[0], RESULT.responses[3]


def test_a_state_holds_until_the_next() -> None:
    hotline = tracks(FIRST.timeline, COURT, ["hotline"])["hotline"]
    assert [state_at(hotline, at) for at in (0, 11 * DAY - 1, 11 * DAY, 892 * HOUR)] == ["down", "down", "stale", "up"]


def test_what_a_response_does_not_have_is_absent() -> None:
    assert tracks(FIRST.timeline, FIRST.topology, ["rs-db-1"])["rs-db-1"] == [(0.0, "absent")]
    assert tracks(LAST.timeline, LAST.topology, ["rs-db-1"])["rs-db-1"] == [(0.0, "up")]


def test_the_worst_moment_is_the_first_with_most_services_gone() -> None:
    names = [entity.name for entity in LAST.topology.entities()]
    found = tracks(LAST.timeline, LAST.topology, names)
    assert worst_moment(found, LAST.timeline.services) == 0
    assert state_at(found["case-records"], 3 + 5 * MINUTE) == "up"
