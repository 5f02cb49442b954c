import pytest

from tests.simulator.building import MONDAY, play
from timeline.record import Kind

FAILING = """
    name: failing
    components:
      pool: {needs: srv, fails: {exponential: {mean: 5h}}, recover: [{restore: 4h}]}
    hosts:
      srv: {recover: [{wait: 2h}]}
    services:
      shop: {needs: pool}
"""


def failures(network: str, scenario: str, subject: str) -> list[float]:
    played = play(network, scenario)
    return [record.at / 3600 for record in played.records(Kind.FAULT, "fail") if record.subject == subject]


def test_what_has_recovered_can_fail_again() -> None:
    assert len(failures(FAILING, "{background: true, horizon: 1000h}", "pool")) > 60


def test_what_lost_what_it_is_made_of_while_it_had_failed_goes_on_failing_afterwards() -> None:
    """Its recovery is given up then, and with it must not go the failures to come."""
    first = failures(FAILING, "{background: true, horizon: 1000h}", "pool")[0]
    scenario = f"{{background: true, horizon: 1000h, incident: [{{at: {first * 3600 + 60}s, fail: srv}}]}}"

    assert len(failures(FAILING, scenario, "pool")) > 60


def test_what_would_have_failed_while_it_lacked_what_it_is_made_of_goes_on_failing_afterwards() -> None:
    first = failures(FAILING, "{background: true, horizon: 1000h}", "pool")[0]
    scenario = f"{{background: true, horizon: 1000h, incident: [{{at: {first * 3600 - 60}s, fail: srv}}]}}"

    assert len(failures(FAILING, scenario, "pool")) > 60


def test_what_was_restored_goes_on_failing() -> None:
    network = "{name: n, hosts: {srv: {fails: {exponential: {mean: 50h}}}}, services: {shop: {needs: srv}}}"
    (first,) = failures(network, "{background: true, horizon: 1000h}", "srv")
    restored = f"{{background: true, horizon: 1000h, incident: [{{at: {first * 3600 + 60}s, restore: srv}}]}}"

    assert len(failures(network, restored, "srv")) == 2


def test_the_first_life_has_been_going_on_for_ever() -> None:
    """With a fixed life of 100 hours the first failure is equally likely at any time within it; the next comes 100 hours on."""
    network = "{name: n, hosts: {'srv-[1-400]': {fails: 100h, recover: [{wait: 1h}]}}, services: {shop: {needs: srv-1}}}"
    played = play(network, "{background: true, horizon: 202h}")
    first: dict[str, float] = {}
    second: dict[str, float] = {}
    for record in played.records(Kind.FAULT, "fail"):
        (second if record.subject in first else first).setdefault(record.subject, record.at / 3600)

    assert len(first) == 400
    assert sum(first.values()) / 400 == pytest.approx(50, abs=5)
    assert min(first.values()) < 2
    assert max(first.values()) > 98
    assert all(second[name] == pytest.approx(at + 101) for name, at in first.items())


COMMON = """
    name: common
    sites: {here: {}, there: {}}
    parts: {disk: {}, pump: {}}
    hosts:
      srv-[1-4]: {site: here, parts: {disk: {installed: 3, required: 1}}}
      far: {site: there, parts: {disk: {installed: 3, required: 1}}}
    services: {shop: {needs: {any: ["srv-[1-4]"]}}}
    common_causes: {bad-batch: {rate: 20/y, fails: {disk: 5}, of: {site: here}}}
"""


def test_a_common_cause_takes_its_units_at_one_blow_among_the_hosts_it_selects() -> None:
    played = play(COMMON, "{background: true, horizon: 1y}")
    blows: dict[float, list[str]] = {}
    for record in played.records(Kind.UNIT, "failed"):
        blows.setdefault(record.at, []).append(record.subject)

    assert [len(hosts) for hosts in blows.values()] == [5, 5, 2]  # of the twelve here
    assert "far" not in {host for hosts in blows.values() for host in hosts}


def test_a_common_cause_comes_as_often_as_its_rate_says() -> None:
    played = play(COMMON, "{background: true, horizon: 50y}")

    assert len(played.records(Kind.FAULT, "fail")) == pytest.approx(1000, abs=3.5 * 1000**0.5)


def test_nothing_fails_by_itself_unless_the_scenario_says_so() -> None:
    played = play(FAILING, f"{{horizon: 1000h, start: '{MONDAY}', incident: [{{at: 999h, fail: srv}}]}}")

    assert played.timeline.records[0].at == 999 * 3600


def test_a_unit_that_a_fault_took_does_not_fail_by_its_own_law_as_well() -> None:
    network = """
        name: units
        parts: {disk: {life: 100h}}
        hosts: {srv: {parts: {disk: {installed: 4, required: 1}}, recover: [{wait: 400h}]}}
        services: {shop: {needs: srv}}
    """
    alone = play(network, "{background: true, horizon: 100h}")
    taken = play(network, "{background: true, horizon: 100h, incident: [{at: 0h, fail: srv, consumes: {disk: 4}}]}")

    assert len(alone.records(Kind.UNIT, "failed")) == 4
    assert taken.records(Kind.UNIT, "failed") == []
