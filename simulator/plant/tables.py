"""The plant as tables: a topology compiled to flat arrays of records, one array a kind of thing.

A record holds what never changes beside what one history changes, so that both lie side by side in memory; the kernel sets the
latter back before each history. Numbers of other records are indices into their table; -1 is none.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.void]
"""An array of records of one of the kinds below."""


class LawKind(IntEnum):
    """The kinds of law, as in `topology.laws`."""

    FIXED = 0
    EXPONENTIAL = 1
    WEIBULL = 2
    LOGNORMAL = 3
    EMPIRICAL = 4


class StageCode(IntEnum):
    """The kinds of stage, as in `topology.model.StageKind`."""

    WAIT = 0
    PART = 1
    WORK = 2
    RESTORE = 3


class StateCode(IntEnum):
    """The states of a service, as in `timeline.record.ServiceState`."""

    UP = 0
    BACKLOGGED = 1
    STALE = 2
    DOWN = 3


class WhenDownCode(IntEnum):
    """What becomes of work while its service is down, as in `topology.work.WhenDown`."""

    LOST = 0
    MANUAL = 1
    WAIT = 2


class Role(IntEnum):
    """Who is told when a node changes."""

    NOBODY = 0
    GATE = 1  # whoever is made of what the gate holds together
    SERVICE = 2
    MEMBER = 3  # the clusters that a host is a member or a proxy of


class Told(IntEnum):
    """What a line of the log tells of, and so what its subject numbers."""

    FAULT = 0  # a node
    COMMON_CAUSE = 1
    NODE = 2  # state: 1 up, 0 down
    UNIT = 3  # state: 1 replaced, 0 failed; other: how many of its fitting work
    STAGE = 4  # a node; state: Passage; other: StageCode
    ORDER = 5  # a pool; state: 1 arrived, 0 placed
    SERVICE = 6  # state: StateCode
    WORKLOAD = 7  # cleared
    TAKEOVER = 8  # a cluster; other: the member promoted, counted within the cluster


class Passage(IntEnum):
    """What is told of a stage."""

    STARTED = 0
    DONE = 1
    ABANDONED = 2


NUMBER_BITS, SEQUENCE_BITS = 22, 37
"""Of the key that orders transitions of one time: its step above, then so many bits for the number and the order of scheduling."""
NUMBERS_MAX = 1 << NUMBER_BITS


def _kind(**fields: str) -> np.dtype[np.void]:
    """Return a record of *fields*. In memory the widest come first, so that nothing is lost between them."""
    laid_out = np.dtype(sorted(fields.items(), key=lambda field: -np.dtype(field[1]).itemsize), align=True)
    return laid_out[list(fields)]


NODE = _kind(
    threshold="i4", inputs="i4", parents="i4", parents_end="i4", told="i1", role="i1", owner="i4", count="i4", up="i1", reasons="i4"
)
"""A node of the gates. `told`: 1 if its changes are records; `owner`: whom to tell, by its role; `reasons`: to have failed."""
THING = _kind(
    law="i4", stream="i4", gate="i4", life_job="i4", needs_job="i4", failing="i1", rebuilding="i1", of_life="i1", of_needs="i1"
)
"""A site, component or host, numbered as its node. `gate`: of its needs, if it recovers from their loss."""
JOB = _kind(
    subject="i4", stages="i4", streams="i4", unit="i4", at_stage="i4", before="i4", after="i4", lacks_part="i1",
    lacks_crew="i1", has_crew="i1", timer="i8",
)  # fmt: skip
"""A recovery. `stages`: the first; `streams`: the first of theirs; `unit`: that it replaces; `before`, `after`: in the queue of the
pool or crew that it waits for."""
STAGE = _kind(kind="i4", law="i4", stream="i4", crew="i4", pool="i4", last="i4")
"""A stage of many a job. `stream`: counted from the job's first."""
UNIT = _kind(fitting="i4", law="i4", stream="i4", job="i4", number="i4", failed="i1", timer="i8")
FITTING = _kind(host="i4", required="i4", units="i4", units_end="i4", working="i4", lacking="i1")
POOL = _kind(
    law="i4", stream="i4", base_stock="i4", stock="i4", on_order="i4", backorders="i4", first="i4", last="i4", number="i4",
    demands="i4", stock_outs="i4",
)  # fmt: skip
"""`first`, `last`: of the jobs that wait."""
CREW = _kind(size="i4", spans="i4", spans_end="i4", busy="i4", first="i4", last="i4")
"""A crew; without spans (-1) it works at any time."""
SPAN = _kind(opens="f8", closes="f8")
CAUSE = _kind(law="i4", stream="i4", takes="i4", takes_end="i4")
TAKE = _kind(count="i4", stream="i4", fittings="i4", fittings_end="i4")
"""How many units of one part a common cause takes, and from which fittings."""
SERVICE = _kind(
    node="i4", sources="i4", sources_end="i4", readers="i4", readers_end="i4", fluids="i4", fluids_end="i4", fallback_after="f8",
    accepts_stale="i4", state="i4", lacking_since="f8", copy_timer="i8", clear_timer="i8", clearing="i4",
    since="f8", down_since="f8", up="f8", backlogged="f8", stale="f8", down="f8", outages="i4", longest="f8", next="i4", above="i4",
)  # fmt: skip
"""`fallback_after`, `lacking_since` and `down_since` are -1 where there is none.
`next`: the reader to tell, `above`: whose reader it is, while they are told."""
FLUID = _kind(
    arrivals="i4", drain="i4", when_down="i4", falls_behind="i4", state="i4", since="f8", served="f8", stale="f8", lost="f8",
    manual="f8", entered="f8", behind="f8", peak="f8",
)  # fmt: skip
RATE = _kind(corners="i4", corners_end="i4")
CORNER = _kind(at="f8", per_second="f8", total="f8")
LAW = _kind(kind="i4", a="f8", b="f8", values="i4", values_end="i4", ages="i4", ages_end="i4")
AGE = _kind(at="f8", seconds="f8", slope="f8")
"""A knot of the law of what is left of a life that has been going on for ever (`plant.ages`)."""
ORIGIN = _kind(entity="u8", cause="u8")
"""What the key of a stream of draws is made of, once a history."""
STREAM = _kind(state="u8")
"""`state`: the key and so many steps as there have been draws; 0 before the first. By chance it comes to 0 once in 10^19 draws."""
CLUSTER = _kind(
    node="i4", members="i4", members_end="i4", routes="i4", routes_end="i4", ways="i4", ways_end="i4", returns="i4",
    returns_stream="i4", laws="i4", streams="i4", first="i4", primary="i4", serving="i4", unrouted="i4", given_up="i4",
    takeover_timer="i8", return_timer="i8", takeovers="i4",
)  # fmt: skip
"""`ways`: to fence, as pairs in `ways`; `laws`, `streams`: of the first class of fault, the others follow."""
WAY = _kind(uses="i4", uses_end="i4")
TRANSITION = _kind(at="i8", key="i8", owner="i4")
"""`at`: the bits of the time."""
LATER = _kind(at="i8", key="i8", owner="i4", after="i4")
"""A transition that waits in a bucket until its time is near. `after`: the next in that bucket."""
LINE = _kind(at="f8", told="i8", subject="i8", state="i8", other="i8")


