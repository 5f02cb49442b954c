from dataclasses import replace

from report.moments import Clock
from report.prose import three_sentences
from tests.report.examples import START, History, founding_case
from timeline.record import Kind
from timeline.results import Cost, ReplayResult
from topology.quantities import DAY

RESULT = founding_case()


def sentences(result: ReplayResult) -> list[str]:
    return three_sentences(result, Clock(START))


def test_the_first_sentence_says_what_happened_and_for_how_long() -> None:
    assert sentences(RESULT)[0] == (
        "On Saturday 12 April 2014 at 00:00, 5 storage servers (fc-srv-1…5) at Falls Church, Virginia failed; Electronic records "
        "was gone for 37d 4h, until Monday 19 May 2014 at 04:00, and then took 29d to work off what had piled up."
    )


def test_the_second_says_what_the_best_option_does_and_costs() -> None:
    second = sentences(RESULT)[1]
    assert "“Independent standby”, would have cut this to 5m 3s, losing at most the last 5s of data" in second
    assert "61,700 USD in all against 17.8 million USD without it" in second
    assert second.endswith("to be bought: rs-db-1 at recovery-site, 60,000 USD.")


def test_the_third_says_what_remains_and_what_changes_nothing() -> None:
    third = sentences(RESULT)[2]
    assert "does nothing for eRegistration of attorneys, gone for 58d 4h either way; “Spares on hand” would shorten" in third
    assert "“Standby on shared storage” changes nothing, for fc-db-2 may not take over" in third


def test_what_no_option_shortens_is_said_so() -> None:
    both = replace(RESULT, responses=(RESULT.responses[0], RESULT.responses[3]))
    assert "No option shortens the outage of eRegistration of attorneys (58d 4h)." in sentences(both)[2]


def test_an_option_that_costs_more_than_the_outage_is_not_praised() -> None:
    dear = tuple(replace(each, cost=Cost("USD", 0, 1e9)) if number else each for number, each in enumerate(RESULT.responses))
    assert sentences(replace(RESULT, responses=dear))[1] == "None of the 3 options replayed beside it does better."


def test_an_outage_that_outlasts_the_horizon_has_no_end() -> None:
    cut = tuple(
        replace(each, timeline=replace(each.timeline, horizon_seconds=864000, records=each.timeline.records[:30]))
        for each in RESULT.responses
    )
    first = sentences(replace(RESULT, responses=cut, horizon_seconds=864000))[0]
    assert "gone for over 10d and had not come back when the replay ends on Tuesday 22 April 2014" in first


def test_an_outage_in_pieces_is_counted_and_added_up() -> None:
    history = History()
    for at, state in ((0, "down"), (3, "up"), (5, "down"), (6, "up")):
        history.add(at * DAY, Kind.SERVICE, RESULT.main_service, state)
    first = RESULT.responses[0]
    broken = replace(first, timeline=history.timeline(first.name, first.topology))
    told = sentences(replace(RESULT, responses=(broken, *RESULT.responses[1:])))[0]
    assert "Electronic records was gone 2 times, 4d in all, until Friday 18 April 2014 at 00:00" in told


def test_hosts_of_several_roles_are_called_hosts() -> None:
    mixed = sentences(replace(RESULT, hit=("fc-srv-1", "fc-db-1")))[0]
    assert "2 hosts (fc-srv-1 and fc-db-1) at Falls Church, Virginia failed" in mixed


def test_of_several_failovers_the_most_data_lost_is_told() -> None:
    best = RESULT.responses[3]
    more = replace(best.failover[0], cluster="other", lost_seconds=60.0)
    several = replace(RESULT, responses=(*RESULT.responses[:3], replace(best, failover=(more, *best.failover))))
    assert "losing at most the last 1m of data" in sentences(several)[1]


def test_a_response_that_helps_is_not_said_to_change_nothing() -> None:
    spares, shared = RESULT.responses[1:3]
    helping = replace(RESULT, responses=(RESULT.responses[0], replace(spares, failover=shared.failover)))
    assert not any("changes nothing" in sentence for sentence in sentences(helping))
