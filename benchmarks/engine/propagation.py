"""Part `propagation`: how many failures and repairs a second spread through what hangs on them, in graphs of random gates.

The kernel's counters, those of `topology.gates`, networkx's descendants evaluated in order, and everything evaluated anew turn the
same nodes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module

from benchmarks.engine.propagation_graph import Event, events, graph
from benchmarks.engine.propagation_kernel import Counters
from benchmarks.engine.rounds import Contestant, amount, show, take_turns
from simulator.plant.compiling import compile_plant
from topology.gates import State, Structure, View
from topology.model import Topology

SIZES = (100, 1_000, 10_000, 100_000)
COMPILED, IN_PYTHON, DESCENDANTS, ANEW = "kernel", "topology.gates", "networkx.descendants", "everything anew"
CHECKED_EVENTS = 20
Spread = Callable[[Sequence[Event]], Callable[[], int]]
"""Makes events ready to happen; what it returns lets them, and says how many nodes turned."""


def measure() -> None:
    """Measure and print."""
    rows = []
    for nodes in SIZES:
        topology = graph(nodes)
        names, spreads = len(topology.components), dict(_spreads(topology))
        counts = {COMPILED: 500_000, IN_PYTHON: 20_000, DESCENDANTS: 1_000, ANEW: max(4, 400_000 // nodes)}
        turned = {name: spread(list(events(names, CHECKED_EVENTS)))() for name, spread in spreads.items()}
        if len(set(turned.values())) > 1:
            raise AssertionError(f"the ways differ in how many nodes turn: {turned}")
        speeds = take_turns({name: _contestant(spread, list(events(names, counts[name]))) for name, spread in spreads.items()})
        cells = (f"{amount(speeds.of(name))} ({speeds.times(COMPILED, name):,.0f} ×)" for name in spreads if name != COMPILED)
        rows.append((f"{nodes:,}", amount(speeds.of(COMPILED)), *cells))
    show(
        "Failures and repairs a second of processor time that spread (the kernel is so many times as fast)",
        ("nodes", *spreads),
        rows,
    )


def _contestant(spread: Spread, happening: Sequence[Event]) -> Contestant:
    happen = spread(happening)

    def work(_turn: int) -> float:
        happen()
        return len(happening)

    return work


def _spreads(topology: Topology) -> Iterator[tuple[str, Spread]]:
    structure = Structure(topology, View.ROUTED)
    yield COMPILED, Counters(compile_plant(topology, "2026-01-05T00:00+00:00", 1.0, {})).ready
    yield IN_PYTHON, _counters(structure.state())
    try:
        networkx = import_module("networkx")
    except ImportError:
        print("networkx is not installed; pip install 'continuance[exact]'")
        return
    links = networkx.DiGraph(dict(enumerate(structure.parents)))
    order = list(networkx.topological_sort(links))
    place = {node: number for number, node in enumerate(order)}
    yield DESCENDANTS, _evaluated(structure, lambda node: sorted({node, *networkx.descendants(links, node)}, key=place.__getitem__))
    yield ANEW, _evaluated(structure, lambda node: order)


def _counters(state: State) -> Spread:
    def happen(happening: Sequence[Event]) -> int:
        return sum(len(state.fail(node) if fails else state.repair(node)) for node, fails in happening)

    return lambda happening: partial(happen, happening)


def _evaluated(structure: Structure, concerned: Callable[[int], Iterable[int]]) -> Spread:
    """Evaluate again the nodes that are *concerned* by an event, in an order in which each comes after its inputs."""
    up = [True] * len(structure.threshold)
    own = [1] * structure.named + [0] * (len(up) - structure.named)

    def happen(happening: Sequence[Event]) -> int:
        turned = 0
        for node, fails in happening:
            own[node] = 0 if fails else 1
            for each in concerned(node):
                holds = own[each] + sum(up[child] for child in structure.children[each]) >= structure.threshold[each]
                if holds != up[each]:
                    up[each] = holds
                    turned += 1
        return turned

    return lambda happening: partial(happen, happening)
