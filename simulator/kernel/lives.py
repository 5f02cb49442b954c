"""How long things and units live by their laws, as in `simulator.lives`."""

from simulator.kernel.compiled import compiled, inlined, word
from simulator.kernel.draws import quantile, remaining, uniform
from simulator.kernel.reaching import Root, thing_at, unit_at
from simulator.kernel.schedule import schedule
from simulator.world import Step

ANEW, LONG_SINCE = word(0), word(1)
"""Whether something begins to live now, or has been living for ever."""
_LIFE_ENDS = word(Step.LIFE_ENDS)


@inlined
def life_seconds(w: Root, law: int, stream: int, first: int) -> float:
    """Return how long something lives from now on; the first time, how much is left of a life that has been going on for ever."""
    p = uniform(w, stream)
    return remaining(w, law, p) if first else quantile(w, law, p)


@compiled
def live(w: Root, node: int, first: int) -> None:
    """Let a site, component or host live until its law ends it."""
    thing = thing_at(w, node)
    if thing.law >= 0:
        schedule(w, life_seconds(w, thing.law, thing.stream, first), _LIFE_ENDS, node, node)


@inlined
def live_unit(w: Root, unit: int, first: int) -> None:
    """Let a unit live until its law ends it."""
    u = unit_at(w, unit)
    if u.law >= 0:
        u.timer = schedule(w, life_seconds(w, u.law, u.stream, first), _LIFE_ENDS, u.number, unit)
