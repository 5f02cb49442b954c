"""How the kernel reaches the records of a plant: by their address, as C would.

Passing thirty arrays from function to function makes compiling take minutes and every call slow. So the kernel passes one record,
the root, which holds the address and size of each table, and `node_at(w, 7)` is a pointer to a record of that table. Nothing
checks the index, and whoever calls the kernel keeps the tables alive meanwhile (`kernel.running`).
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from simulator.kernel.root import LOGGING_ROOT, ROOT
from simulator.kernel.rows import Row
from simulator.plant.tables import KINDS, ROOM

Record = Any
"""A record inside compiled code: its fields are attributes."""
Root = Any
_WORD = ir.IntType(64)


def _reacher(table: str) -> Callable[[Root, int], Record]:
    """Return what makes of the root and an index the record of *table* there."""
    kind = {**KINDS, **ROOM}[table]

    def at(_typing: Any, root: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _, offset = signature.args[0].field(table)
            place = builder.bitcast(builder.gep(arguments[0], [ir.Constant(_WORD, offset)]), _WORD.as_pointer())
            table_address = builder.load(place)
            table_address.set_metadata("invariant.load", builder.module.add_metadata([]))  # tables stay where they are
            number = context.cast(builder, arguments[1], signature.args[1], types.int64)
            address = builder.add(table_address, builder.mul(number, ir.Constant(_WORD, kind.itemsize)))
            return builder.inttoptr(address, ir.IntType(8).as_pointer())

        return Row(table, kind)(root, index), generate

    made: Any = intrinsic
    reach: Callable[[Root, int], Record] = made(at)
    return reach


def _root_in(_typing: Any, roots: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.bitcast(array.data, ir.IntType(8).as_pointer())

    logging = "keeps_log" in roots.dtype.fields
    return Row("logging_root" if logging else "root", LOGGING_ROOT if logging else ROOT)(roots), generate


def _is_logging(_typing: Any, root: Any) -> Any:
    def generate(_context: Any, _builder: Any, _signature: Any, _arguments: Any) -> Any:
        return ir.Constant(ir.IntType(1), int(root.table == "logging_root"))

    return types.boolean(root), generate


_made: Any = intrinsic
root_in: Callable[[Record], Root] = _made(_root_in)
"""The one root in an array of one."""
is_logging: Callable[[Root], bool] = _made(_is_logging)
"""Whether a log is kept: known when it is compiled."""
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
later_at = _reacher("later")
bucket_at = _reacher("buckets")
turned_at = _reacher("queue")
chosen_at = _reacher("chosen")
order_at = _reacher("orders")
written_at = _reacher("log")
