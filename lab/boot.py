"""How a host is booted: systemd-nspawn over an overlay of the machine's own disk, which only the host itself sees mounted."""

import shlex
import shutil
from functools import cache
from pathlib import Path

from lab.errors import LabError
from lab.layout import LabHost
from lab.network import port
from lab.places import DISKS, NAMESPACES, NSPAWN, SWITCH, namespace

NSPAWN_STATE = "/run/systemd/nspawn"
"""Where systemd-nspawn leaves locks behind when it is killed; so each host's has one of its own."""
BOOT_TARGET = "continuance-host.target"
SCRIPT = """mkdir -p {own} && mount -t tmpfs tmpfs {own} || exit
mount -t overlay overlay -o {layers} {root} || exit
while {boot}; [ $? = 133 ]; do :; done
ip -netns {switch} link del {port}
echo 1 >{kill}
"""
"""Boots again when the host reboots (133), and when it shut itself down, ends what was left beside it: off is off."""


@cache
def nspawn() -> tuple[str, ...]:
    """Return the words that call systemd-nspawn: the machine's, or the one unpacked for the lab with the library it needs."""
    if installed := shutil.which("systemd-nspawn"):
        return (installed,)
    program = NSPAWN / "usr/bin/systemd-nspawn"
    libraries = next(iter(sorted(NSPAWN.glob("usr/lib/*/systemd/libsystemd-shared-*.so"))), None)
    if not program.exists() or libraries is None:
        raise LabError("systemd-nspawn is missing; `continuance lab doctor` says how to get it")
    return ("env", f"LD_LIBRARY_PATH={libraries.parent}", str(program))


def boot_command(host: LabHost, kill: Path) -> tuple[str, ...]:
    """Return the words that boot *host*, whose namespace and disk are ready, and end when it is off; *kill* ends its group."""
    disk = DISKS / host.name
    boot = (
        *nspawn(),
        "--quiet",
        "--register=no",
        "--keep-unit",
        f"--directory={disk}/root",
        f"--machine={host.name}",
        f"--hostname={host.name}",
        f"--network-namespace-path={NAMESPACES / namespace(host.name)}",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        f"--bind={disk}/srv:/srv",
        "--console=pipe",
        "--kill-signal=SIGRTMIN+3",
        "--boot",
        f"systemd.unit={BOOT_TARGET}",
    )
    words = {
        "own": NSPAWN_STATE,
        "layers": f"lowerdir=/,upperdir={disk}/upper,workdir={disk}/work",
        "root": str(disk / "root"),
        "switch": SWITCH,
        "port": port(host),
        "kill": str(kill),
    }
    script = SCRIPT.format(boot=shlex.join(boot), **{name: shlex.quote(word) for name, word in words.items()})
    return ("unshare", "--mount", "--propagation", "slave", "/bin/sh", "-c", script)


def console(host: LabHost) -> Path:
    """Return where *host*'s console is written."""
    return DISKS / host.name / "console.log"
