import pytest

from failover.core.cluster import Goal
from failover.core.commands import Command, CommandKind, Epoch
from failover.core.events import Health, HealthChanged, OrderKind
from simulator.checking.quarantine import KeptOut
from simulator.checking.routes import Recovered, RoutedToPrimary
from simulator.clusters.members import Role
from tests.simulator.checking.scenes import Scene, recovered


def reroute(scene: Scene, proxy: str = "edge-1") -> Command:
    return scene.command(CommandKind.REROUTE, proxy, primary="db-2")


def failed_over(scene: Scene, *, verified: bool = True, withdrawn: bool = True) -> None:
    scene.switched_off("db-1")
    for proxy in ("edge-1", "edge-2") if withdrawn else ():
        scene.sent(scene.command(CommandKind.WITHDRAW_ROUTE, proxy, primary=None))
    scene.promoted("db-2")
    if verified:
        scene.look(CommandKind.VERIFY, "db-2", details={"question": "role"}, role="primary")


def test_clients_are_sent_to_a_verified_primary_after_a_withdrawal() -> None:
    scene = Scene(RoutedToPrimary())
    failed_over(scene)
    scene.effect(scene.sent(reroute(scene)))
    assert scene.broken == []


@pytest.mark.parametrize("off", [True, False])
def test_a_mute_proxy_may_keep_whom_somebody_has_seen_to_be_off(off: bool) -> None:
    scene = Scene(RoutedToPrimary())
    failed_over(scene, withdrawn=False)
    if off:
        scene.clusters.store.state.clusters["db"].off = frozenset({"db-1"})
    scene.sent(reroute(scene))
    assert (scene.broken == []) is off


@pytest.mark.parametrize("started", [False, True])
def test_a_mute_proxy_may_keep_whom_somebody_has_seen_to_be_off_and_who_comes_up_to_be_rejoined(started: bool) -> None:
    scene = Scene(RoutedToPrimary())
    failed_over(scene, withdrawn=False)
    scene.turned(off=frozenset({"db-1"}))
    scene.turned(off=frozenset())
    scene.sent(scene.command(CommandKind.START if started else CommandKind.REJOIN, "db-1"))
    scene.sent(reroute(scene))
    assert (scene.broken == []) is not started


def test_a_mute_proxy_may_not_keep_whom_somebody_has_seen_to_be_off_and_who_runs_all_the_same() -> None:
    scene = Scene(RoutedToPrimary())
    failed_over(scene, withdrawn=False)
    scene.turned(off=frozenset({"db-1"}))
    scene.turned(HealthChanged(scene.at, scene.wall, "db-1", Health.STANDBY), off=frozenset())
    scene.sent(reroute(scene))
    assert len(scene.broken) == 2


def test_clients_are_not_sent_to_whom_nobody_has_verified() -> None:
    scene = Scene(RoutedToPrimary())
    scene.look(CommandKind.VERIFY, "db-2", details={"question": "role"}, role="primary")
    failed_over(scene, verified=False)
    scene.sent(reroute(scene))
    assert scene.broken == ["clients are sent to 'db-2', which nobody has verified"]


def test_a_look_that_found_a_standby_verifies_nothing() -> None:
    scene = Scene(RoutedToPrimary())
    failed_over(scene)
    scene.look(CommandKind.VERIFY, "db-2", details={"question": "role"}, role="standby")
    scene.sent(reroute(scene))
    assert len(scene.broken) == 1


@pytest.mark.parametrize("seen", [(1, 50), (2, 1)])
def test_a_late_route_to_whom_has_stepped_down_since_leads_nobody_there_if_its_proxy_has_seen_a_newer_epoch(
    seen: tuple[int, int],
) -> None:
    scene = Scene(RoutedToPrimary())
    failed_over(scene)
    late = reroute(scene)  # its leader freezes; the next one leads clients to db-2, and withdraws them before db-2 steps down
    scene.look(CommandKind.VERIFY, "db-2", details={"question": "role"}, role="standby")
    scene.clusters.proxies["db", "edge-1"].guard = Epoch(*seen)
    scene.sent(late)
    assert (scene.broken == []) is (seen > late.epoch)


def test_a_late_withdrawal_that_its_proxies_refuse_withdraws_nobody() -> None:
    scene = Scene(RoutedToPrimary())
    for proxy in scene.database.proxies:
        proxy.guard = Epoch(1, 51)
    failed_over(scene)
    scene.sent(scene.command(CommandKind.REROUTE, "edge-1", epoch=(1, 61), primary="db-2"))
    assert len(scene.broken) == 2, "neither proxy was"


def test_a_late_order_to_step_down_that_is_refused_concerns_nobody() -> None:
    scene = Scene(RoutedToPrimary())
    scene.member("db-1").guard = Epoch(2, 1)
    scene.sent(scene.command(CommandKind.DEMOTE, "db-1"))
    assert scene.broken == []


def test_a_start_that_its_target_refuses_since_the_look_disturbs_nothing() -> None:
    scene = Scene(RoutedToPrimary())
    failed_over(scene)
    scene.sent(scene.command(CommandKind.START, "db-2", epoch=(1, 49)))
    scene.sent(reroute(scene))
    assert scene.broken == []


def test_a_start_under_the_epoch_of_the_look_may_come_after_it() -> None:
    scene = Scene(RoutedToPrimary())
    failed_over(scene)
    scene.sent(scene.command(CommandKind.START, "db-2"))
    scene.sent(reroute(scene))
    assert scene.broken == ["clients are sent to 'db-2', which nobody has verified"]


