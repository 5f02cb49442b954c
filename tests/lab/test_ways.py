import subprocess

import pytest

from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import POWER
from lab.ways import Way, between, lose, lossy
from tests.lab.asking import hears, power_answers

SHARE_LOST = 0.5
PACKETS = 200
COUNT = """
import socket
receiver = socket.socket(type=socket.SOCK_DGRAM)
receiver.bind(("{address}", 9999))
receiver.settimeout(2)
print("ready", flush=True)
heard = 0
try:
    while True:
        receiver.recv(16)
        heard += 1
except TimeoutError:
    print(heard)
"""
SEND = """
import socket, time
sender = socket.socket(type=socket.SOCK_DGRAM)
for _ in range({packets}):
    sender.sendto(b"packet", ("{address}", 9999))
    time.sleep(0.001)
"""


def test_both_directions_are_lost_unless_one_is_asked_for() -> None:
    assert between(["db-1"], ["mon-1"]) == [Way("mon-1", "db-1"), Way("db-1", "mon-1")]


def test_one_way_is_that_on_which_the_targets_hear_the_others() -> None:
    assert between(["db-1"], ["db-2", "db-1"], one_way=True) == [Way("db-2", "db-1")]


@pytest.mark.lab
def test_a_lost_way_is_lost_in_its_direction_and_between_those_two_alone(lab: Lab) -> None:
    lose(lab.layout, [Way("mon-1", "db-1")])
    assert not hears(lab, "mon-1", "db-1")  # what it sends does not arrive
    assert not hears(lab, "db-1", "mon-1")  # what it answers does not arrive
    assert hears(lab, "ctl-1", "db-1")
    assert hears(lab, "ctl-1", "mon-1")


@pytest.mark.lab
def test_packets_that_need_no_answer_still_go_the_other_way(lab: Lab) -> None:
    lose(lab.layout, [Way("db-2", "db-1")])
    assert arrived(lab, "db-1", "db-2") == PACKETS
    assert arrived(lab, "db-2", "db-1") == 0


@pytest.mark.lab
def test_a_share_of_the_packets_is_lost(lab: Lab) -> None:
    lose(lab.layout, between(["db-1"], ["db-2"]), SHARE_LOST)
    assert 0.3 * PACKETS < arrived(lab, "db-2", "db-1") < 0.7 * PACKETS


@pytest.mark.lab
def test_a_loss_outlasts_the_power_of_the_host_and_ends_when_it_is_healed(lab: Lab) -> None:
    lose(lab.layout, between(["db-1"], ["mon-1"]))
    lab.off("db-1")
    lab.on("db-1")
    lab.wait_until_up(["db-1"])
    assert not hears(lab, "mon-1", "db-1")
    lab.heal("db-1")
    assert hears(lab, "mon-1", "db-1")
    assert lossy() == {}


@pytest.mark.lab
def test_a_controller_cut_off_from_the_power_controllers_still_reaches_hosts(lab: Lab) -> None:
    lose(lab.layout, between(["ctl-1"], [POWER]))
    assert not power_answers("ctl-1")
    assert hears(lab, "ctl-1", "db-1")


@pytest.mark.lab
def test_a_way_that_does_not_exist_cannot_be_lost(lab: Lab) -> None:
    with pytest.raises(LabError, match="no way leads from power to db-1"):
        lose(lab.layout, [Way(POWER, "db-1")])
    assert lossy() == {}


def arrived(lab: Lab, sender: str, receiver: str) -> int:
    """How many of PACKETS arrive."""
    address = lab.layout.host(receiver).address
    python = ("/usr/bin/python3", "-c")
    counting = [*lab.beside(receiver), *python, COUNT.format(address=address)]
    with subprocess.Popen(counting, stdout=subprocess.PIPE, text=True) as counter:
        assert counter.stdout is not None
        assert counter.stdout.readline() == "ready\n"
        subprocess.run([*lab.beside(sender), *python, SEND.format(address=address, packets=PACKETS)], check=True)
        return int(counter.stdout.read())
