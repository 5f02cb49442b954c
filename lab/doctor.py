"""What the lab needs of the machine, what of it is missing, and which command gets it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from lab.boot import nspawn
from lab.cgroups import Group
from lab.errors import LabError
from lab.places import PREFIX, STATE
from lab.running import run

PACKAGES = Path(__file__).with_name("packages.txt")
INSTALL = Path(__file__).with_name("install-packages")
LIBRARIES = ("sushy_tools", "asyncpg", "ansible_runner")
FREE_MEMORY_BYTES = 2 * 1024**3
FREE_DISK_BYTES = 3 * 1024**3
WATCHERS = 64
"""How many inotify instances of one user a lab takes: each host's systemd four, and something to spare."""
SAME_DISK = ("/usr", "/etc", "/var")
"""Folders that a host sees only where they stand on the same file system as the machine's root."""
PROBE = f"{PREFIX}-doctor"


class Finding(NamedTuple):
    """One thing that the lab needs: whether it is there, what is wrong, and what to do about it.

    Without a *must* the lab cannot be built. The others are estimates: with less it may well come up.
    """

    need: str
    met: bool
    wrong: str = ""
    remedy: str = ""
    must: bool = True


def examine() -> list[Finding]:
    """Look at everything the lab needs. Without root, only at what can be seen without it."""
    findings = [_machine(), _root(), _packages(), _nspawn(), libraries(), _memory(), _disk(), _watchers()]
    if all(each.met for each in findings[:2]):
        findings += [_tried(what, trial, remedy) for what, trial, remedy in TRIALS]
    return findings


def _machine() -> Finding:
    apt = shutil.which("apt-get") is not None
    return Finding("Debian's packages", apt, "there is no apt-get", "use a machine with Debian 12, or a virtual one")


def _root() -> Finding:
    return Finding("root", os.geteuid() == 0, "namespaces and mounts take root", "sudo continuance lab doctor")


def _packages() -> Finding:
    rows = (line.split() for line in PACKAGES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    missing = [package for package, program in rows if not Path(program).exists()]
    return Finding("programs", not missing, f"missing: {', '.join(missing)}", f"sudo {INSTALL}")


def _nspawn() -> Finding:
    try:
        nspawn()
    except LabError as error:
        return Finding("systemd-nspawn", False, str(error).partition(";")[0], f"sudo {INSTALL}")
    return Finding("systemd-nspawn", True)


def libraries() -> Finding:
    """Say whether the libraries are there that a plain set-up does without."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    return Finding("Python libraries", not missing, f"missing: {', '.join(missing)}", "make .venv/lab")


def _memory() -> Finding:
    lines = (line.split() for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    free = next(int(words[1]) * 1024 for words in lines if words[0] == "MemAvailable:")
    wrong = f"{free / 1024**3:.1f} GiB are free; with less than {FREE_MEMORY_BYTES / 1024**3:.0f} it may be slow or lose processes"
    return Finding("memory", free >= FREE_MEMORY_BYTES, wrong, "end what can wait, or use a larger machine", must=False)


def _disk() -> Finding:
    place = next(each for each in (STATE, *STATE.parents) if each.exists())
    free = shutil.disk_usage(place).free
    wrong = f"{free / 1024**3:.1f} GiB are free at {place}; a long drill may take {FREE_DISK_BYTES / 1024**3:.0f}"
    remedy = "make room there, or name another folder in CONTINUANCE_LAB"
    return Finding("disk", free >= FREE_DISK_BYTES, wrong, remedy, must=False)


def _watchers() -> Finding:
    """Look at what no message of a host that lacks it ever mentions: it just ends while it boots."""
    used = sum(map(_is_watcher, Path("/proc").glob("[0-9]*/fd/*")))
    most = int(Path("/proc/sys/fs/inotify/max_user_instances").read_text(encoding="ascii"))
    wrong = f"{most - used} inotify instances are free; with fewer than {WATCHERS} a host may end while it boots"
    remedy = f"sudo sysctl fs.inotify.max_user_instances={most + WATCHERS}"
    return Finding("file watchers", most - used >= WATCHERS, wrong, remedy, must=False)


def _is_watcher(descriptor: Path) -> bool:
    try:
        return str(descriptor.readlink()) == "anon_inode:inotify"
    except OSError:  # gone, or nobody's business
        return False


def _tried(need: str, trial: Callable[[], None], remedy: str) -> Finding:
    try:
        trial()
    except (LabError, OSError) as error:
        return Finding(need, False, str(error), remedy)
    return Finding(need, True)


def _same_disk() -> None:
    apart = [place for place in SAME_DISK if Path(place).stat().st_dev != Path("/").stat().st_dev]
    if apart:
        raise LabError(f"{', '.join(apart)} stand on file systems of their own, which hosts would see empty")


def _overlay() -> None:
    STATE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=STATE) as folder:
        places = [Path(folder, part) for part in ("upper", "work", "root")]
        for place in places:
            place.mkdir()
        os.setxattr(places[0], "trusted.overlay.opaque", b"y")
        os.removexattr(places[0], "trusted.overlay.opaque")
        layers = f"lowerdir=/,upperdir={places[0]},workdir={places[1]}"
        run(["unshare", "--mount", "mount", "-t", "overlay", "overlay", "-o", layers, str(places[2])])


def _groups() -> None:
    """Let a process sleep in a group, freeze it, and end it."""
    group = Group("doctor")
    group.make()
    try:
        with subprocess.Popen(group.joining(("sleep", "60"))):
            while not group.processes():
                pass
            group.freeze(True)
            group.kill()
    finally:
        group.remove()
        if not Group().inner():
            Group().remove()


def _network() -> None:
    """Build a switch that loses packets, and take it down."""
    run(["ip", "netns", "add", PROBE])
    try:
        lines = ("link add bridge type bridge", "link add port type veth peer name end", "link set port master bridge")
        run(["ip", "-netns", PROBE, "-batch", "-"], stdin="\n".join(lines))
        rule = "iifname port ether type ip numgen random mod 1000 < 300 drop"
        table = f"table bridge doctor {{\nchain lost {{ type filter hook forward priority 0; {rule}; }}\n}}\n"
        run(["ip", "netns", "exec", PROBE, "nft", "-f", "-"], stdin=table)
    finally:
        run(["ip", "netns", "del", PROBE])


KERNEL = "use a kernel with overlay, veth, bridge and nf_tables, such as Debian's own"
TRIALS: tuple[tuple[str, Callable[[], None], str], ...] = (
    ("one file system", _same_disk, "use a machine whose system stands on one file system"),
    ("overlay mounts", _overlay, "name a folder on a real disk (ext4, xfs) in CONTINUANCE_LAB"),
    ("control groups", _groups, "use a kernel of 5.14 or newer, with /sys/fs/cgroup writable (a container needs --privileged)"),
    ("network namespaces", _network, KERNEL),
)
