"""Who is up: `topology.gates` and the telling of `simulator.world`. What turns is written down, and told of one by one."""

from simulator.kernel.compiled import inlined, word
from simulator.kernel.reaching import Root, node_at, parent_at, turned_at, written_at
from simulator.kernel.schedule import FULL
from simulator.plant.tables import Told

GONE, BACK, NOTHING = word(0), word(1), word(0)
"""States and details of lines that need no names of their own."""
_NODE = word(Told.NODE)


@inlined
def write(w: Root, told: int, subject: int, state: int, other: int) -> None:
    """Write a line of the log, if one is kept."""
    if w.log_size:
        if w.written == w.log_size:
            w.status = FULL
            return
        line = written_at(w, w.written)
        w.written += 1
        line.at, line.told, line.subject, line.state, line.other = w.now, told, subject, state, other


@inlined
def break_(w: Root, node: int) -> None:
    """Give *node* one more reason to have failed."""
    n = node_at(w, node)
    n.reasons += 1
    if n.reasons == 1:
        n.count -= 1
        if n.up:
            _spread(w, node)


@inlined
def mend(w: Root, node: int) -> None:
    """Take one reason to have failed from *node*."""
    n = node_at(w, node)
    n.reasons -= 1
    if n.reasons == 0:
        n.count += 1
        if n.count >= n.threshold:
            _spread(w, node)


@inlined
def _spread(w: Root, node: int) -> None:
    """Turn *node* and whatever turns with it; put them in the queue of those to be told of."""
    mask = w.queue_size - 1
    holds = 1 - node_at(w, node).up
    step = 2 * holds - 1
    first = at = w.changed
    if at - w.told > mask:
        w.status = FULL
        return
    node_at(w, node).up = holds
    turned_at(w, at & mask).to = node
    end = at + 1
    while at < end:
        turned = node_at(w, turned_at(w, at & mask).to)
        at += 1
        for edge in range(turned.parents, turned.parents_end):
            parent = node_at(w, parent_at(w, edge).to)
            parent.count += step
            if parent.up != holds and (parent.count >= parent.threshold) == (holds == 1):
                parent.up = holds
                if end - w.told > mask:
                    w.status = FULL
                    return
                turned_at(w, end & mask).to = parent_at(w, edge).to
                end += 1
    w.changed = end
    if w.log_size:
        for at in range(first, end):
            node = turned_at(w, at & mask).to
            if node_at(w, node).told:
                write(w, _NODE, node, holds, NOTHING)
