"""The root: the record that the kernel passes on, with the address and size of every table, the clock, and how much is scheduled.

Compiled code is kept on disk by the types that it takes, and numba does not see when a module changes that it was compiled from. So
the type of the root holds a digest of all sources that shape the kernel: when one of them changes, everything is compiled anew.
"""

from hashlib import blake2b
from pathlib import Path

import numpy as np

import topology.portable
from simulator import world
from simulator.plant import tables
from simulator.plant.tables import KINDS, ROOM, Records, Tables


def _digest() -> str:
    sources = [Path(topology.portable.__file__), Path(world.__file__)]
    for folder in (Path(__file__).parent, Path(tables.__file__).parent):
        sources += sorted(folder.glob("*.py"))
    return blake2b(b"".join(path.read_bytes() for path in sources), digest_size=8).hexdigest()


_TABLES = (*KINDS, *ROOM)
_CLOCK = [
    ("now", "f8"), ("horizon", "f8"), ("run", "u8"), ("scheduled", "i8"), ("top", "i8"), ("sequence", "i8"), ("instant", "i8"),
    ("instant_owner", "i8"), ("bucket", "i8"), ("buckets_per_second", "f8"), ("later_free", "i8"), ("later_used", "i8"),
    ("orders_first", "i8"), ("orders_end", "i8"), ("last_at", "i8"), ("last_key", "i8"), ("changed", "i8"), ("told", "i8"),
    ("pools_used", "i8"), ("written", "i8"), ("transitions", "i8"), ("status", "i8"),
]  # fmt: skip
ROOT = np.dtype(
    [*((table, "i8") for table in _TABLES), *_CLOCK, (f"source_{_digest()}", "i8"), *((f"{table}_size", "i8") for table in _TABLES)]
)
"""`top`: how the top of the heap is. `instant`: the key of what takes no time, 0 if nothing does. `bucket`: the one whose
transitions are in the heap. `later_free`: the first place of `later` that is free again, `later_used`: how many ever were used.
`orders_first`, `orders_end`: of the orders in line, `last_at`, `last_key`: of the last of them. `changed`, `told`: ends of the
queue of those to be told of."""
LOGGING_ROOT = np.dtype([*ROOT.descr, ("keeps_log", "i8")])
"""The root of a history that is logged: a type of its own, so that others are compiled without a thought of a log."""


def root_of(compiled: Tables, room: Tables, logging: bool) -> Records:
    """Return an array of one root for tables that the caller keeps alive."""
    root = np.zeros(1, LOGGING_ROOT if logging else ROOT)
    for name, table in (*compiled.items(), *room.items()):
        root[name] = table.ctypes.data
        root[f"{name}_size"] = table.size
    return root
