"""Where the lab keeps its things on the machine, and what its namespaces and control groups are called.

A lab with another folder is another lab: several may be up on a machine at once and know nothing of each other.
"""

import os
from pathlib import Path

USUAL = Path("/var/lib/continuance-lab")
STATE = Path(os.environ.get("CONTINUANCE_LAB") or USUAL).absolute()
KEYS = STATE / "keys"
DISKS = STATE / "hosts"
RUN = STATE / "run"
INVENTORY = STATE / "inventory" / "hosts.yml"
CONTROLLER = STATE / "controller.yaml"
OBSERVING = STATE / "observing.yaml"
"""As `CONTROLLER`, of a controller that only watches."""
DRILLED = STATE / "drilled-controller.yaml"
"""Of the controller that a drill puts on duty."""
DUTY = STATE / "state"
"""Where a controller that runs with one of the first two keeps its journal and its socket."""
TOPOLOGY = RUN / "topology"
"""Holds the path of the topology that the lab was built from."""
NSPAWN = USUAL / "nspawn"
"""Where systemd-nspawn was unpacked, for all labs."""

NAMESPACES = Path("/run/netns")
PREFIX = "continuance" if STATE == USUAL else f"continuance.{STATE.name}"
SWITCH = f"{PREFIX}-switch"


def namespace(host: str) -> str:
    """Return the name of the network namespace of *host*, a host's name or `layout.POWER`."""
    return f"{PREFIX}-{host}"


def at_place(host: str) -> tuple[str, ...]:
    """Return the words before a command that run it at the place of *host* in the network, a host's name or `layout.POWER`."""
    return ("nsenter", f"--net={NAMESPACES / namespace(host)}", "--")
