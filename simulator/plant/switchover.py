"""How long a cluster is without service when it loses its primary: laws by class of fault."""

from dataclasses import dataclass
from enum import IntEnum

from simulator.world import Step
from topology.laws import Law
from topology.model import Cluster, FenceKind, Topology


class FaultClass(IntEnum):
    """What decides how long a switchover takes: what was lost, and whether anything but a person can prove that it is off."""

    HOST_FENCED = 0  # the primary's host alone; its power controller, or another way, answers
    HOST_UNFENCED = 1
    SHARED_FENCED = 2  # the host with what it hangs on
    SHARED_UNFENCED = 3


@dataclass(frozen=True, slots=True)
class Switchover:
    """Of one cluster: seconds from the loss of its primary until a standby serves, by class of fault; infinite where none does.

    `returns`: seconds until the primary serves again once its host is back, if it comes back first.
    """

    takeover: tuple[Law, ...]
    returns: Law


def ways_to_fence(topology: Topology, cluster: Cluster) -> list[tuple[str, ...]]:
    """Return what each way to fence without a person hangs on."""
    return [level.uses for level in cluster.fence if level.kind is not FenceKind.OPERATOR]


TAKEOVER_ENDS, PRIMARY_RETURNS = Step.COMMAND_ENDS, Step.CONTROLLER
"""As what the ends of a switchover are ordered among what happens at the same time."""
