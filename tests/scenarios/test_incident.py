import pytest

from failover.core.commands import CommandKind
from failover.core.events import OrderKind
from scenarios.model import Fault, FaultKind, Order, Phase, Trigger
from tests.scenarios.clustered import NETWORK, fault_of
from topology.errors import InputError

NAMES_TAKEN = "means something else in a scenario"


def complaint_about(entry: str, network: str = NETWORK) -> str:
    with pytest.raises(InputError) as error:
        fault_of(entry, network)
    (problem,) = error.value.problems
    return str(problem).removeprefix("night.yaml:6: incident.0")


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("{at: 1m, hang_process: [db-1], for: 20s}", Fault(60.0, FaultKind.HANG_PROCESS, ("db-1",), for_seconds=20.0)),
        ("{at: 1m, kill_process: {role: database, count: 2}}", Fault(60.0, FaultKind.KILL_PROCESS, ("db-1", "db-2"))),
        ("{at: 1m, freeze: [proxy-1, leader, controller-2]}", Fault(60.0, FaultKind.FREEZE, ("proxy-1", "leader", "controller-2"))),
        (
            "{at: 1m, cut: db-1, from: [controller-1, store], one_way: true}",
            Fault(60.0, FaultKind.CUT, ("db-1",), sources=("controller-1", "store"), one_way=True),
        ),
        ("{at: 1m, cut: [db-1/power, clients]}", Fault(60.0, FaultKind.CUT, ("db-1/power", "clients"))),
        (
            "{at: 1m, cut: b, from: [db-1, db-2, db-1]}",
            Fault(60.0, FaultKind.CUT, ("db-3", "log-1", "log-2", "desk"), sources=("db-1", "db-2")),
        ),
        (
            "{at: 1m, lossy: {role: database}, from: proxy-1, loss: 30%, jitter: 100ms}",
            Fault(60.0, FaultKind.LOSSY, ("db-1", "db-2", "db-3"), sources=("proxy-1",), loss=0.3, jitter_seconds=0.1),
        ),
        ('{at: 1m, clock_step: leader, by: "-1h"}', Fault(60.0, FaultKind.CLOCK_STEP, ("leader",), by_seconds=-3600.0)),
        ("{at: 1m, clock_rate: controller-1, rate: 102%}", Fault(60.0, FaultKind.CLOCK_RATE, ("controller-1",), rate=1.02)),
        ("{at: 1m, store_restored: store, by: 1h}", Fault(60.0, FaultKind.STORE_RESTORED, ("store",), by_seconds=3600.0)),
        ("{at: 1m, fence_hits: db-1, instead: log-1}", Fault(60.0, FaultKind.FENCE_HITS, ("db-1",), instead="log-1")),
        (
            "{at: 1m, reroute_stuck: [proxy-1, log/route], times: 2}",
            Fault(60.0, FaultKind.REROUTE_STUCK, ("proxy-1", "log/route"), times=2),
        ),
        (
            "{at: 1m, report_lost: [db-3, proxy-1], commands: [promote, reroute]}",
            Fault(60.0, FaultKind.REPORT_LOST, ("db-3", "proxy-1"), commands=(CommandKind.PROMOTE, CommandKind.REROUTE)),
        ),
        (
            "{when: {command: promote, phase: within, nth: 2, cluster: db}, lease_lost: store}",
            Fault(0.0, FaultKind.LEASE_LOST, ("store",), when=Trigger(CommandKind.PROMOTE, Phase.WITHIN, 2, "db")),
        ),
        (
            "{at: 1m, order: {kind: failover, cluster: db, by: ana, host: db-3, reason: drill, twice: true, delayed: 30s}}",
            Fault(
                60.0,
                FaultKind.ORDER,
                ("db",),
                order=Order(OrderKind.FAILOVER, "db", "ana", "db-3", "drill", twice=True, delayed_seconds=30.0),
            ),
        ),
        (
            "{at: 1m, order: {kind: maintenance, cluster: db, by: ana, host: db-3, for: 2h, expected_primary: db-1}}",
            Fault(
                60.0,
                FaultKind.ORDER,
                ("db",),
                order=Order(OrderKind.MAINTENANCE, "db", "ana", "db-3", expected_primary="db-1", for_seconds=7200.0),
            ),
        ),
    ],
)
def test_a_fault_is_read_as_it_is_written(entry: str, fault: Fault) -> None:
    assert fault_of(entry) == fault


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("{at: 1m, kill_process: db-4}", ".kill_process: the host 'db-4' is not defined; did you mean 'db-3'?"),
        ("{at: 1m, kill_process: desk}", ".kill_process: 'desk' is a member of no cluster, so this cannot happen to it"),
        ("{at: 1m, report_lost: desk}", ".report_lost: 'desk' is a member of no cluster, so this cannot happen to it"),
        (
            "{at: 1m, freeze: [db-1, desk]}",
            ".freeze: 'desk' takes no part in any failover; name what fails over, routes, watches or controls",
        ),
        (
            "{at: 1m, fence_hits: db-1, instead: desk}",
            ".instead: 'desk' takes no part in any failover; name what fails over, routes",
        ),
        ("{at: 1m, freeze: a}", ".freeze: the host or controller 'a' is not defined"),
        (
            "{at: 1m, kill_controller: controller-3}",
            ".kill_controller: the controller 'controller-3' is not defined; did you mean 'controller-2'?",
        ),
        ("{at: 1m, cut: db-1/powr}", ".cut: 'db-1/powr' is no place in the network; did you mean 'db-1/power'?"),
        ("{at: 1m, cut: disk/power}", ".cut: 'disk/power' is no place in the network"),
        ("{at: 1m, cut: line}", ".cut: 'line' is no place in the network"),
        ("{at: 1m, cut: c}", ".cut: no host stands at 'c'"),
        ("{at: 1m, cut: db-1, from: [a]}", ".from: 'db-1' is on both sides; nothing is cut from itself"),
        ("{at: 1m, store_down: db-1}", ".store_down: 'store_down' strikes the controllers' store; write `store_down: store`"),
        ("{at: 1m, sessions_linger: db/route}", ".sessions_linger: the proxy 'db/route' is not defined; did you mean 'log/route'?"),
        ("{at: 1m, fence_hits: db-1, instead: db-9}", ".instead: the host 'db-9' is not defined; did you mean 'db-3'?"),
        ("{at: 1m, fence_hits: db-1, instead: db-1}", ".instead: 'db-1' is the host that is meant to be fenced; name another"),
        (
            "{when: {command: promote, phase: after, cluster: bd}, kill_process: db-1}",
            ".when.cluster: the cluster 'bd' is not defined",
        ),
        (
            "{at: 1m, order: {kind: pause, cluster: bd, by: ana}}",
            ".order.cluster: the cluster 'bd' is not defined",
        ),
        (
            "{at: 1m, order: {kind: adopt, cluster: db, by: ana, host: db-7, reason: x}}",
            ".order.host: the host 'db-7' is not defined; did you mean 'db-3'?",
        ),
        (
            "{at: 1m, order: {kind: abort, cluster: db, by: ana, expected_primary: db-0}}",
            ".order.expected_primary: the host 'db-0' is not defined; did you mean 'db-3'?",
        ),
    ],
)
def test_what_does_not_exist_is_refused_at_its_key(entry: str, complaint: str) -> None:
    assert complaint_about(entry).startswith(complaint)


