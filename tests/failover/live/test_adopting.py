"""A controller that was gone while people failed over by hand: it stands still until it is told, and then goes on."""

from pathlib import Path

from failover.core.commands import Epoch
from failover.core.events import Ordered, OrderKind
from failover.core.states import HaltReason, State
from tests.failover.live.stage import awaited, on_duty, until, well

BY_HAND = Epoch(1_790_000_000, 1)
"""What is typed by hand has an epoch that is newer than any controller's."""


@awaited
async def test_what_was_done_by_hand_is_touched_by_nobody_until_it_is_adopted(tmp_path: Path) -> None:
    world = well()
    async with on_duty(tmp_path, world) as duty:
        await until(duty.calm)
    lost = world.members["db-1"]
    lost.on = lost.running = False
    new = world.members["db-2"]
    new.role, new.timeline, new.follows, new.promoted = "primary", 2, None, BY_HAND
    world.members["db-3"].follows, world.members["db-3"].timeline = "db-2", 2
    world.routed = dict.fromkeys(world.routed, "db-2")
    world.synchronous = ("db-3",)
    world.guards = dict.fromkeys(("db-2", "db-3", "edge-1", "edge-2"), BY_HAND)
    async with on_duty(tmp_path, world) as duty:
        await until(lambda: duty.db.state is State.HALTED)
        assert duty.db.halted in (HaltReason.STALE_JOURNAL, HaltReason.TWO_PRIMARIES)
        assert [each for each in duty.runner.acts() if each.split()[0] in ("fence", "promote", "reroute", "withdraw_route")] == []
        assert world.serving() == "db-2"
        await duty.driver.controller.tell(Ordered, "db", OrderKind.ADOPT, "anna", "db-2", "failed over by hand")
        await until(lambda: duty.db.state is State.WATCHING and duty.db.primary == "db-2")
        assert "promote db-2" not in duty.runner.acts()
        assert duty.db.epoch > BY_HAND
    assert world.serving() == "db-2"
