"""What happens to the primary, alike for every system: what is done, when it is undone, and whether anybody ought to take over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.failover.systems.system import System
from lab import ways
from lab.hosts import Lab
from lab.services.database_disks import DATA_DIRECTORY

LOSS_SHARE = 0.3
LOSS_SECONDS = 30.0
FREEZE_SECONDS = 2.0
KILL = f'pid=$(head -n 1 {DATA_DIRECTORY}/postmaster.pid) && kill -KILL $pid $(pgrep -P "$pid")'
"""The server and its sessions, which would keep its memory in use. What watches over it lives on."""

Deed = Callable[[Lab, System, str], None]


@dataclass(frozen=True, slots=True)
class Incident:
    """*begin* is done to the primary, and *end* undoes it after *lasts_seconds*."""

    title: str
    begin: Deed
    takes_over: bool
    """Whether another primary is what ought to come of it; where not, each promotion is a false one."""
    end: Deed | None = None
    lasts_seconds: float = 0.0
    watched_seconds: float = 3.0
    """How long after that writes are looked at in any case; they may fail later than at once."""


def _cut_power(lab: Lab, _: System, primary: str) -> None:
    lab.off(primary)


def _freeze(lab: Lab, _: System, primary: str) -> None:
    lab.freeze(primary)


def _thaw(lab: Lab, _: System, primary: str) -> None:
    if lab.status(primary).on:  # it may have been fenced meanwhile
        lab.thaw(primary)


def _cut_off(lab: Lab, _: System, primary: str) -> None:
    lab.cut(primary)


def _kill_database(lab: Lab, _: System, primary: str) -> None:
    lab.inside(primary, "sh", "-c", KILL)


def _switch_over(_lab: Lab, system: System, _primary: str) -> None:
    system.switch_over()


def _lose(share: float) -> Deed:
    def lose(lab: Lab, _: System, primary: str) -> None:
        others = [each for each in lab.layout.hosts if each != primary]
        ways.lose(lab.layout, ways.between([primary], others), share)

    return lose


INCIDENTS: Mapping[str, Incident] = {
    "power-cut": Incident("power cut", _cut_power, takes_over=True),
    "hang": Incident("hang", _freeze, takes_over=True),
    "partition": Incident("partition", _cut_off, takes_over=True),
    "process-killed": Incident("database process killed", _kill_database, takes_over=False),
    "switchover": Incident("switchover", _switch_over, takes_over=True, watched_seconds=9.0),
    "loss": Incident(
        f"{LOSS_SHARE:.0%} of packets lost for {LOSS_SECONDS:g} s",
        _lose(LOSS_SHARE),
        takes_over=False,
        end=_lose(0.0),
        lasts_seconds=LOSS_SECONDS,
    ),
    "short-freeze": Incident(
        f"freeze of {FREEZE_SECONDS:g} s", _freeze, takes_over=False, end=_thaw, lasts_seconds=FREEZE_SECONDS, watched_seconds=9.0
    ),
}
"""All of them, by name."""
