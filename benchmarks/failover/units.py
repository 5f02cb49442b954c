"""Programs of a peer on the lab's hosts, each as a unit that is gone when it is stopped or its host is off."""

from collections.abc import Sequence

from lab.errors import LabError
from lab.hosts import Lab


def run_unit(lab: Lab, host: str, unit: str, words: Sequence[str], *properties: str) -> None:
    """Run *words* on *host* as *unit*."""
    lab.inside(
        host, "systemd-run", "--quiet", "--collect", f"--unit={unit}", *(f"--property={each}" for each in properties), *words
    )


def stop_unit(lab: Lab, host: str, unit: str) -> None:
    """End *unit* on *host* at once, if it runs there."""
    try:
        lab.inside(host, "systemctl", "kill", "--signal=SIGKILL", unit)
    except LabError:
        return  # there is none
    lab.inside(host, "sh", "-c", f"systemctl stop {unit}; systemctl reset-failed {unit}; true")
