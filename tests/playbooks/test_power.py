"""Power: off means that the device says so of the host that is meant."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from failover.core.commands import Question, answers
from playbooks import power as power_module
from playbooks.equipment import FenceAgent, Redfish
from playbooks.power import carry_out
from tests.playbooks.power_controller import CREDENTIALS, PowerController, power_controller


@pytest.fixture
def controller() -> Iterator[PowerController]:
    with power_controller() as found:
        yield found


def asked(
    controller: PowerController,
    folder: Path,
    command: str = "fence",
    *,
    host: str = "db-1",
    seconds: float = 5.0,
    credentials: str = CREDENTIALS,
    power: Redfish | None = None,
    **details: Any,
) -> dict[str, Any]:
    known = power or Redfish(host, controller.url, "redfish")
    told = {
        "command": command,
        "target": host,
        "details": {"identity": host, **details},
        "seconds": seconds,
        "state": str(folder),
        "power": {"level": "redfish", **asdict(known)},
    }
    return carry_out(told, lambda name: credentials)


def test_host_is_fenced_when_its_device_confirms_that_it_is_off(controller: PowerController, tmp_path: Path) -> None:
    assert asked(controller, tmp_path) == {"outcome": "succeeded", "evidence": {"off": True, "identity": "db-1"}}
    assert (controller.on, controller.resets) == (False, ["ForceOff"])


def test_host_that_is_off_already_is_not_switched_again(controller: PowerController, tmp_path: Path) -> None:
    controller.on = False
    assert asked(controller, tmp_path)["outcome"] == "succeeded"
    assert controller.resets == []


def test_device_that_does_not_obey_leaves_it_unknown(controller: PowerController, tmp_path: Path) -> None:
    controller.obeys = False
    assert asked(controller, tmp_path, seconds=0.5)["outcome"] == "unknown"


def test_device_that_breaks_off_after_it_switched_is_asked_again(controller: PowerController, tmp_path: Path) -> None:
    controller.breaks_off_after_reset = True
    assert asked(controller, tmp_path)["outcome"] == "succeeded"
    assert controller.resets == ["ForceOff"]


def test_device_that_is_wired_to_another_host_switches_nothing(controller: PowerController, tmp_path: Path) -> None:
    controller.name = "db-2"
    report = asked(controller, tmp_path)
    assert (report["outcome"], report["evidence"]["identity"]) == ("failed", "db-2")
    assert controller.resets == []


def test_host_is_known_by_its_serial_number_where_that_is_given(controller: PowerController, tmp_path: Path) -> None:
    controller.name = "node-17"
    for serial, outcome in (("S-1", "succeeded"), ("S-2", "failed")):
        assert asked(controller, tmp_path, power=Redfish("db-1", controller.url, "redfish", serial=serial))["outcome"] == outcome


def test_look_says_whether_it_is_off_and_whom_it_speaks_of(controller: PowerController, tmp_path: Path) -> None:
    for on in (True, False):
        controller.on = on
        report = asked(controller, tmp_path, "verify")
        assert report == {"outcome": "succeeded", "evidence": {"off": not on, "identity": "db-1"}}
        assert answers(Question.IS_OFF, report["evidence"])
    controller.name = "db-2"
    assert asked(controller, tmp_path, "verify")["evidence"]["identity"] == "db-2"
    assert controller.resets == []


def test_order_of_an_older_incarnation_has_come_too_late(controller: PowerController, tmp_path: Path) -> None:
    assert asked(controller, tmp_path, "fence", incarnation=0)["outcome"] == "succeeded"
    assert asked(controller, tmp_path, "power_on", incarnation=1)["outcome"] == "succeeded"
    late = asked(controller, tmp_path, "fence", incarnation=0)
    assert late == {"outcome": "failed", "evidence": {"reason": "it has been switched on since", "incarnation": 1}}
    assert controller.on
    assert asked(controller, tmp_path, "fence", incarnation=1)["outcome"] == "succeeded"


def test_controller_that_does_not_answer_has_failed_before_the_deadline(
    controller: PowerController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power_module, "SILENT_SECONDS", 0.2)
    nowhere = Redfish("db-1", "http://127.0.0.1:1", "redfish")
    report = asked(controller, tmp_path, power=nowhere, seconds=60)
    assert report["outcome"] == "failed"
    assert "does not answer" in report["evidence"]["reason"]
    assert asked(controller, tmp_path, "verify", power=nowhere)["outcome"] == "failed"


def test_wrong_password_is_said(controller: PowerController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power_module, "SILENT_SECONDS", 0.2)
    report = asked(controller, tmp_path, credentials="admin:wrong")
    assert report["evidence"]["reason"] == "the power controller answers 401 to GET /redfish/v1/Systems"


AGENT = """#!/bin/sh
cat > {folder}/told
action=$(sed -n 's/^action=//p' {folder}/told)
case $action in
    on|off) echo $action > {folder}/power ;;
    status) [ "$(cat {folder}/power)" = on ] || exit 2 ;;
esac
"""


def test_fence_agent_is_told_everything_on_its_standard_input(tmp_path: Path) -> None:
    program = tmp_path / "fence_test"
    program.write_text(AGENT.format(folder=tmp_path), encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "power").write_text("on\n", encoding="utf-8")
    known = {"level": "fence_agent", **asdict(FenceAgent("db-1", str(program), {"ip": "10.0.0.9", "plug": "4"}, "ipmi"))}
    told = {"command": "fence", "target": "db-1", "details": {}, "seconds": 5.0, "state": str(tmp_path / "state"), "power": known}
    assert carry_out(told, lambda name: "root:pass=word") == {"outcome": "succeeded", "evidence": {"off": True, "identity": "db-1"}}
    assert (tmp_path / "told").read_text() == "ip=10.0.0.9\nplug=4\nusername=root\npassword=pass=word\naction=status\n"
    assert json.loads((tmp_path / "state" / "db-1.json").read_text()) == {"incarnation": 0}


def test_fence_agent_that_is_not_installed_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power_module, "SILENT_SECONDS", 0.0)
    known = {"level": "fence_agent", **asdict(FenceAgent("db-1", "/nonexistent/fence"))}
    told = {"command": "fence", "target": "db-1", "details": {}, "seconds": 5.0, "state": str(tmp_path), "power": known}
    report = carry_out(told, lambda name: "")
    assert report == {"outcome": "failed", "evidence": {"reason": "'/nonexistent/fence' is not installed"}}
