import re

from failover.core.diagram import mermaid
from failover.core.states import EDGES


def test_the_diagram_begins_with_a_cluster_that_is_watched() -> None:
    assert mermaid().splitlines()[:2] == ["stateDiagram-v2", "    [*] --> watching"]


def test_every_edge_is_drawn_once_in_the_order_of_the_table() -> None:
    drawn = [re.fullmatch(r"    (\w+) --> (\w+): [^:]+", line) for line in mermaid().splitlines()[2:]]

    assert [(each[1], each[2]) for each in drawn if each] == [(before.value, after.value) for before, after in EDGES]
    assert len(drawn) == len(EDGES)
