"""That nothing is lost, and nothing decided twice, where the journal is packed or the rules change."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from failover.core.cluster import Controller as CoreState
from failover.core.controller import fold, step
from failover.core.events import Event, Health, HealthChanged, LeaseGained, Ordered, OrderKind, Woken
from failover.core.settings import Settings
from failover.core.states import State
from failover.live.resuming import begin_rules, carried, decisions, resumed, state_text
from failover.live.store import Store, StoreError, read_journal
from tests.failover.core.playing import PAIR, TRIO, Play, play
from tests.failover.live.stage import trio
from topology.document import parse_document
from topology.load import build_topology


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "journal.db")
    opened.gain("controller-1")
    yield opened
    opened.close()


def failed_over() -> Play:
    """A failover after a yes, with everything in it that is told."""
    played = play(TRIO, mode="approve")
    played.lose("db-1")
    played.order(OrderKind.APPROVE)
    played.pass_time(60.0)
    assert played.db.primary != "db-1"
    return played


def journal(store: Store, events: list[Event]) -> None:
    for event in events:
        store.append(store.entry(event), ())


def same(one: CoreState, other: CoreState) -> bool:
    return replace(one, settings=other.settings) == other


def test_packed_after_any_event_the_journal_leads_to_the_same_state(tmp_path: Path) -> None:
    played = failed_over()
    whole = fold(played.settings, played.journal)
    for cut in range(len(played.journal) + 1):
        path = tmp_path / f"{cut}.db"
        store = Store(path)
        store.gain("controller-1")
        assert resumed(played.settings, store) == fold(played.settings, ())
        journal(store, played.journal[:cut])
        store.compact(state_text(fold(played.settings, played.journal[:cut])))
        journal(store, played.journal[cut:])
        store.close()
        store = Store(path)
        assert same(resumed(played.settings, store), whole)
        assert store.length == len(played.journal)
        assert [each.event for each in read_journal(path)] == played.journal
        assert [each.state for _, each in decisions(path)][-1].clusters == whole.clusters
        assert len(list(store._database.execute("SELECT 1 FROM journal"))) == len(played.journal) - cut
        store.close()


def test_what_is_packed_twice_stays_whole(store: Store, tmp_path: Path) -> None:
    played = failed_over()
    resumed(played.settings, store)
    for cut in range(0, len(played.journal), 7):
        journal(store, played.journal[cut : cut + 7])
        store.compact(state_text(fold(played.settings, played.journal[: cut + 7])))
    assert list(store.history()) == played.journal
    assert list(store.history(10)) == played.journal[10:]
    assert same(resumed(played.settings, store), fold(played.settings, played.journal))
    assert len(store._database.execute("SELECT 1 FROM snapshots").fetchall()) == 2, "the first of its rules, and the latest"


def test_an_order_that_was_refused_is_not_taken_because_the_rules_have_changed_since(store: Store) -> None:
    watching = trio(mode="observe")
    events: list[Event] = [
        LeaseGained(0.0, 0.0, 1, "controller-1"),
        HealthChanged(1.0, 1.0, "db-1", Health.SILENT, ()),
        Ordered(20.0, 20.0, "db", OrderKind.FAILOVER, "anna", None, "smoke"),
        HealthChanged(21.0, 21.0, "db-1", Health.PRIMARY, ("v-1", "v-2")),
    ]
    resumed(watching, store)
    journal(store, events)
    bold = trio(mode="automatic")
    assert fold(bold, events).clusters["db"].state is not State.WATCHING, "folded by the new rules, it would be under way"
    state = resumed(bold, store)
    assert state.clusters["db"].state is State.WATCHING
    assert state.settings is bold
    assert resumed(bold, store) == state, "and the next start finds the same"


def test_what_was_decided_is_told_by_the_rules_of_then(store: Store, tmp_path: Path) -> None:
    resumed(trio(mode="observe"), store)
    lost = HealthChanged(20.0, 20.0, "db-1", Health.SILENT, ())
    journal(store, [LeaseGained(0.0, 0.0, 1, "controller-1"), lost])
    resumed(trio(mode="approve"), store)
    journal(store, [Woken(21.0, 21.0)])
    told = [each.state.clusters["db"].state for _, each in decisions(tmp_path / "journal.db")]
    assert told == [State.WATCHING, State.SUSPECT, State.WAITING]


def test_what_is_under_way_goes_on_by_a_changed_policy_and_by_no_changed_cluster() -> None:
    played = play(TRIO, mode="automatic")
    played.holding = True
    played.lose("db-1")
    assert played.db.state is State.PREFLIGHT
    assert carried(played.state, trio(mode="manual")).clusters == played.state.clusters
    document = parse_document(TRIO.replace("[edge-1, edge-2]", "[edge-1]"), "network.yaml")
    with pytest.raises(StoreError, match=r"a failover of 'db' is under way \(preflight\), and the topology says something else"):
        carried(played.state, Settings(build_topology(document)))


def test_after_a_failover_the_topology_may_name_the_new_primary() -> None:
    played = failed_over()
    new = played.db.primary
    document = parse_document(TRIO.replace("primary: db-1", f"primary: {new}"), "network.yaml")
    state = carried(played.state, Settings(build_topology(document)))
    assert state.clusters["db"] == played.db


def test_a_cluster_whose_primary_is_no_member_any_more_is_looked_at_as_a_new_one_and_its_numbers_go_on() -> None:
    played = failed_over()
    assert played.db.primary == "db-2"
    text = TRIO.replace("[db-1, db-2, db-3]", "[db-1, db-3]")
    known, state = played.db, carried(played.state, Settings(build_topology(parse_document(text, "network.yaml"))))
    new = state.clusters["db"]
    assert (new.primary, new.timeline, new.quarantined) == ("db-1", None, frozenset())
    assert (new.epoch, new.run, new.commands) == (known.epoch, known.run, known.commands)
    assert step(state, LeaseGained(0.0, 0.0, 2, "controller-1")).state.clusters["db"].epoch > known.epoch


def test_a_cluster_that_is_new_begins_and_one_that_is_gone_is_forgotten() -> None:
    played = play(PAIR)
    text = PAIR.replace("  db: {members", "  other: {members").replace("needs: db", "needs: other")
    state = carried(played.state, Settings(build_topology(parse_document(text, "network.yaml"))))
    assert list(state.clusters) == ["other"]
    assert state.term == 1


def test_a_snapshot_of_another_version_is_refused(store: Store) -> None:
    settings = trio()
    begin_rules(store, resumed(settings, store))
    store.begin_rules("{}", "{}")
    with pytest.raises(StoreError, match="of another version of this program"):
        resumed(settings, store)
