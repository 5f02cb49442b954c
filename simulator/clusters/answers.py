"""What is found when somebody looks: the evidence of `verify` and `read_positions`, as the documentation of questions has it."""

from typing import TYPE_CHECKING, Any

from failover.core.commands import Question
from simulator.clusters.flights import Flight
from simulator.clusters.members import Member, Process, Role
from simulator.clusters.routes import Proxy, clients_reach

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters


class Answers:
    """Looks, and changes nothing."""

    def __init__(self, clusters: "Clusters") -> None:
        self._clusters = clusters

    def verify(self, flight: Flight) -> dict[str, Any] | None:
        """Answer what *flight* asks; None while nobody can say."""
        clusters, command, guarded = self._clusters, flight.command, flight.guarded
        match Question(command.details["question"]):
            case Question.IS_OFF:
                return self._is_off(command.id.cluster, command.target, str(command.details["level"]))
            case Question.IS_ON:
                return {"on": clusters.network.answers(flight.controller.name, command.target)}
            case Question.SERVES:
                return {"serves": self._serves(command.id.cluster, command.target, flight.controller.name)}
            case Question.PAGE_WITHDRAWN:
                return {"withdrawn": (command.target, str(command.details["service"])) in clusters.pages_withdrawn}
            case Question.ROUTED:
                return {"primary": guarded.primary if isinstance(guarded, Proxy) else None}
            case Question.ROLE:
                return self._role(guarded) if isinstance(guarded, Member) else None
            case Question.FOLLOWS:
                source = guarded.source if isinstance(guarded, Member) else None
                return {"follows": None if source is None else source.host}
            case Question.SYNCHRONOUS:
                return {"standbys": sorted(guarded.synchronous) if isinstance(guarded, Member) else []}

    def _is_off(self, cluster: str, host: str, level: str) -> dict[str, Any] | None:
        if level == "self":
            agent = self._clusters.agents[host]
            off = agent.stopped(cluster)
            return {"off": off, "identity": host} if off or not agent.stops(cluster) else None
        if not all(map(self._clusters.world.holds, self._clusters.layout.level_uses.get((cluster, level), ()))):
            return None
        controls = self._clusters.power[host].controls
        return {"off": not self._clusters.machines.by_name[controls].on, "identity": controls}

    def _serves(self, cluster: str, host: str, asker: str) -> bool:
        """Write something through the proxies and see whether *host* took it and it was acknowledged."""
        database = self._clusters.databases[cluster]
        member = database.members[host]
        proxies = (each for each in database.proxies if self._clusters.network.answers(asker, each.name))
        return member.acknowledging and clients_reach(host, proxies, self._clusters.network, sessions=False)

    def _role(self, member: Member) -> dict[str, Any]:
        role = member.role.value if member.process is Process.RUNNING else "stopped"
        epoch = member.promoted_epoch if member.role is Role.PRIMARY else None
        return {"role": role, "epoch": epoch, "timeline": member.timeline}

    def positions(self, member: Member) -> dict[str, Any]:
        """Return what *member* has, and what it thinks it is."""
        self._clusters.databases[member.cluster].settle()
        behind = None
        if member.role is Role.PRIMARY:
            behind = 0.0
        elif member.lag_known:
            behind = round(member.behind_seconds, 6)
        return {
            "role": member.role.value,
            "timeline": member.timeline,
            "position": member.position,
            "receiving": member.receiving,
            "behind_seconds": behind,
            "replay_paused": member.replay_paused,
            "epoch": member.promoted_epoch,
            "guard": member.guard,
        }
