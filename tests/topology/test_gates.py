from hypothesis import given
from hypothesis import strategies as st

from tests.topology.strategies import topologies
from topology.gates import Structure, View, find_cycle, input_names
from topology.model import Cluster, Component, Gate, Host, Service, Site, Topology

VIEWS = st.sampled_from(View)


def topology_of_three() -> Topology:
    hosts = {name: Host(name, site="east") for name in ("a", "b", "c")}
    service = Service("shop", needs=Gate(2, ("a", "b", "c")))
    return Topology("three", sites={"east": Site("east")}, hosts=hosts, services={"shop": service})


def names_up(structure: Structure, up: list[bool]) -> set[str]:
    return {name for name, holds in zip(structure.names, up, strict=False) if holds}


@given(topologies(), VIEWS, st.data())
def test_counters_agree_with_recomputing_after_any_fails_and_repairs(topology: Topology, view: View, data: st.DataObject) -> None:
    structure = Structure(topology, view)
    state = structure.state()
    steps = data.draw(st.lists(st.tuples(st.booleans(), st.integers(0, structure.named - 1)), max_size=30))
    for fails, node in steps:
        before = list(state.up)
        changed = state.fail(node) if fails else state.repair(node)
        assert state.up == structure.recompute(state.failed)
        assert sorted(changed) == [each for each in range(len(before)) if before[each] != state.up[each]]


@given(topologies(), VIEWS, st.data())
def test_another_failure_brings_nothing_back(topology: Topology, view: View, data: st.DataObject) -> None:
    structure = Structure(topology, view)
    failed = data.draw(st.sets(st.integers(0, structure.named - 1)))
    one_more = data.draw(st.integers(0, structure.named - 1))
    fewer, more = structure.recompute(failed), structure.recompute(failed | {one_more})
    assert all(before or not after for before, after in zip(fewer, more, strict=True))


@given(topologies(), st.data())
def test_each_view_of_clusters_is_at_least_as_hopeful_as_the_one_before(topology: Topology, data: st.DataObject) -> None:
    structures = [Structure(topology, view) for view in (View.AS_IT_STANDS, View.AFTER_FAILOVER, View.ROUTED)]
    failed = data.draw(st.sets(st.integers(0, structures[0].named - 1)))
    up = [names_up(each, each.recompute(failed)) for each in structures]
    assert up[0] <= up[1] <= up[2]


@given(topologies(), VIEWS)
def test_everything_holds_while_nothing_has_failed(topology: Topology, view: View) -> None:
    structure = Structure(topology, view)
    assert structure.recompute(()) == [True] * len(structure.threshold)


@given(topologies())
def test_a_topology_built_from_the_bottom_up_has_no_cycle(topology: Topology) -> None:
    assert find_cycle(topology) is None


def test_a_gate_holds_while_enough_of_its_inputs_do() -> None:
    structure = Structure(topology_of_three(), View.AS_IT_STANDS)
    state = structure.state()
    shop = structure.index["shop"]
    assert state.fail(structure.index["a"]) == [structure.index["a"]]
    assert state.up[shop]
    assert shop in state.fail(structure.index["b"])
    assert not state.up[shop]


def test_a_site_takes_its_hosts_with_it_and_gives_them_back() -> None:
    structure = Structure(topology_of_three(), View.AS_IT_STANDS)
    state = structure.state()
    state.fail(structure.index["a"])
    state.fail(structure.index["east"])
    assert names_up(structure, state.up) == set()
    state.repair(structure.index["east"])
    assert names_up(structure, state.up) == {"east", "b", "c", "shop"}


def test_failing_twice_changes_nothing_and_one_repair_is_enough() -> None:
    structure = Structure(topology_of_three(), View.AS_IT_STANDS)
    state = structure.state()
    node = structure.index["a"]
    assert state.fail(node) == [node]
    assert state.fail(node) == []
    assert state.repair(node) == [node]
    assert state.repair(node) == []


def test_the_views_differ_in_what_a_cluster_hangs_on() -> None:
    cluster = Cluster("base", ("a", "b"), "a")
    hangs_on = {view: input_names(cluster, view) for view in View}
    assert hangs_on == {View.AS_IT_STANDS: {"a"}, View.AFTER_FAILOVER: {"a", "b"}, View.ROUTED: set()}


def test_a_cycle_is_found_through_gates_and_clusters() -> None:
    topology = Topology(
        "round",
        components={"disk": Component("disk", needs=Gate(1, ("x", Gate(1, ("base",)))))},
        hosts={"h": Host("h", uses=("disk",)), "x": Host("x")},
        clusters={"base": Cluster("base", ("x", "h"), "x")},
    )
    assert find_cycle(topology) == ["disk", "base", "h", "disk"]


def test_a_cycle_is_found_among_services_that_read_each_other() -> None:
    services = {"s": Service("s", reads=("t",)), "t": Service("t", reads=("s",))}
    assert find_cycle(Topology("round", services=services)) == ["s", "t", "s"]


def test_a_chain_of_a_hundred_thousand_overflows_nothing() -> None:
    count = 100_000
    components = {f"c{n}": Component(f"c{n}", uses=(f"c{n + 1}",) if n + 1 < count else ()) for n in range(count)}
    topology = Topology("chain", components=components)
    assert find_cycle(topology) is None
    structure = Structure(topology, View.AS_IT_STANDS)
    assert len(structure.state().fail(structure.index[f"c{count - 1}"])) == count
