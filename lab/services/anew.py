"""The services as they were when the lab was built, whatever a drill has made of them."""

from lab.hosts import Lab
from lab.layout import Role
from lab.services import database, proxy

GUARD = "/var/lib/continuance"
"""Where hosts remember the newest epoch and what they have done. A controller that begins anew begins with old epochs."""


def begin_anew(lab: Lab) -> None:
    """Give every cluster fresh data and its first primary again, and let hosts forget the orders that they have seen.

    All hosts are on. A controller's journal of what was before must be put away along with it.
    """
    for host in (*lab.layout.of(Role.DATABASE), *lab.layout.of(Role.EDGE)):
        lab.inside(host.name, "sh", "-c", f"rm -f {GUARD}/*.json")
    for cluster in lab.layout.topology.clusters.values():
        for edge in cluster.routes:
            proxy.route(lab, edge, cluster, None)
        database.begin_anew(lab, cluster)
        for edge in cluster.routes:
            proxy.route(lab, edge, cluster, cluster.primary)
