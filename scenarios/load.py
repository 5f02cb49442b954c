"""From a file to a Scenario: the network joined, each response built as a network of its own, every name checked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenarios.errors import ScenarioError
from scenarios.incident import build_incident
from scenarios.model import CLIENTS, LEADER, STORE, Expectation, Response, Scenario
from scenarios.schema import NEVER, ExpectationEntry, ResponseEntry, ScenarioEntry
from timeline.export import service_measures, workload_measures
from topology.checks import Checker
from topology.cluster_checks import check_quorum
from topology.document import Table, place, read_document
from topology.errors import InputError, Problem, did_you_mean, shown
from topology.facts import Fact
from topology.load import build_topology, policy_over
from topology.marks import take_marks
from topology.model import Topology
from topology.sources import find_network, patched, read_sources, replaced
from topology.validation import describe

LIBRARY = Path(str(files("scenarios"))) / "library"
SCENARIO_FACT = "scenario"
"""The first step of the path of a fact that stands in the scenario and not in its network."""


@dataclass(frozen=True, slots=True)
class Source:
    """A scenario as written: its data and its network's, with the folders in which their files are looked up."""

    data: Table
    folder: Path
    network: Table
    network_folder: Path
    notes: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    """The responses to keep; all when empty."""

    def with_value(self, fact: Fact, value: str) -> "Source":
        """Return this source with *value* in place of the number that *fact* speaks of."""
        if fact.path[0] == SCENARIO_FACT:
            return replace(self, data=replaced(self.data, fact.path[1:], value))
        return replace(self, network=replaced(self.network, fact.path, value))


def library_names() -> list[str]:
    """Return the names of the scenarios that come with the program."""
    return sorted(path.stem for path in LIBRARY.glob("*.yaml"))


def find_scenario(name: str) -> Path:
    """Return the file meant by *name*: a path, or a scenario of the library. Raises ScenarioError when there is none."""
    try:
        if Path(name).is_file():
            return Path(name)
        if "/" not in name and (shipped := LIBRARY / f"{name}.yaml").is_file():
            return shipped
    except OSError as error:  # a name too long, or a folder that may not be entered
        raise ScenarioError([Problem(name, 0, "", f"cannot be read: {error.strerror}")]) from None
    known = library_names()
    message = f"there is no such file, and no scenario of that name ({', '.join(known)}){did_you_mean(name, known)}"
    raise ScenarioError([Problem(name, 0, "", message)])


def read_scenario(path: Path) -> Source:
    """Read the scenario in the file at *path* and the network it names, without building them. Raises InputError."""
    data = read_document(path)
    name = data.get("topology")
    if not isinstance(name, str):
        message = "the key 'topology' is missing" if name is None else f"{shown(name)} is not the name of a topology"
        raise ScenarioError([Problem(*place(data, ("topology",)), "topology", message)])
    try:
        network = find_network(name, beside=path.parent)
    except InputError as error:
        message = error.problems[0].message
        raise ScenarioError([Problem(*place(data, ("topology",)), "topology", f"{shown(name)}: {message}")]) from None
    return Source(data, path.parent, read_sources(network), network.parent)


def load_scenario(path: Path) -> Scenario:
    """Read, check and build the scenario in the file at *path*. Raises InputError with everything that is wrong."""
    return build_scenario(read_scenario(path))


def build_scenario(source: Source) -> Scenario:
    """Build the scenario that *source* writes. Raises InputError with everything that is wrong."""
    topology = build_topology(source.network, source.network_folder)
    data, facts, problems = take_marks(source.data)
    try:
        entry = ScenarioEntry.model_validate(data, context={"folder": source.folder})
    except ValidationError as error:
        raise ScenarioError([*problems, *describe(error, data, ScenarioEntry)]) from None
    checker = Checker(data, (), problems)
    builder = _Builder(source, data, topology, checker)
    if not topology.services:
        file, line = place(source.network, ("services",))
        problems.append(Problem(file, line, "services", "there is no service, so nothing could be measured; say what people use"))
    _check_words(source, topology, problems)
    incident = build_incident(entry.incident, entry.horizon, topology, checker)
    if not incident and not entry.background:
        checker.report(("incident",), "nothing goes wrong: give a fault, or `background: true`")
    named = entry.responses or {"as-it-stands": ResponseEntry(title="As it stands")}
    checker.expect("response", source.only, named, ("responses",))
    responses = tuple(builder.response(name, each) for name, each in named.items() if name in (source.only or named))
    sources = {fact.path[1]: fact.source or fact.why for fact in facts if fact.path[0] == "expect"}
    expectations = tuple(
        builder.expectation(number, each, named, sources.get(number, "")) for number, each in enumerate(entry.expect)
    )
    if problems:
        raise ScenarioError(problems)
    scenario_facts = (replace(fact, path=(SCENARIO_FACT, *fact.path)) for fact in facts)
    return Scenario(
        name=entry.name,
        title=entry.title or entry.name,
        summary=entry.summary,
        topology=topology,
        start=entry.start.isoformat(),
        horizon_seconds=entry.horizon,
        incident=incident,
        responses=responses,
        expectations=expectations,
        background=entry.background,
        facts=(*topology.facts, *scenario_facts),
        notes=source.notes,
    )


