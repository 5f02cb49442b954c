from failover.core.commands import CommandKind
from failover.core.controller import Decision
from failover.core.notes import Note, NoteKind
from simulator.checking.journal import FoldsToState, IntentFirst
from tests.simulator.checking.scenes import Scene


def test_what_was_decided_may_be_sent_once() -> None:
    scene = Scene(IntentFirst())
    command = scene.command(CommandKind.PROMOTE, "db-2")
    scene.turned(commands=[command])
    scene.sent(command)
    assert scene.broken == []
    scene.sent(command)
    assert scene.broken == ["promote at 'db-2' was sent, and is not in the journal"]


def test_a_hook_that_two_leaders_found_may_be_sent_by_each() -> None:
    scene = Scene(IntentFirst())
    hook = scene.command(CommandKind.HOOK, "db-2", name="after_failover")
    leaders = list(scene.clusters.controllers.values())[:2]
    for scene.controller in leaders:
        scene.turned(commands=[hook])
    for scene.controller in reversed(leaders):  # the first was frozen, and thaws
        scene.sent(hook)
    assert len(leaders) == 2
    assert scene.broken == []


def test_what_nobody_decided_is_not_sent() -> None:
    scene = Scene(IntentFirst())
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    assert len(scene.broken) == 1


def test_whoever_decides_from_another_state_than_the_journals_breaks_it() -> None:
    checker = FoldsToState()
    scene = Scene(checker)
    state, event = scene.clusters.store.state, scene.woken()
    scene.clusters.store.journal.append((1, event))
    after = state.copy()
    checker.journaled(scene.controller, event, state, Decision(after, (), None, ()))
    assert scene.broken == []
    stale = state.copy()
    stale.term += 1
    checker.journaled(scene.controller, event, stale, Decision(after, (), None, ()))
    assert len(scene.broken) == 1


def test_whoever_changes_what_others_hold_breaks_it() -> None:
    checker = FoldsToState()
    scene = Scene(checker)
    state = scene.clusters.store.state
    note = Note("db", NoteKind.SUSPECTED, {"host": "db-1"})
    checker.journaled(scene.controller, scene.woken(), state, Decision(state.copy(), (), None, (note,)))
    assert scene.broken == ["what was known before was changed, instead of a copy of it"]


def test_the_journal_is_folded_anew_when_all_is_over() -> None:
    checker = FoldsToState()
    scene = Scene(checker)
    store = scene.clusters.store
    while len(store.journal) % 8:
        store.journal.append((1, scene.woken()))
    wrong = store.state.copy()
    wrong.term += 1
    store.applied(wrong)
    checker.finish()
    assert scene.broken == ["the journal leads to another state than the one that decided"]
