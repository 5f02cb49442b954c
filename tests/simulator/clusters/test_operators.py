"""People: when they come, what they order, and what they do with their hands."""

from failover.core.events import Ordered, OrderKind
from scenarios.model import Order
from tests.simulator.building import Played, play
from tests.simulator.clusters.acting import PAIR, Bench
from timeline.record import FailoverState, Kind


def played(
    mode: str, operator: str, fence: str = "redfish", incident: str = "{at: 1m, fail: db-1, recover: [{wait: 5h}]}"
) -> Played:
    network = PAIR.replace("mode: observe", f"mode: {mode}").replace("[redfish]", f"[{fence}]")
    return play(network, f"{{horizon: 1h, incident: [{incident}], responses: {{tried: {{operator: {operator}}}}}}}")


def told(result: Played, state: FailoverState) -> list[float]:
    return [record.at for record in result.records(Kind.FAILOVER, state.value)]


def test_whoever_is_on_call_says_yes_or_orders_the_failover_after_his_time() -> None:
    for mode in ("approve", "manual"):
        result = played(mode, "10m")
        (waiting,) = told(result, FailoverState.WAITING)
        (decided,) = told(result, FailoverState.DECIDED)
        assert decided == waiting + 600
        assert told(result, FailoverState.RECOVERED)


def test_nobody_comes_where_nobody_is_on_call() -> None:
    for mode in ("approve", "manual"):
        result = played(mode, "never")
        (waiting,) = result.records(Kind.FAILOVER, "waiting")
        assert waiting.data["waits_for"] == "an operator, who never comes"
        assert told(result, FailoverState.DECIDED) == []


def test_two_persons_say_yes_where_two_have_to() -> None:
    network = PAIR.replace("{mode: observe}", "{mode: approve, approvals: 2}")
    result = play(network, "{horizon: 1h, incident: [{at: 1m, fail: db-1}], responses: {tried: {operator: 10s}}}")

    assert [record.data["operator"] for record in result.records(Kind.FAILOVER, "ordered")] == ["on-call-1", "on-call-2"]
    assert told(result, FailoverState.RECOVERED)


def test_whoever_attests_that_a_host_is_off_has_switched_it_off() -> None:
    result = played("automatic", "10m", fence="operator", incident="{at: 1m, freeze: db-1}")
    (fenced,) = result.records(Kind.FAILOVER, "fenced")

    assert fenced.data["by"] == "on-call"
    assert not result.run.world.holds("db-1")
    assert told(result, FailoverState.RECOVERED)


def test_who_switches_a_host_off_that_came_back_meanwhile_does_so_because_he_was_asked() -> None:
    result = played("automatic", "10m", fence="operator", incident="{at: 1m, flap: [db-1], down: 10m, up: 1h, times: 1}")

    down = result.records(Kind.HOST, "down")[-1]

    assert down.at > result.records(Kind.HOST, "up")[-1].at
    assert [result.timeline.records[cause].kind for cause in down.because] == [Kind.FAILOVER]


def test_an_order_of_an_incident_arrives_late_and_twice_if_it_says_so() -> None:
    bench = Bench()
    order = Order(OrderKind.PAUSE, "db", "anna", twice=True, delayed_seconds=30.0)
    bench.strike("order", "db", order=order)
    bench.wait(29)
    before = [event for _, event in bench.clusters.store.journal if isinstance(event, Ordered)]
    bench.wait(2)

    assert before == []
    assert len([event for _, event in bench.clusters.store.journal if isinstance(event, Ordered)]) == 2


def test_an_order_is_typed_again_until_somebody_leads() -> None:
    bench = Bench()
    bench.strike("kill_controller", "leader")
    bench.strike("order", "db", order=Order(OrderKind.PAUSE, "db", "anna"))
    bench.wait(15)

    assert bench.leader.state is not None
    assert bench.leader.state.clusters["db"].paused_by == "anna"
