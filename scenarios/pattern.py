"""An incident played on another network: the same pattern, on what is there.

The pattern of an incident is how many hosts fail together, when, and how they come back. On another network it strikes as many
hosts of one site as it struck at home: those whose loss takes the most services away. Responses keep their policies; stock and
standbys go where the failures are, and where they are not. What was decided is told in the notes of the result.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count, zip_longest
from pathlib import Path
from typing import Any

from scenarios.errors import ScenarioError
from scenarios.kinds import RULES, WITHOUT_CLUSTER, Strikes
from scenarios.load import Source, build_scenario
from scenarios.model import Fault, Scenario
from topology.document import Table, place
from topology.errors import Problem
from topology.gates import Structure, View
from topology.load import build_topology
from topology.model import Gate, StageKind, Topology
from topology.sources import patched, read_sources

_STANDBY_SITE = "standby-site"


def on_network(home: Source, path: Path) -> Source:
    """Return the scenario *home* carried over to the network in the file at *path*. Raises InputError."""
    scenario = build_scenario(home)
    network = read_sources(path)
    topology = build_topology(network, path.parent)
    at_home = _hosts_struck(home, scenario)
    struck = worst_hosts(topology, len(at_home))
    site = topology.hosts[struck[0]].site
    notes = [f"The pattern strikes {', '.join(struck)}{f' at {site}' if site else ''}: {_consequence(topology, struck)}"]
    if len(struck) < len(at_home):
        notes.append(f"At home {len(at_home)} hosts failed; no site here has more than {len(struck)}")
    borrowed = _borrowed(home, scenario, topology, notes)
    network = patched(network, borrowed)
    topology = build_topology(network, path.parent)
    data = patched(
        home.data, {"name": f"{scenario.name} on {topology.name}", "topology": str(path), "expect": None, "summary": None}
    )
    stand_ins = dict(zip_longest(at_home, struck))
    written = zip(home.data["incident"], scenario.incident, strict=True)
    data["incident"] = [
        moved for entry, fault in written if (moved := _transferred(entry, fault, stand_ins, topology, site, notes))
    ]
    data["responses"] = _responses(home, scenario, topology, struck, site, notes)
    return Source(data, home.folder, network, path.parent, tuple(notes))


def ad_hoc(path: Path, failed: Sequence[str], start: str, horizon: str) -> Source:
    """Return a scenario made of nothing but the failure of *failed*, on the network in the file at *path*."""
    data = Table("--fail", 0)
    for key, value in {
        "name": "failure",
        "title": "What happens if these fail",
        "topology": str(path),
        "start": start,
        "horizon": horizon,
        "incident": [{"at": 0, "fail": list(failed), "cause": "failure"}],
        "responses": {
            "as-it-stands": {"title": "By the policies as they stand, with no operator at hand"},
            "automatic": {"title": "With automatic failover", "policy": {"mode": "automatic"}},
        },
    }.items():
        data[key], data.lines[key] = value, 0
    data.files = {"start": "--start", "horizon": "--horizon"}
    return Source(data, path.parent, read_sources(path), path.parent)


def worst_hosts(topology: Topology, count: int) -> tuple[str, ...]:
    """Return up to *count* hosts of one site whose common loss takes the most services away, the dearest first.

    Compares the groups of hosts that something hangs on together (a role, a gate, a cluster), each filled up, host by host, with
    whatever of its site hurts most next. Not the optimum over all subsets, which takes too long, but no worse than any group.
    Raises ScenarioError for a network without hosts.
    """
    if not topology.hosts:
        raise ScenarioError([Problem(topology.name, 0, "hosts", "there is no host that could fail")])
    structure = Structure(topology, View.AS_IT_STANDS)
    best: tuple[str, ...] = ()
    best_damage = (-1.0, -1, -1)
    for group in _groups(topology):
        chosen = _filled(topology, structure, group, count)
        damage = _damage(topology, structure, chosen)
        if damage > best_damage:
            best, best_damage = chosen, damage
    return best


def _groups(topology: Topology) -> Iterator[list[str]]:
    """Yield the groups of hosts of one site that something hangs on together."""
    gates: list[Gate | None] = [getattr(entity, "needs", None) for entity in topology.entities()]  # a cluster has none
    groups: list[Iterable[str]] = [gate.names() for gate in gates if gate is not None]
    groups += [cluster.members for cluster in topology.clusters.values()]
    by_place: dict[tuple[str | None, str], list[str]] = {}
    for host in topology.hosts.values():
        by_place.setdefault((host.site, host.role), []).append(host.name)
    groups += by_place.values()
    for group in groups:
        by_site: dict[str | None, list[str]] = {}
        for name in group:
            if name in topology.hosts:
                by_site.setdefault(topology.hosts[name].site, []).append(name)
        yield from by_site.values()


def _filled(topology: Topology, structure: Structure, group: list[str], count: int) -> tuple[str, ...]:
    chosen = list(dict.fromkeys(group))[:count]
    site = topology.hosts[chosen[0]].site
    others = [host.name for host in topology.hosts.values() if host.site == site and host.name not in chosen]
    like_next: dict[tuple[str, tuple[str, ...]], str] = {}
    for name in others:  # hosts that are alike do the same damage: one of a kind is tried
        like_next.setdefault((topology.hosts[name].role, topology.hosts[name].uses), name)
    while len(chosen) < count and others:
        tried = [name for name in like_next.values() if name in others]
        following = max(tried or others, key=lambda name: _damage(topology, structure, (*chosen, name)))
        chosen.append(following)
        others.remove(following)
    return tuple(chosen)


def _damage(topology: Topology, structure: Structure, failed: Iterable[str]) -> tuple[float, int, int]:
    """The cost an hour of what *failed* takes away, the services, and everything else that goes with it."""
    state = structure.state(failed)
    lost = [service for name, service in topology.services.items() if not state.up[structure.index[name]]]
    cost = sum(service.cost_per_hour.amount for service in lost if service.cost_per_hour)
    return cost, len(lost), state.up.count(False)


def _consequence(topology: Topology, failed: Iterable[str]) -> str:
    structure = Structure(topology, View.AS_IT_STANDS)
    state = structure.state(failed)
    lost = [name for name in topology.services if not state.up[structure.index[name]]]
    return (
        f"their loss takes {', '.join(lost)} away" if lost else "the worst that can be chosen, and no service hangs on them alone"
    )


def _hosts_struck(home: Source, scenario: Scenario) -> list[str]:
    """Return the hosts that the incident strikes at home, in the order in which it does."""
    hosts = [
        name
        for fault in scenario.incident
        if RULES[fault.kind].strikes is Strikes.THINGS
        for name in fault.targets
        if name in scenario.topology.hosts
    ]
    if not hosts:
        message = "no host fails in this incident, so it has no pattern for another network"
        raise ScenarioError([Problem(*place(home.data, ("incident",)), "incident", message)])
    return list(dict.fromkeys(hosts))


def _transferred(
    entry: dict[str, Any], fault: Fault, stand_ins: Mapping[str, str | None], topology: Topology, site: str | None, notes: list[str]
) -> dict[str, Any] | None:
    """Return *entry*, the *fault* as written, for this network: each host replaced by its stand-in, if it has one.

    Returns None if nothing is left. A partition cuts off the site that is struck. Whatever else speaks of the network at home is
    left out, and so is what befalls its controllers, or waits for what they do: another network has its own clusters.
    """
    targets: list[str] = []
    left_out: list[str] = []
    strikes = RULES[fault.kind].strikes
    if fault.when is not None or strikes not in WITHOUT_CLUSTER:
        left_out = list(fault.targets)
    elif strikes is Strikes.SITES:
        targets = [site] if any(site in each.links for each in topology.components.values()) and site else []
        left_out = [] if targets else list(fault.targets)
    elif strikes is Strikes.PARTS:
        targets = [part for part in fault.targets if part in topology.parts]
        left_out = [part for part in fault.targets if part not in topology.parts]
    else:
        targets = [name for each in fault.targets if (name := stand_ins.get(each))]
        left_out = [name for name in fault.targets if name not in stand_ins]
    if left_out:
        notes.append(f"Not played here: {fault.kind} of {', '.join(left_out)} {fault.moment()}")
    return {**entry, fault.kind.value: targets} if targets else None


def _borrowed(home: Source, scenario: Scenario, topology: Topology, notes: list[str]) -> dict[str, Any]:
    """What the incident's recovery speaks of and the other network does not have: parts and crews, taken along from home."""
    stages = [stage for fault in scenario.incident for stage in fault.recover or ()]
    ordered = {stage.part for stage in stages if stage.kind is StageKind.PART and stage.part}
    named = ordered | {part for fault in scenario.incident for part in fault.consumes}
    crews = {stage.crew for stage in stages if stage.crew} - set(topology.crews)
    left_behind = {"site"}
    if topology.currency() not in (None, scenario.topology.currency()):
        left_behind.add("unit_cost")
        notes.append(f"Prices in {scenario.topology.currency()} are left out: this network counts in {topology.currency()}")
    patch: dict[str, Any] = {}
    for section, names in (("parts", named - set(topology.parts)), ("crews", crews)):
        for name in sorted(names):
            entry = home.network[section][name]
            patch.setdefault(section, {})[name] = {key: value for key, value in entry.items() if key not in left_behind}
    taken = [f"{section[:-1]} {name}" for section, entries in patch.items() for name in entries]
    for name in sorted(ordered & set(topology.parts)):
        if topology.parts[name].lead_time is None:
            patch.setdefault("parts", {})[name] = {"lead_time": home.network["parts"][name]["lead_time"]}
            taken.append(f"lead time of {name}")
    if taken:
        notes.append(f"Taken along from {scenario.topology.name}, because the recovery speaks of them: {', '.join(taken)}")
    return patch


