"""Importance against the definition: every state of a network tried, 2ⁿ of them."""

import math
from collections.abc import Iterable, Mapping
from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulator.exact.importance import find_importance, work_out
from simulator.exact.jobs import Thing
from simulator.exact.tree import Trees
from simulator.plant.columns import Column
from simulator.plant.compiling import compile_plant
from simulator.runs.engines import EngineName
from simulator.runs.simulation import Request, simulate
from tests.simulator.building import MONDAY, network_of
from tests.topology.small_networks import networks
from topology.analysis.reading import sources_first
from topology.gates import Structure, View
from topology.model import Topology
from topology.quantities import YEAR

VIEWS = st.sampled_from([View.AS_IT_STANDS, View.AFTER_FAILOVER])
SHARES = st.sampled_from([0.0, 0.001, 0.1, 0.3, 0.5, 0.9])
State = frozenset[str]


def likelihood(states: Iterable[State], away: Mapping[str, float]) -> float:
    """Sum up how likely *states* are: exactly the things in them are down, each of *away* for that share of the time."""
    return math.fsum(math.prod(share if name in state else 1 - share for name, share in away.items()) for state in states)


def minimal(states: Iterable[State]) -> list[State]:
    found: list[State] = []
    for state in sorted(states, key=len):
        if not any(cut <= state for cut in found):
            found.append(state)
    return found


@settings(max_examples=40, deadline=None)
@given(topology=networks(), view=VIEWS, shares=st.lists(SHARES, min_size=8, max_size=8))
def test_importance_is_what_trying_every_state_gives_however_often_a_thing_stands_in_the_gates(
    topology: Topology, view: View, shares: list[float]
) -> None:
    structure = Structure(topology, view)
    service = list(topology.services)[-1]
    tree = Trees(topology, view).of(service)
    away = dict(zip(sorted(thing.name for thing in tree.things), shares, strict=False))
    reading = [structure.index[each.name] for each in sources_first(topology, [service])]
    states = [frozenset(chosen) for size in range(len(away) + 1) for chosen in combinations(away, size)]
    down = []
    for state in states:
        up = structure.recompute(structure.index[name] for name in state)
        if not all(up[node] for node in reading):
            down.append(state)
    total = likelihood(down, away)
    assume(total > 0.0)
    found = work_out(service, tree, {Thing(name): share for name, share in away.items()}, ())

    assert found.unavailability == pytest.approx(total)
    cuts = minimal(down)
    for each in found.ranked:
        name = each.thing.name
        with_it, without = (likelihood(down, away | {name: share}) for share in (1.0, 0.0))
        carried = [state for state in down if any(name in cut and cut <= state for cut in cuts)]
        assert each.birnbaum == pytest.approx(with_it - without, abs=1e-12)
        assert each.fussell_vesely == pytest.approx(likelihood(carried, away) / total, abs=1e-12)
        assert each.risk_achievement_worth == pytest.approx(with_it / total)
        assert each.risk_reduction_worth == pytest.approx(total / without if without else math.inf)


def test_what_a_gate_names_twice_counts_twice() -> None:
    topology = network_of("""
        name: twice
        hosts:
          a: {fails: {exponential: {mean: 9d}}, recover: [{wait: 1d}]}
          b: {fails: {exponential: {mean: 9d}}, recover: [{wait: 1d}]}
        services: {shop: {needs: {at_least: 2, of: [a, {any: [a]}, b]}}}
    """)
    (found,) = find_importance(topology, View.AS_IT_STANDS, ["shop"])

    assert found.exact
    assert [each.thing.name for each in found.ranked] == ["a", "b"]
    assert [each.birnbaum for each in found.ranked] == pytest.approx([1.0, 0.0])
    assert found.ranked[0].hours_a_year == pytest.approx(876.0)


def test_a_cluster_is_down_without_a_route() -> None:
    topology = network_of("""
        name: routed
        hosts:
          "db-[1-2]": {fails: {exponential: {mean: 99d}}, recover: [{wait: 1d}]}
          "proxy-[1-2]": {fails: {exponential: {mean: 9d}}, recover: [{wait: 1d}]}
        clusters: {db: {members: [db-1, db-2], primary: db-1, routes: [proxy-1, proxy-2]}}
        services: {shop: {needs: db}}
    """)
    (before,), (after,) = (find_importance(topology, view, ["shop"]) for view in (View.AS_IT_STANDS, View.AFTER_FAILOVER))

    assert before.unavailability == pytest.approx(1 - 0.99 * 0.99)
    assert after.unavailability == pytest.approx(1 - (1 - 0.01**2) * 0.99)
    assert not after.exact


def test_what_nothing_can_take_down_is_not_ranked() -> None:
    (found,) = find_importance(
        network_of("{name: quiet, hosts: {a: {}}, services: {shop: {needs: a}}}"), View.AS_IT_STANDS, ["shop"]
    )

    assert (found.ranked, found.unavailability) == ((), 0.0)
    assert found.refused == "nothing that fails by a law takes it down"


def test_so_many_things_are_refused_in_words() -> None:
    host = "{fails: {exponential: {mean: 9d}}, recover: [{wait: 1d}]}"
    topology = network_of(f'{{name: wide, hosts: {{"a-[1-301]": {host}}}, services: {{shop: {{needs: {{any: ["a-[1-301]"]}}}}}}}}')
    (found,) = find_importance(topology, View.AS_IT_STANDS, ["shop"])

    assert found.refused == "it hangs on more than 300 things"


KOFN = """
    name: k-of-n
    sites: {here: {}}
    parts: {disk: {life: {weibull: {mean: 40d, shape: 2}}, lead_time: 6d}}
    components: {power: {fails: {exponential: {mean: 60d}}, recover: [{wait: {lognormal: {median: 5h, p95: 2d}}}]}}
    hosts:
      "srv-[1-4]":
        site: here
        uses: [power]
        parts: {disk: {installed: 3, required: 2}}
        fails: {exponential: {mean: 90d}}
        recover: [{wait: 3h}, {part: disk}, {work: {exponential: {mean: 1d}}}]
    services: {shop: {needs: {at_least: 3, of: ["srv-[1-4]"]}}}
"""


def test_a_simulated_group_is_as_available_in_the_long_run_as_the_exact_answer() -> None:
    topology = network_of(KOFN)
    (found,) = find_importance(topology, View.AS_IT_STANDS, ["shop"])
    plant = compile_plant(topology, MONDAY, 40 * YEAR, {})
    summary = simulate(Request(plant, None, 200, 1, EngineName.COMPILED))
    column = Column("services", "shop", "availability")

    assert found.exact
    assert abs(1 - found.unavailability - summary.mean(column)) < summary.half_width(column)
    assert summary.half_width(column) < found.unavailability / 50
