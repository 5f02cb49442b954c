"""What the core sees to while all is well: that every standby runs and follows, and that commits wait for those that do."""

import pytest

from failover.core.commands import Command, CommandKind, Outcome
from failover.core.events import Health, LeaseGained, OrderKind
from failover.core.notes import NoteKind
from failover.core.settings import RETRY_SECONDS
from failover.core.states import State
from tests.failover.core.honest import Answer
from tests.failover.core.playing import TRIO, Play, play, say
from tests.failover.core.scenes import back

ASYNCHRONOUS = TRIO.replace("    replication: {mode: synchronous}\n", "")


def mute(kind: CommandKind) -> Play:
    """A cluster in which commands of *kind* do nothing, for ever, and db-2 has just lost its primary."""
    p = play(ASYNCHRONOUS)
    p.members["db-2"].receiving = False
    p.bends.append(say(kind, Outcome.SUCCEEDED, does=False, times=999))
    p.see("db-2", Health.SILENT)
    p.see("db-2", Health.STANDBY)
    return p


def test_whoever_takes_over_first_learns_what_nobody_has_told_him() -> None:
    p = play(TRIO, led=False)
    p.lead()

    assert p.kinds(reads=True)[:2] == ["read_positions db-1", "verify db-1"]
    assert (p.db.timeline, p.db.synchronous) == (1, (frozenset({"db-2", "db-3"}),))


def test_a_primary_that_says_it_is_none_is_not_asked_again_and_again() -> None:
    def stopped(world: Play, command: Command) -> Answer | None:
        known = world.position(command.target) if command.kind is CommandKind.READ_POSITIONS else None
        return None if known is None else (Outcome.SUCCEEDED, {**known, "role": "stopped"})

    p = play(led=False)
    p.bends.append(stopped)
    p.lead()

    assert p.db.timeline is None
    assert p.kinds(reads=True).count("read_positions db-1") == 1


def test_whoever_takes_over_asks_the_proxies_once_where_they_lead_clients() -> None:
    p = play(TRIO)
    p.lead(2)
    p.pass_time(60.0)
    assert p.kinds() == []
    assert [p.kinds(reads=True).count(f"verify {proxy}") for proxy in ("edge-1", "edge-2")] == [1, 1]


def test_a_proxy_that_leads_clients_nowhere_though_the_journal_knows_of_no_recovery_is_told_where_to() -> None:
    p = play(TRIO)
    p.routed["edge-1"] = None
    p.lead(2)
    assert p.kinds() == ["reroute edge-1"]
    assert p.routed["edge-1"] == "db-1"
    assert p.notified() == ["'edge-1' does not lead clients to 'db-1', which is primary; it is told to"]


def test_a_proxy_that_does_not_say_where_it_leads_clients_is_asked_again_later() -> None:
    p = play(TRIO)
    p.routed["edge-1"] = None
    p.bends.append(say(CommandKind.VERIFY, Outcome.UNKNOWN, does=False, target="edge-1", times=99))
    p.lead(2)
    p.pass_time(60.0)
    assert p.kinds() == []

    p.bends.clear()
    p.pass_time(3600.0)
    assert p.routed["edge-1"] == "db-1"


def test_where_everything_is_done_by_hand_a_proxy_is_left_where_it_leads() -> None:
    p = play(TRIO, mode="manual")
    p.routed["edge-1"] = None
    p.lead(2)
    p.pass_time(60.0)
    assert p.kinds() == []


def test_a_standby_whose_database_died_is_started_once() -> None:
    p = play(ASYNCHRONOUS)
    p.kill("db-2")
    p.pass_time(5.0)

    assert p.kinds() == ["start db-2"]
    assert p.members["db-2"].running


def test_a_standby_that_follows_nobody_is_pointed_at_the_primary() -> None:
    p = play(ASYNCHRONOUS)
    p.members["db-2"].receiving = False
    p.see("db-2", Health.PROCESS_DEAD)
    p.see("db-2", Health.STANDBY)

    assert "repoint db-2" in p.kinds() and p.upstream("db-2") == "db-1"


def test_a_standby_that_follows_already_is_left_alone() -> None:
    p = play(ASYNCHRONOUS)
    p.see("db-2", Health.SILENT)
    p.see("db-2", Health.STANDBY)

    assert p.kinds() == []


def test_commits_no_longer_wait_for_a_standby_that_is_gone_and_wait_again_when_it_follows() -> None:
    p = play(TRIO)
    p.lose("db-3")
    assert (list(p.synchronous), p.db.synchronous) == (["db-2"], (frozenset({"db-2"}),))

    back(p, "db-3")
    assert list(p.synchronous) == ["db-2", "db-3"]


@pytest.mark.parametrize("order", [["db-1", "db-2", "db-3"], ["db-1", "db-3", "db-2"], ["db-2", "db-1", "db-3"]])
def test_who_takes_over_leaves_commits_waiting_for_whom_he_has_not_seen_yet(order: list[str]) -> None:
    p = play(TRIO)
    p.tell(LeaseGained(p.now, p.now, 2, "controller-2", False))
    for host in order:
        p.see(host)

    assert (p.kinds(), p.db.synchronous) == ([], (frozenset({"db-2", "db-3"}),))


def test_who_takes_over_lets_commits_wait_no_longer_for_whom_he_finds_lost() -> None:
    p = play(TRIO)
    p.members["db-3"].on = p.members["db-3"].running = False
    p.lead(2, "controller-2")

    assert (p.kinds(), list(p.synchronous)) == (["set_synchronous db-1"], ["db-2"])


