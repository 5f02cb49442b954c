"""Rows of tables, and functions that take what stands in them, inside compiled code."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from simulator.kernel.compiled import compiled, inlined, word
from simulator.kernel.reaching import Record, law_at, node_at, root_in, stream_at
from simulator.kernel.root import root_of
from simulator.plant.tables import KINDS, ROOM, Records, Tables

F = TypeVar("F", bound=Callable[..., object])
jit: Callable[[F], F] = cast(Any, numba.njit)
KEY, SEVEN = np.uint64(0xFEDCBA9876543210), word(7)


def tables() -> tuple[Tables, Records]:
    kept = {name: np.zeros(3, kind) for name, kind in KINDS.items()}
    return kept, root_of(kept, {name: np.zeros(0, kind) for name, kind in ROOM.items()}, logging=False)


@compiled
def unchanged(number: int) -> int:
    return number


@compiled
def next_after(number: int) -> int:
    return number + 1


@inlined
def second_after(number: int) -> int:
    return next_after(number) + 1


def test_fields_are_written_and_read_where_numpy_has_them() -> None:
    kept, root = tables()

    @jit
    def write_and_read(root: Record) -> tuple[int, int, float]:
        w = root_in(root)
        node, law = node_at(w, 1), law_at(w, 1)
        node.up, node.count, law.a, stream_at(w, 1).state = -1, -70_000, 0.1, KEY
        return node.up, node.count, law.a

    assert write_and_read(root) == (-1, -70_000, 0.1)
    assert [kept["nodes"][name].tolist() for name in ("up", "count")] == [[0, -1, 0], [0, -70_000, 0]]
    assert kept["laws"]["a"].tolist() == [0.0, 0.1, 0.0]
    assert kept["streams"]["state"].tolist() == [0, int(KEY), 0]
    assert sum(int(np.count_nonzero(table[name])) for table in kept.values() for name in table.dtype.names or ()) == 4


def test_a_function_is_compiled_once_for_numbers_out_of_tables_and_others() -> None:
    _, root = tables()

    @jit
    def seven_in_all(root: Record) -> int:
        node = node_at(root_in(root), 0)
        return unchanged(node.count) + unchanged(node.up) + unchanged(SEVEN)

    assert seven_in_all(root) == 7
    assert len(unchanged.signatures) == 1  # type: ignore[attr-defined]


def test_what_an_inlined_function_calls_is_not_forced_into_it() -> None:
    @jit
    def third_after(number: int) -> int:
        return second_after(number) + 1

    assert third_after(1) == 4
    (made,) = next_after.overloads.values()  # type: ignore[attr-defined]
    assert "alwaysinline" not in made.library.get_llvm_str()
