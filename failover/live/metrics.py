"""What is counted and timed while the controller is on duty. How things are at a moment is told by `state_metrics`.

Labels are bounded: clusters and hosts of the topology, and closed lists. What can be counted stands at 0 from the start, so that
the first time is seen as a change.
"""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics

from failover.core.commands import Command, Outcome
from failover.core.events import Seen
from failover.core.notes import Note, NoteKind
from failover.core.settings import Settings
from failover.core.states import RESTING, State
from failover.live.clock import Clock

FAST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SLOW_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
RUN_ENDS = ("recovered", "halted", "withdrawn")
ALERTS_RESULTS = ("accepted", "malformed", "unauthorized")

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The instruments of one controller, in a registry of their own."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.registry = registry = CollectorRegistry()
        self._clock = clock
        self._began_at: dict[str, float] = {}
        ProcessCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"continuance_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"continuance_{name}", text, labels, buckets=buckets, registry=registry)

        self._runs_started = counter("runs_started_total", "Recoveries that began: failovers, switchovers, restarts.", "cluster")
        text = "Recoveries that came to rest, by what they came to. One that halts and is brought to its end later counts as both."
        self._runs = counter("runs_total", text, "cluster", "outcome")
        self._run_seconds = histogram("run_duration_seconds", "From a recovery's beginning to its rest.", SLOW_SECONDS, "outcome")
        text = "From when a command was sent to its report."
        self._command_seconds = histogram("command_duration_seconds", text, SLOW_SECONDS, "command", "outcome")
        text = "One look at one host from the controller itself, by what was told of the host after it."
        self._probe_seconds = histogram("probe_duration_seconds", text, FAST_SECONDS, "seen")
        text = "By how much a timer of the controller rang late."
        self._lag_seconds = histogram("event_loop_lag_seconds", text, FAST_SECONDS)
        text = "Writing one event to the journal, until it is on disk."
        self._commit_seconds = histogram("journal_commit_duration_seconds", text, FAST_SECONDS)
        text = "Messages to people, for each webhook: delivered, or given up."
        self._told = counter("notifications_total", text, "outcome")
        text = "Tries to reach a webhook that failed; most are followed by another."
        self._told_in_vain = counter("webhook_errors_total", text)
        self._alerts = counter("alertmanager_requests_total", "What Alertmanager told, as a vantage point.", "result")
        for cluster in settings.clusters:
            self._runs_started.labels(cluster)
            for end in RUN_ENDS:
                self._runs.labels(cluster, end)
        for end in RUN_ENDS:
            self._run_seconds.labels(end)
        for outcome in ("delivered", "given_up"):
            self._told.labels(outcome)
        for result in ALERTS_RESULTS:
            self._alerts.labels(result)
        self._looks: Mapping[Seen | None, Histogram] = {
            seen: self._probe_seconds.labels("unknown" if seen is None else seen.value) for seen in (*Seen, None)
        }

    def decided(self, notes: Iterable[Note]) -> None:
        """Count the runs that begin and end with *notes*."""
        ends: dict[str, str] = {}
        for note in notes:
            match note.kind:
                case NoteKind.DECIDED:
                    self._runs_started.labels(note.cluster).inc()
                    self._began_at[note.cluster] = self._clock.monotonic()
                case NoteKind.RECOVERED:
                    ends[note.cluster] = "recovered"
                case NoteKind.ENTERED if _comes_to_rest(note):
                    halted = note.data["state"] == State.HALTED
                    ends.setdefault(note.cluster, "halted" if halted else "withdrawn")
        for cluster, end in ends.items():
            self._runs.labels(cluster, end).inc()
            if (began_at := self._began_at.get(cluster)) is not None:
                self._run_seconds.labels(end).observe(self._clock.monotonic() - began_at)

    def ended(self, command: Command, outcome: Outcome, took_seconds: float | None) -> None:
        """Take note that *command* was reported."""
        self._command_seconds.labels(command.kind.value, outcome.value).observe(took_seconds or 0.0)

    def looked(self, seen: Seen | None, took_seconds: float) -> None:
        """Take note of one look at one host."""
        self._looks[seen].observe(took_seconds)

    def lagged(self, seconds: float) -> None:
        """Take note of a timer that rang so late."""
        self._lag_seconds.observe(seconds)

    def committed(self, took_seconds: float) -> None:
        """Take note of an event that was journaled."""
        self._commit_seconds.observe(took_seconds)

    def told(self, delivered: bool) -> None:
        """Take note of a message that a webhook has, or that was given up."""
        self._told.labels("delivered" if delivered else "given_up").inc()

    def told_in_vain(self) -> None:
        """Take note of a try to reach a webhook that failed."""
        self._told_in_vain.inc()

    def alerted(self, result: str) -> None:
        """Take note of what Alertmanager told, and what was made of it: one of ALERTS_RESULTS."""
        self._alerts.labels(result).inc()


def _comes_to_rest(note: Note) -> bool:
    """Say whether a run ends, which was under way, or was halted and is over by itself."""
    before, after = State(note.data["before"]), State(note.data["state"])
    return after in RESTING and before not in RESTING
