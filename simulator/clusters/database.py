"""The truth of one cluster: who has which writes, and which of them clients were promised.

Writes are a fluid: a primary that takes writes gains a second of them each second. Between two changes of the world everything
goes on evenly, so positions are brought up to date (`settle`) only when something changes or somebody looks.
"""

from collections.abc import Callable, Mapping

from failover.core.commands import Epoch
from simulator.clusters.branches import Branch, branch_at, lacking_seconds, limits, shared_until
from simulator.clusters.machines import Machine
from simulator.clusters.members import Member, Role
from simulator.clusters.network import Network
from simulator.clusters.routes import Proxy, clients_reach
from simulator.world import Scheduled, Step, World
from topology.model import Cluster, ReplicationMode

WRITTEN_BEFORE_SECONDS = 100_000.0
"""What the cluster held at second 0."""
UNACKNOWLEDGED_MAX_SECONDS = 0.05
"""How far a primary runs ahead of what it may acknowledge."""
CATCH_UP = 10.0
"""Seconds of writes that a standby receives in a second when it has to catch up."""
UNSTATED_LAG_SECONDS = 2.0
"""How far a standby trails of which nobody said it."""
EXACT_SECONDS = 1e-6
"""Positions closer than this are the same."""


class Database:
    """One cluster: its members, its branches, its proxies, and who serves."""

    def __init__(self, world: World, cluster: Cluster, machines: Mapping[str, Machine], network: Network) -> None:
        self._world = world
        self._network = network
        self._watching = world.topology.controller_names()
        self.cluster = cluster
        self.name = cluster.name
        self.number = world.node(cluster.name)
        self.proxies = tuple(Proxy(name, cluster.name, cluster.primary) for name in cluster.proxies())
        first = Branch(1, None, 0.0, cluster.primary, None)
        first.acknowledged = WRITTEN_BEFORE_SECONDS
        self.branches = [first]
        self.members = {host: Member(host, cluster.name, machines[host], first) for host in cluster.members}
        self.serving: str | None = cluster.primary
        """The member through which clients' writes are acknowledged, under the newest epoch."""
        self.served: Callable[[str | None], None] = lambda host: None
        """Called when that has changed."""
        self._settled = 0.0
        self._written_off = 0.0
        """What was lost in earlier promotions."""
        self._writing: list[Member] = []
        self._streaming: list[Member] = []
        self._caught_up: Scheduled | None = None
        self._begin()

    def _begin(self) -> None:
        cluster, world = self.cluster, self._world
        synchronous = cluster.replication.mode is ReplicationMode.SYNCHRONOUS
        law = cluster.replication.lag
        for member in self.members.values():
            if member.host == cluster.primary:
                member.role = Role.PRIMARY
                member.position = WRITTEN_BEFORE_SECONDS
                member.synchronous = frozenset(cluster.members) - {cluster.primary} if synchronous else frozenset()
                continue
            member.upstream = cluster.primary
            member.lag_known = law is not None or synchronous
            member.lag_seconds = UNSTATED_LAG_SECONDS if law is None else world.draw(law, member.host, f"lag in {cluster.name}")
        primary = self.members[cluster.primary]
        first = next((each for each in self.members.values() if each.host in primary.synchronous), None)
        for member in self.members.values():
            if member.role is Role.STANDBY:
                member.behind_seconds = 0.0 if member is first else member.lag_seconds
                member.position = WRITTEN_BEFORE_SECONDS - member.behind_seconds
        self.review()

    def settle(self) -> None:
        """Bring all positions up to now."""
        seconds = self._world.now - self._settled
        if seconds <= 0:
            return
        self._settled = self._world.now
        for member in self._writing:
            branch = member.branch
            if member.acknowledging:
                member.position += seconds
                branch.acknowledged = max(branch.acknowledged, member.position)
            else:
                member.position = max(
                    member.position, min(member.position + seconds, branch.acknowledged + UNACKNOWLEDGED_MAX_SECONDS)
                )
        for member in self._streaming:
            source = member.source
            assert source is not None
            wanted = source.position - member.lag_seconds if member.trailing else source.position
            if wanted > member.position:
                member.position = min(wanted, member.position + CATCH_UP * seconds)
        for member in self.members.values():
            if member.measured and member.upstream is not None:
                member.behind_seconds = max(0.0, self.members[member.upstream].position - member.position)

    def review(self) -> None:
        """Find out anew, after something has changed, who streams, who takes writes, and who serves."""
        self.settle()
        members, network = self.members, self._network
        for member in members.values():
            member.source = None
            member.trailing = False
            member.writing = member.accepts and clients_reach(member.host, self.proxies, network)
        self._writing = [member for member in members.values() if member.writing]
        streaming = [member for member in members.values() if member.role is Role.STANDBY and self._connect(member)]
        if self._caught_up is not None:
            self._caught_up.cancel()
            self._caught_up = None
        for member in members.values():
            if member.role is Role.PRIMARY:
                self._acknowledge(member)
        for member in streaming:
            source = member.source
            assert source is not None
            member.trailing = source.acknowledging and source.acker is not member
        streaming.sort(key=self._depth)
        self._streaming = streaming
        self._note_serving()

    def _connect(self, member: Member) -> bool:
        """Let *member* stream from its upstream if it can."""
        upstream = self.members.get(member.upstream or "")
        if upstream is None:
            member.measured = False
            return False
        network = self._network
        member.measured = (
            upstream.accepts
            and member.branch is upstream.branch
            and any(network.answers(each, upstream.host) for each in self._watching)
        )
        if not (member.receiving and member.runs and upstream.runs and network.answers(member.host, upstream.host)):
            return False
        if member.branch is not upstream.branch:
            if member.position > shared_until(member.branch, upstream.branch) + EXACT_SECONDS:
                return False
            member.branch = upstream.branch
        member.source = upstream
        member.measured = upstream.role is Role.PRIMARY
        return True

    def _depth(self, member: Member) -> int:
        """How many standbys *member* receives through."""
        depth, source = 0, member.source
        while source is not None and depth < len(self.members):
            depth, source = depth + 1, source.source
        return depth

    def _acknowledge(self, primary: Member) -> None:
        """Say whether *primary* may acknowledge writes, and which standby they have to be on for that."""
        if not primary.synchronous:
            primary.acker = None
            primary.acknowledging = primary.writing
            return
        waited_for = [each for each in self.members.values() if each.source is primary and each.host in primary.synchronous]
        if primary.acker not in waited_for:
            primary.acker = max(waited_for, key=_position, default=None)
        if primary.acker is None:
            primary.acknowledging = False
            return
        gap_seconds = primary.position - primary.acker.position
        primary.acknowledging = primary.writing and gap_seconds <= EXACT_SECONDS
        if primary.writing and not primary.acknowledging:
            in_seconds = (gap_seconds + UNACKNOWLEDGED_MAX_SECONDS) / CATCH_UP + EXACT_SECONDS
            self._caught_up = self._world.schedule(in_seconds, Step.CAUGHT_UP, self.number, self.review)

    def _note_serving(self) -> None:
        serving = None
        newest = max(member.reign for member in self.members.values())
        for proxy in self.proxies:
            member = self.members.get(proxy.primary or "")
            current = member is not None and member.acknowledging and member.reign == newest
            if current and clients_reach(proxy.primary or "", (proxy,), self._network, sessions=False):
                serving = proxy.primary
                break
        if serving != self.serving:
            self.serving = serving
            self.served(serving)

    def lost_seconds(self, host: str) -> float:
        """Return how much of what clients were promised *host* does not have."""
        self.settle()
        member = self.members[host]
        return round(lacking_seconds(self.branches, member.branch, member.position), 6)

    def write_off(self, host: str) -> float:
        """Return how much of what clients were promised is gone now that *host* has been promoted, and was not gone before."""
        lost = self.lost_seconds(host)
        more, self._written_off = max(0.0, round(lost - self._written_off, 6)), lost
        return more

    def contains(self, host: str, branch: Branch, position: float) -> bool:
        """Say whether *host* has what was written at *position* of *branch*."""
        member = self.members[host]
        return position <= limits(member.branch, member.position).get(branch, 0.0) + EXACT_SECONDS

    def fork(self, member: Member, timeline: int, epoch: Epoch | None) -> Branch:
        """Begin a branch where *member* stands."""
        self.settle()
        parent = branch_at(member.branch, member.position)
        branch = Branch(timeline, parent, member.position, member.host, epoch)
        self.branches.append(branch)
        member.branch = branch
        return branch


def _position(member: Member) -> float:
    return member.position
