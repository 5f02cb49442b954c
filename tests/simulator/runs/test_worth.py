from simulator.plant.fitting import fit_switchovers
from simulator.runs.changes import changes_of
from simulator.runs.engines import EngineName
from simulator.runs.worth import Trial, weigh_changes
from tests.simulator.building import MONDAY, network_of
from tests.simulator.runs.networks import small_plant
from topology.laws import Fixed
from topology.load import load_topology
from topology.sources import find_network


def test_every_kind_of_change_is_tried() -> None:
    titles = {change.title for change in changes_of(load_topology(find_network("immigration-courts")))}

    assert titles == {
        "one more storage-drive at falls-church",
        "one more in the crew field",
        "half the lead time of storage-drive",
        "an independent standby for case-db",
    }


def test_what_helps_comes_first_and_what_changes_little_is_not_said_to_help() -> None:
    trial = Trial(small_plant(), None, 2_000, 0, EngineName.COMPILED, 1)
    first, second, last = weigh_changes(trial)

    assert first.title == "one more disk at here"
    assert first.certain
    assert second.title == "half the lead time of disk"
    assert last.title == "one more in the crew field"
    assert not last.certain
    assert abs(last.saved) < first.saved / 10
    assert first.saved_by_service["page"] == 0


def test_the_same_luck_makes_a_difference_surer_than_its_terms() -> None:
    trial = Trial(small_plant(), None, 1_000, 0, EngineName.COMPILED, 1)
    worth = weigh_changes(trial)[0]

    assert worth.half_width < 0.3 * worth.saved


def test_the_core_decides_how_long_a_switchover_takes_and_who_is_never_answered_waits_for_ever() -> None:
    text = """
    name: two
    hosts: {"db-[1-2]": {}}
    clusters: {db: {members: [db-1, db-2], primary: db-1, fence: [redfish, operator], policy: {mode: approve}}}
    services: {shop: {needs: db}}
    """
    alone = fit_switchovers(network_of(text), None, MONDAY)["db"]
    answered = fit_switchovers(network_of(text), Fixed(3600.0), MONDAY)["db"]

    assert alone.takeover[0].values_seconds[0] == float("inf")  # type: ignore[union-attr]
    assert 3600 < answered.takeover[0].values_seconds[0] < 3700  # type: ignore[union-attr]
    assert answered.takeover[1].values_seconds[0] > 7200  # type: ignore[union-attr]
