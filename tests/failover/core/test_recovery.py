"""How a recovery goes: what has to be proved before each step, what is done when it cannot be, and that it ends where it should."""

import pytest

from failover.core.commands import Command, CommandKind, Outcome
from failover.core.events import Health, OrderKind
from failover.core.notes import NoteKind
from failover.core.states import HaltReason, State
from tests.failover.core.honest import Answer
from tests.failover.core.playing import TRIO, Bend, Play, play, say
from tests.failover.core.scenes import back, on_its_way, unfenced

ASYNCHRONOUS = TRIO.replace("    replication: {mode: synchronous}\n", "")


def silent(kind: CommandKind, host: str) -> Bend:
    """*host* does what it is told, says nothing of it, and does not let itself be looked at from then on."""
    struck: list[str] = []

    def bend(world: Play, command: Command) -> Answer | None:
        if command.kind is kind and command.target == host:
            struck.append(host)
            world.done(command)
            return Outcome.UNKNOWN, {}
        looked_at = command.target in struck and command.kind in (CommandKind.VERIFY, CommandKind.READ_POSITIONS)
        of_power = command.details.get("question") in ("is_off", "is_on")
        return (Outcome.UNKNOWN, {}) if looked_at and not of_power else None

    return bend


def before(p: Play, first: str, second: str) -> bool:
    return p.kinds().index(first) < p.kinds().index(second)


# Fencing.


def stepped_down() -> Play:
    """A switchover to db-2 came to nothing, and an order to start db-1, which is a standby by now, too; db-2 is lost."""
    p = play(ASYNCHRONOUS)
    p.members["db-3"].on = p.members["db-3"].running = False
    p.see("db-3")
    p.bends.append(say(CommandKind.PROMOTE, Outcome.FAILED, does=False, times=9))
    p.order(OrderKind.SWITCHOVER)
    p.order(OrderKind.START)
    assert p.db.halted is HaltReason.NOT_STARTED
    p.bends.clear()
    p.see("db-1")
    p.lose("db-2")
    p.sent.clear()
    return p


def test_a_primary_that_stepped_down_takes_over_again_if_nobody_else_can_and_is_not_fenced_for_it() -> None:
    p = stepped_down()
    p.order(OrderKind.FAILOVER)

    assert p.serving() == p.db.primary == "db-1"
    assert not any(each.startswith("fence") for each in p.kinds()) and p.db.quarantined == frozenset()


def test_a_primary_that_stepped_down_is_fenced_all_the_same_once_it_cannot_be_asked() -> None:
    p = stepped_down()
    p.order(OrderKind.MAINTENANCE, host="db-1", for_seconds=3600.0)
    p.order(OrderKind.FAILOVER)
    assert p.db.halted is HaltReason.NO_CANDIDATE and p.db.suspects == ()
    p.see("db-1", Health.SILENT)
    back(p, "db-2")
    p.pass_time(60.0)

    assert p.serving() == "db-2" and before(p, "fence db-1", "promote db-2")


def test_nobody_is_promoted_before_the_old_primary_is_off_and_clients_are_withdrawn() -> None:
    p = play(TRIO)
    p.lose("db-1")

    for step in ("fence db-1", "withdraw_route edge-1", "withdraw_route edge-2", "cut_replication db-2", "cut_replication db-3"):
        assert before(p, step, "promote db-2")
    assert p.told(NoteKind.FENCED) == [{"host": "db-1", "by": "redfish"}]


@pytest.mark.parametrize("outcome", Outcome)
def test_a_fence_that_says_it_worked_and_did_not_is_no_fence(outcome: Outcome) -> None:
    p = play()
    p.bends.append(say(CommandKind.FENCE, outcome, does=False, times=9))
    p.see("db-1", Health.SILENT)
    p.pass_time(20.0)

    assert p.db.halted is HaltReason.NOT_FENCED
    assert "promote db-2" not in p.kinds()


def test_a_fence_that_says_it_failed_and_worked_is_one() -> None:
    p = play()
    p.bends.append(say(CommandKind.FENCE, Outcome.FAILED, does=True))
    p.lose("db-1")

    assert p.serving() == "db-2"


def test_power_that_speaks_of_another_host_proves_nothing() -> None:
    def of_another(world: Play, command: Command) -> Answer | None:
        return (Outcome.SUCCEEDED, {"off": True, "identity": "db-2"}) if command.details.get("question") == "is_off" else None

    p = play()
    p.bends.append(of_another)
    p.lose("db-1")

    assert p.db.halted is HaltReason.NOT_FENCED


