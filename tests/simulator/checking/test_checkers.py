"""All checkers together on real histories; and that nothing is left out of them."""

import inspect
import pkgutil
from importlib import import_module

import pytest

import simulator.checking
from failover.core.events import OrderKind
from failover.core.states import WAYS_OUT, HaltReason, State
from simulator.checking.checker import Checker
from simulator.checking.checkers import ALL, Checkers
from simulator.checking.ledger import Ledger
from simulator.checking.liveness import ComesBack, lasts_seconds
from simulator.clusters.watching import Watcher
from simulator.run import Run
from tests.simulator.building import prepare, scenario_of
from tests.simulator.checking.scenes import NETWORK, Scene
from topology.quantities import HOUR


def defined() -> set[type[Checker]]:
    modules = (import_module(f"simulator.checking.{each.name}") for each in pkgutil.iter_modules(simulator.checking.__path__))
    return {kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Checker)} - {
        Checker
    }


def test_every_checker_looks_on() -> None:
    assert set(ALL) == defined() - {Ledger, ComesBack}


def test_every_invariant_has_one_short_name() -> None:
    kinds: tuple[type[Checker], ...] = (*ALL, ComesBack)
    names = [kind.invariant for kind in kinds]
    assert len(set(names)) == len(names)
    assert all(name and name.replace("-", "").isalpha() for name in names)


def test_whatever_a_watcher_is_told_some_checker_wants_to_know() -> None:
    told = {name for name in vars(Watcher) if not name.startswith("_")} - {"attach", "stood_down", "ordered", "refused"}
    assert told == {name for name in told if any(name in vars(kind) for kind in ALL)}


THREE = NETWORK.format(mode="synchronous", policy="automatic", approvals=1)


@pytest.mark.parametrize(
    "fault", ["fail: db-1", "kill_process: db-1", "cut: db-1", "order: {kind: switchover, cluster: db, by: ana}"]
)
def test_a_plain_failover_breaks_nothing(fault: str) -> None:
    checkers = Checkers()
    scenario = scenario_of(THREE, f"{{horizon: 10m, incident: [{{at: 10s, {fault}}}]}}")
    run = Run(scenario, scenario.responses[0], 0, watchers=(checkers,))
    run.finish()
    checkers.finish()
    assert run.clusters is not None
    assert run.clusters.databases["db"].serving is not None
    assert checkers.violations == []


def test_a_network_without_clusters_has_nothing_to_check() -> None:
    checkers = Checkers()
    network = "{name: one, hosts: {srv: {}}, services: {shop: {needs: srv}}}"
    prepare(network, "{incident: [{at: 1h, fail: srv}]}").finish()
    checkers.finish()
    assert checkers.violations == []


def in_the_end(fault: str) -> tuple[ComesBack, Checkers, Run]:
    comes_back = ComesBack(60.0)
    checkers = Checkers(comes_back)
    scenario = scenario_of(THREE, f"{{horizon: 1h, incident: [{{at: 10s, {fault}}}]}}")
    assert lasts_seconds(scenario.topology) < HOUR - 60.0
    run = Run(scenario, scenario.responses[0], 0, watchers=(checkers,))
    run.finish()
    return comes_back, checkers, run


def test_a_cluster_that_comes_back_by_itself_is_left_alone() -> None:
    comes_back, checkers, _ = in_the_end("fail: db-1")
    assert checkers.violations == []
    assert comes_back.typed == []


def test_a_cluster_that_waits_for_a_person_is_brought_back_by_one() -> None:
    comes_back, checkers, run = in_the_end("order: {kind: pause, cluster: db, by: ana}, cause: paused}, {at: 20s, fail: db-1")
    assert checkers.violations == []
    assert [order.kind for _, order in comes_back.typed] == [OrderKind.RESUME]
    assert run.clusters is not None
    assert run.clusters.databases["db"].serving in ("db-2", "db-3")


def test_a_cluster_that_never_comes_back_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ComesBack, "_orders", lambda checker, c: iter(()))
    _, checkers, _ = in_the_end("fail: [db-1, db-2, db-3]")
    assert {each.invariant for each in checkers.violations} == {"liveness"}
    assert "in truth served by nobody" in checkers.violations[0].text


def test_what_is_ordered_is_what_the_halt_lists_in_turn() -> None:
    checker = ComesBack(60.0)
    scene = Scene(checker)
    c = scene.known
    c.state, c.halted = State.HALTED, HaltReason.WOULD_LOSE
    ordered = [next(iter(checker._orders(c))).kind for _ in range(6)]
    assert ordered == [*WAYS_OUT[HaltReason.WOULD_LOSE], OrderKind.START]
