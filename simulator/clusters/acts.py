"""What each command does to the world, and what is reported of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from failover.core.commands import CommandId, CommandKind, Outcome
from scenarios.model import FaultKind
from simulator.clusters.answers import Answers
from simulator.clusters.branches import branch_at, shared_until
from simulator.clusters.database import CATCH_UP
from simulator.clusters.flights import Flight
from simulator.clusters.members import Member, Process, Role
from simulator.clusters.routes import Proxy

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

HALF = 0.5
"""The share of interrupted promotions that are found done, and of failed rejoins that leave the data unusable."""


class Result(NamedTuple):
    """What is reported of an act, and whether it really had an effect."""

    outcome: Outcome
    evidence: Mapping[str, Any] = {}
    effect: bool = False


DONE = Result(Outcome.SUCCEEDED, effect=True)


def failed(reason: str) -> Result:
    """Return what is reported of an act that did nothing."""
    return Result(Outcome.FAILED, {"reason": reason})


_NEEDS_DATABASE = frozenset(
    {
        CommandKind.PROMOTE,
        CommandKind.CUT_REPLICATION,
        CommandKind.READ_POSITIONS,
        CommandKind.SET_SYNCHRONOUS,
        CommandKind.REPOINT,
        CommandKind.DEMOTE,
    }
)
"""Commands that talk to the database, and hang with it."""


def _other_history(flight: Flight, member: Member) -> bool:
    """Say whether *member*, which is to be promoted, has other data than were read of it, whoever promoted it since."""
    timeline = flight.command.details.get("timeline")
    return timeline is not None and member.timeline not in (timeline, timeline + (member.role is Role.PRIMARY))


class Acts:
    """Carries commands out."""

    def __init__(self, clusters: "Clusters") -> None:
        self._clusters = clusters
        self._world = clusters.world
        self._answers = Answers(clusters)
        self._told: set[CommandId] = set()
        """Hooks that have run, and what people were told: what has its id already does nothing."""

    def refusal(self, flight: Flight) -> tuple[str, Any] | None:
        """Say why a power device refuses a command: it is wired to another host, or has switched this one on since."""
        command = flight.command
        device = self._clusters.power.get(command.target)
        if device is None or flight.endpoint != device.endpoint or command.kind is CommandKind.VERIFY:
            return None
        controls = device.stray()
        if command.details.get("identity", command.target) != controls:
            return "identity", controls
        incarnation = command.details.get("incarnation", device.incarnation)
        if incarnation < device.incarnation:
            return "incarnation", device.incarnation
        device.incarnation = incarnation
        return None

    def begin(self, flight: Flight) -> None:
        """Do what a command does before it has its effect."""
        member = flight.guarded
        if not isinstance(member, Member):
            return
        if flight.command.kind is CommandKind.REJOIN and member.process in (Process.RUNNING, Process.HUNG):
            self._clusters.set_process(member, Process.STOPPED)  # its data can be rewound only while it does not run
        elif flight.command.kind is CommandKind.DEMOTE and member.accepts:
            member.stepping_down = True
            self._clusters.member_changed(member)
        elif flight.command.kind is CommandKind.PROMOTE and self._clusters.faults.spoils(FaultKind.CANDIDATE_DIES, member.host):
            self._clusters.fail(member.host, (self._clusters.cause,))

    def draining_seconds(self, flight: Flight) -> float:
        """Return how long a primary that steps down needs to send out what it has."""
        primary = flight.guarded
        if flight.command.kind is not CommandKind.DEMOTE or not isinstance(primary, Member):
            return 0.0
        standbys = self._clusters.databases[primary.cluster].members.values()
        return max((primary.position - each.position for each in standbys if each.source is primary), default=0.0) / CATCH_UP

    def finish(self, flight: Flight) -> Result | None:
        """Let the command have its effect; None when what it talks to hangs."""
        command, guarded = flight.command, flight.guarded
        if isinstance(guarded, Member):
            return self._of_member(flight, guarded)
        if isinstance(guarded, Proxy):
            return self._of_proxy(flight, guarded)
        match command.kind:
            case CommandKind.FENCE:
                return self._fence(flight)
            case CommandKind.POWER_ON:
                self._clusters.switch_on(self._clusters.power[command.target].controls)
                return DONE
            case CommandKind.WITHDRAW_PAGE:
                self._clusters.pages_withdrawn.add((command.target, str(command.details["service"])))
                return DONE
            case CommandKind.VERIFY:
                return self._answer(flight)
            case CommandKind.HOOK | CommandKind.NOTIFY:
                known = command.id in self._told
                self._told.add(command.id)
                return Result(Outcome.SUCCEEDED, effect=not known)
            case _:
                return failed(f"'{command.target}' is no target for it")

    def _answer(self, flight: Flight) -> Result | None:
        evidence = self._answers.verify(flight)
        return None if evidence is None else Result(Outcome.SUCCEEDED, evidence)

    # Power.

    def _fence(self, flight: Flight) -> Result:
        clusters, command = self._clusters, flight.command
        host = command.target
        if clusters.faults.spoils(FaultKind.FENCE_FAILS, host):
            return failed("the fence device says no")
        if clusters.faults.spoils(FaultKind.FENCE_LIES, host):
            return Result(Outcome.SUCCEEDED)
        if command.details["level"] == "self":
            if not clusters.agents[host].revoke(command.id.cluster, command.epoch):
                return failed("it was told later to go on")
        else:
            uses = clusters.layout.level_uses.get((command.id.cluster, command.details["level"]), ())
            if not all(map(self._world.holds, uses)):
                return Result(Outcome.UNKNOWN)
            clusters.switch_off(host)
        unheard = clusters.faults.spoils(FaultKind.FENCE_TIMES_OUT, host)
        return Result(Outcome.UNKNOWN if unheard else Outcome.SUCCEEDED, effect=True)

    # Databases.

    def _of_member(self, flight: Flight, member: Member) -> Result | None:
        kind = flight.command.kind
        if kind is CommandKind.VERIFY:
            return None if member.process is Process.HUNG else self._answer(flight)
        if kind in _NEEDS_DATABASE:
            if member.process is Process.HUNG:
                return None
            member.stepping_down = False
            if member.process is not Process.RUNNING:
                return failed("its database does not run")
        if kind is CommandKind.READ_POSITIONS:
            return Result(Outcome.SUCCEEDED, self._answers.positions(member))
        result = self._change(flight, member)
        if result is not None and result.effect:
            self._clusters.member_changed(member)
        return result

    def _change(self, flight: Flight, member: Member) -> Result | None:
        details = flight.command.details
        match flight.command.kind:
            case CommandKind.PROMOTE:
                return self._promote(flight, member)
            case CommandKind.CUT_REPLICATION:
                member.receiving = False
            case CommandKind.SET_SYNCHRONOUS:
                member.synchronous = frozenset(details["standbys"])
            case CommandKind.REPOINT:
                member.upstream, member.receiving = details["primary"], True
            case CommandKind.DEMOTE:
                member.role, member.upstream = Role.STANDBY, None
                member.promoted_epoch, member.by_hand = None, False
            case CommandKind.START if member.damaged:
                return failed("its data are half rewound")
            case CommandKind.START if member.role is Role.PRIMARY and not self._agent_lets(flight, member):
                return failed("its agent has stopped it")
            case CommandKind.START:
                member.process = Process.RUNNING
                self._clusters.targets.go_on(member.host)
            case CommandKind.REJOIN:
                return self._rejoin(flight, member)
            case _:
                return failed("it is no command for a database")
        return DONE

    def _agent_lets(self, flight: Flight, member: Member) -> bool:
        agent = self._clusters.agents.get(member.host)
        return agent is None or agent.lets_start(member.cluster, flight.command.epoch)

    def _promote(self, flight: Flight, member: Member) -> Result | None:
        clusters = self._clusters
        if clusters.faults.spoils(FaultKind.PROMOTE_HANGS, member.host) or member.replay_paused:
            return None
        if clusters.faults.spoils(FaultKind.PROMOTE_SAYS_DONE, member.host):
            return Result(Outcome.SUCCEEDED)
        if not self._agent_lets(flight, member):
            return failed("its agent has no lease")
        if _other_history(flight, member):
            return failed(f"it is on timeline {member.timeline}")
        success = self._world.topology.clusters[member.cluster].promotion.success
        if member.role is Role.STANDBY and success < 1 and self._world.uniform(member.cluster, "promotion works") >= success:
            return failed("it did not become primary")
        self.become_primary(member, flight)
        says_failed = clusters.faults.spoils(FaultKind.PROMOTE_SAYS_FAILED, member.host)
        return Result(Outcome.FAILED, {"reason": "it did not answer in time"}, True) if says_failed else DONE

    def become_primary(self, member: Member, flight: Flight | None) -> None:
        """Let *member* take writes from now on, on a branch of its own; without a *flight* somebody does it by hand."""
        database = self._clusters.databases[member.cluster]
        if member.role is Role.STANDBY:
            database.fork(member, member.timeline + 1, flight.command.epoch if flight else None)
            member.role, member.upstream, member.by_hand = Role.PRIMARY, None, flight is None
        if flight is not None:
            member.promoted_epoch, member.by_hand = flight.command.epoch, False
            member.synchronous = frozenset(flight.command.details.get("synchronous", ()))

    def _rejoin(self, flight: Flight, member: Member) -> Result:
        """Take back what the other history lacks, and follow it."""
        clusters, database = self._clusters, self._clusters.databases[member.cluster]
        primary = database.members.get(flight.command.details["primary"])
        halfway = clusters.faults.spoils(FaultKind.REJOIN_FAILS_HALFWAY, member.host)
        there = primary is not None and primary.accepts and clusters.network.answers(member.host, primary.host)
        if halfway or primary is None or not there:
            member.damaged = member.damaged or halfway or self._world.uniform(member.host, "rejoin fails") < HALF
            return failed("the primary did not answer" if not halfway else "it broke off")
        database.settle()
        member.position = min(member.position, shared_until(member.branch, primary.branch), primary.position)
        member.branch = branch_at(primary.branch, member.position)
        member.role, member.upstream, member.receiving = Role.STANDBY, primary.host, True
        member.promoted_epoch, member.by_hand, member.synchronous = None, False, frozenset()
        member.damaged = member.replay_paused = False
        member.process = Process.RUNNING
        return DONE

    def give_up(self, flight: Flight) -> None:
        """A command that hangs is ended where it hangs: whoever was stepping down takes writes again when it goes on."""
        if flight.command.kind is CommandKind.DEMOTE and isinstance(flight.guarded, Member):
            flight.guarded.stepping_down = False

    def interrupt(self, flight: Flight) -> None:
        """The host of a command goes down in the midst of it. Some of what it was doing is found done on the disk."""
        member = flight.guarded
        if not isinstance(member, Member):
            return
        member.stepping_down = False
        if flight.command.kind is CommandKind.REJOIN:
            member.damaged = True
        elif flight.command.kind is CommandKind.PROMOTE:
            found_done = self._world.uniform(member.host, "interrupted") < HALF
            if found_done and not _other_history(flight, member):
                self.become_primary(member, flight)

    # Proxies.

    def _of_proxy(self, flight: Flight, proxy: Proxy) -> Result | None:
        command, faults = flight.command, self._clusters.faults
        if command.kind is CommandKind.VERIFY:
            return self._answer(flight)
        if faults.spoils(FaultKind.REROUTE_STUCK, proxy.name):
            return Result(Outcome.SUCCEEDED)
        linger = faults.spoils(FaultKind.SESSIONS_LINGER, proxy.name)
        if command.kind is CommandKind.WITHDRAW_ROUTE:
            proxy.withdraw(linger)
        else:
            proxy.route(str(command.details["primary"]), linger)
        self._clusters.proxy_changed(proxy)
        return DONE
