"""The hosts of the lab: switched on and off, frozen and thawed, cut off and healed, and what is run in them.

What is true of a host is read from the machine each time and kept nowhere, so whoever asks sees the same: a command, a drill, the
power controllers. Only who switches a host on or off waits for others that do.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from lab import network, power, ways
from lab.boot import boot_command, console
from lab.cgroups import Group
from lab.companions import companions
from lab.errors import LabError, NotUpError
from lab.keeper import Program, ask_to_start
from lab.layout import POWER, LabHost, Layout, lay_out
from lab.places import RUN, TOPOLOGY, at_place, namespace
from lab.running import PATIENCE_SECONDS, run
from topology.load import load_topology

BOOT_SECONDS = 30.0
POLL_SECONDS = 0.02
SSH_PORT = 22
ENVIRONMENT = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8")


class Status(NamedTuple):
    """How a host or the power controllers are: on, standing still, cut off, and with how many processes."""

    on: bool
    frozen: bool
    cut: bool
    processes: int


class Lab:
    """The hosts of a layout, on this machine."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    @classmethod
    def current(cls) -> "Lab":
        """Return the lab that is up, or raise NotUpError."""
        if not network.is_up() or not TOPOLOGY.exists():
            raise NotUpError("the lab is down; `continuance lab up` builds it")
        file = TOPOLOGY.read_text(encoding="utf-8")
        return cls(lay_out(load_topology(Path(file)), file))

    def names(self) -> tuple[str, ...]:
        """Return everything that can be switched off: the hosts, and `layout.POWER`, where the power controllers stand."""
        return (*self.layout.hosts, POWER)

    def status(self, name: str) -> Status:
        """Return how *name* is."""
        group = self._group(name)
        processes = len(group.processes())
        return Status(processes > 0, processes > 0 and group.frozen, network.is_cut(name), processes)

    def on(self, name: str) -> None:
        """Switch *name* on, if it is not; it answers a little later (`wait_until_up`)."""
        group = self._group(name)
        with _alone(name):
            if group.processes():
                return
            if name == POWER:
                network.light(POWER, network.POWER_CABLE)
                power.start()
                return
            host = self.layout.host(name)
            self._clear(host)
            network.plug(host)
            group.make()
            beside = (Program((*at_place(name), *words), RUN / f"{name}.{what}.log") for what, words in companions(host).items())
            ask_to_start([Program(boot_command(host, group.end), console(host)), *beside], group)

    def off(self, name: str) -> None:
        """Cut the power of *name*: nothing is flushed, nobody is told."""
        group = self._group(name)
        with _alone(name):
            if name == POWER:
                network.darken(network.POWER_CABLE)
                group.kill()
                return
            host = self.layout.host(name)
            network.unplug(host)
            group.kill()
            self._clear(host)

    def shut_down(self, name: str) -> None:
        """Ask the host *name* to shut itself down, and return at once."""
        os.kill(_leader(self._running(name)), signal.SIGRTMIN + 4)

    def _clear(self, host: LabHost) -> None:
        """Remove what is left of *host* after its end, or after the end of whoever was switching it on."""
        network.unplug(host)
        network.remove_namespace(namespace(host.name))
        Group(host.name).remove()

    def freeze(self, name: str) -> None:
        """Let every process of *name* stand still, as a host that hangs; its kernel still accepts connections."""
        self._running(name).freeze(True)

    def thaw(self, name: str) -> None:
        """Let *name* go on."""
        self._running(name).freeze(False)

    def cut(self, name: str) -> None:
        """Cut the host *name* off the service network, or the power controllers off the controllers."""
        network.cut(name, self._cable(name))

    def heal(self, name: str) -> None:
        """Join *name* to its network again, and lose nothing more of what it sends or is sent."""
        network.heal(name, self._cable(name))
        ways.free(self.layout, name)

    def _cable(self, name: str) -> str:
        return network.POWER_CABLE if name == POWER else network.port(self.layout.host(name))

    def wait_until_up(self, names: Iterable[str], seconds: float = BOOT_SECONDS) -> None:
        """Return when each of *names* shows that it can be logged in to, or raise LabError after *seconds*."""
        deadline = time.monotonic() + seconds
        for name in names:
            if name == POWER:
                power.wait_until_up()
                continue
            host = self.layout.host(name)
            while not self._greets(host):
                if not self.status(name).on:
                    raise NotUpError(f"{name} went off while it booted; `continuance lab doctor` or {console(host)} may say why")
                if time.monotonic() > deadline:
                    raise LabError(f"{name} does not answer {seconds:g} s after it was switched on; {console(host)} may say why")
                time.sleep(POLL_SECONDS)

    def _greets(self, host: LabHost) -> bool:
        """Say whether the secure shell of *host* sends its greeting, asked from the host's own place in the network."""
        ask = f'exec 3<>/dev/tcp/{host.address}/{SSH_PORT} && read -r -t 1 -n 4 -u 3 word && [ "$word" = SSH- ]'
        asked = subprocess.run([*at_place(host.name), "bash", "-c", ask], capture_output=True, check=False)
        return asked.returncode == 0

    def inside(self, name: str, *argv: str, stdin: str = "", user: str = "root", timeout_seconds: float = PATIENCE_SECONDS) -> str:
        """Run *argv* within the host *name* as *user* and return what it prints, or raise LabError."""
        as_user = () if user == "root" else ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--")
        return run([*self.enter(name), *as_user, *argv], stdin, timeout_seconds)

    def enter(self, name: str) -> tuple[str, ...]:
        """Return the words before a command that run it within the host *name*, dying and freezing with it."""
        group = self._moving(name)
        environment = (*ENVIRONMENT, f"TERM={os.environ.get('TERM', 'dumb')}")
        target = f"--target={_leader(group)}"
        inner = ("nsenter", target, "--all", "--root", "--", "env", "--chdir=/", "--ignore-environment", *environment)
        return group.joining(inner)

    def beside(self, name: str) -> tuple[str, ...]:
        """Return the words before a command of the machine's that run it at the host *name*'s place in the network.

        It sees the machine's own files and processes, but no other network, and dies and freezes with the host.
        """
        return self._moving(name).joining(at_place(name))

    def _group(self, name: str) -> Group:
        return Group(name if name == POWER else self.layout.host(name).name)

    def _moving(self, name: str) -> Group:
        group = self._running(name)
        if group.frozen:
            raise NotUpError(f"{name} is frozen, and so would be whatever is run there; `continuance lab thaw {name}`")
        return group

    def _running(self, name: str) -> Group:
        group = self._group(name)
        if not group.processes():
            raise NotUpError(f"{name} is off; `continuance lab on {name}` switches it on")
        return group


def _leader(group: Group) -> int:
    """Return the machine's number for the first process of the host in *group*."""
    depth = len(_numbers(os.getpid()))
    for pid in group.processes():
        numbers = _numbers(pid)
        if len(numbers) == depth + 1 and numbers[-1] == "1":
            return pid
    raise NotUpError(f"{group.name} is just being switched on or off")


def _numbers(pid: int) -> list[str]:
    """Return the numbers of process *pid* in this namespace of processes and in those within it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return []
    return next((line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")), [])


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Let nobody else switch the host *name* meanwhile."""
    RUN.mkdir(parents=True, exist_ok=True)
    with (RUN / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
