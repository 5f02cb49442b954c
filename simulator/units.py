"""The units of parts in hosts, slot by slot: which work, and what becomes of one that fails.

Always installed + failed = slots. A host goes down when fewer units work than it requires, and not before. A unit is powered,
and so ages, while it is installed, whether its host is up or not.
"""

from collections.abc import Callable, Mapping

from simulator.ground import Slot
from simulator.plant.recoveries import stages_for
from simulator.recovery import Recovery
from simulator.world import World
from timeline.record import Kind
from topology.model import Host


class Units:
    """All units of a world. `lost` and `fitted` are called when a slot loses its unit and when it has a new one."""

    def __init__(self, world: World, recovery: Recovery) -> None:
        self._world = world
        self._recovery = recovery
        self.failed: dict[tuple[str, str], set[int]] = {
            (host.name, part): set() for host in world.topology.hosts.values() for part in host.parts
        }
        self.lost: Callable[[Slot], None] = lambda slot: None
        self.fitted: Callable[[Slot], None] = lambda slot: None

    def working(self, host: Host, part: str) -> list[Slot]:
        """Return the slots of *host* whose unit of *part* works."""
        failed = self.failed[host.name, part]
        return [(host.name, part, number) for number in range(host.parts[part].installed) if number not in failed]

    def consume(self, name: str, consumed: Mapping[str, int]) -> list[Slot]:
        """Count units as failed that a fault took together with the host *name*; return their slots."""
        host = self._world.topology.hosts.get(name)
        slots = [
            slot for part, count in consumed.items() if host and part in host.parts for slot in self.working(host, part)[:count]
        ]
        for slot in slots:
            self._lose(slot)
        return slots

    def refit(self, slots: list[Slot]) -> None:
        """Count the units in *slots* as replaced, before the failure that took them ends."""
        for slot in slots:
            self._fit(slot)
        for name, part in dict.fromkeys(slot[:2] for slot in slots):
            host = self._world.topology.hosts[name]
            if len(self.working(host, part)) >= host.parts[part].required:
                self._world.mend(name, _too_few(part), ())

    def fail(self, slot: Slot, because: tuple[int, ...]) -> None:
        """Let the working unit in *slot* fail, and start its replacement."""
        name, part, number = slot
        world = self._world
        host = world.topology.hosts[name]
        required = host.parts[part].required
        reason = _too_few(part)
        self._lose(slot)
        left = len(self.working(host, part))
        failed = world.record(Kind.UNIT, name, "failed", because, part=part, slot=number, working=left)
        if left < required:
            world.break_(name, reason, (failed,))

        def done(last: int) -> None:
            self._fit(slot)
            left = len(self.working(host, part))
            replaced = world.record(Kind.UNIT, name, "replaced", (last,), part=part, slot=number, working=left)
            if left >= required:
                world.mend(name, reason, (replaced,))

        self._recovery.begin(name, stages_for(world.topology, host, part), (failed,), done)

    def _lose(self, slot: Slot) -> None:
        self.failed[slot[:2]].add(slot[2])
        self.lost(slot)

    def _fit(self, slot: Slot) -> None:
        self.failed[slot[:2]].discard(slot[2])
        self.fitted(slot)


def _too_few(part: str) -> str:
    """The reason to have failed of a host with fewer working units of *part* than it requires."""
    return f"units of {part}"
