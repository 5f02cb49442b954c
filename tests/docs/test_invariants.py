import re
from pathlib import Path

from failover.core.events import OrderKind
from failover.core.states import HaltReason
from simulator.checking.checkers import ALL
from simulator.checking.liveness import ComesBack

ROOT = Path(__file__).parents[2]
INVARIANTS = (ROOT / "docs" / "invariants.md").read_text(encoding="utf-8")
ON_CALL = (ROOT / "docs" / "failover.md").read_text(encoding="utf-8")


def test_every_checker_stands_in_the_table_of_invariants_and_nothing_else_does() -> None:
    table = INVARIANTS[INVARIANTS.index("| what must hold") : INVARIANTS.index("Liveness:")]
    named = set(re.findall(r"`([a-z-]+)`", table))
    assert named == {checker.invariant for checker in ALL} | {ComesBack.invariant}


def test_every_test_that_the_invariants_name_is_there() -> None:
    for path in re.findall(r"tests/[\w/]+\.py", INVARIANTS):
        assert (ROOT / path).is_file(), path


def test_whoever_is_on_call_finds_every_halt_and_every_order() -> None:
    assert [reason.value for reason in HaltReason if reason.value.partition(":")[0] not in ON_CALL] == []
    assert [order.value for order in OrderKind if f"`{order.value}" not in ON_CALL] == []
