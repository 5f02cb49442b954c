"""A small world in which every command does at once what it says, and every look tells the truth."""

from dataclasses import dataclass, field
from typing import Any

from failover.core.commands import Command, CommandKind, Epoch, Outcome, Question

Answer = tuple[Outcome, dict[str, Any]]


@dataclass
class Member:
    role: str
    position: float = 100.0
    behind_seconds: float | None = 0.0
    timeline: int = 1
    receiving: bool = True
    on: bool = True
    running: bool = True
    follows: str | None = None
    promoted: Epoch | None = None
    """The epoch under which it became primary; None by hand, or from the beginning."""


@dataclass(kw_only=True)
class HonestWorld:
    members: dict[str, Member]
    routed: dict[str, str | None]
    synchronous: tuple[str, ...]
    """Whom the primary's commits wait for."""
    guards: dict[str, Epoch] = field(default_factory=dict)
    """The newest epoch that each member and each proxy has seen."""

    def done(self, command: Command) -> Answer:
        """Do *command* as a good target does, and say so."""
        member = self.members.get(command.target)
        if command.kind is not CommandKind.FENCE and not _of_power(command):
            if member is not None and not member.on:
                return Outcome.UNKNOWN, {}
            if command.epoch < (guard := self.guards.get(command.target, Epoch(0, 0))):
                return Outcome.FAILED, {"newer_epoch": tuple(guard)}
            self.guards[command.target] = command.epoch
        if command.kind is CommandKind.VERIFY:
            return Outcome.SUCCEEDED, self.seen(command, Question(command.details["question"]))
        if command.kind is CommandKind.READ_POSITIONS:
            return Outcome.SUCCEEDED, self.position(command.target)
        self.act(command)
        return Outcome.SUCCEEDED, {}

    def act(self, command: Command) -> None:
        target, details = command.target, command.details
        if command.kind in _OF_DATABASE and not self.members[target].running:
            return
        match command.kind:
            case CommandKind.FENCE:
                self.members[target].on = self.members[target].running = False
            case CommandKind.WITHDRAW_ROUTE:
                self.routed[target] = None
            case CommandKind.REROUTE:
                self.routed[target] = details["primary"]
            case CommandKind.CUT_REPLICATION:
                self.members[target].receiving = False
            case CommandKind.PROMOTE:
                member = self.members[target]
                if member.role != "primary":
                    member.role, member.timeline, member.follows = "primary", member.timeline + 1, None
                    member.promoted = command.epoch
                self.synchronous = details["synchronous"]
            case CommandKind.DEMOTE:
                self.members[target].role = "standby"
            case CommandKind.REPOINT | CommandKind.REJOIN:
                member, upstream = self.members[target], self.members[details["primary"]]
                member.role, member.running, member.receiving, member.follows = "standby", True, True, details["primary"]
                member.timeline = upstream.timeline
            case CommandKind.SET_SYNCHRONOUS:
                self.synchronous = details["standbys"]
            case CommandKind.POWER_ON:
                self.members[target].on = True
            case CommandKind.START:
                self.members[target].running = True
            case _:
                pass

    def seen(self, command: Command, question: Question) -> dict[str, Any]:
        target = command.target
        match question:
            case Question.IS_OFF:
                return {"off": not self.members[target].on, "identity": target}
            case Question.IS_ON:
                return {"on": self.members[target].on}
            case Question.ROLE:
                member = self.members[target]
                return {"role": member.role if member.running else "stopped", "timeline": member.timeline, "epoch": member.promoted}
            case Question.ROUTED:
                return {"primary": self.routed[target]}
            case Question.SERVES:
                return {"serves": self.serving() is not None}
            case Question.FOLLOWS:
                return {"follows": self.upstream(target)}
            case Question.SYNCHRONOUS:
                return {"standbys": tuple(sorted(self.synchronous))}
            case Question.PAGE_WITHDRAWN:
                return {"withdrawn": True}

    def position(self, host: str) -> dict[str, Any]:
        member = self.members[host]
        role = member.role if member.running else "stopped"
        known = {"role": role, "timeline": member.timeline, "position": member.position, "receiving": member.receiving}
        return known | {"behind_seconds": member.behind_seconds, "replay_paused": False}

    def upstream(self, host: str) -> str | None:
        """Whom *host* streams from: not merely configured."""
        member = self.members[host]
        upstream = self.members.get(member.follows or "")
        streams = member.running and member.receiving and upstream is not None and upstream.timeline == member.timeline
        return member.follows if streams else None

    def serving(self) -> str | None:
        """Who clients' writes reach: the one running primary that proxies route to."""
        routed = {host for host in self.routed.values() if host is not None}
        hosts = [host for host in routed if self.members[host].role == "primary" and self.members[host].running]
        return hosts[0] if len(hosts) == 1 else None


_OF_DATABASE = frozenset(
    {CommandKind.PROMOTE, CommandKind.DEMOTE, CommandKind.CUT_REPLICATION, CommandKind.REPOINT, CommandKind.SET_SYNCHRONOUS}
)
"""What a database does, if it runs."""


def _of_power(command: Command) -> bool:
    """Whether it speaks of power, which no database's epoch concerns."""
    return command.kind is CommandKind.POWER_ON or command.details.get("question") in (Question.IS_OFF, Question.IS_ON)
