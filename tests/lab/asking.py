"""Hosts of the lab asking each other."""

import subprocess

from lab.hosts import Lab
from lab.layout import POWER_ADDRESS, POWER_PORT
from lab.places import at_place

GREET = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 1) as connection:
        connection.settimeout(1)
        print(connection.recv(4).decode())
except ConnectionError:
    print("refused")
except OSError:
    print("nothing")
"""


def greeting(asker: str, address: str, port: int = 22) -> str:
    """What is heard of *address* at the place of *asker*: four letters, `refused`, or `nothing`."""
    words = [*at_place(asker), "/usr/bin/python3", "-c", GREET, address, str(port)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def hears(lab: Lab, asker: str, asked: str) -> bool:
    """Whether *asker* hears the secure shell of *asked*."""
    return greeting(asker, lab.layout.host(asked).address) == "SSH-"


def power_answers(asker: str) -> bool:
    """Whether the power controllers take a connection of *asker*."""
    words = [*at_place(asker), "/usr/bin/python3", "-c", GREET.replace("print(connection.recv(4).decode())", "print('yes')")]
    asked = subprocess.run([*words, POWER_ADDRESS, str(POWER_PORT)], capture_output=True, text=True, check=True)
    return asked.stdout.strip() == "yes"
