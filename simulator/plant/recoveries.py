"""How a failed unit comes back: its host's recovery, with the unit's own part as the one that is fetched."""

from dataclasses import replace

from topology.model import Host, Stage, StageKind, Topology


def stages_for(topology: Topology, host: Host, part: str) -> tuple[Stage, ...]:
    """Return the stages in which a unit of *part* in *host* is replaced: the host's own, *part* fetched if it can be."""
    bought = topology.parts[part].lead_time is not None
    stages: list[Stage] = []
    for stage in host.recover:
        if stage.kind is not StageKind.PART:
            stages.append(stage)
        elif bought and not any(each.kind is StageKind.PART for each in stages):
            stages.append(replace(stage, part=part))
    return tuple(stages)