def _responses(
    home: Source, scenario: Scenario, topology: Topology, struck: Sequence[str], site: str | None, notes: list[str]
) -> dict[str, Any]:
    """The responses, with stock moved to the site that is struck, and new standbys to one that is not."""
    hit = _clusters_hit(topology, struck)
    result: dict[str, Any] = {}
    for name, entry in home.data.get("responses", {}).items():
        moved = {key: value for key, value in entry.items() if key not in ("title", "stock", "changes", "crews")}
        if stock := _stock_here(entry.get("stock", {}), topology):
            if site is None:
                notes.append(f"The response {name} has nothing on the shelf here: what is struck stands at no site")
            else:
                moved["stock"] = {site: stock}
        if "crews" in entry:
            moved["crews"] = {crew: change for crew, change in entry["crews"].items() if crew in topology.crews}
        if "changes" in entry:
            standby = _new_standby(entry["changes"])
            if standby is None or not hit:
                why = "no cluster here loses its primary" if standby else "its changes speak of the network at home"
                notes.append(f"The response {name} is left out: {why}")
                continue
            if topology.currency() not in (None, scenario.topology.currency()):
                standby.pop("cost", None)
            moved["changes"] = _standbys(topology, hit, site, standby)
        result[name] = {**moved, "title": _title(moved, site)}
    return result


