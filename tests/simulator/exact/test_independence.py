import pytest

from simulator.exact.independence import Independence
from tests.simulator.building import network_of
from topology.gates import View

NETWORK = """
    name: entangled
    sites: {here: {}}
    calendars: {office: {days: mon-fri, hours: "08:00-16:00"}}
    crews: {field: {size: 2}, clerks: {size: 9, calendar: office}, few: {size: 1}}
    parts:
      disk: {life: {exponential: {mean: 99d}}, lead_time: 9d}
      fan: {life: {exponential: {mean: 99d}}, lead_time: {exponential: {mean: 9d}}}
      bulb: {life: {exponential: {mean: 99d}}, lead_time: 9d}
    stock: {here: {bulb: 1}}
    components:
      alone: {fails: {exponential: {mean: 9d}}, recover: [{wait: 1h}, {work: 1h, crew: field}]}
      second: {fails: {exponential: {mean: 9d}}, recover: [{work: 1h, crew: field}, {work: 1h, crew: clerks}]}
      third: {fails: {exponential: {mean: 9d}}, recover: [{work: 1h, crew: few}]}
      fourth: {fails: {exponential: {mean: 9d}}, recover: [{work: 1h, crew: few}]}
      storage: {needs: alone, recover: [{restore: 1h}]}
      pulse: {fails: 9d, recover: [{wait: 1h}]}
      lost: {fails: {exponential: {mean: 9d}}}
    hosts:
      disks: {site: here, parts: {disk: {installed: 4, required: 3}}, recover: [{part: disk}]}
      one-fan: {parts: {fan: {installed: 1}}, recover: [{part: fan}]}
      fans: {site: here, parts: {fan: {installed: 2}}, recover: [{part: fan}]}
      bulbs: {site: here, parts: {bulb: {installed: 2}}, recover: [{part: bulb}]}
    clusters: {db: {members: [disks, fans], primary: disks}}
    services: {shop: {needs: db}}
    common_causes: {dust: {rate: 1/9d, fails: {bulb: 1}}}
"""


@pytest.fixture(scope="module")
def independence() -> Independence:
    return Independence(network_of(NETWORK))


@pytest.mark.parametrize("name", ["alone", "disks", "one-fan", "here"])
def test_what_waits_for_nobody_is_exact(independence: Independence, name: str) -> None:
    assert independence.against([name], View.AS_IT_STANDS) == []


@pytest.mark.parametrize(
    ("name", "subjects"),
    [
        ("second", ["crew clerks"]),
        ("third", ["crew few"]),
        ("storage", ["storage"]),
        ("pulse", ["pulse"]),
        ("lost", ["lost"]),
        ("fans", ["fan at here"]),
        ("bulbs", ["common cause dust", "bulb at here"]),
        ("db", ["cluster db"]),
    ],
)
def test_what_stands_against_it_is_named(independence: Independence, name: str, subjects: list[str]) -> None:
    assert [each.subject for each in independence.against([name], View.AS_IT_STANDS)] == subjects


def test_what_is_left_out_of_a_cluster_depends_on_the_view(independence: Independence) -> None:
    before, after = (independence.against(["db"], view)[0].why for view in (View.AS_IT_STANDS, View.AFTER_FAILOVER))

    assert before == "as it stands it hangs on its primary alone; failovers are left out"
    assert after == "after a failover it is up while a member is; what that takes, and that it may not come, is left out"