def test_power_that_cannot_be_asked_proves_nothing() -> None:
    def mute(world: Play, command: Command) -> Answer | None:
        return (Outcome.UNKNOWN, {"off": True, "identity": "db-1"}) if command.details.get("question") == "is_off" else None

    p = play()
    p.bends.append(mute)
    p.lose("db-1")
    p.pass_time(20.0)

    assert p.db.halted is HaltReason.NOT_FENCED


def test_where_one_level_of_fencing_fails_the_next_one_is_tried_and_then_a_person_is_asked() -> None:
    p = play(TRIO)
    p.bends.append(say(CommandKind.FENCE, Outcome.FAILED, does=False, times=99))
    p.see("db-1", Health.SILENT)

    levels = [each.details["level"] for each in p.sent if each.kind is CommandKind.FENCE]
    assert list(dict.fromkeys(levels)) == ["redfish", "fence_agent"]
    asked = [each for each in p.sent if each.kind is CommandKind.ASK]
    assert [each.target for each in asked] == ["db-1"] and "confirm_fenced" in asked[0].details["verified_by"]


def test_a_fence_says_which_host_it_means_and_how_often_that_was_powered_on() -> None:
    p = play()
    p.lose("db-1")
    p.order(OrderKind.REJOIN, host="db-1")
    back(p, "db-1")
    p.order(OrderKind.FAILBACK)
    p.order(OrderKind.ACKNOWLEDGE)
    p.lose("db-1")

    fences = [each.details for each in p.sent if each.kind is CommandKind.FENCE]
    assert [(each["identity"], each["incarnation"]) for each in fences] == [("db-1", 0), ("db-1", 1)]


def test_a_person_may_attest_that_a_host_is_off_and_by_name_is_answerable_for_it() -> None:
    p = unfenced()
    p.members["db-1"].on = p.members["db-1"].running = False
    p.order(OrderKind.CONFIRM_FENCED, host="db-1", operator="bob", reason="pulled both plugs")

    assert p.serving() == "db-2"
    assert {"host": "db-1", "by": "bob"} in p.told(NoteKind.FENCED)


@pytest.mark.parametrize("seen_by", [(), ("v-2",)])
def test_nobody_may_attest_that_a_host_is_off_which_anything_sees(seen_by: tuple[str, ...]) -> None:
    p = unfenced()
    p.see("db-1", Health.SILENT if seen_by else Health.PROCESS_DEAD, *seen_by)
    p.order(OrderKind.CONFIRM_FENCED, host="db-1")

    assert p.db.halted is HaltReason.NOT_FENCED
    assert p.told(NoteKind.ORDER_REFUSED)[0]["reason"].startswith("'db-1' is still seen by v-")


def test_nobody_may_attest_that_a_host_is_off_before_anything_has_looked() -> None:
    p = unfenced()
    p.lead(2)
    p.state.clusters["db"] = p.db.copy()
    p.db.health = {}
    p.order(OrderKind.CONFIRM_FENCED, host="db-1")

    assert len(p.told(NoteKind.ORDER_REFUSED)) == 1


def test_an_old_primary_that_was_off_and_accepts_writes_again_is_not_taken_to_be_off_any_more() -> None:
    p = play()
    p.bends.append(lambda world, command: (Outcome.UNKNOWN, {}) if command.target == "db-2" and p.db.off else None)
    p.lose("db-1")
    p.pass_time(20.0)
    assert p.db.halted is HaltReason.NO_CANDIDATE

    p.bends.clear()
    back(p, "db-1")
    p.see("db-2")
    assert p.serving() == "db-1" and "promote db-2" not in p.kinds()


# Promoting.


def test_a_promotion_that_says_it_failed_and_worked_is_one() -> None:
    p = play()
    p.bends.append(say(CommandKind.PROMOTE, Outcome.FAILED, does=True))
    p.lose("db-1")

    assert p.serving() == "db-2" and p.kinds().count("promote db-2") == 1


def test_a_candidate_that_says_it_is_done_and_is_still_a_standby_is_replaced_by_the_next() -> None:
    p = play(TRIO)
    p.bends.append(say(CommandKind.PROMOTE, Outcome.SUCCEEDED, does=False, target="db-2", times=9))
    p.lose("db-1")

    assert p.serving() == "db-3"
    assert {"host": "db-2"} in p.told(NoteKind.NOT_PROMOTED)


