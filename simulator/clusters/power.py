"""The fence device of a host: it switches power, and cannot be argued with; but it knows whom it is wired to."""

from scenarios.model import power_of
from simulator.clusters.network import Network


class PowerDevice:
    """One device. It stands on its host's site, and does not share its host's power."""

    __slots__ = ("controls", "dead", "endpoint", "host", "incarnation", "strays")

    def __init__(self, host: str) -> None:
        self.host = host
        self.endpoint = power_of(host)
        self.controls = host
        """Whose power it really switches."""
        self.incarnation = 0
        """The newest that any command named: an older order to switch off is refused."""
        self.strays = 0
        """How many more orders will go to the host that it is wired to by mistake."""
        self.dead = 0
        """How many faults keep it from answering."""

    def wire_to(self, other: str, times: int) -> None:
        """Let the next orders go to another host."""
        self.controls, self.strays = other, times

    def stray(self) -> str:
        """Return whom an order that has come is really for, and count it."""
        controls = self.controls
        if self.strays:
            self.strays -= 1
            if not self.strays:
                self.controls = self.host
        return controls

    def die(self, network: Network) -> None:
        """Lose its own power, once more."""
        self.dead += 1
        network.silent.add(self.endpoint)

    def revive(self, network: Network) -> None:
        """Have its power back from one of its faults."""
        self.dead -= 1
        if not self.dead:
            network.silent.discard(self.endpoint)