def test_clients_are_not_sent_on_before_they_were_withdrawn() -> None:
    scene = Scene(RoutedToPrimary())
    failed_over(scene, withdrawn=False)
    scene.sent(reroute(scene))
    assert len(scene.broken) == 2, "neither proxy was"


def test_clients_are_not_sent_on_while_the_old_primary_may_still_write() -> None:
    scene = Scene(RoutedToPrimary())
    failed_over(scene)
    scene.clusters.switch_on("db-1")
    scene.member("db-1").process = scene.member("db-3").process
    scene.sent(reroute(scene))
    assert len(scene.broken) == 2
    assert "still sends some to 'db-1'" in scene.broken[0]


def test_a_route_to_a_standby_breaks_it() -> None:
    scene = Scene(RoutedToPrimary())
    scene.effect(reroute(scene))
    assert scene.broken == ["'edge-1' sends clients to 'db-2', which is no primary"]


def test_a_primary_steps_down_without_clients() -> None:
    scene = Scene(RoutedToPrimary())
    scene.sent(scene.command(CommandKind.DEMOTE, "db-1"))
    assert len(scene.broken) == 2
    for proxy in scene.database.proxies:
        proxy.withdraw(linger=False)
    scene.sent(scene.command(CommandKind.DEMOTE, "db-1"))
    assert len(scene.broken) == 2


def test_a_recovery_is_over_when_every_proxy_sends_clients_to_its_primary() -> None:
    scene = Scene(Recovered())
    scene.turned(notes=[recovered("db-1")])
    assert scene.broken == []
    scene.database.proxies[1].withdraw(linger=False)
    scene.turned(notes=[recovered("db-1")])
    assert scene.broken == ["recovered with 'db-1' while 'edge-2' sends clients to 'None'"]


def test_a_proxy_that_could_not_be_changed_is_named_and_not_every_one_of_them() -> None:
    scene = Scene(Recovered())
    scene.database.proxies[1].withdraw(linger=False)
    scene.turned(notes=[recovered("db-1", "edge-2")])
    assert scene.broken == []
    scene.turned(notes=[recovered("db-1", "edge-1", "edge-2")])
    assert scene.broken == ["recovered with 'db-1', and no proxy is known to send clients there"]


def test_a_recovery_is_not_over_with_a_standby() -> None:
    scene = Scene(Recovered())
    scene.turned(notes=[recovered("db-2")])
    assert "recovered with 'db-2', which is no primary" in scene.broken


@pytest.mark.parametrize("kind", [CommandKind.START, CommandKind.PROMOTE])
def test_a_former_primary_is_neither_started_nor_promoted(kind: CommandKind) -> None:
    scene = Scene(KeptOut())
    failed_over(scene)
    scene.sent(scene.command(kind, "db-1"))
    assert scene.broken == [f"{kind.value} for 'db-1', which was primary and was not rejoined"]


def test_a_former_primary_that_was_rejoined_or_ordered_started_is_none() -> None:
    scene = Scene(KeptOut())
    failed_over(scene)
    scene.effect(scene.command(CommandKind.REJOIN, "db-1", primary="db-2"))
    scene.sent(scene.command(CommandKind.PROMOTE, "db-1"))
    scene = Scene(KeptOut())
    failed_over(scene)
    scene.ordered(OrderKind.START, host="db-1")
    scene.sent(scene.command(CommandKind.START, "db-1"))
    assert scene.broken == []


@pytest.mark.parametrize("kind", [CommandKind.START, CommandKind.PROMOTE])
def test_a_former_primary_of_which_a_person_says_that_it_is_primary_may_be_started(kind: CommandKind) -> None:
    scene = Scene(KeptOut())
    failed_over(scene)
    known = scene.clusters.store.state.clusters["db"]
    known.goal, known.wanted = Goal.ADOPT, "db-1"
    scene.sent(scene.command(kind, "db-1"))
    assert (scene.broken == []) is (kind is CommandKind.START)


def test_the_old_primary_goes_to_quarantine_and_stays_there_until_it_is_a_standby() -> None:
    scene = Scene(KeptOut())
    scene.turned(primary="db-2")
    assert scene.broken == ["'db-1' was primary, and is not quarantined"]
    scene.turned(quarantined=frozenset({"db-1"}))
    scene.turned(quarantined=frozenset())
    assert scene.broken[1:] == ["'db-1' has left quarantine, and is no standby"]
    scene.turned(quarantined=frozenset({"db-1"}))
    scene.member("db-1").role = Role.STANDBY
    scene.turned(quarantined=frozenset())
    assert len(scene.broken) == 2


def test_a_former_primary_that_a_person_adopts_leaves_quarantine() -> None:
    scene = Scene(KeptOut())
    scene.turned(quarantined=frozenset({"db-1"}), goal=Goal.ADOPT, wanted="db-1")
    scene.turned(quarantined=frozenset())
    assert scene.broken == []


@pytest.mark.parametrize("kind", [OrderKind.START, OrderKind.RETRY])
def test_a_former_primary_that_is_ordered_started_leaves_quarantine(kind: OrderKind) -> None:
    scene = Scene(KeptOut())
    scene.turned(quarantined=frozenset({"db-1"}))
    scene.ordered(kind, quarantined=frozenset())
    assert (scene.broken == []) is (kind is OrderKind.START)


@pytest.mark.parametrize("said", ["standby", "primary"])
def test_who_had_stepped_down_and_was_promoted_by_hand_since_is_on_its_makers_account(said: str) -> None:
    scene = Scene(KeptOut())
    scene.look(CommandKind.READ_POSITIONS, "db-1", role=said)
    scene.member("db-1").by_hand = True
    scene.turned(run=1, primary="db-2")
    assert (scene.broken == []) is (said == "standby")
