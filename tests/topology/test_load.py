from pathlib import Path

import pytest

from topology.document import parse_document
from topology.facts import Mark
from topology.laws import Exponential, Fixed, mean_seconds
from topology.load import build_topology, load_topology, policy_over
from topology.model import (
    FenceKind,
    FenceLevel,
    Fitting,
    Gate,
    Host,
    Mode,
    Policy,
    SafetyGroup,
    Stage,
    StageKind,
    Topology,
)
from topology.quantities import Money
from topology.schema import PolicyEntry
from topology.sources import find_network, network_names, patched
from topology.timing import Probing, Timed
from topology.work import Calendar, Flow

HEAD = "name: n\nsites: {a: {}}\n"
"""What the shortest networks here begin with; what they are about begins on line 3."""


def build(text: str) -> Topology:
    return build_topology(parse_document(text, "f"))


@pytest.mark.parametrize("name", network_names())
def test_every_shipped_network_loads(name: str) -> None:
    topology = load_topology(find_network(name))
    assert topology.name == name
    assert all(fact.mark is Mark.ASSUMED or fact.source or fact.why for fact in topology.facts)


def test_every_kind_of_entry_is_read() -> None:
    topology = build(
        """
name: n
sites: {east: {timezone: America/New_York}}
calendars: {court-day: {days: mon-fri, hours: "08:00-17:00", holidays: US}}
crews: {field: {size: 2, calendar: court-day}}
parts: {drive: {annual_failure_rate: 2%, lead_time: 14d, unit_cost: 400 USD}}
stock: {east: {drive: 1}}
components: {power: {site: east}}
hosts:
  db-[1-2]:
    site: east
    uses: [power]
    parts: {drive: {installed: 8, required: 6}}
    recover: [{part: drive}, {work: 4h, crew: field, for: fit}]
clusters: {db: {members: "db-[1-2]", primary: db-1, policy: {mode: approve, rpo: 15m}}}
services: {records: {needs: {all: [db, {any: [db-1, db-2]}]}, cost: 48 USD/d}}
workloads: {cases: {service: records, arrivals: {court-day: 90/d, mon-fri: 1/h}}}
common_causes: {batch: {rate: 1/20y, fails: {drive: 5}, of: {site: east}}}
"""
    )
    assert topology.sites["east"].timezone == "America/New_York"
    calendar = Calendar("court-day", frozenset(range(5)), 28800.0, 61200.0, "US", "America/New_York")
    assert topology.crews["field"].calendar == calendar
    assert topology.parts["drive"].life == Exponential(365 * 86400 / 0.02)
    assert topology.stock == {"east": {"drive": 1}}
    assert topology.hosts["db-2"] == Host(
        "db-2",
        "db-2",
        "east",
        uses=("power",),
        parts={"drive": Fitting(8, 6)},
        recover=(Stage(StageKind.PART, None, "drive"), Stage(StageKind.WORK, Fixed(14400.0), None, "field", "fit")),
    )
    assert (topology.clusters["db"].policy.mode, topology.clusters["db"].policy.rpo_seconds) == (Mode.APPROVE, 900.0)
    assert topology.services["records"].needs == Gate(2, ("db", Gate(1, ("db-1", "db-2"))))
    assert topology.services["records"].cost_per_hour == Money(2.0, "USD")
    flows = topology.workloads["cases"].arrivals
    assert flows[0] == Flow(calendar, 90.0)
    assert flows[1].calendar == Calendar("mon-fri", frozenset(range(5)), timezone="America/New_York")
    assert flows[1].amount_per_day == pytest.approx(24.0)
    assert mean_seconds(topology.common_causes["batch"].law) == pytest.approx(20 * 365 * 86400)


def test_a_range_expands_in_order_and_keeps_its_leading_zeros() -> None:
    topology = build(HEAD + "hosts:\n  web-[2-3]: {}\n  db: {}\n  'rack[08-10]-node-[1-2]': {}\n")
    racks = [f"rack{rack}-node-{node}" for rack in ("08", "09", "10") for node in (1, 2)]
    assert list(topology.hosts) == ["web-2", "web-3", "db", *racks]
    assert all(host.name == host.title == name for name, host in topology.hosts.items())


def test_a_name_beside_its_range_adds_to_it_and_null_takes_it_out() -> None:
    topology = build(HEAD + "hosts:\n  web-[1-3]: {site: a, role: web}\n  web-2: {role: canary}\n  web-3:\n")
    assert {name: (host.site, host.role) for name, host in topology.hosts.items()} == {
        "web-1": ("a", "web"),
        "web-2": ("a", "canary"),
    }


def test_a_host_takes_from_its_role_what_it_does_not_say_itself() -> None:
    topology = build(
        HEAD
        + "roles: {web: {site: a, uses: [x], cost: 5 USD}}\ncomponents: {x: , y: }\n"
        + "hosts: {h: {role: web, uses: [y]}, g: {role: web}}"
    )
    assert (topology.hosts["h"].site, topology.hosts["h"].uses) == ("a", ("y",))
    assert (topology.hosts["g"].site, topology.hosts["g"].uses, topology.hosts["g"].cost) == ("a", ("x",), Money(5.0, "USD"))


