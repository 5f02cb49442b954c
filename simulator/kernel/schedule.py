"""What is to come: a binary heap ordered by time, then kind of transition, then number, then the order of scheduling.

That is the order of `simulator.world`. A transition is known by its key; whoever may have to cancel it remembers the key, and lets
go of it. The top of the heap stays where it is while it happens: the first thing it brings about takes its place. What takes no
time, as a part from the shelf does, waits beside the heap: it is next, but for others of the same time.
"""

import math

from simulator.kernel.compiled import inlined
from simulator.kernel.reaching import Root, transition_at
from simulator.plant.tables import NUMBER_BITS, SEQUENCE_BITS

NUMBER_SHIFT, STEP_SHIFT = SEQUENCE_BITS, SEQUENCE_BITS + NUMBER_BITS
WELL, FULL = 0, 1
"""Whether there was room for all there was to remember."""


@inlined
def schedule(w: Root, in_seconds: float, step: int, number: int, owner: int) -> int:
    """Let *owner* be told after *in_seconds*; return the key. What never comes has one too."""
    key = key_of(w, step, number)
    if in_seconds == 0.0 and w.instant == 0:
        w.instant, w.instant_owner = key, owner
    elif in_seconds != math.inf:
        put(w, w.now + in_seconds, key, owner)
    return key


@inlined
def key_of(w: Root, step: int, number: int) -> int:
    """Return the key of what is scheduled now."""
    w.sequence += 1
    return (step << STEP_SHIFT) | (number << NUMBER_SHIFT) | w.sequence


@inlined
def put(w: Root, at: float, key: int, owner: int) -> None:
    """Put a transition into the heap."""
    if w.hole:
        w.hole = 0
        _sink(w, w.scheduled, at, key, owner)
    elif w.scheduled == w.heap_size:
        w.status = FULL
    else:
        _rise(w, w.scheduled, at, key, owner)
        w.scheduled += 1


@inlined
def is_instant_next(w: Root) -> bool:
    """Say whether what takes no time comes before everything in the heap."""
    for at in range(w.hole, min(w.scheduled, 1 + 2 * w.hole)):
        transition = transition_at(w, at)
        if transition.at == w.now and transition.key < w.instant:
            return False
    return True


@inlined
def fill_hole(w: Root) -> None:
    """Take the top of the heap away, unless something took its place."""
    if w.hole:
        w.hole = 0
        w.scheduled -= 1
        last = transition_at(w, w.scheduled)
        _sink(w, w.scheduled, last.at, last.key, last.owner)


@inlined
def _sink(w: Root, size: int, at: float, key: int, owner: int) -> None:
    """Put a transition in place of the top of a heap of *size*."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size:
            # Which child is sooner nobody can foresee, a processor neither: so it is added up instead of branched on.
            left, right = transition_at(w, child), transition_at(w, child + 1)
            if right.at == left.at:
                child += int(right.key < left.key)
            else:
                child += int(right.at < left.at)
        lower = transition_at(w, child)
        if lower.at < at or (lower.at == at and lower.key < key):
            upper = transition_at(w, place)
            upper.at, upper.key, upper.owner = lower.at, lower.key, lower.owner
            place = child
        else:
            break
    found = transition_at(w, place)
    found.at, found.key, found.owner = at, key, owner


@inlined
def _rise(w: Root, size: int, at: float, key: int, owner: int) -> None:
    """Add a transition to a heap of *size*."""
    place = size
    while place > 0:
        parent = (place - 1) >> 1
        upper = transition_at(w, parent)
        if at < upper.at or (at == upper.at and key < upper.key):
            lower = transition_at(w, place)
            lower.at, lower.key, lower.owner = upper.at, upper.key, upper.owner
            place = parent
        else:
            break
    found = transition_at(w, place)
    found.at, found.key, found.owner = at, key, owner
