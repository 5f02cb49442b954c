from simulator.ground import GROUNDS, KEPT_MAX, PerTopology
from simulator.world import World
from tests.simulator.building import MONDAY, ONE_HOST, network_of
from topology.model import Topology


def test_worlds_of_one_topology_share_what_never_changes_and_nothing_else() -> None:
    topology = network_of(ONE_HOST)
    one, other = (World(topology, MONDAY, 1000.0, seed) for seed in (0, 1))
    one.break_("srv", "fault", ())

    assert one.structure is other.structure
    assert other.holds("srv")


def test_another_topology_has_its_own_even_if_it_is_equal() -> None:
    assert GROUNDS.of(network_of(ONE_HOST)) is not GROUNDS.of(network_of(ONE_HOST))


def test_only_so_many_are_kept() -> None:
    made: list[str] = []

    def make(topology: Topology) -> str:
        made.append(topology.name)
        return topology.name

    kept = PerTopology(make)
    topologies = [Topology(str(number)) for number in range(KEPT_MAX + 1)]
    for topology in topologies:
        kept.of(topology)
    kept.of(topologies[-1])
    kept.of(topologies[0])

    assert len(made) == KEPT_MAX + 2
