import pytest

from tests.simulator.building import ONE_HOST, play
from timeline.record import Kind
from topology.quantities import HOUR

TWO_HOSTS_ONE_CREW = """
    name: two-hosts-one-crew
    sites: {here: {}}
    calendars: {office: {days: mon-fri, hours: "08:00-17:00"}}
    crews: {field: {site: here, size: 1}, clerks: {size: 5, calendar: office}}
    parts: {disk: {lead_time: 10h}, pump: {lead_time: 10h}}
    stock: {here: {disk: 1, pump: 1}}
    components:
      shelf: {site: here, needs: {all: [srv-1, srv-2]}, recover: [{work: 5h, crew: field}]}
      pumps: {site: here, recover: [{part: pump}]}
    hosts:
      srv-[1-3]: {site: here, recover: [{part: disk}, {work: 4h, crew: field}]}
      desk: {site: here, recover: [{work: 6h, crew: clerks}]}
    services:
      shop: {needs: {all: ["srv-[1-3]"]}}
"""


def test_stages_add_up() -> None:
    played = play(ONE_HOST, "incident: [{at: 1h, fail: srv}]")

    assert played.hosts("srv") == [(1, "down"), (13, "up")]
    assert played.services("shop") == [(1, "down"), (13, "up")]
    spent = played.measured("shop").stages_seconds
    assert {stage: seconds / HOUR for stage, seconds in spent.items() if seconds} == {"wait": 2, "work": 4, "restore": 6}


def test_a_part_comes_from_the_shelf_at_once_or_after_its_lead_time() -> None:
    played = play(TWO_HOSTS_ONE_CREW, "incident: [{at: 0h, fail: [srv-1, srv-2]}]")

    assert played.hosts("srv-1") == [(0, "down"), (4, "up")]
    assert played.hosts("srv-2") == [(0, "down"), (14, "up")]


def test_a_crew_of_one_does_one_job_after_the_other() -> None:
    incident = "incident: [{at: 0h, fail: ['srv-[1-3]'], recover: [{work: 4h, crew: field}]}]"

    one = play(TWO_HOSTS_ONE_CREW, incident)
    three = play(TWO_HOSTS_ONE_CREW, f"{incident}\nresponses: {{more-hands: {{crews: {{field: {{size: 3}}}}}}}}")

    assert [one.hosts(f"srv-{number}")[1] for number in (1, 2, 3)] == [(4, "up"), (8, "up"), (12, "up")]
    assert [three.hosts(f"srv-{number}")[1] for number in (1, 2, 3)] == [(4, "up"), (4, "up"), (4, "up")]


def test_a_job_that_begins_on_friday_afternoon_ends_on_monday() -> None:
    played = play(TWO_HOSTS_ONE_CREW, 'start: "2026-01-09T00:00+00:00"\nincident: [{at: 14h, fail: desk}]')

    assert played.hosts("desk") == [(14, "down"), (72 + 11, "up")]


def test_a_job_given_up_frees_its_crew_for_the_next() -> None:
    played = play(
        TWO_HOSTS_ONE_CREW,
        "incident: [{at: 0h, fail: [srv-1, srv-2], recover: [{work: 4h, crew: field}]}, {at: 1h, restore: srv-1}]",
    )

    assert played.hosts("srv-1") == [(0, "down"), (1, "up")]
    assert played.hosts("srv-2") == [(0, "down"), (5, "up")]
    assert len(played.records(Kind.STAGE, "abandoned")) == 1


def test_a_job_given_up_in_the_queue_is_not_begun() -> None:
    played = play(
        TWO_HOSTS_ONE_CREW,
        "incident: [{at: 0h, fail: ['srv-[1-3]'], recover: [{work: 4h, crew: field}]}, {at: 1h, restore: srv-2}]",
    )

    assert played.hosts("srv-3") == [(0, "down"), (8, "up")]
    assert played.run.recovery.teams["field"].busy == 0


def test_a_job_given_up_while_it_waits_for_a_part_leaves_it_to_the_next() -> None:
    played = play(
        TWO_HOSTS_ONE_CREW,
        "incident: [{at: 0h, fail: srv-1}, {at: 1h, fail: srv-2}, {at: 3h, fail: srv-3}, {at: 4h, restore: srv-2}]",
    )

    assert played.hosts("srv-3") == [(3, "down"), (14, "up")]  # the disk that srv-2 waited for arrives at hour 10
    pool = played.run.stores.pool("here", "disk")
    assert (pool.stock, pool.on_order, pool.position) == (2, 0, 2)


def test_without_any_stage_nobody_has_said_how_it_comes_back() -> None:
    played = play("{name: bare, hosts: {srv: {}}, services: {shop: {needs: srv}}}", "incident: [{at: 1h, fail: srv}]")

    assert played.hosts("srv") == [(1, "down")]
    assert played.measured("shop").stages_seconds["other"] == played.timeline.horizon_seconds - HOUR


@pytest.mark.parametrize(("stock", "back_at"), [(0, 11), (1, 1)])
def test_a_site_draws_on_its_own_stock(stock: int, back_at: int) -> None:
    network = f"""
        name: site-with-parts
        sites: {{here: {{recover: [{{part: generator}}]}}}}
        parts: {{generator: {{lead_time: 10h}}}}
        stock: {{here: {{generator: {stock}}}}}
        services: {{shop: {{needs: here}}}}
    """

    assert play(network, "incident: [{at: 1h, fail: here}]").services("shop") == [(1, "down"), (back_at, "up")]


def test_a_fault_may_say_how_it_is_recovered_from_and_how_many_parts_it_takes() -> None:
    played = play(
        TWO_HOSTS_ONE_CREW,
        "incident: [{at: 0h, fail: srv-1, consumes: {disk: 2}, recover: [{wait: 1h}, {part: disk}]}]",
    )

    assert played.hosts("srv-1") == [(0, "down"), (11, "up")]  # one from the shelf, the other ordered at hour 1
    (placed,) = played.records(Kind.ORDER, "placed")
    assert placed.data["count"] == 2


def test_the_luck_of_a_stage_does_not_hang_on_the_stages_before_it() -> None:
    """Two responses to one outage see the same luck in what they share."""
    network = "{name: n, hosts: {srv: {}}, services: {shop: {needs: srv}}}"
    law = "{exponential: {mean: 5h}}"

    def second_wait(first: str) -> float:
        incident = f"[{{at: 0h, fail: srv, recover: [{{wait: {first}}}, {{wait: {law}}}]}}]"
        played = play(network, f"{{horizon: 1000d, incident: {incident}}}")
        begun, done = played.records(Kind.STAGE, "started")[1], played.records(Kind.STAGE, "done")[1]
        return done.at - begun.at

    assert second_wait("1h") == pytest.approx(second_wait(law))
