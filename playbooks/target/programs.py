"""Other programs: run as whom they need, within the time that is left, and with the lock of the command that needs them."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .order import FailedError, Order, UnclearError

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Programs:
    """Runs programs for one order; who only asks holds no *lock*."""

    def __init__(self, order: Order, lock: int | None) -> None:
        self._order = order
        self._lock = lock

    def run(
        self, argv: Sequence[str], *, user: str | None = None, text: str = "", seconds: float = 3600.0
    ) -> subprocess.CompletedProcess[str]:
        """Run *argv* as *user*, with *text* as its input. Whatever does not end in time leaves it unclear what it did."""
        account = pwd.getpwnam(user) if user is not None else None
        become: dict[str, Any] = {}
        if account is not None and os.geteuid() == 0:
            become = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        environment = {
            "PATH": os.environ.get("PATH", _PATH),
            "HOME": account.pw_dir if account is not None else "/root",
            "LC_ALL": "C",
            "PGCLIENTENCODING": "UTF8",
        }
        try:
            return subprocess.run(
                argv, check=False, input=text, capture_output=True, text=True, errors="replace", cwd="/", env=environment,
                timeout=self._order.left(seconds), pass_fds=() if self._lock is None else (self._lock,), **become,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise UnclearError(f"{Path(argv[0]).name} did not end in time") from None
        except FileNotFoundError:
            raise FailedError(f"'{argv[0]}' is not installed") from None

    def systemctl(self, verb: str, unit: str, seconds: float = 3600.0) -> str:
        """Tell systemd what to do with *unit*; return what it says."""
        ended = self.run(["systemctl", verb, unit], seconds=seconds)
        if ended.returncode and verb != "is-active":
            raise FailedError(f"systemctl {verb} {unit}: {last_line(ended.stderr)}")
        return ended.stdout.strip()


def last_line(text: str) -> str:
    """Return the last line of *text* that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"
