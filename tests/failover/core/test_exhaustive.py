"""Every history of two hosts and one service, as far as an adversary with a few moves can take it, under every policy."""

import pytest

from failover.core.settings import Settings
from failover.core.states import EDGES
from tests.failover.core.playing import PAIR
from tests.failover.core.search import Search
from tests.failover.core.ways_out import WaysOut
from topology.document import collection_paused, parse_document
from topology.load import build_topology

POLICIES = [("observe", "asynchronous"), ("manual", "asynchronous"), ("approve", "asynchronous"), ("automatic", "synchronous")]
"""Each mode, and each way to replicate, of which more would find nothing more."""


def settings(mode: str, replication: str) -> Settings:
    document = parse_document(PAIR, "network.yaml")
    document["clusters"]["db"]["policy"]["mode"] = mode
    document["clusters"]["db"]["replication"] = {"mode": replication}
    return Settings(build_topology(document))


@pytest.fixture(scope="module")
def searches() -> dict[str, Search]:
    found = {}
    for mode, replication in POLICIES:
        search = found[mode] = Search(settings(mode, replication), moves_max=3 if mode == "observe" else 1)
        with collection_paused():
            search.run([search.start] if mode == "observe" else search.starts())
    return found


def test_every_declared_edge_is_taken_and_no_other(searches: dict[str, Search]) -> None:
    taken = {edge for search in searches.values() for edge in search.edges}

    assert taken == EDGES.keys()


def test_no_history_leads_to_two_primaries_or_to_nowhere(searches: dict[str, Search]) -> None:
    for mode, search in searches.items():
        for wrong, place in search.wrong:
            pytest.fail(f"under the policy '{mode}' {wrong}:\n{search.history(place)}")


def test_out_of_every_halt_an_order_leads_that_it_names(searches: dict[str, Search]) -> None:
    for mode, search in searches.items():
        ways_out = WaysOut(search)
        with collection_paused():
            stuck = next((place for place in ways_out.halts() if not ways_out.leads_out(place)), None)
        if stuck is not None:
            pytest.fail(f"under the policy '{mode}' nothing leads out:\n{search.history(stuck)}\n{stuck.world}")


def test_a_policy_that_only_observes_never_touches_anything(searches: dict[str, Search]) -> None:
    assert all(not place.world.sent for place in searches["observe"].came_from)
    assert len(searches["observe"].came_from) > 1000
