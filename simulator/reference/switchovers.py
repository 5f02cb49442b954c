"""Who serves in each cluster, and how long it takes until somebody does again: by laws, in place of the controllers of a replay.

A cluster serves while its primary is up and one of its proxies is. When the primary is lost, a standby takes over after a time that
the class of the fault decides, or the primary serves again because it was back first. A former primary counts as a standby as soon
as it is back: whoever runs the place has rejoined it.
"""

from collections.abc import Callable

from simulator.plant.switchover import PRIMARY_RETURNS, TAKEOVER_ENDS, FaultClass, Switchover, ways_to_fence
from simulator.world import Scheduled, Step, World
from timeline.record import FailoverState, Kind
from topology.model import Cluster

NO_PRIMARY, NO_ROUTE = "no primary", "no route"
"""Reasons for a cluster to have failed."""


class Switchovers:
    """All clusters of a world. Of a safety group no more than so many are in a switchover at a time; the others wait their turn."""

    def __init__(self, world: World, switchovers: dict[str, Switchover]) -> None:
        self._groups = list(world.topology.safety.values())
        self.clusters = {
            cluster.name: _Serving(world, cluster, switchovers[cluster.name], self) for cluster in world.topology.clusters.values()
        }

    def may_take_over(self, name: str) -> bool:
        """Say whether the safety groups of the cluster *name* let it begin a switchover now."""
        return all(
            sum(self.clusters[each].taking_over for each in group.clusters) < group.at_most
            for group in self._groups
            if name in group.clusters
        )

    def over(self, name: str) -> None:
        """Let those go on that waited for the switchover of the cluster *name*."""
        for each in dict.fromkeys(each for group in self._groups if name in group.clusters for each in group.clusters):
            if each != name:
                self.clusters[each].review()


class _Serving:
    """One cluster, and who serves in it."""

    def __init__(self, world: World, cluster: Cluster, switchover: Switchover, all_: Switchovers) -> None:
        self._world = world
        self._all = all_
        self._cluster = cluster
        self._switchover = switchover
        self._ways = ways_to_fence(world.topology, cluster)
        self.primary = cluster.primary
        self.serving = True
        self.takeovers = 0
        self._unrouted = False
        self._given_up = False
        self._takeover: Scheduled | None = None
        self._return: Scheduled | None = None
        for host in dict.fromkeys((*cluster.members, *cluster.routes)):
            world.watch(world.node(host), lambda _holds: self.review())

    @property
    def taking_over(self) -> bool:
        """Whether a switchover is under way."""
        return self._takeover is not None

    def review(self) -> None:
        """Look who is up, and follow up what has changed."""
        world, cluster = self._world, self._cluster
        because = [world.last_record(world.node(self.primary))]
        routed = not cluster.routes or any(world.holds(route) for route in cluster.routes)
        if self._unrouted and routed:
            self._unrouted = False
            world.mend(cluster.name, NO_ROUTE, because)
        elif not self._unrouted and not routed:
            self._unrouted = True
            world.break_(cluster.name, NO_ROUTE, because)
        if world.holds(self.primary):
            if not self.serving and self._return is None:
                seconds = world.draw(self._switchover.returns, cluster.name, "return")
                self._return = self._schedule(seconds, PRIMARY_RETURNS, self._serve_again)
            return
        _cancel(self._return)
        self._return = None
        if self.serving:
            self.serving = self._given_up = False
            world.break_(cluster.name, NO_PRIMARY, because)
        wanted = self._takeover is None and not self._given_up and self._candidate() is not None
        if wanted and self._all.may_take_over(cluster.name):
            self._take_over()

    def _candidate(self) -> str | None:
        """Return the first member but the primary that is up."""
        return next((host for host in self._cluster.members if host != self.primary and self._world.holds(host)), None)

    def _take_over(self) -> None:
        """Begin a switchover: what was lost, and whether its end can be proven, decide how long it takes."""
        world = self._world
        alone = self.primary in world.failed_names()
        fenced = any(all(world.holds(each) for each in uses) for uses in self._ways)
        kind = FaultClass(2 * (not alone) + (not fenced))
        seconds = world.draw(self._switchover.takeover[kind], self._cluster.name, f"takeover {kind.value}")
        if seconds == float("inf"):
            self._given_up = True
        else:
            self._takeover = self._schedule(seconds, TAKEOVER_ENDS, self._taken_over)

    def _schedule(self, in_seconds: float, step: Step, then: Callable[[], None]) -> Scheduled:
        return self._world.schedule(in_seconds, step, self._world.node(self._cluster.name), then)

    def _taken_over(self) -> None:
        """A standby serves from now on, if one is still up."""
        self._takeover = None
        candidate = self._candidate()
        if candidate is None:
            self._all.over(self._cluster.name)
            return
        self.primary = candidate
        self.takeovers += 1
        _cancel(self._return)
        self._return = None
        self.serving = True
        record = self._world.record(Kind.FAILOVER, self._cluster.name, FailoverState.PROMOTED, (), host=candidate, stage="failover")
        self._world.mend(self._cluster.name, NO_PRIMARY, (record,))
        self._all.over(self._cluster.name)

    def _serve_again(self) -> None:
        """The primary serves again: it was back first."""
        self._return = None
        _cancel(self._takeover)
        self._takeover = None
        self.serving = True
        self._world.mend(self._cluster.name, NO_PRIMARY, (self._world.last_record(self._world.node(self.primary)),))
        self._all.over(self._cluster.name)


def _cancel(scheduled: Scheduled | None) -> None:
    if scheduled is not None:
        scheduled.cancel()
