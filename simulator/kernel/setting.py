"""Setting a plant back to second 0: everything well, nothing due."""

from simulator.kernel.compiled import compiled, word
from simulator.kernel.draws import UNUSED
from simulator.kernel.reaching import (
    Root,
    bucket_at,
    cluster_at,
    crew_at,
    fitting_at,
    fluid_at,
    node_at,
    order_at,
    pool_at,
    service_at,
    stream_at,
    thing_at,
    transition_at,
    unit_at,
)
from simulator.kernel.schedule import NEVER, WELL
from simulator.plant.tables import StateCode

_UP = word(StateCode.UP)


@compiled
def set_back(w: Root) -> None:
    """Undo everything that the last history changed."""
    w.now = 0.0
    w.scheduled = w.sequence = w.changed = w.told = w.pools_used = w.written = w.transitions = 0
    w.top = w.instant = w.orders_first = w.orders_end = w.last_at = w.last_key = 0
    order_at(w, 0).at = order_at(w, 0).key = NEVER
    transition_at(w, 0).at = NEVER
    w.bucket = w.later_used = 0
    w.later_free = -1
    for at in range(w.buckets_size):
        bucket_at(w, at).to = -1
    w.status = WELL
    for at in range(w.streams_size):
        stream_at(w, at).state = UNUSED
    _nodes(w)
    _stock(w)
    for at in range(w.services_size):
        _service(w, at)
    for at in range(w.fluids_size):
        f = fluid_at(w, at)
        f.state = _UP
        f.since = f.served = f.stale = f.lost = f.manual = f.entered = f.behind = f.peak = 0.0
    for at in range(w.clusters_size):
        c = cluster_at(w, at)
        c.primary = c.first
        c.serving = 1
        c.unrouted = c.given_up = 0
        c.takeover_timer = c.return_timer = c.takeovers = 0


@compiled
def _nodes(w: Root) -> None:
    for at in range(w.nodes_size):
        n = node_at(w, at)
        n.count = n.inputs
        n.up = 1
        n.reasons = 0
    for at in range(w.things_size):
        t = thing_at(w, at)
        t.failing = t.rebuilding = t.of_life = t.of_needs = 0
    for at in range(w.units_size):
        unit_at(w, at).failed = 0
        unit_at(w, at).timer = 0
    for at in range(w.fittings_size):
        f = fitting_at(w, at)
        f.working = f.units_end - f.units
        f.lacking = 0


@compiled
def _stock(w: Root) -> None:
    for at in range(w.pools_size):
        p = pool_at(w, at)
        p.stock = p.base_stock
        p.on_order = p.backorders = p.demands = p.stock_outs = 0
        p.first = p.last = p.number = -1
    for at in range(w.crews_size):
        c = crew_at(w, at)
        c.busy = 0
        c.first = c.last = -1


@compiled
def _service(w: Root, service: int) -> None:
    s = service_at(w, service)
    s.state = _UP
    s.lacking_since = s.down_since = -1.0
    s.copy_timer = s.clear_timer = s.outages = 0
    s.since = s.up = s.backlogged = s.stale = s.down = s.longest = 0.0
