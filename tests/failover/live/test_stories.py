import pytest

from failover.core.events import OrderKind
from failover.live.history import History
from failover.live.stories import UnknownRunError, find_run, history_document, summary
from tests.failover.core.playing import TRIO, Play, play
from tests.failover.live.scenes import history_of


def two_runs() -> Play:
    played = play(TRIO)
    played.lose("db-1")
    played.pass_time(60.0)
    played.order(OrderKind.REJOIN, host="db-1", operator="anna")
    return played


@pytest.mark.parametrize(("name", "found"), [("db/1", "db/1"), ("2", "db/2"), ("db", "db/2"), ("last", "db/2"), ("db/2", "db/2")])
def test_a_run_is_found_by_its_name_its_number_its_cluster_or_as_the_last(name: str, found: str) -> None:
    assert find_run(history_of(two_runs()), name).id == found


def test_a_beginning_that_fits_several_is_refused_with_what_it_fits() -> None:
    with pytest.raises(UnknownRunError, match="several begin with 'd': db/1, db/2"):
        find_run(history_of(two_runs()), "d")
    with pytest.raises(UnknownRunError, match="there is no run 'x'; the latest are db/1, db/2"):
        find_run(history_of(two_runs()), "x")
    with pytest.raises(UnknownRunError, match="there has been no recovery yet"):
        find_run(History(), "last")


def test_a_run_in_short_says_what_it_came_to_and_who_ordered_it() -> None:
    history = history_of(two_runs())
    failover, rejoin = (summary(run) for run in history.runs["db"])
    assert (failover["outcome"], failover["primary_before"], failover["primary"]) == ("done", "db-1", "db-2")
    assert (failover["orders"], failover["lost_seconds"]) == ([], 0.0)
    assert [each["operator"] for each in rejoin["orders"]] == ["anna"]


def test_what_came_to_nothing_says_why() -> None:
    played = play(TRIO, mode="approve")
    played.lose("db-1")
    played.holding = True
    played.order(OrderKind.APPROVE)
    played.order(OrderKind.ABORT, operator="anna")
    found = summary(history_of(played).runs["db"][0])
    assert (found["outcome"], found["why"]) == ("not done", "'anna' declined it")


def test_what_happened_is_told_in_order_with_what_belongs_to_no_run() -> None:
    played = two_runs()
    played.order(OrderKind.PAUSE, operator="bob")
    entries = history_document(history_of(played), "db")["entries"]
    assert [each["run"] or each["what"] for each in entries] == ["led", "db/1", "db/2", "ordered"]
    assert history_document(history_of(played), "other")["entries"] == entries[:1]
