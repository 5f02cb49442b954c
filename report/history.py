"""The log of what happened, in words: what is alike and at the same moment on one line, with its cause."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from report.moments import Clock
from report.wording import STAGE_WORDS, STATE_WORDS, listed, name_ranges, show_items
from timeline.record import Kind, Record, ServiceState
from timeline.results import ResponseResult
from topology.quantities import show_duration

QUIET = frozenset({Kind.UNIT})
"""Kinds that add nothing a reader would miss: the host that lost a unit is in the log itself."""

FAULT_WORDS = {
    "fail": "failed",
    "restore": "restored",
    "partition": "cut off",
    "flap": "comes and goes",
    "delay": "delayed",
    "healed": "over",
}
ORDER_WORDS = {"placed": "ordered", "arrived": "arrived", "delayed": "delivery delayed"}
STAGE_STATE_WORDS = {"started": "begun", "done": "done", "abandoned": "given up"}
FAILOVER_WORDS = {
    "suspected": "{}: the primary does not answer",
    "held": "{}: the failover is held back ({reason})",
    "waiting": "{}: waiting for {waits_for}",
    "foreseen": "{}: {host} would take over",
    "ordered": "{}: {operator} orders: {order}",
    "order_refused": "{}: the order of {operator} is refused ({reason})",
    "decided": "{}: {goal} begins, for {reason}",
    "command": "{}: {command} {target}",
    "fenced": "{}: {host} is off for certain",
    "refused": "{}: {host} may not take over ({reason})",
    "chose": "{}: {host} is chosen",
    "halted": "{}: halted ({reason})",
    "promoting": "{}: {host} is being promoted",
    "promoted": "{}: {host} is the primary",
    "failed": "{}: the promotion of {host} failed",
    "quarantined": "{}: {host} is set aside until it is rejoined",
    "rejoined": "{}: {host} follows again",
    "recovered": "{}: {primary} takes writes",
    "withdrawn": "{}: the primary is back, no failover",
}


class Entry(NamedTuple):
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
    records = response.timeline.records
    lines: dict[tuple[float, Kind, str, str, str], list[tuple[Record, Record | None]]] = {}
    for record in records:
        if record.kind not in QUIET:
            cause = response.timeline.latest_cause(record)
            because = (cause.kind.value, _pattern(cause, records)) if cause else ("", "")
            key = (record.at, record.kind, _pattern(record, records), *because)
            lines.setdefault(key, []).append((record, cause))
    entries = []
    for (at, kind, pattern, _, reason), found in lines.items():
        entries.append(
            Entry(
                moment=clock.moment(at),
                elapsed=show_duration(at),
                what=_said(pattern, [record for record, _ in found], titles),
                why=_said(reason, [cause for _, cause in found if cause], titles),
                service_state=found[0][0].state if kind is Kind.SERVICE else "",
            )
        )
    return entries


def _said(pattern: str, records: list[Record], titles: Mapping[str, str]) -> str:
    subjects = name_ranges(titles.get(record.subject, record.subject) for record in records)
    return pattern.replace("{}", listed(subjects), 1)


def _pattern(record: Record, records: Sequence[Record]) -> str:
    """Return what *record* says, with {} where its subject goes."""
    match record.kind:
        case Kind.FAULT:
            struck = listed(name_ranges(map(str, record.data.get("targets", ()))))
            return f"{{}} ({FAULT_WORDS.get(record.state, record.state)}{f': {struck}' if struck else ''})"
        case Kind.ORDER:
            return f"{{}}: {ORDER_WORDS.get(record.state, record.state)}"
        case Kind.STAGE:
            stage = str(record.data.get("stage", ""))
            reason = _begun(record, records).data.get("reason") or STAGE_WORDS.get(stage, stage)
            return f"{{}}: {reason}, {STAGE_STATE_WORDS.get(record.state, record.state)}"
        case Kind.FAILOVER:
            words = FAILOVER_WORDS.get(record.state, f"{{}}: {record.state}")
            return "{}" + words.removeprefix("{}").format_map(_Given(record.data))
        case Kind.CLUSTER:
            return f"{{}}: served by {record.data.get('primary')}" if record.state == "up" else "{}: no working primary"
        case Kind.SERVICE:
            return f"{{}}: {STATE_WORDS[ServiceState(record.state)]}"
        case Kind.WORKLOAD:
            peak = record.data.get("peak")
            return f"{{}}: backlog worked off{f', at most {show_items(float(peak))}' if peak is not None else ''}"
        case _:
            return "{}: back" if record.state == "up" else "{}: down"


def _begun(record: Record, records: Sequence[Record]) -> Record:
    """Return the record that began the stage that *record* speaks of: it alone says what the stage is for."""
    if record.state == "started":
        return record
    causes = (records[number] for number in record.because)
    return next((each for each in causes if each.kind is Kind.STAGE and each.subject == record.subject), record)