def promoted_meanwhile(timeline: int) -> Bend:
    """Somebody promotes db-2 by hand before the order reaches it, and has put data there that lead to *timeline*."""

    def bend(world: Play, command: Command) -> Answer | None:
        member = world.members["db-2"]
        if command.kind is not CommandKind.PROMOTE or member.role == "primary":
            return None
        member.role, member.timeline, member.follows, member.position = "primary", timeline, None, member.position - 20.0
        return Outcome.FAILED, {}

    return bend


def test_a_candidate_that_somebody_promoted_upon_other_data_before_the_order_came_is_asked_anew() -> None:
    p = play(TRIO)
    p.bends.append(promoted_meanwhile(timeline=7))
    p.lose("db-1")

    assert (p.where(), p.db.halted) == (State.HALTED, HaltReason.WOULD_LOSE)
    assert p.db.primary == "db-1" and p.serving() is None

    p.order(OrderKind.ACCEPT_LOSS)

    assert p.where() is State.WATCHING and p.serving() == "db-2"
    assert [each.details["timeline"] for each in p.sent if each.kind is CommandKind.PROMOTE] == [1, 7]


def test_a_candidate_that_somebody_promoted_as_it_was_chosen_is_taken_as_it_is() -> None:
    p = play(TRIO)
    p.bends.append(promoted_meanwhile(timeline=2))
    p.lose("db-1")

    assert p.where() is State.WATCHING and p.serving() == "db-2"


def test_a_candidate_of_which_nobody_knows_whether_it_was_promoted_is_fenced_before_the_next_is_tried() -> None:
    p = play(ASYNCHRONOUS)
    p.bends.append(silent(CommandKind.PROMOTE, "db-2"))
    p.lose("db-1")
    p.pass_time(20.0)

    assert p.serving() == "db-3"
    assert before(p, "fence db-2", "promote db-3")
    assert p.db.quarantined == {"db-1", "db-2"}


def not_promoted(p: Play) -> Play:
    """Nobody could say whether db-2 was promoted; now its agent says that no primary runs there. db-3 says nothing."""

    def bend(world: Play, command: Command) -> Answer | None:
        if command.target == "db-3" or (command.target == "db-2" and world.where() is State.PROMOTING):
            return Outcome.UNKNOWN, {}
        if command.target == "db-2" and command.details.get("question") == "is_off":
            return Outcome.SUCCEEDED, {"off": True, "identity": "db-2"}
        return (Outcome.SUCCEEDED, {}) if (command.kind, command.target) == (CommandKind.FENCE, "db-2") else None

    p.bends.append(bend)
    p.lose("db-1")
    while "db-2" not in p.db.off:
        p.pass_time(0.5)
    p.sent.clear()
    return p


def test_a_candidate_that_its_agent_stopped_and_that_is_seen_as_a_standby_is_asked_and_not_fenced_for_ever() -> None:
    p = not_promoted(play(ASYNCHRONOUS))
    assert p.where() is State.CUTTING
    p.see("db-2")
    p.pass_time(20.0)

    assert "fence db-2" not in p.kinds() and p.db.halted is HaltReason.NO_CANDIDATE
    p.bends.clear()
    p.order(OrderKind.RETRY)
    assert p.serving() == "db-2" and p.db.quarantined == {"db-1"}


def test_a_candidate_that_is_seen_as_a_standby_when_nobody_else_is_left_is_asked_too() -> None:
    p = play(ASYNCHRONOUS)
    p.lose("db-3")
    not_promoted(p)
    assert p.db.halted is HaltReason.NO_CANDIDATE
    p.see("db-2")
    assert "db-2" not in p.db.quarantined

    p.bends.clear()
    p.order(OrderKind.RETRY)
    assert p.serving() == "db-2"


def test_a_quarantined_member_whose_power_returns_is_neither_started_nor_followed_nor_promoted() -> None:
    p = play(ASYNCHRONOUS)
    p.bends.append(silent(CommandKind.PROMOTE, "db-2"))
    p.lose("db-1")
    p.pass_time(20.0)
    p.sent.clear()
    p.members["db-1"].on = p.members["db-2"].on = True
    for host in ("db-1", "db-2"):
        p.see(host)
    p.pass_time(100.0)
    p.lose("db-3")
    p.pass_time(100.0)

    assert not [each for each in p.kinds() if each.split()[1] in ("db-1", "db-2")]
    assert p.db.halted is HaltReason.NO_CANDIDATE


