from tests.simulator.building import ONE_HOST, play
from timeline.record import Kind

STORAGE = """
    name: storage
    sites: {here: {}, there: {}}
    parts: {disk: {lead_time: 10h}}
    components:
      power: {site: here}
      line: {links: [here, there], recover: [{wait: 3h}]}
      storage: {site: here, needs: {at_least: 2, of: ["srv-[1-3]"]}, recover: [{restore: 8h}]}
    hosts:
      srv-[1-3]: {site: here, uses: [power], recover: [{wait: 2h}]}
      db: {site: here, uses: [storage]}
      far: {site: there}
    services:
      shop: {needs: db}
      office: {needs: {all: [far, line]}}
"""


def test_what_has_lost_what_it_is_made_of_is_recovered_from_its_return() -> None:
    played = play(STORAGE, "incident: [{at: 1h, fail: [srv-1, srv-2]}]")

    assert played.components("storage") == [(1, "down"), (11, "up")]
    assert played.services("shop") == [(1, "down"), (11, "up")]


def test_what_is_made_of_enough_loses_nothing() -> None:
    played = play(STORAGE, "incident: [{at: 1h, fail: srv-1}]")

    assert played.components("storage") == []


def test_a_recovery_starts_again_when_its_gate_falls_again() -> None:
    played = play(STORAGE, "incident: [{at: 0h, fail: [srv-1, srv-2]}, {at: 5h, fail: [srv-2, srv-3]}]")

    assert played.components("storage") == [(0, "down"), (15, "up")]
    assert played.told(Kind.STAGE, "storage") == [(2, "started"), (5, "abandoned"), (7, "started"), (15, "done")]


def test_what_uses_something_is_there_as_soon_as_that_is() -> None:
    played = play(STORAGE, "incident: [{at: 0h, fail: power, recover: [{wait: 4h}]}]")

    assert played.hosts("srv-1") == [(0, "down"), (4, "up")]
    assert played.components("storage") == [(0, "down"), (12, "up")]


def test_a_host_hit_again_while_it_is_down_is_not_down_for_longer() -> None:
    played = play(ONE_HOST, "incident: [{at: 0h, fail: srv}, {at: 5h, fail: srv, recover: [{wait: 100h}]}]")

    assert played.hosts("srv") == [(0, "down"), (12, "up")]


def test_a_fault_on_what_has_lost_what_it_is_made_of_adds_nothing() -> None:
    played = play(STORAGE, "incident: [{at: 0h, fail: [srv-1, srv-2]}, {at: 1h, fail: storage, recover: [{wait: 300h}]}]")

    assert played.components("storage") == [(0, "down"), (10, "up")]


def test_a_failed_component_whose_gate_falls_comes_back_whole_with_what_it_is_made_of() -> None:
    played = play(STORAGE, "incident: [{at: 0h, fail: storage, recover: [{wait: 300h}]}, {at: 1h, fail: [srv-1, srv-2]}]")

    assert played.components("storage") == [(0, "down"), (11, "up")]
    assert played.told(Kind.STAGE, "storage")[:2] == [(0, "started"), (1, "abandoned")]


def test_a_restore_ends_the_failure() -> None:
    played = play(ONE_HOST, "incident: [{at: 0h, fail: srv}, {at: 3h, restore: srv}]")

    assert played.hosts("srv") == [(0, "down"), (3, "up")]
    assert played.told(Kind.STAGE, "srv") == [(0, "started"), (2, "done"), (2, "started"), (3, "abandoned")]


def test_a_restore_ends_a_recovery_of_data() -> None:
    played = play(STORAGE, "incident: [{at: 0h, fail: [srv-1, srv-2]}, {at: 3h, restore: storage}]")

    assert played.components("storage") == [(0, "down"), (3, "up")]


def test_a_restore_cannot_bring_back_what_has_lost_what_it_is_made_of() -> None:
    played = play(STORAGE, "incident: [{at: 0h, fail: [srv-1, srv-2]}, {at: 1h, restore: storage}]")

    assert played.components("storage") == [(0, "down"), (10, "up")]


