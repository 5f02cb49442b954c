"""Who may still be primary, by what is seen and by what was said."""

from failover.core.cluster import ClusterState
from failover.core.events import Health
from failover.core.stages import health_of


def settled_suspects(c: ClusterState) -> bool:
    """Say whether of everybody who may still be primary it is known that he is not, or that he is the only choice."""
    return all(host in c.off or _answered(c, host) for host in c.suspects)


def suspects_answer(c: ClusterState) -> bool:
    """Say whether everybody who may have been promoted can be asked whether he was; the old primary is not."""
    there = (host in c.off or health_of(c, host) in (Health.PRIMARY, Health.STANDBY) for host in c.suspects)
    return c.primary not in c.suspects and all(there)


def seems_primary(c: ClusterState, host: str) -> bool:
    """Say whether the detector or its own word takes *host* for a primary."""
    read = c.positions.get(host)
    says_so = read is not None and read.role == "primary"
    return says_so or (host in c.claimed and host not in c.off) or health_of(c, host) is Health.PRIMARY


def _answered(c: ClusterState, host: str) -> bool:
    """Say whether *host* told what it is: a standby, or promoted after all, and then it is the only choice unless quarantined."""
    read = c.positions.get(host)
    promoted = read is not None and read.role == "primary" and host != c.primary and host not in c.quarantined
    return promoted or (read is not None and read.role == "standby")


def may_be_primary(c: ClusterState, host: str) -> bool:
    """Say whether *host* may be primary for all that it said: it is no standby, or was not asked, or is seen as primary since."""
    read = c.positions.get(host)
    return read is None or read.role != "standby" or health_of(c, host) is Health.PRIMARY
