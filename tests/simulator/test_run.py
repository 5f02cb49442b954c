import json
import os
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from tests.simulator.building import Played, play, prepare, step_through
from tests.simulator.random_histories import NETWORK, Story, Watch, stories
from timeline.measures import outages, spent_on
from timeline.record import Kind, Record

PHYSICAL = (Kind.SITE, Kind.COMPONENT, Kind.HOST, Kind.CLUSTER)
CHOSEN = NETWORK.format(crew=1, disk_life=100, lead_time=50, stock=1, enough=2, required=2, second="here", mode="automatic")
BUSY = "{horizon: 900h, background: true, incident: [{at: 20h, partition: there}, {at: 50h, fail: here}]}"


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(stories())
def test_the_books_balance_at_every_moment(story: Story) -> None:
    run = prepare(story.network, story.scenario, seed=story.seed)
    watch = Watch(run)

    played = step_through(run, watch)

    assert watch.looks > 0
    the_record_is_in_order(played)
    all_time_and_work_is_accounted_for(played)


def the_record_is_in_order(played: Played) -> None:
    records = played.timeline.records
    assert [record.id for record in records] == list(range(len(records)))
    assert all(one.at <= other.at for one, other in pairwise(records))
    latest: dict[tuple[Kind, str], str] = {}
    for record in records:
        assert all(cause < record.id for cause in record.because)
        if record.kind in PHYSICAL:
            assert latest.get((record.kind, record.subject), "up") != record.state
            latest[record.kind, record.subject] = record.state
            assert record.because
            for cause in (records[each] for each in record.because):
                assert cause.kind not in PHYSICAL or cause.state == record.state
    stages_begin_and_end(records)


def stages_begin_and_end(records: tuple[Record, ...]) -> None:
    under_way: set[int] = set()
    for record in records:
        if record.kind is Kind.STAGE and record.state == "started":
            under_way.add(record.id)
        elif record.kind is Kind.STAGE:
            (started,) = under_way.intersection(record.because)
            assert records[started].subject == record.subject
            under_way.remove(started)


def all_time_and_work_is_accounted_for(played: Played) -> None:
    for name in played.timeline.services:
        measures = played.measured(name)
        suffered = outages(played.timeline, name)
        for outage in suffered:
            assert sum(seconds for _, seconds in spent_on(played.timeline, outage)) == pytest.approx(outage.seconds)
        assert sum(outage.seconds for outage in suffered) == pytest.approx(measures.downtime_seconds + measures.stale_seconds)
    for work in played.work.values():
        assert work.served + work.stale + work.lost + work.manual + work.waiting == pytest.approx(work.arrived)


def bytes_of(played: Played) -> str:
    lines = [[each.at, each.kind, each.subject, each.state, each.because, dict(each.data)] for each in played.timeline.records]
    return json.dumps([lines, {name: work.backlog for name, work in played.work.items()}])


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    told = bytes_of(play(CHOSEN, BUSY, seed=7))

    assert len(told) > 50_000
    assert bytes_of(play(CHOSEN, BUSY, seed=7)) == told
    assert bytes_of(play(CHOSEN, BUSY, seed=8)) != told


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    program = "from tests.simulator.test_run import *; print(bytes_of(play(CHOSEN, BUSY, seed=7)))"
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }

    assert told == {bytes_of(play(CHOSEN, BUSY, seed=7))}


def test_adding_a_host_changes_nothing_for_anybody_else() -> None:
    """Where nobody decides by it: what has failed besides is a reason to trust a candidate or not."""
    alone = CHOSEN.replace("mode: automatic", "mode: observe")
    life = "{fails: {exponential: {mean: 20h}}, recover: [{wait: {exponential: {mean: 3h}}}]}"

    before = play(alone, BUSY, seed=3)
    after = play(alone.replace("hosts:\n", f"hosts:\n  new: {life}\n"), BUSY, seed=3)

    assert len(after.hosts("new")) > 10
    for kind in set(Kind) - {Kind.FAILOVER}:
        for name in {record.subject for record in before.timeline.records if record.kind is kind}:
            assert after.told(kind, name) == before.told(kind, name)
    assert after.work == before.work


def test_another_run_of_the_same_seed_is_another_history() -> None:
    first, second = (Played(run, *run.finish()) for run in (prepare(CHOSEN, BUSY, run=number) for number in (0, 1)))

    assert bytes_of(first) != bytes_of(second)


def test_an_outage_open_at_the_end_was_spent_on_the_stage_still_going_on() -> None:
    network = """
        name: open
        hosts: {srv: {recover: [{wait: 2h}, {work: 5h}, {restore: 100h}]}}
        services: {shop: {needs: srv}}
    """
    played = play(network, "{horizon: 20h, incident: [{at: 1h, fail: srv}]}")

    spent = {stage: seconds / 3600 for stage, seconds in played.measured("shop").stages_seconds.items() if seconds}
    assert spent == {"wait": 2, "work": 5, "restore": 12}
    assert played.measured("shop").restored_at_seconds is None
