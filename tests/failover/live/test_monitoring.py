"""Monitoring as vantage points, from the configuration to the mind that is made up."""

from pathlib import Path
from typing import Any

import pytest

from failover.core.events import Health, Seen
from failover.core.states import State
from failover.live.configuration import load_configuration
from failover.live.monitoring import Monitoring
from failover.live.monitoring_schema import PrometheusEntry
from tests.failover.live.stage import awaited, on_duty, until
from tests.failover.live.test_configuration import CONTROLLER, INVENTORY, TOPOLOGY
from topology.errors import InputError

ALERTS = 'alertmanager: {listen: "10.0.0.5:7411", token: court, alerts: [HostDown]}'
ASKED = 'prometheus: {url: "http://10.0.0.6:9090", query: "up{job=\'node\'}", token: court, hosts: {"a:1": db-1}}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "court.yaml").write_text(TOPOLOGY)
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    return tmp_path


def load(folder: Path, vantages: str, **more: Any) -> Any:
    path = folder / "controller.yaml"
    path.write_text(f"{CONTROLLER}\nvantages: [{vantages}]\n" + "".join(f"{key}: {each}\n" for key, each in more.items()))
    return load_configuration(path)


def test_monitoring_stands_beside_those_who_look_themselves(folder: Path) -> None:
    found = load(folder, f"local, mon-1, {{{ALERTS}}}")
    assert [each.name for each in found.vantages] == ["mon-1"]
    (alerts,) = found.monitoring
    assert (alerts.name, alerts.entry.lapses_after, alerts.entry.alerts) == ("alertmanager", 60.0, ("HostDown",))
    assert found.looks_itself


def test_a_label_means_a_host_by_its_name_or_address_or_as_is_said(folder: Path) -> None:
    (asked,) = load(folder, f"local, mon-1, {{{ASKED}}}").monitoring
    meant = {
        value: asked.host_of({"instance": value}) for value in ("10.0.0.12:9100", "db-3", "db-3:9187", "a:1", "b:1", "", ":9100")
    }
    assert meant == {
        "10.0.0.12:9100": "db-2",
        "db-3": "db-3",
        "db-3:9187": "db-3",
        "a:1": "db-1",
        "b:1": None,
        "": None,
        ":9100": None,
    }
    assert asked.host_of({"job": "node"}) is None


def test_an_address_of_many_words_is_found_without_its_port() -> None:
    entry = PrometheusEntry(url="http://a", query="up")
    found = Monitoring(entry, {"2001:db8::1": "db-1"})
    assert found.host_of({"instance": "[2001:db8::1]:9100"}) == "db-1"


def test_metrics_are_shown_where_it_says_and_orders_still_arrive_where_they_did(folder: Path) -> None:
    found = load(folder, "local, mon-1", listen='{http: "127.0.0.1:9477"}')
    assert (found.metrics, found.socket) == ("127.0.0.1:9477", folder / "state" / "continuance.sock")
    assert load(folder, "local, mon-1").metrics is None


WRONG = {
    "as many as could agree by themselves": (
        f"local, mon-1, {{{ALERTS}}}, {{{ASKED}}}",
        "2 vantage points have to agree that a host is lost, and monitoring may be 1 of them at most",
    ),
    "nobody who looks but one that is enough with it": ("local", "2 vantage points have to agree"),
    "an echo": (f"local, mon-1, {{{ALERTS.replace('HostDown', 'ContinuanceHeld')}}}", "it would hear its own echo"),
    "an asked echo": (f"local, mon-1, {{{ASKED.replace('up{', 'continuance_host_health{')}}}", "it would hear its own echo"),
    "no token": ('local, mon-1, {alertmanager: {listen: "10.0.0.5:7411", alerts: [HostDown]}}', "the key 'token' is missing"),
    "no alerts": ('local, mon-1, {alertmanager: {listen: "10.0.0.5:7411", token: court}}', "the key 'alerts' is missing"),
    "an unknown secret": (f"local, mon-1, {{{ALERTS.replace('court', 'curt')}}}", "the secret 'curt' is not defined; did you mean"),
    "an unknown host": (f"local, mon-1, {{{ASKED.replace('db-1', 'db-9')}}}", "the watched host 'db-9' is not defined"),
    "no place": (
        f"local, mon-1, {{{ALERTS.replace('10.0.0.5:7411', '7411')}}}",
        "'7411' is no place to listen at; write ADDRESS:PORT",
    ),
    "no address": (f"local, mon-1, {{{ASKED.replace('http://', '')}}}", "is no address of the web"),
    "a stray key": (f"local, mon-1, {{{ASKED.replace('query', 'querry')}}}", "'querry' is not a key here; did you mean 'query'?"),
    "two in one": (f"local, {{mon-1: {{}}, {ALERTS}}}", "each vantage point is an item of the list by itself"),
    "a name twice": (f"local, mon-1, {{{ALERTS.replace('listen', 'name: mon-1, listen')}}}", "'mon-1' is given twice"),
}


@pytest.mark.parametrize(("vantages", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(folder: Path, vantages: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        load(folder, vantages)
    assert said in str(error.value)
    assert "controller.yaml" in str(error.value)


@awaited
async def test_with_one_who_looks_monitoring_makes_a_loss_certain_and_alone_it_does_not(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        hearing = duty.driver.hearing
        hearing.sees("alertmanager", {"db-1": (Seen.NOTHING, "HostDown fires")})
        await duty.clock.sleep(3.0)
        assert duty.db.state is State.WATCHING, "others see it"
        duty.blind.update({"controller-1"})
        await duty.clock.sleep(3.0)
        assert duty.db.state is State.WATCHING, "one of those who look sees it"
        duty.lose("db-1")
        await until(lambda: duty.db.primary == "db-2")


@awaited
async def test_a_word_that_has_lapsed_counts_for_nothing(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        hearing = duty.driver.hearing
        hearing.sees("prometheus", {"db-1": (Seen.NOTHING, ""), "edge-1": (Seen.ANSWERS, "")})
        assert hearing.hears("prometheus")
        assert hearing.sights()["prometheus"] == {"db-1": Seen.NOTHING, "edge-1": Seen.ANSWERS}
        hearing.sees("prometheus", {"edge-1": (Seen.ANSWERS, "")})
        assert hearing.sights()["prometheus"] == {"edge-1": Seen.ANSWERS}
        hearing.sees("prometheus", {})
        assert not hearing.hears("prometheus")
        assert [line["seen"] for line in duty.lines("seen") if line["vantage"] == "prometheus"][-2:] == [None, None]


@awaited
async def test_an_edge_that_monitoring_still_sees_is_not_lost_until_its_word_has_lapsed(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        hearing = duty.driver.hearing
        hearing.sees("prometheus", {"edge-1": (Seen.ANSWERS, "")})
        for vantage in ("controller-1", "elsewhere"):
            hearing.hear(vantage, [("edge-1", Seen.NOTHING, "no answer")])
        await duty.clock.sleep(3.0)
        assert duty.db.health["edge-1"].health is Health.ANSWERS
        hearing.sees("prometheus", {})
        hearing.hear("controller-1", [("edge-1", Seen.NOTHING, "no answer")])
        await until(lambda: duty.db.health["edge-1"].health is Health.SILENT)
