"""Whether somebody could take over: now, if the primary were lost, and whatever it hangs on should fail."""

from collections.abc import Iterator, Mapping

from failover.core.candidates import Situation, assess
from failover.core.cluster import Controller as CoreState
from failover.core.events import Health
from failover.core.planner import plan
from failover.core.states import State
from failover.live.controller import Controller
from failover.live.imagining import LastWell, held_anyway, imagined
from failover.live.readiness.checking import Check, Found
from failover.live.readiness.verdict import MOOT, Lack

EVERY_SECONDS = 15.0


def candidate_check(controller: Controller, name: str, said: Mapping[str, str]) -> Check:
    """Return the check that the cluster *name* could be failed over now, and after the loss of anything its primary needs.

    *said* is what each host said last, as primary, of whom commits wait for.
    """
    subject, domains = f"a failover of '{name}'", f"the failure domains of '{name}'"

    async def look() -> Found:
        return {**_now(controller.state, name, subject, said), domains: _alone(controller.state, name)}

    def hangs_on() -> object:
        c = controller.state.clusters[name]
        return c.state, c.primary, {host: each.health for host, each in c.health.items()}

    return Check(subject, EVERY_SECONDS, look, hangs_on)


def _now(state: CoreState, name: str, subject: str, said: Mapping[str, str]) -> Found:
    """Say what a failover would come to; nothing while one is under way or the primary is lost, or while nobody has looked."""
    c = state.clusters[name]
    primary = c.health.get(c.primary)
    if c.state is not State.WATCHING or primary is None or primary.health is not Health.PRIMARY:
        return {subject: MOOT}
    last_well = LastWell(c.primary, said=said)
    last_well.take(c)
    foreseen = plan(imagined(state, name, last_well).state, name)
    if foreseen.candidate is None:
        reasons = "; ".join(f"'{host}': {why}" for host, why in foreseen.refused) or "it has no other member that answers"
        return {subject: Lack(f"nobody could take over from '{c.primary}' ({reasons})", "mend what is said of the members")}
    held = None if state.clock < state.grace_until else held_anyway(state, c)
    if held is not None:
        remedy = f"if that is meant no longer: continuance failover resume {name}, or: continuance failover acknowledge {name}"
        return {subject: Lack(f"it would not begin by itself, because {held}", remedy)}
    return {subject: None}


def _alone(state: CoreState, name: str) -> Lack | None:
    """Say what nobody of the cluster would survive."""
    found = ", ".join(f"'{each}'" for each in shared_fates(state, name))
    if not found:
        return None
    why = f"should {found} fail, nobody could take over: every member hangs on it"
    return Lack(why, "let a member run where it does not hang on it, or accept that this cluster does not survive it")


def shared_fates(state: CoreState, name: str) -> Iterator[str]:
    """Yield the components and sites whose loss takes the primary down and leaves nobody who may take over.

    A site counts only where the cluster has a member elsewhere: that it has none is how it was built.
    """
    settings, topology, c = state.settings, state.settings.topology, state.clusters[name]
    cluster = settings.clusters[name].cluster
    sites = {topology.hosts[member].site for member in cluster.members}
    for domain in settings.domains.of(c.primary):
        if domain in topology.sites and len(sites) == 1:
            continue
        situation = Situation(settings.domains, settings.domains.without([domain]), (domain,), {})
        if all(each.refusal is not None for each in assess(cluster, c.primary, situation)):
            yield domain