def test_while_it_is_not_known_whom_commits_wait_for_the_old_and_the_new_are_reckoned_with() -> None:
    p = play(TRIO)
    p.bends.append(say(CommandKind.VERIFY, Outcome.UNKNOWN, does=False, target="db-1", times=9))
    p.lose("db-3")
    p.pass_time(10.0)

    assert p.db.synchronous == (frozenset({"db-2", "db-3"}), frozenset({"db-2"}))


def test_a_standby_that_cannot_be_made_to_follow_is_tried_again_less_and_less_often() -> None:
    p = mute(CommandKind.REPOINT)
    assert p.kinds() == ["repoint db-2"]

    p.pass_time(RETRY_SECONDS)
    assert p.kinds() == ["repoint db-2"] * 2
    p.pass_time(RETRY_SECONDS)
    assert p.kinds() == ["repoint db-2"] * 2
    p.pass_time(30 * 24 * 3600.0)
    assert len(p.kinds()) < 150


def test_a_standby_that_could_not_be_made_to_follow_is_tried_at_once_when_it_is_seen_anew() -> None:
    p = mute(CommandKind.REPOINT)
    p.bends.clear()
    p.see("db-2", Health.SILENT)
    p.see("db-2", Health.STANDBY)

    assert p.upstream("db-2") == "db-1"


@pytest.mark.parametrize("mode", ["manual", "observe"])
def test_a_policy_that_leaves_it_to_people_changes_no_standby(mode: str) -> None:
    p = play(TRIO, mode=mode)
    p.kill("db-2")
    p.lose("db-3")
    p.pass_time(1000.0)

    assert p.kinds() == []


def test_a_quarantined_member_is_not_tended() -> None:
    p = play(ASYNCHRONOUS)
    p.lose("db-1")
    p.sent.clear()
    p.members["db-1"].on = True
    p.see("db-1")
    p.pass_time(1000.0)

    assert p.kinds() == []


def test_a_rejoin_makes_a_former_primary_a_standby_that_is_tended_again() -> None:
    p = play(ASYNCHRONOUS)
    p.lose("db-1")
    p.sent.clear()
    p.order(OrderKind.REJOIN, host="db-1")
    assert p.kinds() == ["power_on db-1", "rejoin db-1"]
    assert p.db.quarantined == frozenset() and p.upstream("db-1") == "db-2"

    p.see("db-2")
    p.kill("db-1")
    assert p.kinds()[-1] == "start db-1"


def test_a_member_that_was_rejoined_is_not_started_once_more_because_it_was_seen_before() -> None:
    p = play()
    p.lose("db-1")
    p.see("db-2")
    p.holding = True
    p.order(OrderKind.REJOIN, host="db-1")
    p.see("db-1", Health.PROCESS_DEAD)  # its host is up, and the rejoin not done
    p.holding = False
    p.sent.clear()
    p.tell(*filter(None, map(p.report, p.waiting)))

    assert p.told(NoteKind.REJOINED) and "start db-1" not in p.kinds()


def test_a_rejoin_that_does_not_work_leaves_the_member_quarantined_and_tells_people() -> None:
    p = play()
    p.bends.append(say(CommandKind.REJOIN, Outcome.FAILED, does=False, times=9))
    p.lose("db-1")
    p.order(OrderKind.REJOIN, host="db-1")

    assert p.where() is State.WATCHING and p.db.quarantined == {"db-1"}
    assert "could not be rejoined" in [each.details["text"] for each in p.sent if each.kind is CommandKind.NOTIFY][-1]


def test_a_rejoin_gives_way_when_the_primary_is_lost() -> None:
    p = play(ASYNCHRONOUS)
    p.lose("db-1")
    p.order(OrderKind.ACKNOWLEDGE)
    p.holding = True
    p.order(OrderKind.REJOIN, host="db-1")
    p.holding = False
    p.lose("db-2")

    assert p.serving() == "db-3" and "db-1" in p.db.quarantined


def test_a_page_is_withdrawn_whatever_else_is_under_way() -> None:
    p = play(TRIO)
    p.holding = True
    p.lose("db-1")
    p.holding = False
    p.order(OrderKind.WITHDRAW_PAGE, host="edge-1", service="shop")

    assert p.kinds()[-1] == "withdraw_page edge-1"
    assert p.sent[-1].details["service"] == "shop"
    assert p.where() is State.PREFLIGHT


def test_people_are_told_once_of_a_standby_that_does_not_follow() -> None:
    p = mute(CommandKind.REPOINT)
    p.pass_time(24 * 3600.0)
    assert p.notified() == ["'db-2' does not follow 'db-1', and may have to be rejoined"]

    p.bends.clear()
    p.order(OrderKind.REJOIN, host="db-2")
    assert not p.db.astray and "db-2" in p.db.followers


def test_commits_wait_for_a_standby_only_once_it_has_caught_up() -> None:
    p = play(TRIO)
    p.lose("db-1")
    p.see("db-2")
    p.members["db-1"].behind_seconds = 1200.0
    p.order(OrderKind.REJOIN, host="db-1")
    p.see("db-1")
    assert "db-1" in p.db.followers and list(p.synchronous) == ["db-3"]

    p.members["db-1"].behind_seconds = 1.0
    p.pass_time(RETRY_SECONDS + 1.0)
    assert list(p.synchronous) == ["db-1", "db-3"]


def test_commits_of_a_new_primary_do_not_wait_for_a_standby_that_is_far_behind() -> None:
    p = play(TRIO)
    p.members["db-3"].behind_seconds = 1200.0
    p.lose("db-1")

    assert p.db.primary == "db-2" and p.synchronous == ()
