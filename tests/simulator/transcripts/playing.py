"""Cases from their files, played once each with all checkers looking on."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from failover.core.notes import Note, NoteKind
from scenarios.load import find_scenario, load_scenario
from simulator.checking.checkers import Checkers
from simulator.clusters.clusters import Clusters
from simulator.run import Run
from tests.simulator.transcripts.transcript import Scribe
from timeline.measures import measure_service
from timeline.record import Kind, Timeline

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Played:
    """One response of a case to its end."""

    response: str
    clusters: Clusters
    timeline: Timeline
    scribe: Scribe
    violations: tuple[str, ...]

    def notes(self, *kinds: NoteKind) -> list[tuple[float, Note]]:
        """Return what the core told of these *kinds*, with the second of each."""
        return [(at, note) for at, note in self.scribe.notes if note.kind in kinds]

    def told(self, kind: NoteKind, key: str) -> list[object]:
        """Return what every note of *kind* holds under *key*."""
        return [note.data[key] for _, note in self.notes(kind)]

    def commanded(self, command: str) -> list[str]:
        """Return the targets of every *command* that was decided, in order."""
        return [note.data["target"] for _, note in self.notes(NoteKind.COMMANDED) if note.data["command"] == command]

    def writers(self, cluster: str) -> list[str]:
        """Return the members that accept writes at the end."""
        return [member.host for member in self.clusters.databases[cluster].members.values() if member.accepts]

    def lost_seconds(self) -> list[object]:
        """Return how many seconds of acknowledged writes each promotion truly lost."""
        records = self.timeline.records
        return [each.data["lost_seconds"] for each in records if each.kind is Kind.FAILOVER and each.state == "promoted"]

    def downtime_seconds(self, service: str) -> float:
        """Return how long *service* was down."""
        objectives = self.clusters.world.topology.services[service].objectives
        return measure_service(self.timeline, service, objectives).downtime_seconds

    def says(self, text: str) -> bool:
        """Say whether any line of the transcript holds *text*."""
        return any(text in line for line in self.scribe.lines)


@cache
def play(name: str, *only: str) -> tuple[Played, ...]:
    """Play every response of the case called *name*, or *only* some: one of the cases here, else of the library."""
    own = CASES / f"{name}.yaml"
    scenario = load_scenario(own if own.is_file() else find_scenario(name))
    found = []
    for response in scenario.responses:
        if only and response.name not in only:
            continue
        checkers, scribe = Checkers(), Scribe()
        run = Run(scenario, response, seed=0, watchers=(checkers, scribe))
        timeline, _ = run.finish()
        checkers.finish()
        scribe.finish()
        assert run.clusters is not None
        violations = tuple(dict.fromkeys(str(each) for each in checkers.violations))
        found.append(Played(response.name, run.clusters, timeline, scribe, violations))
    return tuple(found)


def transcript(played: tuple[Played, ...]) -> str:
    """Return the text of a case: each response under its name."""
    return "\n".join("\n".join((f"== {each.response}", *each.scribe.lines, "")) for each in played)
