"""How things and units fail, as in `simulator.faults` and `simulator.units`."""

from simulator.kernel.compiled import compiled, inlined, word
from simulator.kernel.draws import uniform
from simulator.kernel.gates import GONE, NOTHING, break_, write
from simulator.kernel.lives import ANEW, live
from simulator.kernel.reaching import Root, cause_at, chosen_at, fitted_at, fitting_at, node_at, take_at, thing_at, unit_at
from simulator.kernel.recovery import begin
from simulator.kernel.telling import tell
from simulator.plant.tables import Told

_FAULT, _COMMON_CAUSE, _UNIT = word(Told.FAULT), word(Told.COMMON_CAUSE), word(Told.UNIT)


@compiled
def thing_fails(w: Root, node: int) -> None:
    """Let a site, component or host fail by its law; what has lost what it is made of, or fails already, only lives on."""
    thing = thing_at(w, node)
    write(w, _FAULT, node, GONE, NOTHING)
    if thing.failing or (thing.gate >= 0 and not node_at(w, thing.gate).up):
        live(w, node, ANEW)
        return
    thing.of_life = 1
    break_(w, node)
    tell(w)
    thing.failing = 1
    begin(w, thing.life_job)


@inlined
def unit_fails(w: Root, unit: int) -> None:
    """Let a unit fail; its host does, too, when fewer work than it needs."""
    u = unit_at(w, unit)
    fitting = fitting_at(w, u.fitting)
    u.failed = 1
    u.timer = 0
    fitting.working -= 1
    write(w, _UNIT, unit, GONE, fitting.working)
    if fitting.working < fitting.required and not fitting.lacking:
        fitting.lacking = 1
        break_(w, fitting.host)
        tell(w)
    begin(w, u.job)


@compiled
def cause_strikes(w: Root, number: int) -> None:
    """Let a common cause take its units: each of those that work is as likely."""
    cause = cause_at(w, number)
    write(w, _COMMON_CAUSE, number, GONE, NOTHING)
    for at in range(cause.takes, cause.takes_end):
        take = take_at(w, at)
        left = 0
        for place in range(take.fittings, take.fittings_end):
            fitting = fitting_at(w, fitted_at(w, place).to)
            for unit in range(fitting.units, fitting.units_end):
                if not unit_at(w, unit).failed:
                    chosen_at(w, left).to = unit
                    left += 1
        for _ in range(min(take.count, left)):
            which = int(uniform(w, take.stream) * left)
            unit = chosen_at(w, which).to
            left -= 1
            for place in range(which, left):
                chosen_at(w, place).to = chosen_at(w, place + 1).to
            unit_fails(w, unit)