def test_a_restore_of_what_is_well_changes_nothing() -> None:
    played = play(ONE_HOST, "incident: [{at: 0h, restore: srv}]")

    assert played.hosts("srv") == []


def test_what_was_restored_can_fail_again() -> None:
    played = play(ONE_HOST, "incident: [{at: 0h, fail: srv}, {at: 3h, restore: srv}, {at: 5h, fail: srv}]")

    assert played.hosts("srv") == [(0, "down"), (3, "up"), (5, "down"), (17, "up")]


def test_a_flap_is_down_and_up_again_several_times() -> None:
    played = play(ONE_HOST, "incident: [{at: 1h, flap: srv, down: 10m, up: 20m, times: 3}]")

    at = [hours for hours, _ in played.hosts("srv")]
    assert [state for _, state in played.hosts("srv")] == ["down", "up"] * 3
    assert [round((hours - 1) * 60) for hours in at] == [0, 10, 30, 40, 60, 70]
    assert played.told(Kind.STAGE, "srv") == []


def test_two_flaps_that_overlap_each_keep_the_host_down() -> None:
    played = play(ONE_HOST, "incident: [{at: 0h, flap: srv, down: 2h, up: 1h}, {at: 1h, flap: srv, down: 4h, up: 1h}]")

    assert played.hosts("srv") == [(0, "down"), (5, "up")]


def test_a_host_that_fails_while_it_flaps_is_down_until_both_are_over() -> None:
    played = play(ONE_HOST, "incident: [{at: 0h, fail: srv}, {at: 10h, flap: srv, down: 5h, up: 1h}]")

    assert played.hosts("srv") == [(0, "down"), (15, "up")]


def test_a_partition_fails_links_and_nothing_else() -> None:
    played = play(STORAGE, "incident: [{at: 1h, partition: there}]")

    assert {record.subject for record in played.timeline.records if record.state == "down"} == {"line", "office"}
    assert played.components("line") == [(1, "down"), (4, "up")]
    assert played.services("office") == [(1, "down"), (4, "up")]


def test_a_partition_may_say_how_long_it_takes() -> None:
    played = play(STORAGE, "incident: [{at: 1h, partition: there, recover: [{wait: 9h}]}]")

    assert played.components("line") == [(1, "down"), (10, "up")]


def test_the_loss_of_a_site_takes_what_stands_there() -> None:
    played = play(STORAGE, "incident: [{at: 1h, fail: here, recover: [{wait: 4h}]}]")

    assert played.hosts("srv-1") == [(1, "down"), (5, "up")]
    assert played.components("storage") == [(1, "down"), (13, "up")]
    assert played.hosts("far") == []


def test_a_delay_moves_deliveries() -> None:
    network = """
        name: delayed
        parts: {disk: {lead_time: 10h}}
        hosts: {srv: {recover: [{part: disk}]}}
        services: {shop: {needs: srv}}
    """

    assert play(network, "incident: [{at: 0h, fail: srv}, {at: 4h, delay: disk, by: 20h}]").hosts("srv")[1] == (30, "up")


def test_a_life_that_ends_while_a_fault_is_mended_is_mended_too() -> None:
    network = """
        name: both
        hosts: {srv: {fails: {weibull: {mean: 100h, shape: 100}}, recover: [{wait: 20h}]}}
        services: {shop: {needs: srv}}
    """
    alone = play(network, "{background: true, horizon: 300h}")
    ends = alone.hosts("srv")[0][0]

    both = play(network, f"{{background: true, horizon: 300h, incident: [{{at: {ends * 3600 - 36000}s, fail: srv}}]}}")

    begins, back = both.hosts("srv")[:2]
    assert abs(begins[0] - (ends - 10)) < 1e-3
    assert abs(back[0] - (ends + 20)) < 1e-3


def test_a_fault_that_nothing_recovers_from_lasts_to_the_end() -> None:
    played = play(ONE_HOST, "incident: [{at: 1h, fail: srv, recover: []}]")

    assert played.hosts("srv") == [(1, "down")]
