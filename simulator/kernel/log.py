"""A log of the kernel as text, a line for everything that happened: the very lines that `reference.measuring.log_of` makes."""

from collections.abc import Iterator

from simulator.ground import GROUNDS
from simulator.plant.plant import Plant
from simulator.plant.tables import Passage, Records, StageCode, StateCode, Told
from timeline.record import FailoverState, Kind


def log_of(plant: Plant, lines: Records) -> Iterator[str]:
    """Yield the lines of a log as text."""
    kinds = GROUNDS.of(plant.plan.topology).kinds
    for line in lines:
        yield " ".join(
            (float(line["at"]).hex(), *_told(plant, kinds, *(int(line[key]) for key in ("told", "subject", "state", "other"))))
        )


def _told(plant: Plant, kinds: list[Kind | None], told: int, subject: int, state: int, other: int) -> list[str]:
    names = plant.names
    match Told(told):
        case Told.FAULT:
            return [Kind.FAULT.value, names.nodes[subject], "fail"]
        case Told.COMMON_CAUSE:
            return [Kind.FAULT.value, names.causes[subject], "fail"]
        case Told.NODE:
            return [str(kinds[subject]), names.nodes[subject], "up" if state else "down"]
        case Told.UNIT:
            host, part, slot = names.units[subject]
            return [Kind.UNIT.value, host, "replaced" if state else "failed", part, str(slot), str(other)]
        case Told.STAGE:
            return [Kind.STAGE.value, names.nodes[subject], Passage(state).name.lower(), StageCode(other).name.lower()]
        case Told.ORDER:
            site, part = names.pools[subject]
            return [Kind.ORDER.value, part, "arrived" if state else "placed", site]
        case Told.SERVICE:
            return [Kind.SERVICE.value, names.services[subject], StateCode(state).name.lower()]
        case Told.WORKLOAD:
            return [Kind.WORKLOAD.value, names.fluids[subject], "cleared"]
        case Told.TAKEOVER:
            members = list(plant.plan.topology.clusters.values())[subject].members
            return [Kind.FAILOVER.value, names.clusters[subject], FailoverState.PROMOTED.value, members[other]]