def test_sections_and_entries_with_nothing_under_them_are_empty() -> None:
    topology = build("name: n\nsites:\n  a:\nhosts:\n  h:\nservices:\n")
    assert (list(topology.sites), list(topology.hosts), topology.services) == (["a"], ["h"], {})


def test_entries_may_share_a_value_by_an_alias() -> None:
    topology = build(HEAD + "hosts: {h: &h {site: a}, g: *h}")
    assert topology.hosts["g"].site == "a"


def test_names_and_titles_may_be_in_any_script() -> None:
    assert build("name: Überwachung\nsites: {a: {title: 日本 ☃}}").sites["a"].title == "日本 ☃"


def test_a_patch_takes_a_host_out_of_a_range() -> None:
    network = parse_document(HEAD + "hosts: {'web-[1-3]': {site: a}}", "network")
    assert list(build_topology(patched(network, {"hosts": {"web-2": None}})).hosts) == ["web-1", "web-3"]


def test_a_file_of_recorded_values_is_looked_for_beside_the_network(tmp_path: Path) -> None:
    (tmp_path / "n.yaml").write_text("name: n\ncomponents: {x: {fails: {empirical: lives.csv}}}\n")
    (tmp_path / "lives.csv").write_text("3d\n")
    assert load_topology(tmp_path / "n.yaml").components["x"].fails is not None


def test_a_site_has_its_own_time_zone_or_that_of_the_first() -> None:
    topology = build("name: n\nsites: {a: {timezone: America/New_York}, b: {timezone: Europe/Berlin}, c: {}}")
    assert [site.timezone for site in topology.sites.values()] == ["America/New_York", "Europe/Berlin", "America/New_York"]


def test_a_policy_may_ask_for_no_time_at_all() -> None:
    policy, members = "policy: {detection_window: 0s, rpo: 0s}", "members: h, primary: h"
    topology = build(HEAD + f"hosts: {{h: {{}}}}\nclusters: {{c: {{{members}, {policy}}}, d: {{{members}}}}}")
    given, usual = (cluster.policy for cluster in topology.clusters.values())
    assert (given.detection_window_seconds, given.rpo_seconds) == (0.0, 0.0)
    assert usual == Policy()
    assert usual.detection_window_seconds > 0


CLUSTERS = """\
name: n
sites: {a: {}}
components: {pdu: {site: a}}
hosts: {"db-[1-2]": {}, "log-[1-2]": {}, "px-[1-2]": {}, watch: {}}
clusters:
  db:
    members: ["db-[1-2]"]
    primary: db-1
    routes: ["px-[1-2]"]
    fence: [redfish, {fence_agent: {uses: [pdu, watch]}}, operator]
    policy: {approvals: 2, attempts: 3, within: 2h, restart: 0s, quorum: 3}
  log: {members: ["log-[1-2]"], primary: log-1}
controllers: ["px-[1-2]"]
vantages: watch
safety: {town: {clusters: [db, log]}}
probing: {every: 200ms}
durations: {fence: 80ms, promote: 2s}
"""


def test_who_guards_a_cluster_is_read() -> None:
    topology = build(CLUSTERS)
    db, log = topology.clusters.values()
    assert db.routes == ("px-1", "px-2")
    assert db.fence == (
        FenceLevel(FenceKind.REDFISH),
        FenceLevel(FenceKind.FENCE_AGENT, ("pdu", "watch")),
        FenceLevel(FenceKind.OPERATOR),
    )
    assert db.policy == Policy(approvals=2, attempts=3, within_seconds=7200.0, restart_seconds=0.0, vantage_quorum=3)
    assert (topology.controllers, topology.vantages) == (("px-1", "px-2"), ("watch",))
    assert topology.probing == Probing(every_seconds=0.2, timeout_seconds=0.3)
    assert topology.durations == {Timed.FENCE: Fixed(0.08), Timed.PROMOTE: Fixed(2.0)}
    assert topology.safety == {"town": SafetyGroup(("db", "log"), at_most=1)}
    assert log.promotion.takes == Fixed(2.0)
    assert (log.routes, log.fence, log.policy) == ((), (FenceLevel(FenceKind.OPERATOR),), Policy())


def test_a_policy_is_laid_over_another_key_by_key() -> None:
    below = Policy(Mode.APPROVE, 5.0, 900.0, 2, 4, 60.0, 10.0, 3)
    assert policy_over(below, PolicyEntry()) == below
    above = PolicyEntry.model_validate(
        {
            "mode": "automatic",
            "detection_window": "0s",
            "rpo": "0s",
            "approvals": 1,
            "attempts": 1,
            "within": "1s",
            "restart": 0,
            "quorum": 2,
        }
    )
    assert policy_over(below, above) == Policy(Mode.AUTOMATIC, 0.0, 0.0, 1, 1, 1.0, 0.0, 2)
