"""Whoever hangs on what has turned is told, one turn after the other; what they turn waits until the others have been told."""

from simulator.kernel.clusters import host_turned
from simulator.kernel.compiled import compiled, inlined, word
from simulator.kernel.gates import break_, mend
from simulator.kernel.lives import ANEW, live
from simulator.kernel.reaching import Root, node_at, thing_at, turned_at
from simulator.kernel.recovery import abandon, begin
from simulator.kernel.services import update
from simulator.plant.tables import Role

_GATE, _SERVICE, _MEMBER = word(Role.GATE), word(Role.SERVICE), word(Role.MEMBER)


@inlined
def tell(w: Root) -> None:
    """Tell of everything that has turned and has not been told of."""
    mask = w.queue_size - 1
    while w.told < w.changed:
        node = node_at(w, turned_at(w, w.told & mask).to)
        w.told += 1
        if node.role == _GATE:
            made_of_changed(w, node.owner, node.up)
        elif node.role == _SERVICE:
            update(w, node.owner)
        elif node.role == _MEMBER:
            host_turned(w, node.owner)


@compiled
def made_of_changed(w: Root, node: int, holds: int) -> None:
    """Begin the recovery of *node* when what it is made of has come back; give it up when that is lost."""
    thing = thing_at(w, node)
    if holds:
        if not thing.rebuilding:
            thing.rebuilding = 1
            begin(w, thing.needs_job)
        return
    if not thing.of_needs:
        thing.of_needs = 1
        break_(w, node)
    if thing.failing:
        thing.failing = 0
        abandon(w, thing.life_job)
        live(w, node, ANEW)
        thing.of_life = 0
        mend(w, node)
    if thing.rebuilding:
        thing.rebuilding = 0
        abandon(w, thing.needs_job)
