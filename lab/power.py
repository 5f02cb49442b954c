"""The power controllers: one Redfish service for all hosts, where no host but a controller reaches it. Its buttons are the lab's.

What is wrong with the power controller of a host is set here, and takes effect at its next request.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from lab.cgroups import Group
from lab.errors import LabError
from lab.keeper import Program, ask_to_start, module
from lab.layout import POWER, POWER_ADDRESS, POWER_PORT
from lab.places import RUN, at_place
from lab.running import run

LOG = RUN / "power.log"
KEPT = RUN / "wiring.json"
START_SECONDS = 20.0
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Wiring:
    """How the power controller of a host is wired to it, and what is wrong with it."""

    to: str | None = None
    """The host that it really controls, where that is another."""
    dead: bool = False
    """It answers nobody."""
    fails: bool = False
    """It does nothing, and says so."""
    lies: bool = False
    """It does nothing, and says that it did."""
    answers_after_seconds: float = 0.0
    """It does what it is told at once, and says so this much later."""


RIGHT = Wiring()


def wirings() -> dict[str, Wiring]:
    """Return how the power controllers are wired that are not wired as they should be, by host."""
    if not KEPT.exists():
        return {}
    return {host: Wiring(**wiring) for host, wiring in json.loads(KEPT.read_text(encoding="utf-8")).items()}


def wire(host: str, wiring: Wiring = RIGHT) -> None:
    """Wire the power controller of *host* as *wiring* says; without one, as it should be."""
    wanted = wirings() | {host: wiring}
    _keep({host: wiring for host, wiring in wanted.items() if wiring != RIGHT})


def _keep(wanted: Mapping[str, Wiring]) -> None:
    """Replace what is kept at one blow, for the service may be reading it."""
    new = KEPT.with_suffix(".new")
    new.write_text(json.dumps({host: asdict(wiring) for host, wiring in wanted.items()}), encoding="utf-8")
    new.replace(KEPT)


def start() -> None:
    """Start the service, if it is not running; it answers a little later (`wait_until_up`)."""
    group = Group(POWER)
    if group.processes():
        return
    group.make()
    ask_to_start([Program((*at_place(POWER), *module("lab.redfish")), LOG)], group)


def wait_until_up() -> None:
    """Return when the service takes connections, or raise LabError."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            run([*at_place(POWER), "bash", "-c", f": <>/dev/tcp/{POWER_ADDRESS}/{POWER_PORT}"])
        except LabError:
            if time.monotonic() > deadline or not Group(POWER).processes():
                raise LabError(f"the power controllers do not answer; {LOG} may say why") from None
            time.sleep(POLL_SECONDS)
        else:
            return
