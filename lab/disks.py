"""What stands on a host's disk besides what it shares with the machine: who it is, who may log in, what it starts.

Only differences are stored. The machine's home folders, its enabled units, its passwords and the lab itself are hidden from hosts.
A disk is written before its host's first boot: an overlay must not be changed below a running host.
"""

import hashlib
import os
import pwd
import shutil
from pathlib import Path, PurePosixPath

from lab.boot import BOOT_TARGET
from lab.keys import IDENTITY, KNOWN_HOSTS, authorized, host_key, ssh_config
from lab.layout import LabHost, Layout, Role
from lab.places import DISKS, STATE
from lab.services.service import File, Service

UNITS = "/etc/systemd/system"
HIDDEN = ("/root", "/home", UNITS, str(STATE))
"""Folders of the machine that hosts see empty."""
FOLDER_MODES = {"root": 0o700, "root/.ssh": 0o700}
HOST_KEY = "/etc/ssh/continuance_host_key"
SSHD_CONFIG = "/etc/ssh/continuance_sshd_config"
SSH_UNIT = "continuance-ssh.service"

SSHD = """Port 22
ListenAddress {address}
HostKey {host_key}
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
PidFile none
Subsystem sftp internal-sftp
MaxStartups 50:30:100
"""
SSHD_SERVICE = f"""[Unit]
Description=Secure shell of a lab host
DefaultDependencies=no
After=local-fs.target
StartLimitIntervalSec=0

[Service]
RuntimeDirectory=sshd
ExecStart=/usr/sbin/sshd -D -f {SSHD_CONFIG}
Restart=always
RestartSec=200ms
"""
TARGET = f"""[Unit]
Description=A host of the lab
Requires=basic.target
Wants={SSH_UNIT} {{starts}}
After=basic.target
AllowIsolate=yes
"""
MASKED = (
    "systemd-networkd.service", "systemd-resolved.service", "systemd-timesyncd.service", "systemd-update-utmp.service",
    "systemd-journal-flush.service", "systemd-udevd.service", "systemd-udev-trigger.service", "systemd-tmpfiles-clean.timer",
    "systemd-firstboot.service", "systemd-sysusers.service", "ldconfig.service", "proc-sys-fs-binfmt_misc.automount",
)  # fmt: skip
"""Units of systemd's own that a lab host has no use for, and that cost time at every boot."""


def make_disk(layout: Layout, host: LabHost, services: tuple[Service, ...]) -> None:
    """Write the disk of *host*, which is off, unless that was done before."""
    disk = DISKS / host.name
    done = disk / "made"
    if done.exists():
        return
    if disk.exists():
        shutil.rmtree(disk)
    for part in ("upper", "work", "root", "srv"):
        (disk / part).mkdir(parents=True)
    upper = disk / "upper"
    for folder in HIDDEN:
        hidden = _folder(upper, folder)
        os.setxattr(hidden, "trusted.overlay.opaque", b"y")
    files = _own_files(layout, host, [unit for service in services for unit in service.starts(layout, host)])
    for each in services:
        files |= each.files(layout, host)
    for path, file in files.items():
        _write(upper, disk / "srv", path, file)
    for unit in MASKED:
        _folder(upper, UNITS).joinpath(unit).symlink_to("/dev/null")
    done.touch()


def _own_files(layout: Layout, host: LabHost, starts: list[str]) -> dict[str, File]:
    names = "".join(f"{each.address} {each.name}\n" for each in layout.hosts.values())
    key = host_key(host.name)
    files = {
        "/etc/hostname": File(f"{host.name}\n"),
        "/etc/hosts": File(f"127.0.0.1 localhost\n{names}"),
        "/etc/machine-id": File(f"{hashlib.sha256(host.name.encode()).hexdigest()[:32]}\n"),
        "/etc/resolv.conf": File(""),
        "/etc/fstab": File(""),
        "/etc/shadow": File("".join(f"{user.pw_name}:*:::::::\n" for user in pwd.getpwall()), 0o600),
        "/root/.ssh/authorized_keys": File(authorized(), 0o600),
        HOST_KEY: File(key.read_bytes(), 0o600),
        SSHD_CONFIG: File(SSHD.format(address=host.address, host_key=HOST_KEY)),
        f"{UNITS}/{SSH_UNIT}": File(SSHD_SERVICE),
        f"{UNITS}/{BOOT_TARGET}": File(TARGET.format(starts=" ".join(starts))),
    }
    if host.role is Role.CONTROLLER:
        files["/root/.ssh/id"] = File(IDENTITY.read_bytes(), 0o600)
        files["/root/.ssh/known_hosts"] = File(KNOWN_HOSTS.read_bytes())
        files["/root/.ssh/config"] = File(ssh_config(layout, Path("/root/.ssh/id"), Path("/root/.ssh/known_hosts")), 0o600)
    return files


def _write(upper: Path, srv: Path, path: str, file: File) -> None:
    inside = PurePosixPath(path)
    root = srv if inside.is_relative_to("/srv") else upper
    relative = inside.relative_to("/srv") if root is srv else inside
    place = _folder(root, str(relative.parent)) / inside.name
    place.write_bytes(file.content if isinstance(file.content, bytes) else file.content.encode())
    place.chmod(file.mode)
    if file.owner != "root":
        user = pwd.getpwnam(file.owner)
        os.chown(place, user.pw_uid, user.pw_gid)


def _folder(root: Path, path: str) -> Path:
    """Make *path* below *root*, each part with the owner and mode it has on the machine, for it will stand in that one's stead."""
    place = root
    for part in PurePosixPath(path.lstrip("/")).parts:
        place = place / part
        if place.exists():
            continue
        place.mkdir()
        shadowed = Path("/") / place.relative_to(root)
        if shadowed.exists():
            like = shadowed.stat()
            os.chown(place, like.st_uid, like.st_gid)
            place.chmod(like.st_mode & 0o7777)
    for folder, mode in FOLDER_MODES.items():
        if (root / folder).exists():
            (root / folder).chmod(mode)
    return place
