from functools import partial

from simulator.units import Units
from simulator.world import Step
from tests.simulator.building import Played, prepare
from timeline.record import Kind
from topology.quantities import HOUR

SHELF = """
    name: shelf
    parts: {disk: {lead_time: 10h}, pump: {lead_time: 30h}, lamp: {}}
    hosts:
      srv:
        parts: {disk: {installed: 4, required: 3}, pump: {installed: 2, required: 1}, lamp: {installed: 2}}
        recover: [{wait: 1h}, {part: disk}, {work: 2h}]
    services: {shop: {needs: srv}}
"""


def fail_units(*lost: tuple[float, str, int], incident: str = "incident: [{at: 700h, fail: srv}]", network: str = SHELF) -> Played:
    """Let units fail at their times (hours, part, slot)."""
    run = prepare(network, incident)
    for hours, part, number in lost:
        run.world.schedule(hours * HOUR, Step.LIFE_ENDS, number, partial(run.units.fail, ("srv", part, number), ()))
    return Played(run, *run.finish())


def working(units: Units, part: str) -> list[int]:
    host = units._world.topology.hosts["srv"]
    return [number for _, _, number in units.working(host, part)]


def test_a_unit_to_spare_that_fails_degrades_nothing() -> None:
    played = fail_units((1, "disk", 0), (2, "pump", 1))

    assert played.hosts("srv") == [(700, "down"), (713, "up")]
    assert played.told(Kind.UNIT, "srv") == [(1, "failed"), (2, "failed"), (14, "replaced"), (35, "replaced")]


def test_a_host_goes_down_when_fewer_units_work_than_it_requires_and_not_before() -> None:
    played = fail_units((1, "disk", 0), (5, "disk", 3))

    assert played.hosts("srv")[:2] == [(5, "down"), (14, "up")]
    assert played.services("shop")[:2] == [(5, "down"), (14, "up")]


def test_a_failed_unit_is_replaced_by_its_own_kind() -> None:
    played = fail_units((1, "pump", 0))

    assert [(record.subject, record.at / 3600) for record in played.records(Kind.ORDER, "arrived")][:1] == [("pump", 32.0)]


def test_a_part_that_cannot_be_bought_is_mended_by_work_alone() -> None:
    played = fail_units((1, "lamp", 0))

    assert played.told(Kind.UNIT, "srv") == [(1, "failed"), (4, "replaced")]
    assert played.hosts("srv")[:2] == [(1, "down"), (4, "up")]


def test_units_that_a_fault_takes_are_back_with_the_host() -> None:
    played = fail_units(incident="incident: [{at: 1h, fail: srv, consumes: {disk: 3}}]")

    assert played.hosts("srv") == [(1, "down"), (14, "up")]
    assert working(played.run.units, "disk") == [0, 1, 2, 3]


def test_units_that_a_fault_took_are_there_again_when_it_is_ended_early() -> None:
    played = fail_units(incident="incident: [{at: 1h, fail: srv, consumes: {disk: 3}}, {at: 2h, restore: srv}]")

    assert played.hosts("srv") == [(1, "down"), (2, "up")]
    assert working(played.run.units, "disk") == [0, 1, 2, 3]


def test_a_host_is_back_once_enough_units_work_whoever_brought_them() -> None:
    """Two units fail while a fault has a third; when that is mended three work again, which is enough."""
    played = fail_units(
        (1, "disk", 2),
        (2, "disk", 3),
        incident="incident: [{at: 0h, fail: srv, consumes: {disk: 2}, recover: [{wait: 3h}]}]",
    )

    assert played.hosts("srv") == [(0, "down"), (14, "up")]

    played = fail_units(
        (1, "disk", 3),
        incident="incident: [{at: 0h, fail: srv, consumes: {disk: 2}, recover: [{wait: 3h}]}]",
    )

    assert played.hosts("srv") == [(0, "down"), (3, "up")]


def test_a_unit_fetches_its_own_part_once_however_many_parts_its_host_fetches() -> None:
    network = SHELF.replace("{part: disk}, ", "{part: disk}, {part: pump}, ")
    played = fail_units((1, "disk", 0), network=network)

    assert [record.subject for record in played.records(Kind.ORDER, "placed") if record.at < 700 * HOUR] == ["disk"]
