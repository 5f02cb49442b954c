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
    return np.dtype(list(fields.items()), align=True)


NODE = _kind(
    threshold="i8", inputs="i8", parents="i8", parents_end="i8", told="i8", role="i8", owner="i8", count="i8", up="i8", reasons="i8"
)
"""A node of the gates. `told`: 1 if its changes are records; `owner`: whom to tell, by its role; `reasons`: to have failed."""
THING = _kind(
    law="i8", stream="i8", gate="i8", life_job="i8", needs_job="i8", failing="i8", rebuilding="i8", of_life="i8", of_needs="i8"
)
"""A site, component or host, numbered as its node. `gate`: of its needs, if it recovers from their loss."""
JOB = _kind(
    subject="i8", stages="i8", stages_end="i8", unit="i8", at_stage="i8", pool="i8", crew="i8", queued="i8", before="i8",
    after="i8", timer="i8",
)  # fmt: skip
"""A recovery. `unit`: that it replaces; `pool`, `crew`: that it waits for or holds; `before`, `after`: in that queue."""
STAGE = _kind(kind="i8", law="i8", stream="i8", crew="i8", pool="i8")
UNIT = _kind(fitting="i8", law="i8", stream="i8", job="i8", number="i8", failed="i8", timer="i8")
FITTING = _kind(host="i8", required="i8", units="i8", units_end="i8", working="i8", lacking="i8")
POOL = _kind(
    law="i8", stream="i8", base_stock="i8", stock="i8", on_order="i8", backorders="i8", first="i8", last="i8", number="i8",
    demands="i8", stock_outs="i8",
)  # fmt: skip
CREW = _kind(size="i8", spans="i8", spans_end="i8", busy="i8", first="i8", last="i8")
"""A crew; without spans (-1) it works at any time."""
SPAN = _kind(opens="f8", closes="f8")
CAUSE = _kind(law="i8", stream="i8", takes="i8", takes_end="i8")
TAKE = _kind(count="i8", stream="i8", fittings="i8", fittings_end="i8")
"""How many units of one part a common cause takes, and from which fittings."""
SERVICE = _kind(
    node="i8", sources="i8", sources_end="i8", readers="i8", readers_end="i8", fluids="i8", fluids_end="i8", fallback_after="f8",
    accepts_stale="i8", state="i8", lacking_since="f8", copy_timer="i8", clear_timer="i8", clearing="i8",
    since="f8", down_since="f8", up="f8", backlogged="f8", stale="f8", down="f8", outages="i8", longest="f8", next="i8", above="i8",
)  # fmt: skip
"""`fallback_after`, `lacking_since` and `down_since` are -1 where there is none.
`next`: the reader to tell, `above`: whose reader it is, while they are told."""
FLUID = _kind(
    arrivals="i8", drain="i8", when_down="i8", falls_behind="i8", state="i8", since="f8", served="f8", stale="f8", lost="f8",
    manual="f8", entered="f8", behind="f8", peak="f8",
)  # fmt: skip
RATE = _kind(corners="i8", corners_end="i8")
CORNER = _kind(at="f8", per_second="f8", total="f8")
LAW = _kind(kind="i8", a="f8", b="f8", values="i8", values_end="i8", ages="i8", ages_end="i8")
AGE = _kind(at="f8", seconds="f8", slope="f8")
"""A knot of the law of what is left of a life that has been going on for ever (`plant.ages`)."""
STREAM = _kind(entity="u8", cause="u8", key="u8", index="i8")
CLUSTER = _kind(
    node="i8", members="i8", members_end="i8", routes="i8", routes_end="i8", ways="i8", ways_end="i8", returns="i8",
    returns_stream="i8", laws="i8", streams="i8", first="i8", primary="i8", serving="i8", unrouted="i8", given_up="i8",
    takeover_timer="i8", return_timer="i8", takeovers="i8",
)  # fmt: skip
"""`ways`: to fence, as pairs in `ways`; `laws`, `streams`: of the first class of fault, the others follow."""
WAY = _kind(uses="i8", uses_end="i8")
TRANSITION = _kind(at="f8", key="i8", owner="i8")
LINE = _kind(at="f8", told="i8", subject="i8", state="i8", other="i8")


INDEX = _kind(to="i8")
VALUE = _kind(seconds="f8")

KINDS = {
    "nodes": NODE, "parents_of": INDEX, "things": THING, "jobs": JOB, "stages": STAGE, "units": UNIT, "fittings": FITTING,
    "pools": POOL, "crews": CREW, "spans": SPAN, "causes": CAUSE, "takes": TAKE, "fittings_of": INDEX, "services": SERVICE,
    "services_of": INDEX, "fluids": FLUID, "rates": RATE, "corners": CORNER, "laws": LAW, "values": VALUE, "ages": AGE,
    "streams": STREAM, "clusters": CLUSTER, "ways": WAY, "hosts_of": INDEX, "clusters_of": INDEX,
}  # fmt: skip
"""The kind of record in each table. What is called *_of holds runs of numbers of one thing that others point into."""
ROOM = {"heap": TRANSITION, "queue": INDEX, "chosen": INDEX, "log": LINE}
"""What a history needs room for: what is to come, who is to be told of, units to choose among, a log if one is kept."""
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
