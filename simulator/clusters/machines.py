"""The hosts as failover sees them: on or off, frozen, and how often they have booted."""

from simulator.clusters.network import Network
from simulator.world import World

FENCED = "fenced"
"""The reason in the world for which a host is off that somebody switched off."""


class Machine:
    """One host. `on` is the world's: it has power and everything it needs."""

    __slots__ = ("frozen", "incarnation", "name", "node", "on", "switched_off")

    def __init__(self, name: str, node: int) -> None:
        self.name = name
        self.node = node
        self.on = True
        self.switched_off = False
        """Somebody switched it off, and it stays off whatever is repaired."""
        self.frozen = 0
        """How many faults hold it still."""
        self.incarnation = 1
        """How often it has booted."""

    @property
    def runs(self) -> bool:
        """Whether it does anything now."""
        return self.on and not self.frozen


class Machines:
    """Every host that is a member, a proxy, a vantage or a controller."""

    def __init__(self, world: World, network: Network, names: tuple[str, ...]) -> None:
        self._world = world
        self._network = network
        self.by_name = {name: Machine(name, world.node(name)) for name in names}

    def turn(self, machine: Machine, on: bool) -> None:
        """Note that the world turned *machine* on or off. What was frozen is not, once it has lost its power."""
        machine.on = on
        if on:
            machine.incarnation += 1
        else:
            machine.frozen = 0
        self._note(machine)

    def freeze(self, machine: Machine) -> int:
        """Let *machine* stand still if it is on; return its boot, so that it is thawed only if that is still the same."""
        if machine.on:
            machine.frozen += 1
        self._note(machine)
        return machine.incarnation

    def thaw(self, machine: Machine, incarnation: int) -> None:
        """Let *machine* go on as if nothing had been, unless it was rebooted meanwhile."""
        if machine.on and machine.incarnation == incarnation and machine.frozen:
            machine.frozen -= 1
            self._note(machine)

    def switch_off(self, machine: Machine, because: tuple[int, ...]) -> None:
        """Take the power of *machine* away until it is switched on."""
        machine.switched_off = True
        self._world.break_(machine.name, FENCED, because)

    def switch_on(self, machine: Machine, because: tuple[int, ...]) -> None:
        """Give *machine* its power back; it is up unless something else is wrong with it."""
        machine.switched_off = False
        self._world.mend(machine.name, FENCED, because)

    def _note(self, machine: Machine) -> None:
        if machine.runs:
            self._network.silent.discard(machine.name)
        else:
            self._network.silent.add(machine.name)
