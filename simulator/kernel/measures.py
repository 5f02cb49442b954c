"""What a history comes to: one row of numbers, in the order of `plant.columns`."""

import numpy as np
from numpy.typing import NDArray

from simulator.kernel.compiled import compiled, word
from simulator.kernel.rates import until
from simulator.kernel.reaching import Root, cluster_at, fluid_at, pool_at, service_at
from simulator.kernel.services import count_until, end_outage
from simulator.kernel.work import advance
from simulator.plant.columns import CLUSTER, POOL, SERVICE, WORKLOAD
from simulator.plant.tables import WhenDownCode

_WAIT = word(WhenDownCode.WAIT)
_SERVICE, _WORKLOAD, _POOL, _CLUSTER = len(SERVICE), len(WORKLOAD), len(POOL), len(CLUSTER)


@compiled
def measure(w: Root, horizon_seconds: float, row: NDArray[np.float64]) -> None:
    """Take account of the time until the horizon, and write down what it all comes to."""
    row[0] = w.transitions
    at = 1
    for service in range(w.services_size):
        count_until(w, service, horizon_seconds)
        s = service_at(w, service)
        if s.down_since >= 0.0:
            end_outage(w, service, horizon_seconds)
        row[at], row[at + 1], row[at + 2], row[at + 3] = (s.up + s.backlogged) / horizon_seconds, s.down, s.stale, s.backlogged
        row[at + 4], row[at + 5] = s.outages, s.longest
        at += _SERVICE
    for fluid in range(w.fluids_size):
        advance(w, fluid, horizon_seconds)
        f = fluid_at(w, fluid)
        row[at], row[at + 1], row[at + 2], row[at + 3] = until(w, f.arrivals, f.since), f.served, f.stale, f.lost
        row[at + 4], row[at + 5] = f.manual, f.behind if f.when_down == _WAIT else 0.0
        row[at + 6], row[at + 7] = f.entered, f.peak
        at += _WORKLOAD
    for pool in range(w.pools_size):
        row[at], row[at + 1] = pool_at(w, pool).demands, pool_at(w, pool).stock_outs
        at += _POOL
    for cluster in range(w.clusters_size):
        row[at] = cluster_at(w, cluster).takeovers
        at += _CLUSTER
