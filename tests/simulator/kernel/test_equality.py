"""The kernel against the reference engine: everything that happens, in order, and everything that it comes to, to the last bit."""

from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings

from simulator.kernel import running
from simulator.kernel.log import log_of as kernel_log
from simulator.kernel.running import FEW_DUE, Kernel
from simulator.reference.measuring import log_of, measure_history
from tests.simulator.kernel.plants import Drawn, drawn

KEPT = Path(__file__).parents[3] / "out" / "unequal.yaml"
"""Where the smallest network on which the engines differ is written."""


def check(story: Drawn) -> None:
    plant = story.plant()
    with patch.object(running, "FEW_DUE", 0 if story.run % 2 else FEW_DUE):
        kernel = Kernel(plant)
    lines, measured = kernel.log(story.seed, story.run)
    row, records = measure_history(plant.plan, plant.names.pools, story.seed, story.run)
    ours, theirs = "\n".join(kernel_log(plant, lines)), "\n".join(log_of(records))
    same = ours.encode() == theirs.encode() and measured[0].tolist() == row
    if not same:
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(f"# seed {story.seed}, run {story.run}, switchovers {story.switchovers}\n{story.network}")
    assert ours == theirs, f"see {KEPT}"
    assert measured[0].tolist() == row, f"see {KEPT}"
    assert kernel.run(story.seed, story.run, 1)[0].tolist() == row, f"without a log, see {KEPT}"


@settings(max_examples=500)
@given(drawn(tied=False))
def test_both_engines_tell_the_same_history(story: Drawn) -> None:
    check(story)


@settings(max_examples=500)
@given(drawn(tied=True))
def test_both_engines_tell_the_same_history_where_much_happens_at_one_time(story: Drawn) -> None:
    check(story)
