"""Who is up: `topology.gates` and the telling of `simulator.world`. What turns is written down, and told of one by one."""

from simulator.kernel.compiled import inlined, word
from simulator.kernel.reaching import Root, is_logging, node_at, parent_at, turned_at, written_at
from simulator.kernel.schedule import FULL
from simulator.plant.tables import Role, Told

GONE, BACK, NOTHING = word(0), word(1), word(0)
"""States and details of lines that need no names of their own."""
_NODE, _NOBODY = word(Told.NODE), word(Role.NOBODY)


@inlined
def write(w: Root, told: int, subject: int, state: int, other: int) -> None:
    """Write a line of the log, if one is kept."""
    if is_logging(w):
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
    """Turn *node* and whatever turns with it; put them in the queue of those to be told of.

    *node* itself has no place there if nobody is to be told of it: so most that fail cost nothing but their parents' counts.
    """
    mask = w.queue_size - 1
    turned = node_at(w, node)
    holds = 1 - turned.up
    step = 2 * holds - 1
    turned.up = holds
    if is_logging(w) and turned.told:
        write(w, _NODE, node, holds, NOTHING)
    at = end = w.changed
    if turned.role != _NOBODY:
        _queue(w, end, node)
        at = end = end + 1
    while True:
        for edge in range(turned.parents, turned.parents_end):
            number = parent_at(w, edge).to
            parent = node_at(w, number)
            parent.count += step
            if parent.up != holds and (parent.count >= parent.threshold) == (holds == 1):
                parent.up = holds
                _queue(w, end, number)
                end += 1
        if at == end:
            break
        number = turned_at(w, at & mask).to
        turned = node_at(w, number)
        if is_logging(w) and turned.told:
            write(w, _NODE, number, holds, NOTHING)
        at += 1
    w.changed = end


@inlined
def _queue(w: Root, end: int, node: int) -> None:
    """Put *node* at the *end* of the queue."""
    if end - w.told >= w.queue_size:
        w.status = FULL
    turned_at(w, end & (w.queue_size - 1)).to = node
