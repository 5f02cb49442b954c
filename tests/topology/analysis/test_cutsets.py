from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.topology.small_networks import networks, physical
from topology.analysis.cutsets import CutSet, CutSets
from topology.gates import Structure, View
from topology.model import Component, Gate, Host, Service, Site, Topology

VIEWS = st.sampled_from([View.AS_IT_STANDS, View.AFTER_FAILOVER])


def many(count: int, needed: int, racks: int = 10) -> Topology:
    """Return *count* hosts in one site, with one power feed, spread over racks, of which a service needs *needed*."""
    hosts = [Host(f"host-{number}", site="here", uses=("power", f"rack-{number % racks}")) for number in range(count)]
    components = [Component("power", site="here"), *(Component(f"rack-{number}") for number in range(racks))]
    return Topology(
        name="many",
        sites={"here": Site("here")},
        components={component.name: component for component in components},
        hosts={host.name: host for host in hosts},
        services={"work": Service("work", needs=Gate(needed, tuple(host.name for host in hosts)))},
    )


def cut_sets(topology: Topology, order: int, view: View = View.AS_IT_STANDS) -> tuple[CutSets, Structure]:
    structure = Structure(topology, view)
    return CutSets(structure.state(), len(physical(topology)), order), structure


def by_trying(structure: Structure, things: int, nodes: list[int], failed: frozenset[int], order: int) -> set[CutSet]:
    """Return the minimal cut sets by failing every combination and evaluating the gates anew."""
    found: set[CutSet] = set()
    rest = [node for node in range(things) if node not in failed]
    for size in range(1, order + 1):
        for chosen in combinations(rest, size):
            cut = frozenset(chosen)
            if not any(smaller < cut for smaller in found):
                up = structure.recompute(failed | cut)
                if not all(up[node] for node in nodes):
                    found.add(cut)
    return found


@settings(max_examples=150, deadline=None)
@given(topology=networks(), view=VIEWS, order=st.integers(1, 4))
def test_cut_sets_are_those_that_trying_every_combination_finds(topology: Topology, view: View, order: int) -> None:
    found, structure = cut_sets(topology, order, view)
    nodes = [structure.index[name] for name in topology.services]

    listing = found.of_any(nodes)

    assert len(set(listing.sets)) == len(listing.sets)
    assert set(listing.sets) == by_trying(structure, len(physical(topology)), nodes, frozenset(), order)
    assert listing.complete_to_order == order


@settings(max_examples=150, deadline=None)
@given(topology=networks(), view=VIEWS, data=st.data())
def test_after_a_failure_they_are_the_further_losses_that_take_a_service_down(
    topology: Topology, view: View, data: st.DataObject
) -> None:
    structure = Structure(topology, view)
    things = len(physical(topology))
    failed = frozenset(data.draw(st.sets(st.integers(0, things - 1), max_size=2)))
    state = structure.state()
    for node in failed:
        state.fail(node)
    nodes = [structure.index[name] for name in topology.services if state.up[structure.index[name]]]
    expected = by_trying(structure, things, nodes, failed, 3)

    found = CutSets(state, things, 3)

    assert set(found.of_any(nodes).sets) == expected
    least = min(map(len, expected), default=0)
    assert set(found.smallest(nodes).sets) == {cut for cut in expected if len(cut) == least}


@settings(max_examples=100, deadline=None)
@given(topology=networks(), view=VIEWS, data=st.data())
def test_a_failure_only_takes_down_and_a_repair_only_brings_back(topology: Topology, view: View, data: st.DataObject) -> None:
    structure = Structure(topology, view)
    failures = data.draw(st.permutations(range(len(physical(topology)))))
    before = structure.recompute([])
    for count in range(1, len(failures) + 1):
        after = structure.recompute(failures[:count])
        assert all(earlier or not later for earlier, later in zip(before, after, strict=True))
        before = after


def test_half_of_two_hundred_hosts_is_no_explosion() -> None:
    topology = many(200, 100)
    found, structure = cut_sets(topology, 3)

    listing = found.of_any([structure.index["work"]])

    assert {tuple(structure.names[node] for node in cut) for cut in listing.sets} == {("here",), ("power",)}
    assert listing.complete_to_order == 3


def test_racks_count_with_all_their_hosts() -> None:
    topology = many(200, 160)  # 41 losses: two racks of 20, and one host of another
    found, structure = cut_sets(topology, 3)

    listing = found.of_any([structure.index["work"]])

    racks_of_ten, racks_left, hosts_a_rack = 45, 8, 20
    triples_of_racks = 120
    assert len([cut for cut in listing.sets if len(cut) == 2]) == 0
    assert len([cut for cut in listing.sets if len(cut) == 3]) == triples_of_racks + racks_of_ten * racks_left * hosts_a_rack


def test_what_is_too_much_to_list_is_said_and_the_lower_order_is_complete() -> None:
    topology = many(1000, 999)
    found, structure = cut_sets(topology, 2)

    listing = found.of_any([structure.index["work"]])

    assert listing.complete_to_order == 1
    assert all(len(cut) == 1 for cut in listing.sets)
    assert len(listing.sets) == 12  # the site, the power and ten racks


def test_the_smallest_sets_are_none_where_it_takes_more_losses_than_were_looked_for() -> None:
    hosts = {name: Host(name) for name in ("a", "b", "c")}
    topology = Topology("three", hosts=hosts, services={"work": Service("work", needs=Gate(1, tuple(hosts)))})
    (two, structure), (three, _) = cut_sets(topology, 2), cut_sets(topology, 3)
    work = [structure.index["work"]]

    assert (two.smallest(work).sets, two.smallest(work).complete_to_order) == ((), 2)
    assert three.smallest(work).sets == (frozenset(structure.index[name] for name in hosts),)
