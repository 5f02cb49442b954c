from dataclasses import replace

import pytest

from failover.core.cluster import ClusterState, Controller, Goal
from failover.core.events import OrderKind
from failover.core.states import State
from failover.live.encoding import EncodingError, decoded, encoded
from failover.live.resuming import state_text
from tests.failover.core.playing import TRIO, play
from topology.load import load_topology
from topology.sources import find_network, network_names


@pytest.mark.parametrize("name", network_names())
def test_a_topology_is_read_back_equal(name: str) -> None:
    topology = load_topology(find_network(name))
    assert decoded(encoded(topology)) == topology


def test_every_state_of_a_failover_and_a_rejoin_is_read_back_equal() -> None:
    played = play(TRIO, mode="approve")
    played.lose("db-1")
    played.order(OrderKind.APPROVE)
    played.pass_time(60.0)
    played.members["db-1"].on = True
    played.order(OrderKind.REJOIN, host="db-1")
    played.order(OrderKind.MAINTENANCE, host="db-2", for_seconds=60.0)
    states = [each.state for each in played.decisions]
    assert {c.state for state in states for c in state.clusters.values()} >= {State.WAITING, State.PROMOTING, State.REJOINING}
    for state in states:
        assert replace(decoded(state_text(state)), settings=state.settings) == state


def test_a_field_that_a_later_version_has_added_is_read_with_its_default() -> None:
    text = encoded(ClusterState("db", "db-1", goal=Goal.FAILOVER, retries=3)).replace(',"retries":3', "")
    assert decoded(text) == ClusterState("db", "db-1", goal=Goal.FAILOVER)


def test_a_field_that_a_later_version_has_dropped_is_an_error_and_no_guess() -> None:
    text = encoded(ClusterState("db", "db-1")).replace('"retries"', '"retrials"')
    with pytest.raises(EncodingError, match="retrials"):
        decoded(text)


@pytest.mark.parametrize("value", [object(), {1, 2}, Controller.copy, Exception("x")])
def test_what_is_none_of_ours_is_not_written_down(value: object) -> None:
    with pytest.raises(EncodingError, match="cannot be written down"):
        encoded((value,))


def test_what_would_be_read_back_differently_is_not_written_down() -> None:
    with pytest.raises(EncodingError, match="not read back as it was written"):
        encoded(float("nan"))


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"is":"os:system","of":{}}', '{"enum":"failover.core.states:State","of":"lost"}', '{"what":1}', '{"is":3,"of":4}'],
)
def test_what_is_no_value_of_ours_is_not_read(text: str) -> None:
    with pytest.raises(EncodingError, match="cannot be read"):
        decoded(text)
