"""What a configuration leaves out that a failover needs, and where it says that the controller only observes."""

from collections.abc import Callable, Mapping
from typing import Any

from failover.live.configuration import Configuration
from topology.document import Table, place, read_document
from topology.errors import InputError, Problem
from topology.model import FenceKind, Mode


def left_out(configuration: Configuration, cluster: str) -> tuple[str, ...]:
    """Return the sections in which something is lacking without which *cluster* cannot be failed over; none where all is there.

    It may be lacking only where a cluster is observed: nothing else would be loaded.
    """
    found, equipment = configuration.topology.clusters[cluster], configuration.equipment
    proxies = {each.host for each in equipment.proxies_of(cluster)}
    levels = [level.kind for level in found.fence if level.kind is not FenceKind.OPERATOR]
    lacking = {
        "databases": not equipment.members(cluster),
        "routes": not found.routes or not proxies.issuperset(found.routes),
        "fence": any(equipment.power_of(host, level.value) is None for host in found.members for level in levels),
    }
    return tuple(section for section, lacks in lacking.items() if lacks)


def expect_complete(configuration: Configuration, cluster: str) -> None:
    """Refuse a configuration by which *cluster* cannot be failed over at all. Raises InputError, which says what to fill in."""
    if lacking := left_out(configuration, cluster):
        *others, last = lacking
        sections = f"{', '.join(others)} and {last}" if others else last
        text = f"fill in {sections} for '{cluster}' first: without them nobody can say how its hosts are acted on"
        raise InputError([Problem(str(configuration.path), 0, "", text)])


def said_of(configuration: Configuration) -> Mapping[str, Any]:
    """Return what goes with how things are: where the configuration is, and what it says of acting on each cluster."""
    try:
        table = read_document(configuration.path)
    except InputError:  # it was changed since it was read
        table = Table(str(configuration.path), 0)
    clusters = {
        name: {"observed_by": where_it_observes(configuration, name, table), "left_out": list(left_out(configuration, name))}
        for name in configuration.topology.clusters
    }
    return {
        "file": str(configuration.path),
        "inventory": str(configuration.inventory.resolve()),
        "through": list(configuration.through),
        "clusters": clusters,
    }


def where_it_observes(configuration: Configuration, cluster: str, table: Table) -> str | None:
    """Return where it is said, in the *table* of the file or else in the topology, that *cluster* is only observed."""
    if configuration.topology.clusters[cluster].policy.mode is not Mode.OBSERVE:
        return None
    file, line = place(table, ("policy", cluster, "mode"))
    if "mode" in table.get("policy", {}).get(cluster, {}):
        return f"{file}:{line}"
    return f"the topology, {table.get('topology', configuration.topology.name)}"


class Sayings:
    """What the configuration says that is in force, which a reload may replace."""

    def __init__(self, configuration: Callable[[], Configuration]) -> None:
        self._configuration = configuration
        self._known: tuple[Configuration, Mapping[str, Any]] | None = None

    def __call__(self) -> Mapping[str, Any]:
        """Return it, read anew only after a reload."""
        configuration = self._configuration()
        if self._known is None or self._known[0] is not configuration:
            self._known = configuration, said_of(configuration)
        return self._known[1]
