"""From inventories and relations to the data of a topology file.

What a relation says of a thing takes the place of what would have been guessed for it; what nobody said is marked `assumed`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from topology.errors import InputError, Problem, did_you_mean
from topology.intake.draft import Draft, all_of, assumed, enough_of
from topology.intake.guesses import guess, slug
from topology.intake.inventory import Inventory
from topology.intake.relations import Kind, Relation
from topology.name_ranges import expand_range
from topology.wording import listed


@dataclass(frozen=True, slots=True)
class Assembly:
    """The data of a topology file, and what its author should know about it."""

    data: dict[str, Any]
    notes: tuple[Problem, ...]


def assemble(inventory: Inventory, relations: Iterable[Relation], name: str) -> Assembly:
    """Build the data of the topology *name*. Raises InputError with every relation that cannot be."""
    inventory.finish()
    draft = Draft(slug(name), inventory, guess(inventory))
    joining = _Joining(draft, list(relations))
    draft.guess_sites()
    draft.guess_clusters(joining.members())
    draft.guess_components()
    draft.guess_services(joining.claimed())
    joining.join()
    if joining.problems:
        raise InputError(joining.problems)
    notes = [*inventory.notes, *joining.notes]
    if testing := draft.guesses.testing:
        message = f"are for testing, by the names of their groups; no service is guessed to need them: {listed(testing)}"
        notes.append(Problem("hosts", 0, "", f"{len(testing)} {message}"))
    return Assembly(draft.data(), tuple(notes))


@dataclass(slots=True)
class _Joining:
    """Lays relations over the guesses of a draft."""

    draft: Draft
    relations: list[Relation]
    notes: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def members(self) -> dict[str, list[str]]:
        """Return the members of each cluster that relations tell of."""
        members: dict[str, list[str]] = {}
        for relation in self.relations:
            if relation.kind is Kind.MEMBER:
                hosts = self._hosts(relation.source)
                if not hosts:
                    self._unknown(relation, relation.source, "host", self.draft.inventory.hosts)
                members.setdefault(relation.target, []).extend(hosts)
        return {name: list(dict.fromkeys(hosts)) for name, hosts in members.items() if hosts}

    def claimed(self) -> set[str]:
        """Return the groups that some service is said to need, for which no service of their own is guessed."""
        return {each.target for each in self.relations if each.kind is Kind.NEEDS}

    def join(self) -> None:
        """Apply uses, needs and reads. Services come first, so that any line may name one."""
        shared = {name for each in self.relations if each.kind is Kind.USES for name in (each.source, each.target)}
        shared -= self.draft.inventory.groups.keys()
        stated: dict[str, list[Relation]] = {}
        for relation in self.relations:
            name = relation.source
            if relation.kind is not Kind.NEEDS:
                continue
            if self._hosts(name) or name in self.draft.sites or name in self.draft.clusters:
                self.problems.append(relation.problem(f"'{name}' is no service or component; of hosts and sites say what they use"))
                continue
            stated.setdefault(name, []).append(relation)
            if name not in self.draft.components and name not in shared:
                self.draft.services.setdefault(name, {})
        for relation in self.relations:
            if relation.kind is Kind.USES:
                self._use(relation)
            elif relation.kind is Kind.READS:
                self._read(relation)
        for name, relations in stated.items():
            section = self.draft.services if name in self.draft.services else self.draft.components
            section.setdefault(name, {})["needs"] = self._gate(relations)

    def _gate(self, relations: list[Relation]) -> Any:
        """Return the gate of everything that *relations* say one thing needs; how many of a group is still a guess."""
        gates: list[Any] = []
        reasons: list[str] = []
        for relation in relations:
            name = relation.target
            is_named = any(name in each for each in (self.draft.made_of, self.draft.services, self.draft.sites))
            if not is_named and (hosts := self._grouped(name)):
                gate, why = enough_of(hosts, self.draft.guesses.site_of)
                gates.append(gate)
                reasons += [f"{name}: {why}"] if isinstance(gate, dict) else []
            else:
                gates += self._things(relation)
        return assumed(all_of(gates), "; ".join(reasons)) if reasons else all_of(gates)

    def _use(self, relation: Relation) -> None:
        draft, name = self.draft, relation.source
        used = self._things(relation)
        if name in draft.services:
            self.problems.append(relation.problem(f"'{name}' is a service: say what it needs"))
        elif name not in draft.sites and (hosts := self._hosts(name) or self._grouped(name)):
            for host in hosts:
                known = draft.uses.setdefault(host, [])
                known += [each for each in used if each not in known]
        else:
            if name not in draft.sites:
                self._component(relation, name)
            entry = draft.sites.get(name) or draft.components[name]
            entry["uses"] = list(dict.fromkeys([*entry.get("uses", []), *used]))

    def _read(self, relation: Relation) -> None:
        services = self.draft.services
        for name in (relation.source, relation.target):
            if name not in services:
                self._unknown(relation, name, "service", services)
        if relation.source in services:
            reads = services[relation.source].setdefault("reads", [])
            reads += [relation.target] if relation.target not in reads else []

    def _things(self, relation: Relation) -> list[str]:
        """Return the names in the topology of what *relation* points at; what nothing else defines becomes a component."""
        draft, name = self.draft, relation.target
        if name in draft.services:
            self.problems.append(
                relation.problem(f"'{name}' is a service, which is read and not needed: {relation.source},reads,{name}")
            )
        if any(name in section for section in (draft.services, draft.clusters, draft.sites)):
            return [name]
        if hosts := self._hosts(name):
            return hosts
        if self._grouped(name):
            return [draft.of_group(name)]
        self._component(relation, name)
        return [name]

    def _component(self, relation: Relation, name: str) -> None:
        if name in self.draft.components:
            return
        known = [*self.draft.inventory.hosts, *self.draft.inventory.groups]
        message = f"'{name}' is in no inventory and is taken as a component{did_you_mean(name, known)}"
        self.notes.append(relation.problem(message))
        self.draft.components[name] = {"title": assumed(name, f"nothing but line {relation.line} of {relation.file} names it")}

    def _hosts(self, name: str) -> list[str]:
        """Return the hosts of the inventory that *name*, perhaps a range, stands for; none if one of them is not there."""
        try:
            names = expand_range(name)
        except ValueError:
            return []
        return names if all(each in self.draft.inventory.hosts for each in names) else []

    def _grouped(self, name: str) -> list[str]:
        inventory = self.draft.inventory
        return inventory.hosts_in(name) if name in inventory.groups else []

    def _unknown(self, relation: Relation, name: str, kind: str, known: Iterable[str]) -> None:
        self.problems.append(relation.problem(f"there is no {kind} '{name}'{did_you_mean(name, known)}"))
