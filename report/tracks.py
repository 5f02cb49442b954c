"""The state of everything over time: what the map shows at any moment, read from a timeline's records."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from timeline.record import Kind, ServiceState, Timeline
from topology.model import Topology

STATEFUL = frozenset({Kind.SITE, Kind.COMPONENT, Kind.HOST, Kind.CLUSTER, Kind.SERVICE})
UP, ABSENT = "up", "absent"

Track = list[tuple[float, str]]
"""(seconds, state) from second 0 on; each state holds until the next."""


def tracks(timeline: Timeline, topology: Topology, everything: Sequence[str]) -> dict[str, Track]:
    """Return the track of each name in *everything*; what is not in *topology* is absent throughout."""
    here = {entity.name for entity in topology.entities()}
    found: dict[str, Track] = {name: [(0.0, UP if name in here else ABSENT)] for name in everything}
    for record in timeline.records:
        if record.kind not in STATEFUL or record.subject not in found:
            continue
        track = found[record.subject]
        if track[-1][0] == record.at:
            track[-1] = (record.at, record.state)
        elif track[-1][1] != record.state:
            track.append((record.at, record.state))
    return found


def state_at(track: Track, seconds: float) -> str:
    """Return the state that holds at *seconds*."""
    return track[bisect_right(track, seconds, key=lambda each: each[0]) - 1][1]


def worst_moment(found: Mapping[str, Track], services: Sequence[str]) -> float:
    """Return the first moment at which most services are down, and among those, most of everything else."""
    moments = sorted({at for track in found.values() for at, _ in track})

    def harm(seconds: float) -> tuple[int, int]:
        gone = [name for name, track in found.items() if state_at(track, seconds) in (ServiceState.DOWN, ServiceState.STALE)]
        return len(set(gone) & set(services)), len(gone)

    return max(moments, key=harm)
