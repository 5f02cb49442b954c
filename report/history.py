"""The log of what happened, in words: what is alike and at the same moment on one line, with its cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from report.moments import Clock
from report.wording import STAGE_WORDS, STATE_WORDS, listed, name_ranges, show_items
from timeline.record import Kind, Record, ServiceState
from timeline.results import ResponseResult
from topology.quantities import show_duration

QUIET = frozenset({Kind.UNIT})
"""Kinds that add nothing a reader would miss: the host that lost a unit is in the log itself."""

FAULT_WORDS = {"fail": "{} fails", "restore": "{} is restored", "partition": "{} is cut off", "flap": "{} comes and goes"}
ORDER_WORDS = {"placed": "{} is ordered", "arrived": "{} arrives", "delayed": "the delivery of {} is delayed"}
STAGE_STATE_WORDS = {"started": "begun", "done": "done", "abandoned": "given up"}
FAILOVER_WORDS = {
    "suspected": "{}: the primary does not answer",
    "waiting": "{}: waiting for {for_}",
    "refused": "{}: {host} is refused, {reason}",
    "halted": "{}: no failover, {reason}",
    "promoting": "{}: {host} is being promoted",
    "promoted": "{}: {host} is the primary",
    "failed": "{}: the promotion of {host} failed",
    "withdrawn": "{}: the primary is back, no failover",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    moment: str
    elapsed: str
    what: str
    why: str
    service_state: str
    """The state it brings a service to; empty for everything else."""


class _Given(dict[str, Any]):
    """What a record's data gives; what it does not give reads as unknown."""

    def __missing__(self, key: str) -> str:
        """Stand in for *key*."""
        return "unknown"


def log_of(response: ResponseResult, clock: Clock) -> list[Entry]:
    """Return the lines of the log of *response*, in order."""
    titles = {each.name: each.title or each.name for each in response.topology.services.values()}
    titles |= {each.name: each.title or each.name for each in response.topology.workloads.values()}
    lines: dict[tuple[float, Kind, str], list[Record]] = {}
    for record in response.timeline.records:
        if record.kind not in QUIET:
            lines.setdefault((record.at, record.kind, _pattern(record)), []).append(record)
    entries = []
    for (at, kind, pattern), records in lines.items():
        cause = _latest_cause(records, response)
        entries.append(
            Entry(
                moment=clock.moment(at),
                elapsed=show_duration(at),
                what=_said(pattern, records, titles),
                why=_said(_pattern(cause), [cause], titles) if cause else "",
                service_state=records[0].state if kind is Kind.SERVICE else "",
            )
        )
    return entries


def _said(pattern: str, records: list[Record], titles: Mapping[str, str]) -> str:
    subjects = name_ranges(list(dict.fromkeys(titles.get(record.subject, record.subject) for record in records)))
    said = pattern.replace("{}", listed(subjects), 1)
    return said[:1].upper() + said[1:] if said.startswith("the ") else said


def _latest_cause(records: list[Record], response: ResponseResult) -> Record | None:
    causes = [response.timeline.records[number] for record in records for number in record.because]
    return max(causes, key=lambda record: (record.at, record.id), default=None)


def _pattern(record: Record) -> str:
    """Return what *record* says, with {} where its subject goes."""
    match record.kind:
        case Kind.FAULT:
            return FAULT_WORDS.get(record.state, f"{{}}: {record.state}")
        case Kind.ORDER:
            return ORDER_WORDS.get(record.state, f"{{}}: {record.state}")
        case Kind.STAGE:
            stage = str(record.data.get("stage", ""))
            reason = record.data.get("reason") or STAGE_WORDS.get(stage, stage)
            return f"{{}}: {reason}, {STAGE_STATE_WORDS.get(record.state, record.state)}"
        case Kind.FAILOVER:
            words = FAILOVER_WORDS.get(record.state, f"{{}}: {record.state}")
            return "{}" + words.removeprefix("{}").format_map(_Given(record.data))
        case Kind.CLUSTER:
            return f"{{}} is served by {record.data.get('primary')}" if record.state == "up" else "{} has no working primary"
        case Kind.SERVICE:
            return f"{{}} is {STATE_WORDS[ServiceState(record.state)]}"
        case Kind.WORKLOAD:
            peak = record.data.get("peak")
            return f"{{}}: the backlog is worked off{f', at most {show_items(float(peak))}' if peak is not None else ''}"
        case _:
            return "{} is back" if record.state == "up" else "{} goes down"