INDEX = _kind(to="i4")
VALUE = _kind(seconds="f8")

KINDS = {
    "nodes": NODE, "parents_of": INDEX, "things": THING, "jobs": JOB, "stages": STAGE, "units": UNIT, "fittings": FITTING,
    "pools": POOL, "crews": CREW, "spans": SPAN, "causes": CAUSE, "takes": TAKE, "fittings_of": INDEX, "services": SERVICE,
    "services_of": INDEX, "fluids": FLUID, "rates": RATE, "corners": CORNER, "laws": LAW, "values": VALUE, "ages": AGE,
    "origins": ORIGIN, "streams": STREAM, "clusters": CLUSTER, "ways": WAY, "hosts_of": INDEX, "clusters_of": INDEX,
}  # fmt: skip
"""The kind of record in each table. What is called *_of holds runs of numbers of one thing that others point into."""
ROOM = {"heap": TRANSITION, "later": LATER, "buckets": INDEX, "orders": TRANSITION, "queue": INDEX, "chosen": INDEX, "log": LINE}
"""What a history needs room for: what is to come soon and later, orders in line, who is to be told of, units to choose among, a
log."""
Tables = dict[str, Records]
"""The records themselves, by table."""


def records(kind: np.dtype[np.void], rows: Sequence[Any]) -> Records:
    """Return *rows* as records; the last fields of a row, where they are left out, are 0."""
    made = np.zeros(len(rows), kind)
    names = kind.names or ()
    if rows:
        columns = zip(*rows, strict=True) if isinstance(rows[0], tuple) else (rows,)
        for name, column in zip(names, columns, strict=False):
            made[name] = column
    return made
