"""The unit by which systemd starts a controller, again whenever it ends, with no more rights than it needs."""

import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "continuance-controller.service"

_UNIT = """\
# Install: sudo cp {name} /etc/systemd/system/ && sudo systemctl daemon-reload && sudo systemctl enable --now {stem}
# The account it runs as is the one that Ansible connects from: its ~/.ssh, or the key that the inventory names, has to be readable.
[Unit]
Description=Continuance, the controller on duty
Documentation=file://{folder}/{file}
Wants=network-online.target
After=network-online.target time-sync.target
# It is started again however often it ends: at 3 a.m. nobody is there to do it.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
User={user}
WorkingDirectory={folder}
ExecStart={program} -m failover.live.driver --config {folder}/{file}
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=2
# 2: the configuration is wrong, and stays so until somebody mends it
RestartPreventExitStatus=2
WatchdogSec=30
TimeoutStartSec=120
# It waits up to 30 s for what it began. What runs on hosts goes on there, and is looked at after the next start.
TimeoutStopSec=60
KillMode=mixed
{credentials}
# What it may write: its state, and a folder for the sockets of its playbooks.
ReadWritePaths={writable}
RuntimeDirectory=continuance
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=restart
Environment=XDG_RUNTIME_DIR=%t/continuance
UMask=0077
LimitCORE=0
OOMScoreAdjust=-500

NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


def unit(path: Path, user: str, secrets: Mapping[str, str], writable: tuple[Path, ...]) -> str:
    """Return the unit of the controller whose configuration is at *path*, with every secret that systemd has to hand over.

    *secrets* say where each comes from; *writable* are the folders that it keeps things in.
    """
    folder = path.absolute().parent
    names = sorted({source.partition(":")[2] for source in secrets.values() if source.startswith("credential:")})
    return _UNIT.format(
        name=NAME,
        stem=NAME.removesuffix(".service"),
        folder=_quoted(folder),
        file=path.name,
        user=user,
        program=_quoted(Path(sys.executable)),
        credentials="".join(f"LoadCredential={each}:{_quoted(folder)}/keys/{each}\n" for each in names),
        writable=" ".join(dict.fromkeys(_quoted(each) for each in writable)),
    )


def _quoted(path: Path) -> str:
    """Write a path as a unit has it: with `%` doubled, and what would end the word escaped."""
    return str(path).replace("\\", "\\\\").replace("%", "%%").replace(" ", "\\x20")
