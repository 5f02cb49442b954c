import contextlib
import subprocess
import time
from pathlib import Path

import pytest

from lab.errors import LabError, NotUpError
from lab.hosts import Lab
from lab.layout import POWER
from lab.places import DISKS
from lab.power import wait_until_up as wait_until_power_is_up
from tests.lab.asking import greeting, hears, power_answers

pytestmark = pytest.mark.lab
PROMPT_SECONDS = 15.0
"""Generous: the machine may be busy."""
LISTEN = """
import socket
with socket.create_connection(("10.77.0.11", 22), 1) as connection:
    connection.recv(1000)
    print("greeted", flush=True)
    connection.settimeout(3)
    try:
        print("closed" if not connection.recv(1000) else "spoken to")
    except TimeoutError:
        print("waited in vain")
"""


def test_a_host_is_a_machine_with_a_name_a_network_and_processes_of_its_own(lab: Lab) -> None:
    assert lab.inside("db-1", "hostname").strip() == "db-1"
    addresses = lab.inside("db-1", "ip", "-4", "-oneline", "address")
    assert "10.77.0.11/24" in addresses
    assert len(addresses.splitlines()) == 2  # and its own loopback
    assert lab.inside("db-1", "ps", "-o", "comm=", "1").strip() == "systemd"


def test_no_unit_of_a_host_has_failed(lab: Lab) -> None:
    assert {name: lab.inside(name, "systemctl", "--failed", "--no-legend") for name in lab.layout.hosts} == dict.fromkeys(
        lab.layout.hosts, ""
    )


def test_hosts_see_nothing_of_the_homes_passwords_and_keys_of_the_machine(lab: Lab) -> None:
    assert lab.inside("db-1", "ls", "-A", "/root").split() == [".ssh"]
    assert lab.inside("db-1", "ls", "-A", "/home", str(DISKS.parent)).split("\n")[1:2] == [""]
    assert {line.split(":")[1] for line in lab.inside("db-1", "cat", "/etc/shadow").splitlines()} == {"*"}


def test_the_controller_logs_in_to_every_host_by_its_name(lab: Lab) -> None:
    for name in lab.layout.hosts:
        assert lab.inside("ctl-1", "ssh", name, "hostname").strip() == name


def test_no_other_host_can_log_in_anywhere(lab: Lab) -> None:
    with pytest.raises(LabError, match=r"Host key verification failed|Permission denied"):
        lab.inside("app-1", "ssh", "-o", "BatchMode=yes", "db-1", "hostname")


def test_a_host_whose_power_is_cut_falls_silent_at_once(lab: Lab) -> None:
    began = time.monotonic()
    lab.off("db-1")
    assert time.monotonic() - began < PROMPT_SECONDS
    assert not lab.status("db-1").on
    assert greeting("ctl-1", "10.77.0.11") == "nothing"


def test_a_connection_to_a_host_whose_power_is_cut_is_not_closed(lab: Lab) -> None:
    words = [*lab.beside("mon-1"), "/usr/bin/python3", "-c", LISTEN]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "greeted\n"
        lab.off("db-1")
        assert waiting.stdout.read() == "waited in vain\n"


def test_a_host_comes_back_with_its_disk(lab: Lab) -> None:
    lab.inside("app-1", "sh", "-c", "echo kept >/srv/kept; echo kept >/etc/kept; echo lost >/tmp/lost; sync")
    lab.off("app-1")
    lab.on("app-1")
    lab.wait_until_up(["app-1"], PROMPT_SECONDS)
    assert lab.inside("app-1", "cat", "/srv/kept", "/etc/kept") == "kept\nkept\n"
    assert "lost" not in lab.inside("app-1", "ls", "/tmp")


def test_switching_on_or_off_twice_changes_nothing(lab: Lab) -> None:
    before = lab.status("db-2").processes
    lab.on("db-2")
    assert lab.status("db-2").processes == pytest.approx(before, abs=10)
    lab.off("app-2")
    lab.off("app-2")
    assert not lab.status("app-2").on