def _stock_here(stock: Mapping[str, Mapping[str, Any]], topology: Topology) -> dict[str, Any]:
    """Return the *stock* of all sites together, as far as this network knows the parts."""
    return {part: count for parts in stock.values() for part, count in parts.items() if part in topology.parts}


def _title(response: dict[str, Any], site: str | None) -> str:
    """Say what a response does here: its title at home speaks of the network there."""
    done = []
    if "stock" in response:
        done.append("spares on the shelf" + (f" at {site}" if site else ""))
    if "changes" in response:
        done.append("a standby of each cluster elsewhere")
    if "crews" in response:
        done.append("larger crews")
    mode = response.get("policy", {}).get("mode")
    done.append(f"{mode} failover" if mode else "failover by the policies as they stand")
    if response.get("operator", "never") == "never" and mode != "automatic":
        done.append("with nobody at hand")
    text = ", ".join(done)
    return text[0].upper() + text[1:]


def _clusters_hit(topology: Topology, struck: Sequence[str]) -> list[str]:
    structure = Structure(topology, View.AS_IT_STANDS)
    state = structure.state(struck)
    return [name for name in topology.clusters if not state.up[structure.index[name]]]


def _new_standby(changes: dict[str, Any]) -> dict[str, Any] | None:
    """The host that *changes* add, if adding standbys is what they are about."""
    added = [entry for entry in (changes.get("hosts") or {}).values() if isinstance(entry, dict)]
    return dict(added[0]) if added and "clusters" in changes else None


def _standbys(topology: Topology, clusters: Sequence[str], site: str | None, standby: dict[str, Any]) -> dict[str, Any]:
    """Changes that give each of *clusters* a standby where nothing has failed."""
    taken = {entity.name for entity in topology.entities()} | set(topology.clusters)
    elsewhere = next((name for name in topology.sites if name != site), None)
    changes: dict[str, Any] = {"hosts": {}, "clusters": {}}
    if elsewhere is None:
        elsewhere = _free(_STANDBY_SITE, taken)
        changes["sites"] = {elsewhere: {"title": "Standby site"}}
    for cluster in clusters:
        name = _free(f"{cluster}-standby", taken)
        cost = {"cost": standby["cost"]} if "cost" in standby else {}
        changes["hosts"][name] = {"site": elsewhere, "title": f"Standby of {topology.clusters[cluster].title}", **cost}
        changes["clusters"][cluster] = {"members": [*topology.clusters[cluster].members, name]}
    return changes


def _free(name: str, taken: set[str]) -> str:
    """Return *name*, or the first of name-2, name-3, … that is not *taken* yet, and take it."""
    found = next(each for each in chain([name], (f"{name}-{number}" for number in count(2))) if each not in taken)
    taken.add(found)
    return found
