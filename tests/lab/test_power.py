import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lab import power
from lab.hosts import Lab
from lab.keys import CA, POWER_ACCOUNT
from lab.layout import POWER_ADDRESS, POWER_PORT
from lab.places import at_place
from lab.power import RIGHT, Wiring, wire, wirings

PATIENCE_SECONDS = 5
ASK = """
import base64, json, ssl, sys, urllib.error, urllib.request
url, authority, account, body, patience = sys.argv[1:]
headers = {"Content-Type": "application/json"}
if account:
    headers["Authorization"] = "Basic " + base64.b64encode(account.encode()).decode()
request = urllib.request.Request(url, body.encode() or None, headers)
context = ssl.create_default_context(cafile=authority or None)
try:
    with urllib.request.urlopen(request, timeout=float(patience), context=context) as answer:
        print(answer.status, answer.read().decode() or "{}")
except urllib.error.HTTPError as answer:
    print(answer.code, "{}")
except OSError as error:
    print(0, json.dumps(str(error)))
"""


class Answer(NamedTuple):
    """What came back: its status, 0 where nothing came, and what it says."""

    status: int
    said: Any


def ask(
    path: str, body: str = "", account: str | None = None, authority: Path | None = CA, patience: float = PATIENCE_SECONDS
) -> Answer:
    """Ask the power controllers from the controller's place."""
    account = POWER_ACCOUNT.read_text() if account is None else account
    url = f"https://{POWER_ADDRESS}:{POWER_PORT}/redfish/v1/Systems{path}"
    words = ["/usr/bin/python3", "-c", ASK, url, str(authority or ""), account, body, str(patience)]
    status, said = subprocess.run([*at_place("ctl-1"), *words], capture_output=True, text=True, check=True).stdout.split(" ", 1)
    return Answer(int(status), json.loads(said))


def press(host: str, button: str, patience: float = PATIENCE_SECONDS) -> int:
    """Press a button of *host*'s power controller, and return what is answered."""
    return ask(f"/{host}/Actions/ComputerSystem.Reset", json.dumps({"ResetType": button}), patience=patience).status


def says(host: str) -> str:
    """What the power controller of *host* says of it."""
    return str(ask(f"/{host}").said["PowerState"])


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(power, "KEPT", tmp_path / "wiring.json")
    yield


@pytest.mark.usefixtures("kept")
def test_power_controllers_are_wired_right_unless_something_was_done_to_them() -> None:
    assert wirings() == {}


@pytest.mark.usefixtures("kept")
def test_what_is_wrong_with_a_power_controller_stays_until_it_is_wired_right() -> None:
    wire("db-1", Wiring(dead=True))
    wire("db-2", Wiring(to="db-3"))
    assert wirings() == {"db-1": Wiring(dead=True), "db-2": Wiring(to="db-3")}
    wire("db-1")
    wire("db-2", RIGHT)
    assert wirings() == {}


@pytest.mark.lab
def test_every_host_has_a_power_controller(lab: Lab) -> None:
    members = [each["@odata.id"].rpartition("/")[2] for each in ask("").said["Members"]]
    assert members == list(lab.layout.hosts)


@pytest.mark.lab
def test_the_button_cuts_the_power_and_the_controller_says_so_when_it_is_done(lab: Lab) -> None:
    assert says("db-1") == "On"
    assert press("db-1", "ForceOff") == 204
    assert not lab.status("db-1").on
    assert says("db-1") == "Off"
    assert press("db-1", "On") == 204
    lab.wait_until_up(["db-1"])
    assert says("db-1") == "On"


@pytest.mark.lab
def test_a_host_can_be_asked_to_shut_itself_down(lab: Lab) -> None:
    assert press("app-1", "GracefulShutdown") == 204
    for _ in range(100):
        if says("app-1") == "Off":
            break
    assert says("app-1") == "Off"


@pytest.mark.lab
def test_a_system_tells_which_host_it_is(lab: Lab) -> None:
    assert ask("/db-1").said["Name"] == "db-1"
    assert ask("/db-9").status == 404


@pytest.mark.lab
@pytest.mark.parametrize("account", ["", "continuance:wrong", "root:"])
def test_nobody_gets_in_without_the_password(lab: Lab, account: str) -> None:
    assert ask("/db-1", account=account).status == 401
    assert ask("/db-1/Actions/ComputerSystem.Reset", '{"ResetType": "ForceOff"}', account).status == 401
    assert lab.status("db-1").on


@pytest.mark.lab
def test_the_certificate_is_of_the_labs_own_authority(lab: Lab) -> None:
    assert "CERTIFICATE_VERIFY_FAILED" in ask("", authority=None).said


@pytest.mark.lab
def test_a_dead_power_controller_answers_nobody_and_the_others_do(lab: Lab) -> None:
    wire("db-1", Wiring(dead=True))
    assert ask("/db-1", patience=1).status == 0
    assert press("db-1", "ForceOff", patience=1) == 0
    assert says("db-2") == "On"
    wire("db-1")
    assert says("db-1") == "On"  # and it has never heard of what it was told meanwhile
    time.sleep(1)
    assert says("db-1") == "On"


@pytest.mark.lab
def test_a_power_controller_that_fails_does_nothing_and_says_so(lab: Lab) -> None:
    wire("db-1", Wiring(fails=True))
    assert press("db-1", "ForceOff") == 500
    assert lab.status("db-1").on
    assert says("db-1") == "On"


@pytest.mark.lab
def test_a_power_controller_that_lies_does_nothing_and_says_it_did(lab: Lab) -> None:
    wire("db-1", Wiring(lies=True))
    assert press("db-1", "ForceOff") == 204
    assert says("db-1") == "Off"
    assert lab.status("db-1").on
    wire("db-1")
    assert says("db-1") == "On"


@pytest.mark.lab
def test_a_slow_power_controller_acts_at_once_and_answers_late(lab: Lab) -> None:
    wire("db-1", Wiring(answers_after_seconds=30))
    assert press("db-1", "ForceOff", patience=2) == 0
    assert not lab.status("db-1").on
    assert says("db-1") == "Off"


@pytest.mark.lab
def test_a_power_controller_wired_to_another_host_says_whose_it_is_and_hits_that_one(lab: Lab) -> None:
    wire("db-1", Wiring(to="app-1"))
    assert ask("/db-1").said["Name"] == "app-1"
    assert press("db-1", "ForceOff") == 204
    assert lab.status("db-1").on
    assert not lab.status("app-1").on
    assert says("db-1") == "Off"


@pytest.mark.lab
def test_building_again_puts_every_wire_right(lab: Lab) -> None:
    wire("db-1", Wiring(dead=True))
    from lab.lifecycle import up
    from topology.sources import find_network

    up(find_network("court-lab"), lambda what, done, of: None)
    assert wirings() == {}