def _check_words(source: Source, topology: Topology, problems: list[Problem]) -> None:
    """Report hosts and sites of a network with clusters that are called as the controllers' own surroundings are."""
    for section, names in (("hosts", topology.hosts), ("sites", topology.sites)):
        for name in {LEADER, CLIENTS, STORE} & set(names) if topology.clusters else ():
            file, line = place(source.network, (section, name))
            message = f"'{name}' means something else in a scenario (the {name} of the controllers' world); use another name"
            problems.append(Problem(file, line, f"{section}.{name}", message))


class _Builder:
    """Joins the entries of a scenario with its network; reports what does not fit."""

    def __init__(self, source: Source, data: Table, topology: Topology, checker: Checker) -> None:
        self.source = source
        self.data = data
        self.topology = topology
        self.checker = checker

    def response(self, name: str, entry: ResponseEntry) -> Response:
        path = ("responses", name)
        topology = self.topology
        if entry.changes:
            changes = self.data["responses"][name]["changes"]
            topology = self.changed(name, changes)
        for site, parts in entry.stock.items():
            self.checker.expect("site", [site], topology.sites, (*path, "stock"))
            self.checker.expect("part", parts, topology.parts, (*path, "stock", site))
        self.checker.expect("crew", entry.crews, topology.crews, (*path, "crews"))
        if entry.policy.quorum is not None and topology.clusters:
            check_quorum(self.checker, topology, entry.policy.quorum, (*path, "policy", "quorum"))
        topology = replace(
            topology,
            clusters={
                each.name: replace(each, policy=policy_over(each.policy, entry.policy)) for each in topology.clusters.values()
            },
            stock=_merged_stock(topology.stock, entry.stock),
            crews={
                each.name: replace(each, size=entry.crews[each.name].size) if each.name in entry.crews else each
                for each in topology.crews.values()
            },
        )
        operator = None if entry.operator == NEVER else entry.operator
        return Response(name, entry.title or name, topology, operator, entry.must_meet)

    def changed(self, response: str, changes: Mapping[str, Any]) -> Topology:
        """Return the network with the *changes* of *response*; report what they break, and return it without them then."""
        path = ("responses", response, "changes")
        try:
            topology = build_topology(patched(self.source.network, changes), self.source.network_folder)
        except InputError as error:
            file, line = place(self.data, path)
            key = ".".join(path)
            self.checker.problems.extend(
                replace(each, key=f"{key}.{each.key}")
                if each.file == file and each.line
                else Problem(file, line, key, f"with these changes, {each}")
                for each in error.problems
            )
            return self.topology
        for section in ("services", "workloads"):
            for name in getattr(self.topology, section):
                if name not in getattr(topology, section):
                    message = f"'{name}' may not be taken away: responses are compared by their {section}"
                    self.checker.report((*path, section), message, word=name)
        return topology

    def expectation(self, number: int, entry: ExpectationEntry, responses: Mapping[str, Any], source: str) -> Expectation:
        path = ("expect", number)
        self.checker.expect("response", [entry.response], responses, (*path, "response"))
        group, _, rest = entry.measure.partition(".")
        named = {"services": self.topology.services, "workloads": self.topology.workloads}.get(group)
        name = max((name for name in named or () if f"{rest}.".startswith(f"{name}.")), key=len, default=None)
        if named is None:
            self.checker.report((*path, "measure"), "a measure begins with `services.` or `workloads.`")
        elif name is None:
            name = rest.split(".")[0]
            self.checker.report((*path, "measure"), f"'{name}' is not among the {group}{did_you_mean(name, named)}")
        else:
            service = self.topology.services.get(name)
            known = service_measures(service.objectives) if service and group == "services" else workload_measures()
            if (measure := rest[len(name) + 1 :]) not in known:
                hint = did_you_mean(measure, known) or f"; it has {', '.join(known)}"
                self.checker.report((*path, "measure"), f"{shown(measure)} is not a measure of '{name}'{hint}")
        return Expectation(entry.response, entry.measure, entry.value, entry.within, entry.answer_among_inputs, source)


def _merged_stock(stock: Mapping[str, Mapping[str, int]], change: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    merged = {site: dict(parts) for site, parts in stock.items()}
    for site, parts in change.items():
        merged.setdefault(site, {}).update(parts)
    return merged
