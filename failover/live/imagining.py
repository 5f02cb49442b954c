"""What the controller would do if its policy let it: for whoever asks beforehand, or where it may only observe."""

from dataclasses import replace

from failover.core.cluster import ClusterState, Controller
from failover.core.events import Health
from failover.core.policy import held
from failover.core.settings import ClusterSettings
from failover.core.states import State
from topology.model import Mode


def as_automatic(settings: ClusterSettings) -> ClusterSettings:
    """Return *settings* with a policy that waits for nobody."""
    policy = replace(settings.policy, mode=Mode.AUTOMATIC)
    return settings._replace(cluster=replace(settings.cluster, policy=policy))


def held_anyway(state: Controller, c: ClusterState) -> str | None:
    """Say what would hold a failover of *c* back even if the controller might act of itself; None where nothing would."""
    return held(state, as_automatic(state.settings.clusters[c.name]), c)


def standing_by(c: ClusterState, primary: str) -> frozenset[str]:
    """Return the members that are seen to be standbys of *primary*."""
    return frozenset(host for host, seen in c.health.items() if seen.health is Health.STANDBY and host != primary)


def asked_anew(state: Controller, cluster: str) -> Controller:
    """Return *state* without what members of a *cluster* said they have before its recovery began: all would be asked again."""
    c = state.clusters[cluster]
    if c.state not in (State.WATCHING, State.SUSPECT, State.WAITING) or not c.positions:
        return state
    imagined = state.copy()
    imagined.clusters[cluster] = c.copy()
    imagined.clusters[cluster].positions = {}
    return imagined


def acquainted(state: Controller, name: str, primary: str, standbys: frozenset[str]) -> Controller:
    """Return *state* as if it knew of the cluster *name* what a controller that may look has learned.

    Who only observes asks no host anything: that commits wait for *standbys*, who were well when *primary* was, is assumed.
    """
    c = state.clusters[name].copy()
    c.primary, c.distrusted = primary, False
    if not c.synchronous and state.settings.clusters[name].synchronous:
        c.synchronous = (standbys,)
    imagined = state.copy()
    imagined.clusters[name] = c
    return imagined
