"""What the kernel cannot express, by name: such a topology is simulated by SimPy alone."""

from collections.abc import Iterator

from simulator.plant.tables import NUMBERS_MAX
from topology.gates import Structure, View
from topology.model import Topology


def refusals(topology: Topology) -> list[str]:
    """Return why the kernel refuses *topology*; nothing where it does not."""
    return list(_refusals(topology))


def _refusals(topology: Topology) -> Iterator[str]:
    if topology.safety:
        yield f"safety: '{next(iter(topology.safety))}' lets only so many clusters be in recovery at a time"
    units = sum(fitting.installed for host in topology.hosts.values() for fitting in host.parts.values())
    if len(Structure(topology, View.ROUTED).threshold) + units > NUMBERS_MAX:
        yield f"more than {NUMBERS_MAX:,} hosts, components, gates and units together"
