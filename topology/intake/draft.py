"""A topology in the making: what the groups of an inventory make up, every guess marked `assumed` with its reason.

A guess is written as numbers are: `{value: …, mark: assumed, why: "…"}`, which the loader takes anywhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from topology.intake.guesses import Bundle, Guesses, Kind, cluster_name, slug
from topology.intake.inventory import Inventory
from topology.wording import compact_names

Section = dict[str, dict[str, Any]]


def assumed(value: Any, why: str) -> dict[str, Any]:
    """Return *value* marked as a guess."""
    return {"value": value, "mark": "assumed", "why": why}


def enough_of(hosts: list[str], site_of: Mapping[str, str]) -> tuple[Any, str]:
    """Return the gate of a farm of *hosts*, and why: any of two; of more, all but one, or all but those of its smallest site.

    Not a majority: farms are sized for their load, and a guess that is too strict shows up as an outage and gets corrected.
    """
    names = compact_names(hosts)
    shares = Counter(site_of.get(host, "") for host in hosts)
    site, share = min(shares.items(), key=lambda each: each[1])
    if len(hosts) == 1:
        return hosts[0], "its only host"
    if len(hosts) == 2:
        return {"any": names}, "one of two is usually enough"
    if len(shares) > 1 and share > 1:
        return {"at_least": len(hosts) - share, "of": names}, f"taken to bear the loss of its smallest site, {site}"
    return {"at_least": len(hosts) - 1, "of": names}, "a farm is usually sized to spare one (N+1)"


def all_of(gates: list[Any]) -> Any:
    """Return the gate that needs every one of *gates*."""
    return gates[0] if len(gates) == 1 else {"all": gates}


@dataclass(slots=True)
class Draft:
    """The sections of a topology, and which cluster or component each group has become."""

    name: str
    inventory: Inventory
    guesses: Guesses
    sites: Section = field(default_factory=dict)
    components: Section = field(default_factory=dict)
    clusters: Section = field(default_factory=dict)
    services: Section = field(default_factory=dict)
    uses: dict[str, list[str]] = field(default_factory=dict)
    """What each host uses."""
    made_of: dict[str, str] = field(default_factory=dict)
    """The cluster or component that the hosts of a group make up."""

    def unused(self, name: str, suffix: str) -> str:
        """Return *name*, or with *suffix* where something else bears it: names are unique in a topology."""
        taken = (self.inventory.hosts, self.sites, self.components, self.clusters, self.services)
        while any(name in section for section in taken):
            name = f"{name}-{suffix}"
        return name

    def guess_sites(self) -> None:
        """Add the sites that groups and variables tell of. Hosts keep their names, so a site that is named like one gives way."""
        renamed = {}
        for site, why in self.guesses.sites.items():
            renamed[site] = self.unused(site, "site")
            self.sites[renamed[site]] = {"title": assumed(site, f"a place, by {why}")}
        for host, site in self.guesses.site_of.items():
            self.guesses.site_of[host] = renamed[site]

    def guess_clusters(self, stated: dict[str, list[str]]) -> None:
        """Add a cluster for each group that looks like a database, and those *stated*, with the members they were given."""
        together: dict[str, list[tuple[Bundle, bool]]] = {}
        for bundle in self._bundles(Kind.DATABASE):
            name, is_primary = cluster_name(bundle.group)
            together.setdefault(bundle.group if bundle.group in stated else name, []).append((bundle, is_primary))
        for name, bundles in together.items():
            members = [host for bundle, _ in bundles for host in bundle.hosts]
            groups = " and ".join(f"'{bundle.group}'" for bundle, _ in bundles)
            named = next((bundle for bundle, is_primary in bundles if is_primary), None)
            primary, why = (named.hosts[0], f"the group '{named.group}'") if named else (members[0], f"the first of {groups}")
            free = name if name in stated else self.unused(name, "cluster")
            self.clusters[free] = {
                "members": assumed(compact_names(members), f"{Kind.DATABASE.value}, by the name of {groups}"),
                "primary": assumed(primary, why),
            }
            self.made_of.update((bundle.group, free) for bundle, _ in bundles)
        for name, members in stated.items():
            self.clusters[name] = {"members": members, "primary": assumed(members[0], "the first that the relations name")}

    def guess_components(self) -> None:
        """Add a component for each group that others use, and for each store that needs a majority."""
        for bundle in self._bundles(Kind.QUORUM):
            gate = {"at_least": len(bundle.hosts) // 2 + 1, "of": compact_names(bundle.hosts)}
            self._add_component(bundle.group, assumed(gate, f"{Kind.QUORUM.value}, by its name"))
        for bundle in self._bundles(Kind.SHARED):
            gate, why = enough_of(bundle.hosts, self.guesses.site_of)
            if bundle.one_will_do:
                gate, why = {"any": compact_names(bundle.hosts)}, "one of them is usually enough"
            self._add_component(bundle.group, assumed(gate, f"{Kind.SHARED.value}, by its name; {why}"))

    def of_group(self, group: str) -> str:
        """Return the name of the cluster or component that *group* makes up; a component is made if it is neither yet."""
        if group not in self.made_of:
            gate, why = enough_of(self.inventory.hosts_in(group), self.guesses.site_of)
            self._add_component(group, assumed(gate, why))
        return self.made_of[group]

    def _add_component(self, group: str, needs: dict[str, Any]) -> None:
        self.made_of[group] = name = self.unused(slug(group), "group")
        self.components[name] = {"needs": needs}

    def guess_services(self, claimed: Iterable[str]) -> None:
        """Add a service for the application groups that share a stem, but those *claimed* by relations.

        It needs enough hosts of each, and the databases and stores of the same stem.
        """
        stems: dict[str, list[Bundle]] = {}
        for bundle in self._bundles(Kind.APPLICATION):
            if bundle.group not in claimed:
                stems.setdefault(bundle.stem, []).append(bundle)
        for stem, bundles in stems.items():
            kinds = (Kind.DATABASE, Kind.QUORUM, *((Kind.SHARED,) if stem else ()))
            backing = [each for each in self._bundles(*kinds) if each.stem == stem]
            gates: list[Any] = list(dict.fromkeys(self.made_of[each.group] for each in backing))
            joined = bundles + backing
            together = "share a name" if stem else "are named after a tier alone, so they are taken as one service"
            reasons = [f"the groups {', '.join(each.group for each in joined)} {together}"] if joined[1:] else []
            sized: dict[str, list[str]] = {}
            for bundle in bundles:
                gate, why = enough_of(bundle.hosts, self.guesses.site_of)
                gates.append(gate)
                sized.setdefault(why, []).append(bundle.group)
            reasons += [f"{', '.join(groups)}: {why}" for why, groups in sized.items()]
            self.services[self.unused(stem or self.name, "service")] = {"needs": assumed(all_of(gates), "; ".join(reasons))}

    def _bundles(self, *kinds: Kind) -> list[Bundle]:
        return [bundle for bundle in self.guesses.bundles.values() if bundle.kind in kinds and bundle.hosts]

    def data(self) -> dict[str, Any]:
        """Return the data of the topology file; hosts of which the same is known stand on one line where their names allow."""
        alike: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
        for host in self.inventory.hosts:
            known = (self.guesses.site_of.get(host, ""), self.guesses.role_of.get(host, ""), tuple(self.uses.get(host, ())))
            alike.setdefault(known, []).append(host)
        places = list(self.sites)
        hosts: Section = {}
        for (site, role, uses), names in sorted(alike.items(), key=lambda each: places.index(each[0][0]) if each[0][0] else -1):
            known_values = {"site": site, "role": role, "uses": compact_names(uses)}
            entry = {key: value for key, value in known_values.items() if value}
            hosts.update((name, entry) for name in compact_names(names))
        return {
            "name": self.name,
            "sites": self.sites,
            "components": self.components,
            "hosts": hosts,
            "clusters": self.clusters,
            "services": self.services,
        }