def test_a_frozen_host_accepts_connections_and_says_nothing(lab: Lab) -> None:
    lab.freeze("db-1")
    assert lab.status("db-1").frozen
    assert greeting("ctl-1", "10.77.0.11") == "nothing"
    lab.thaw("db-1")
    assert hears(lab, "ctl-1", "db-1")


def test_a_frozen_host_can_be_switched_off_and_is_not_frozen_when_it_is_back(lab: Lab) -> None:
    lab.freeze("app-1")
    lab.off("app-1")
    lab.on("app-1")
    lab.wait_until_up(["app-1"], PROMPT_SECONDS)
    assert not lab.status("app-1").frozen


def test_a_cut_host_runs_on_and_stays_cut_when_it_was_switched_off_and_on(lab: Lab) -> None:
    lab.cut("db-3")
    assert not hears(lab, "ctl-1", "db-3")
    assert lab.inside("db-3", "hostname").strip() == "db-3"
    lab.off("db-3")
    lab.on("db-3")
    lab.wait_until_up(["db-3"], PROMPT_SECONDS)
    assert not hears(lab, "ctl-1", "db-3")
    lab.heal("db-3")
    assert hears(lab, "ctl-1", "db-3")


def test_a_host_that_shuts_itself_down_is_as_silent_as_one_without_power(lab: Lab) -> None:
    lab.shut_down("app-2")
    deadline = time.monotonic() + PROMPT_SECONDS
    while lab.status("app-2").on and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not lab.status("app-2").on
    assert greeting("ctl-1", "10.77.0.22") == "nothing"


def test_a_host_reboots(lab: Lab) -> None:
    lab.inside("app-2", "touch", "/tmp/before")
    lab.inside("app-2", "systemctl", "reboot")
    deadline = time.monotonic() + PROMPT_SECONDS
    seen = "before"
    while "before" in seen and time.monotonic() < deadline:
        time.sleep(0.1)
        with contextlib.suppress(LabError):
            seen = lab.inside("app-2", "ls", "/tmp")
    assert "before" not in seen
    lab.wait_until_up(["app-2"], PROMPT_SECONDS)


def test_a_program_beside_a_host_has_its_network_and_dies_with_it(lab: Lab) -> None:
    words = [*lab.beside("load-1"), "sh", "-c", "ip -4 -oneline address; exec sleep 60"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        program.stdout.readline()
        assert "10.77.0.40/24" in program.stdout.readline()
        lab.off("load-1")
        assert program.wait(PROMPT_SECONDS) == -9


def test_nothing_is_run_in_a_host_that_is_off(lab: Lab) -> None:
    lab.off("app-1")
    with pytest.raises(NotUpError, match="app-1 is off"):
        lab.inside("app-1", "true")
    with pytest.raises(NotUpError):
        lab.beside("app-1")


def test_nothing_is_run_in_a_host_that_is_frozen(lab: Lab) -> None:
    lab.freeze("app-1")
    with pytest.raises(NotUpError, match="app-1 is frozen"):
        lab.inside("app-1", "true")


def test_what_a_command_complains_of_is_told(lab: Lab) -> None:
    with pytest.raises(LabError, match=r"exit code 2: ls: cannot access '/nothing'"):
        lab.inside("app-1", "ls", "/nothing")


def test_a_command_can_be_run_as_somebody_else_and_be_given_input(lab: Lab) -> None:
    assert lab.inside("db-1", "sh", "-c", "id -un; cat", stdin="given\n", user="postgres") == "postgres\ngiven\n"


def test_power_controllers_without_power_answer_nobody(lab: Lab) -> None:
    assert power_answers("ctl-1")
    lab.off(POWER)
    assert not power_answers("ctl-1")
    lab.on(POWER)
    wait_until_power_is_up()
    assert power_answers("ctl-1")


def test_the_machines_own_network_is_as_it_was(lab: Lab) -> None:
    interfaces = {each.name for each in Path("/sys/class/net").iterdir()}
    assert not {each for each in interfaces if each.startswith(("port-", "managed-", "service", "management"))}
    routes = subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout
    assert "10.77." not in routes
