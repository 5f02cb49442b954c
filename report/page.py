"""The replay report: one HTML file that needs nothing else, sends nothing anywhere, and is the same for the same result."""

from base64 import b64encode
from contextlib import suppress
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from report import wording
from report.curves import backlog_charts
from report.evidence import caution, expectation_rows, fact_sections, reversal_sentences, tried_words
from report.history import log_of
from report.lanes import compare, swimlanes
from report.moments import Clock
from report.network_map import network_map
from report.prose import service_title, three_sentences
from report.stages import stage_bars, stage_table, stages_used
from report.verdict import as_happened, gone, objectives_met, shown_seconds
from timeline.results import ObjectiveResult, ReplayResult, ResponseResult
from topology.errors import InputError, Problem
from topology.quantities import show_duration

SCRIPTS = ("focus.js", "map.js", "timeline.js")


class Option(NamedTuple):
    """A response as a row of the table on the first page."""

    title: str
    bought: tuple[str, ...]
    gone: str
    longest: str
    met: int
    objectives: int
    costs: tuple[str, str, str] | None
    """(option, outage, total)"""
    best: bool


class ObjectiveRow(NamedTuple):
    """An objective of a service, and what became of it under each response: (met, actual)."""

    service: str
    objective: str
    limit: str
    cells: tuple[tuple[bool, str] | None, ...]


def write_report(result: ReplayResult) -> str:
    """Return the report on *result* as the text of an HTML file. Raises InputError where there is no service to speak of."""
    if not result.main_service:
        message = "a report compares what responses do for a service; the network has none"
        raise InputError([Problem(result.topology.name, 0, "services", message)])
    style, script = _asset("report.css"), "\n".join(_asset(name) for name in SCRIPTS)
    clock = Clock(result.start)
    until = shown_seconds(result)
    comparisons = compare(result, clock, until)
    page = _environment().get_template("report.html")
    return page.render(
        result=result,
        clock=clock,
        style=Markup(style),  # our own files, not data: everything else is escaped
        script=Markup(script),
        policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        until=until,
        ticks=clock.ticks(until),
        main_title=service_title(result, result.main_service),
        sentences=three_sentences(result, clock),
        comparisons=comparisons,
        states={segment.state for each in comparisons for segment in each.lane.segments},
        decisions=wording.DECISION_WORDS,
        options=_options(result),
        currency=next((each.cost.currency for each in result.responses if each.cost), ""),
        reversals=reversal_sentences(result),
        tried=tried_words(result),
        caution=caution(result),
        map=network_map(result, clock, until),
        swimlanes=swimlanes(result, clock, until),
        charts=backlog_charts(result, clock, until),
        bars=stage_bars(result),
        stages=stages_used(result),
        stage_table=stage_table(result),
        objectives=_objective_rows(result),
        logs=[(wording.titled(each), log_of(each, clock)) for each in result.responses],
        facts=fact_sections(result),
        expectations=expectation_rows(result),
        titled=wording.titled,
        show_duration=show_duration,
    )


class _CompiledTemplates(FileSystemBytecodeCache):
    """Keeps templates compiled beside Python's own bytecode, where that can be written: compiling took a tenth of a replay."""

    def __init__(self) -> None:
        folder = Path(str(files("report"))) / "templates" / "__pycache__"
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
        super().__init__(str(folder))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template down, if that is allowed."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("report", "templates"),
        bytecode_cache=_CompiledTemplates(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["n"] = _short_number
    environment.filters["duration"] = show_duration
    return environment


def _short_number(value: float) -> str:
    """Write a coordinate with at most three decimals."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _asset(name: str) -> str:
    return files("report").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _options(result: ReplayResult) -> list[Option]:
    best, first = result.best(), as_happened(result)
    found = []
    for response in result.responses:
        there = gone(response, result.main_service)
        met, objectives = objectives_met(response)
        found.append(
            Option(
                title=wording.titled(response),
                bought=response.bought,
                gone=there.shown if there.outages else "never",
                longest=show_duration(there.longest_seconds) if there.outages else "–",
                met=met,
                objectives=objectives,
                costs=_costs(response),
                best=response.name == best.name and best.name != first.name,
            )
        )
    return found


def _costs(response: ResponseResult) -> tuple[str, str, str] | None:
    if response.cost is None:
        return None
    amounts = (response.cost.option, response.cost.outage, response.cost.total)
    option, outage, total = (wording.show_amount(amount) for amount in amounts)
    return option, outage, total


def _objective_rows(result: ReplayResult) -> list[ObjectiveRow]:
    keys: dict[tuple[str, str], ObjectiveResult] = {}
    for response in result.responses:
        for service, goals in response.objectives.items():
            for objective, found in goals.items():
                keys.setdefault((service, objective), found)
    rows = []
    for (service, objective), found in keys.items():
        cells: list[tuple[bool, str] | None] = []
        for response in result.responses:
            reached = response.objectives.get(service, {}).get(objective)
            cells.append((reached.met, _objective_value(objective, reached.actual)) if reached else None)
        rows.append(
            ObjectiveRow(
                service_title(result, service),
                wording.OBJECTIVE_WORDS.get(objective, objective),
                _objective_value(objective, found.limit),
                tuple(cells),
            )
        )
    return rows


def _objective_value(objective: str, value: Any) -> str:
    if value is None:
        return "not known" if objective == "rpo" else "not reached"
    return wording.show_share(value) if objective == "availability" else show_duration(value)
