"""How the kernel reaches the records of a plant: by their address, as C would.

Passing thirty arrays from function to function makes compiling take minutes and every call slow. So the kernel passes one record,
the root, which holds the address and size of each table, and `node_at(w, 7)` is a pointer to a record of that table. Nothing
checks the index, and whoever calls the kernel keeps the tables alive meanwhile (`kernel.running`).
"""

from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba.extending import intrinsic

from simulator.plant.tables import KINDS, ROOM

Record = Any
"""A record inside compiled code: its fields are attributes."""
Root = Any
_WORD = ir.IntType(64)


def _reacher(table: str) -> Callable[[Root, int], Record]:
    """Return what makes of the root and an index the record of *table* there."""
    kind = {**KINDS, **ROOM}[table]
    record = numba.from_dtype(kind)

    def at(_typing: Any, root: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            field = ir.Constant(_WORD, signature.args[0].offset(table))
            place = builder.gep(builder.bitcast(arguments[0], ir.IntType(8).as_pointer()), [field])
            number = context.cast(builder, arguments[1], signature.args[1], numba.int64)
            offset = builder.mul(number, ir.Constant(_WORD, kind.itemsize))
            table_address = builder.load(builder.bitcast(place, _WORD.as_pointer()))
            table_address.set_metadata("invariant.load", builder.module.add_metadata([]))  # tables stay where they are
            address = builder.add(table_address, offset)
            return builder.inttoptr(address, context.get_value_type(record))

        return record(root, index), generate

    made: Any = intrinsic
    reach: Callable[[Root, int], Record] = made(at)
    return reach


node_at = _reacher("nodes")
parent_at = _reacher("parents_of")
thing_at = _reacher("things")
job_at = _reacher("jobs")
stage_at = _reacher("stages")
unit_at = _reacher("units")
fitting_at = _reacher("fittings")
pool_at = _reacher("pools")
crew_at = _reacher("crews")
span_at = _reacher("spans")
cause_at = _reacher("causes")
take_at = _reacher("takes")
fitted_at = _reacher("fittings_of")
service_at = _reacher("services")
related_at = _reacher("services_of")
fluid_at = _reacher("fluids")
rate_at = _reacher("rates")
corner_at = _reacher("corners")
law_at = _reacher("laws")
value_at = _reacher("values")
age_at = _reacher("ages")
origin_at = _reacher("origins")
stream_at = _reacher("streams")
cluster_at = _reacher("clusters")
way_at = _reacher("ways")
host_at = _reacher("hosts_of")
concerned_at = _reacher("clusters_of")
transition_at = _reacher("heap")
turned_at = _reacher("queue")
chosen_at = _reacher("chosen")
line_at = _reacher("lines")
written_at = _reacher("log")
