"""The whole lab: built, and taken down so that nothing is left but what the next one would make again as it is."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import network, power
from lab.cgroups import Group
from lab.configuration import write_configurations
from lab.disks import make_disk
from lab.errors import LabError
from lab.hosts import Lab
from lab.inventory import write_inventory
from lab.keeper import GROUP as KEEPER
from lab.keeper import end_keeper
from lab.keys import make_keys
from lab.layout import lay_out
from lab.places import CONTROLLER, DISKS, DRILLED, DUTY, INVENTORY, OBSERVING, RUN, STATE, TOPOLOGY
from lab.services.installed import SERVICES
from topology.load import load_topology

BUILDER = "builder"
"""The group of whoever builds the lab, with all that it starts: taking the lab down ends it."""

Step = tuple[str, Callable[[], None]]
Told = Callable[[str, int, int], None]
"""Is told of each step that begins: what it does, how many are done, and how many there are."""


def up(topology: Path, told: Told) -> Lab:
    """Build the lab from the file *topology*, or make whole what is there of it; nothing of it stays frozen, cut off or spoiled.

    When it is broken off, calling it again goes on, and `down` removes what was built.
    """
    lab = Lab(lay_out(load_topology(topology), str(topology)))
    with _alone():
        if not network.is_up():
            down()
        elif (built := TOPOLOGY.read_text(encoding="utf-8")) != str(topology.resolve()):
            raise LabError(f"the lab is up with {built}; `continuance lab down` takes it down")
        with Group(BUILDER).entered():
            RUN.mkdir(parents=True, exist_ok=True)
            TOPOLOGY.write_text(str(topology.resolve()), encoding="utf-8")
            steps = _steps(lab)
            for done, (what, take) in enumerate(steps):
                told(what, done, len(steps))
                take()
    return lab


def _steps(lab: Lab) -> list[Step]:
    layout = lab.layout

    def make_disks() -> None:
        for host in layout.hosts.values():
            make_disk(layout, host, SERVICES)

    def switch_on() -> None:
        for name in lab.names():
            lab.on(name)
            lab.thaw(name)
            lab.heal(name)
        for name in power.wirings():
            power.wire(name)

    return [
        ("keys", lambda: make_keys(layout)),
        ("inventory", lambda: write_inventory(layout)),
        ("configurations", lambda: write_configurations(layout)),
        ("network", network.build),
        ("disks", make_disks),
        ("switching on", switch_on),
        ("booting", lambda: lab.wait_until_up(lab.names())),
        *((service.name, lambda service=service: service.set_up(lab)) for service in SERVICES),
    ]


def down() -> None:
    """End everything that the lab has started, and remove its namespaces, groups, disks, configurations and journal.

    However far it was built: what it needs to know it reads from the machine. The keeper goes last, because it buries the others.
    The journal goes because it would be false: the next lab's databases begin anew. What stays is the same for every lab that is
    built here: its keys, and the original that its databases are copied from.
    """
    for group in Group().inner():
        if group.name != KEEPER:
            group.kill()
    end_keeper()
    Group().kill()
    Group().remove()
    network.demolish()
    for folder in (DISKS, RUN, DUTY, INVENTORY.parent):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (CONTROLLER, OBSERVING, DRILLED):
        file.unlink(missing_ok=True)


@contextmanager
def _alone() -> Iterator[None]:
    """Let nobody else build meanwhile."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError("somebody else is building the lab") from None
        yield