def test_controllers_are_the_hosts_that_the_network_names() -> None:
    network = NETWORK + "controllers: [desk, proxy-1]\n"
    assert fault_of("{at: 1m, kill_controller: desk, for: 1m}", network).targets == ("desk",)
    complaint = complaint_about("{at: 1m, kill_controller: controller-1}", network)
    assert complaint == ".kill_controller: the controller 'controller-1' is not defined"


@pytest.mark.parametrize("entry", ["{at: 1m, store_down: store}", "{when: {command: promote, phase: before}, fail: db-1}"])
def test_where_nothing_fails_over_no_controller_has_faults(entry: str) -> None:
    network = NETWORK[: NETWORK.index("clusters:")] + "services: {orders: {needs: db-1}}\n"
    assert complaint_about(entry, network) == ": there is no cluster in this network, so no controller and nothing that it does"


@pytest.mark.parametrize("name", ["store", "clients", "leader"])
def test_no_host_and_no_site_is_called_as_what_surrounds_the_controllers_is(name: str) -> None:
    network = NETWORK.replace("desk:", f"{name}:")
    with pytest.raises(InputError, match=f"shop.yaml:12: hosts.{name}: '{name}' {NAMES_TAKEN}"):
        fault_of("{at: 1m, kill_process: db-1}", network)


def test_a_response_that_asks_for_more_agreement_than_there_are_places_is_refused() -> None:
    entry = "{at: 1m, kill_process: db-1}\nresponses:\n  sure: {policy: {quorum: 3}}"
    with pytest.raises(InputError, match=r"night.yaml:8: responses.sure.policy.quorum: 3 vantage points must agree, but"):
        fault_of(entry)


def test_a_fault_says_when_it_comes() -> None:
    assert fault_of("{at: 90m, kill_process: db-1}").moment() == "after 1h 30m"
    assert fault_of("{when: {command: fence, phase: after}, kill_process: db-1}").moment() == "after fence"
    trigger = "{command: fence, phase: before, nth: 2, cluster: db}"
    assert fault_of(f"{{when: {trigger}, kill_process: db-1}}").moment() == "before fence of db, time 2"
