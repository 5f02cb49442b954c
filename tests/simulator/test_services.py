from itertools import pairwise

from tests.simulator.building import play
from timeline.record import Kind
from topology.quantities import HOUR

CHAIN = """
    name: chain
    hosts:
      db: {recover: [{wait: 10h}]}
      web: {recover: [{wait: 2h}]}
      web-2: {recover: [{wait: 2h}]}
    services:
      records: {needs: db}
      lookup: {needs: {any: [web, web-2]}, reads: [records], fallback: {to: stale, after: 4h}}
      press: {reads: [lookup]}
      archive: {reads: [records], fallback: {to: stale}}
"""


def test_a_service_is_down_without_its_needs_and_up_with_them() -> None:
    assert play(CHAIN, "incident: [{at: 1h, fail: db}]").services("records") == [(1, "down"), (11, "up")]


def test_a_service_without_its_source_is_down_then_stale_then_up() -> None:
    played = play(CHAIN, "incident: [{at: 1h, fail: db}]")

    assert played.services("lookup") == [(1, "down"), (5, "stale"), (11, "up")]


def test_what_reads_a_stale_service_is_stale_itself() -> None:
    played = play(CHAIN, "incident: [{at: 1h, fail: db}]")

    assert played.services("press") == [(1, "down"), (5, "stale"), (11, "up")]


def test_an_old_copy_that_is_at_hand_is_used_at_once() -> None:
    assert play(CHAIN, "incident: [{at: 1h, fail: db}]").services("archive") == [(1, "stale"), (11, "up")]


def test_an_old_copy_stands_in_for_lost_needs_too() -> None:
    played = play(CHAIN, "incident: [{at: 1h, fail: [web, web-2], recover: [{wait: 6h}]}]")

    assert played.services("lookup") == [(1, "down"), (5, "stale"), (7, "up")]
    assert played.services("records") == []


def test_the_wait_for_an_old_copy_begins_once_for_needs_and_sources_together() -> None:
    played = play(CHAIN, "incident: [{at: 1h, fail: db}, {at: 2h, fail: [web, web-2], recover: [{wait: 20h}]}]")

    assert played.services("lookup") == [(1, "down"), (5, "stale"), (22, "up")]


def test_the_wait_for_an_old_copy_begins_anew_after_the_service_was_up() -> None:
    played = play(CHAIN, "incident: [{at: 1h, flap: [web, web-2], down: 3h, up: 1h, times: 2}]")

    assert played.services("lookup") == [(1, "down"), (4, "up"), (5, "down"), (8, "up")]


def test_a_service_that_lost_its_needs_while_its_source_is_stale_waits_for_its_own_copy() -> None:
    network = CHAIN.replace("press: {reads: [lookup]}", "press: {needs: web-2, reads: [lookup], fallback: {to: stale, after: 3h}}")

    played = play(network, "incident: [{at: 0h, fail: db}, {at: 5h, fail: web-2, recover: [{wait: 40h}]}]")

    # 3h: its own copy; 4h: its source answers from one; 5h: its own needs are lost, and so for three hours is everything
    assert played.services("press") == [(0, "down"), (3, "stale"), (5, "down"), (8, "stale"), (45, "up")]


def test_a_service_has_to_have_all_its_sources() -> None:
    network = CHAIN.replace("press: {reads: [lookup]}", "press: {reads: [lookup, archive]}")

    played = play(network, "incident: [{at: 1h, fail: db}, {at: 9h, fail: [web, web-2], recover: [{wait: 6h}]}]")

    assert played.services("press") == [(1, "down"), (5, "stale"), (15, "up")]


def test_every_change_has_a_reason_and_no_state_is_told_twice() -> None:
    played = play(CHAIN, "incident: [{at: 1h, fail: db}, {at: 3h, flap: [web, web-2], down: 2h, up: 1h, times: 9}]")

    for name in ("records", "lookup", "press", "archive"):
        told = played.timeline.about(Kind.SERVICE, name)
        assert all(one.state != other.state for one, other in pairwise(told))
        assert all(record.because for record in told)


def test_time_until_an_old_copy_is_there_was_spent_waiting_for_it() -> None:
    network = CHAIN.replace("after: 4h}}", "after: 4h}, objectives: {accepts_stale: true}}")

    measured = play(network, "incident: [{at: 1h, fail: db}]").measured("lookup")

    assert measured.longest_outage_seconds == 4 * HOUR
    assert {stage: spent for stage, spent in measured.stages_seconds.items() if spent} == {"fallback": 4 * HOUR}


WITH_WORK = """
    name: with-work
    hosts: {db: {recover: [{wait: 10h}]}, other: {}}
    services: {records: {needs: db}, reader: {reads: [records]}}
    workloads:
      letters: {service: records, arrivals: 240/d, when_down: wait, capacity: 480/d}
      forms: {service: records, arrivals: 24/d, when_down: manual, enter_later: {each: 1h, capacity: 48h/d}}
"""


def test_a_service_is_backlogged_until_all_work_has_been_caught_up() -> None:
    played = play(WITH_WORK, "incident: [{at: 0h, fail: db}]")

    # 100 letters at what is left of 20 an hour after 10 an hour arrive; 10 forms at 2 an hour
    assert played.services("records") == [(0, "down"), (10, "backlogged"), (20, "up")]
    assert played.told(Kind.WORKLOAD, "forms") == [(15, "cleared")]
    assert played.told(Kind.WORKLOAD, "letters") == [(20, "cleared")]


def test_a_backlogged_service_counts_as_available_for_who_reads_it() -> None:
    played = play(WITH_WORK, "incident: [{at: 0h, fail: db}]")

    assert played.services("reader") == [(0, "down"), (10, "up")]
    assert played.measured("records").longest_outage_seconds == 10 * HOUR


def test_a_second_outage_while_the_backlog_drains_adds_to_it() -> None:
    played = play(WITH_WORK, "incident: [{at: 0h, fail: db}, {at: 14h, fail: db, recover: [{wait: 2h}]}]")

    # 60 letters are left at hour 14, 80 at hour 16, at 10 an hour; 2 forms are left at hour 14, 4 at hour 16
    assert played.services("records") == [(0, "down"), (10, "backlogged"), (14, "down"), (16, "backlogged"), (24, "up")]
    assert played.told(Kind.WORKLOAD, "forms") == [(18, "cleared")]
    assert played.work["letters"].backlog_cleared_at_seconds == 24 * HOUR


def test_a_backlog_that_nobody_has_time_for_lasts_to_the_end() -> None:
    network = WITH_WORK.replace("capacity: 480/d", "capacity: 240/d")

    played = play(network, "incident: [{at: 0h, fail: db}]")

    assert played.services("records") == [(0, "down"), (10, "backlogged")]
    assert played.work["letters"].waiting == 100
    assert played.work["letters"].backlog_cleared_at_seconds is None


def test_a_service_that_is_back_together_with_what_it_reads_is_told_once() -> None:
    network = WITH_WORK.replace(
        "records: {needs: db}, reader: {reads: [records]}", "early: {needs: db}, records: {needs: db, reads: [early]}"
    )
    played = play(network, "incident: [{at: 0h, fail: db}]")

    assert played.services("records") == [(0, "down"), (10, "backlogged"), (20, "up")]
