"""The lab's one lasting process: it starts hosts and buries their dead.

The processes of a host are orphans as soon as the command that switched it on is gone, and not every machine's first process takes
care of orphans. So the keeper starts them in its stead and adopts what they leave behind. It knows nothing of hosts and keeps
nothing: when it is gone, hosts run on, and the next that is switched on gets a new keeper.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lab.cgroups import Group
from lab.errors import LabError
from lab.places import RUN

SOCKET = RUN / "keeper"
LOG = RUN / "keeper.log"
GROUP = "keeper"
SOURCE = Path(__file__).parents[1]
START_SECONDS = 10.0
POLL_SECONDS = 0.01
PR_SET_CHILD_SUBREAPER = 36
REQUEST_MAX = 65536


class Program(NamedTuple):
    """A program to be started: its words, and where what it prints goes."""

    argv: Sequence[str]
    log: Path


def ask_to_start(programs: Iterable[Program], group: Group) -> None:
    """Let the keeper start *programs* in *group*, which is there: all of them, or none if whoever asks is ended meanwhile."""
    request = json.dumps({"group": group.name, "programs": [(each.argv, str(each.log)) for each in programs]}).encode()
    with _connection() as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(REQUEST_MAX).decode()
    if answer != "started":
        raise LabError(f"{group.name} could not be started: {answer or 'the keeper is gone'}")


def module(name: str, *words: str) -> tuple[str, ...]:
    """Return the words that run our module *name* as a program, wherever we are installed."""
    return ("env", f"PYTHONPATH={SOURCE}", sys.executable, "-m", name, *words)


def end_keeper() -> None:
    """Let the keeper end as soon as it has buried all that it started; nothing of that is running any more."""
    group = Group(GROUP)
    for process in group.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + START_SECONDS
    while group.processes() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _connection() -> socket.socket:
    """Connect to the keeper, after starting one where there is none."""
    try:
        return _connect()
    except OSError:
        _start_keeper()
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return _connect()
        except OSError:
            if time.monotonic() > deadline:
                raise LabError(f"the lab's keeper does not start; {LOG} may say why") from None
            time.sleep(POLL_SECONDS)


def _connect() -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(START_SECONDS)
        connection.connect(str(SOCKET))
    except OSError:
        connection.close()
        raise
    return connection


def _start_keeper() -> None:
    RUN.mkdir(parents=True, exist_ok=True)
    with LOG.open("ab") as log:
        subprocess.run(
            ["setsid", "--fork", *module("lab.keeper")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            check=True,
        )


def keep() -> None:
    """Start what is asked for, and wait for children and orphans, for ever."""
    group = Group(GROUP)
    group.make()
    group.enter()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGCHLD, lambda *_: _bury())
    signal.signal(signal.SIGTERM, lambda *_: _end_when_all_are_buried())
    SOCKET.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(SOCKET))
        SOCKET.chmod(0o600)
        listening.listen()
        while True:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(_start(_received(connection)).encode())


def _received(connection: socket.socket) -> bytes:
    """Return all that the other end sends."""
    return b"".join(iter(lambda: connection.recv(REQUEST_MAX), b""))


def _start(request: bytes) -> str:
    try:
        wanted = json.loads(request)
        for argv, log in wanted["programs"]:
            with Path(log).open("wb") as written:
                subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=written,
                    stderr=written,
                    cwd="/",
                    start_new_session=True,
                    preexec_fn=Group(wanted["group"]).enter,  # noqa: PLW1509 – the keeper has no other threads
                )
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return str(error)
    return "started"


def _bury() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _end_when_all_are_buried() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    sys.exit()


if __name__ == "__main__":
    keep()