def test_positions_are_read_after_everybody_has_stopped_receiving() -> None:
    p = play(TRIO)
    p.lose("db-1")
    sent = p.kinds(reads=True)
    promoted = sent.index("promote db-2")
    for host in ("db-2", "db-3"):
        cut = sent.index(f"cut_replication {host}")
        assert f"read_positions {host}" in sent[cut:promoted]


def test_a_member_that_goes_on_receiving_is_no_candidate() -> None:
    p = play(ASYNCHRONOUS)
    p.members["db-2"].position = 200.0
    p.bends.append(say(CommandKind.CUT_REPLICATION, Outcome.SUCCEEDED, does=False, target="db-2", times=9))
    p.lose("db-1")

    assert p.serving() == "db-3"


def test_the_set_that_commits_wait_for_is_reckoned_with_before_it_is_changed() -> None:
    p = on_its_way(State.PROMOTING, TRIO)

    assert p.db.synchronous == (frozenset({"db-2", "db-3"}), frozenset({"db-3"}))


# Clients.


def test_clients_reach_a_primary_only_after_it_is_verified_to_be_one() -> None:
    p = play(TRIO)
    p.lose("db-1")
    sent = p.kinds(reads=True)

    assert sent.index("promote db-2") < sent.index("verify db-2") < sent.index("reroute edge-1")


def test_one_of_two_proxies_that_is_not_brought_over_holds_nothing_up_and_is_brought_over_later() -> None:
    p = play(TRIO)
    p.bends.append(say(CommandKind.REROUTE, Outcome.SUCCEEDED, does=False, target="edge-2", times=4))
    p.lose("db-1")

    assert [(each["primary"], each["unrouted"]) for each in p.told(NoteKind.RECOVERED)] == [("db-2", ["edge-2"])]
    assert "'edge-2' could not be told that 'db-2' is primary; it is tried again by itself" in p.notified()

    p.see("db-2")
    p.pass_time(60.0)
    assert p.routed == {"edge-1": "db-2", "edge-2": "db-2"} and not p.db.unrouted


def test_clients_that_no_proxy_brings_to_the_primary_are_not_served() -> None:
    p = play(TRIO)
    p.bends.append(say(CommandKind.REROUTE, Outcome.SUCCEEDED, does=False, times=9))
    p.lose("db-1")

    assert p.db.halted is HaltReason.NOT_ROUTED


def test_clients_are_withdrawn_everywhere_before_a_primary_that_is_well_steps_down() -> None:
    p = play(TRIO)
    p.see("edge-2", Health.SILENT)
    p.bends.append(say(CommandKind.WITHDRAW_ROUTE, Outcome.FAILED, does=False, target="edge-2", times=9))
    p.order(OrderKind.SWITCHOVER)

    assert "demote db-1" not in p.kinds() and p.serving() == "db-1"


def test_a_recovery_is_over_when_a_write_goes_through_and_not_before() -> None:
    p = play()
    p.bends.append(
        lambda world, command: (Outcome.SUCCEEDED, {"serves": False}) if command.details.get("question") == "serves" else None
    )
    p.lose("db-1")
    assert p.db.halted is HaltReason.NOT_SERVING and not p.told(NoteKind.RECOVERED)

    p.bends.clear()
    p.order(OrderKind.RETRY)
    assert p.told(NoteKind.RECOVERED) == [{"primary": "db-2", "run": 1, "unrouted": []}]


def test_clients_that_were_withdrawn_are_brought_back_when_the_primary_comes_back_by_itself() -> None:
    p = play()
    p.bends.append(say(CommandKind.PROMOTE, Outcome.FAILED, does=False, times=9))
    p.lose("db-1")
    p.holding = True
    p.order(OrderKind.START)
    p.order(OrderKind.ABORT)
    p.waiting.clear()
    p.holding = False
    assert p.routed == {"db/route": None}

    back(p, "db-1")
    assert p.serving() == "db-1" and p.where() is State.WATCHING


def test_people_are_told_when_a_recovery_that_nobody_ordered_begins_and_when_it_is_over() -> None:
    p = play(ASYNCHRONOUS)
    p.members["db-2"].behind_seconds = 2.0
    p.lose("db-1")

    assert p.notified() == [
        "the primary 'db-1' is lost, and its recovery has begun",
        "clients reach 'db-2', which is primary; it may lack 2s",
    ]


def test_of_what_a_person_ordered_nobody_is_told_who_did_not_ask() -> None:
    p = play(ASYNCHRONOUS)
    p.order(OrderKind.SWITCHOVER)

    assert p.db.primary != "db-1" and p.notified() == []
