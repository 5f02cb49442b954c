"""HAProxy: told over its socket where it sends clients, one command at a time."""

from __future__ import annotations

import csv
import os
import re
import socket
import time
from pathlib import Path
from typing import Any

from .guard import Guard, sync_directory
from .order import FailedError, Order, UnclearError

ANSWER_SECONDS = 3.0
CLOSE_SECONDS = 3.0
"""How long sessions may take to close once that has been ordered."""

_IN_MAINTENANCE = 0x01 | 0x02 | 0x20 | 0x40
"""Of `srv_admin_state`: by order, by a server it tracks, by name resolution."""
_WORD = re.compile(r"[A-Za-z0-9._:-]+")


class HAProxy:
    """The backend of one cluster."""

    def __init__(self, order: Order) -> None:
        self._socket = str(order.proxy["socket"])
        self.backend = str(order.proxy["backend"])
        self._state_file = order.proxy.get("state_file")

    def ask(self, *words: str) -> str:
        """Say one command; return its answer."""
        for word in words:
            if not _WORD.fullmatch(word.replace("/", "", 1)):
                raise FailedError(f"'{word}' is no word for a proxy")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_SECONDS)
            try:
                connection.connect(self._socket)
                connection.sendall((" ".join(words) + "\n").encode())
                return b"".join(iter(lambda: connection.recv(65536), b"")).decode().strip()
            except socket.timeout:  # noqa: UP041 (they are one only since Python 3.10)
                raise UnclearError("the proxy does not answer") from None
            except OSError as error:
                raise FailedError(f"the proxy does not run: {error}") from None

    def order(self, *words: str) -> None:
        """Say a command that is answered by nothing when it has been carried out."""
        answer = self.ask(*words)
        if answer:
            raise FailedError(f"the proxy says: {answer}")

    def servers(self) -> dict[str, bool]:
        """Return whether each server of the backend gets clients."""
        lines = self.ask("show", "servers", "state", self.backend).splitlines()
        if len(lines) < 2 or not lines[1].startswith("# "):
            raise FailedError(f"the proxy has no backend '{self.backend}'")
        columns = lines[1][2:].split()
        rows = [dict(zip(columns, line.split())) for line in lines[2:]]  # noqa: B905 (strict is from Python 3.10)
        return {row["srv_name"]: not int(row["srv_admin_state"]) & _IN_MAINTENANCE for row in rows}

    def sessions(self, server: str) -> int:
        """Return how many sessions *server* has."""
        rows = csv.DictReader(self.ask("show", "stat").lstrip("# ").splitlines())
        return sum(int(row["scur"]) for row in rows if (row["pxname"], row["svname"]) == (self.backend, server))

    def primary(self) -> str | None:
        """Return the only server that gets clients; None if nobody does."""
        enabled = [name for name, gets_clients in self.servers().items() if gets_clients]
        if len(enabled) > 1:
            raise FailedError(f"it sends clients to several: {', '.join(enabled)}")
        return enabled[0] if enabled else None

    def close(self, server: str) -> None:
        """Send nobody to *server* any more, and close what it has."""
        name = f"{self.backend}/{server}"
        self.order("disable", "server", name)
        self.order("shutdown", "sessions", "server", name)

    def closed(self, server: str) -> None:
        """Wait until *server* has no session left."""
        ends_at = time.monotonic() + CLOSE_SECONDS
        while self.sessions(server):
            if time.monotonic() > ends_at:
                raise FailedError(f"sessions of '{server}' do not close")
            self.order("shutdown", "sessions", "server", f"{self.backend}/{server}")
            time.sleep(0.02)

    def keep(self) -> None:
        """Write down where clients are sent, for when the proxy starts again."""
        if self._state_file is None:
            return
        path = Path(self._state_file)
        draft = path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(self.ask("show", "servers", "state") + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_directory(path.parent)


def withdraw_route(order: Order, guard: Guard) -> dict[str, Any]:
    """Send clients nowhere, and close their sessions."""
    return _send_to(HAProxy(order), None)


def reroute(order: Order, guard: Guard) -> dict[str, Any]:
    """Send clients to the primary, and nowhere else."""
    return _send_to(HAProxy(order), str(order.details["primary"]))


def _send_to(proxy: HAProxy, primary: str | None) -> dict[str, Any]:
    servers = proxy.servers()
    if primary is not None and primary not in servers:
        raise FailedError(f"the proxy has no server '{primary}'")
    others = [name for name in servers if name != primary]
    for name in others:
        proxy.close(name)
    for name in others:
        proxy.closed(name)
    if primary is not None:
        proxy.order("enable", "server", f"{proxy.backend}/{primary}")
    proxy.keep()
    found = proxy.primary()
    if found != primary:
        raise FailedError("the proxy did not take it", primary=found)
    return {"primary": found}


def routed(order: Order, guard: Guard) -> dict[str, Any]:
    """Return whom clients are sent to."""
    return {"primary": HAProxy(order).primary()}
