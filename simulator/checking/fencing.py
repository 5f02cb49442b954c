"""Nobody is promoted beside a primary that may still write; a host counts as off only when its power, or a person, said so."""

from failover.core.commands import Command, CommandKind, Question
from failover.core.events import CommandEnded, Ordered, OrderKind, Seen
from scenarios.model import STORE, power_of
from simulator.checking.checker import Checker, Turned

BELIEVED_SECONDS = 1.5
"""How long a vantage point sees a host before its leader must know of it, beside half a detection window."""


class FencedFirst(Checker):
    """No promotion while another primary is not off, not stopped by its own agent, and not falsely attested to be off."""

    invariant = "fenced-first"

    def effect(self, command: Command, endpoint: str) -> None:
        """Look at every other member when one was promoted."""
        if command.kind is not CommandKind.PROMOTE:
            return
        cluster = command.id.cluster
        for member in self.clusters.databases[cluster].members.values():
            if member.host == command.target or member.by_hand or member.host in self.ledger.accounts[cluster].attested:
                continue
            if self.ledger.may_still_write(member):
                self.broken(cluster, f"'{command.target}' was promoted while '{member.host}' may still write")


class OffBySight(Checker):
    """The core takes a host for off when its power said so of that very host, or a named person did whom nobody contradicts."""

    invariant = "off-by-sight"

    def turned(self, turn: Turned) -> None:
        """Look at whoever is newly taken for off."""
        if turn.after.off is turn.before.off:
            return
        for host in sorted(turn.after.off - turn.before.off):
            event = turn.event
            if isinstance(event, CommandEnded):
                command = self.ledger.commands[event.id]
                asked = command.kind is CommandKind.VERIFY and command.details["question"] == Question.IS_OFF
                if not (asked and event.evidence.get("off") is True and event.evidence.get("identity") == host):
                    self.broken(turn.name, f"'{host}' counts as off because of {command.kind} at '{command.target}'")
            elif isinstance(event, Ordered) and event.kind is OrderKind.CONFIRM_FENCED and event.host == host:
                self._attested(turn, host)
            else:
                self.broken(turn.name, f"'{host}' counts as off, and nobody looked")

    def _attested(self, turn: Turned, host: str) -> None:
        patience = self.clusters.layout.windows[host] / 2 + BELIEVED_SECONDS
        for vantage in self.clusters.vantages.values():
            if vantage.seen.get(host, Seen.NOTHING) is Seen.NOTHING or not vantage.heard_by(turn.controller.name):
                continue
            if vantage.since[host] < self.clusters.world.now - patience:
                self.broken(turn.name, f"a person's word that '{host}' is off was taken while '{vantage.name}' sees it")


class FencePath(Checker):
    """A fence goes to the power of the host it names, by a level of its cluster, and never undoes a later power-on."""

    invariant = "fence-path"

    def begin(self) -> None:
        """Remember the place, in the order in which all were sent, of the latest command that switched each host on."""
        self._switched_on: dict[str, int] = {}

    def effect(self, command: Command, endpoint: str) -> None:
        """Look at where a fence went, and whom it hit."""
        host, details = command.target, command.details
        if command.kind is CommandKind.POWER_ON:
            self._switched_on[host] = max(self._switched_on.get(host, 0), self.ledger.places[command.id])
        if command.kind is not CommandKind.FENCE:
            return
        cluster, level = command.id.cluster, details["level"]
        if level not in self.clusters.settings.clusters[cluster].levels or details["identity"] != host:
            self.broken(cluster, f"'{host}' was fenced by {level} as '{details['identity']}'")
        if endpoint != (STORE if level == "self" else power_of(host)):
            self.broken(cluster, f"the fence of '{host}' went to '{endpoint}'")
        if level == "self":
            return  # it switches nothing off: whoever was told to start since has left it behind, and nobody else is primary there
        if self.clusters.machines.by_name[host].on:
            self.broken(cluster, f"the fence of '{host}' switched something else off")
        # Incarnations are how a device tells; a journal that was restored has forgotten some, and what it orders is not late.
        if self.ledger.places[command.id] < self._switched_on.get(host, 0):
            self.broken(cluster, f"a fence from before '{host}' was switched on has switched it off")
