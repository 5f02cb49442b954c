"""How secrets reach playbooks: over a socket of the controller, which only its own user can connect to.

They stand neither on a command line nor in the environment nor in a file. Only the path of the socket is in the environment.
"""

import asyncio
import os
import re
import socket
import struct
from collections.abc import Callable
from pathlib import Path

SOCKET = "CONTINUANCE_SECRETS"
ANSWER_SECONDS = 15.0


class SecretChannel:
    """Answers with secrets by name."""

    def __init__(self, secrets: Callable[[str], str], path: Path) -> None:
        self._secrets = secrets
        self.path = path
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Answer from now on."""
        self._server = await asyncio.start_unix_server(self._answer, self.path)
        self.path.chmod(0o600)

    async def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if _user_at_the_other_end(writer) in (os.geteuid(), 0):
                name = (await reader.readline()).decode().rstrip("\n")
                try:
                    writer.write(b"+" + (await asyncio.to_thread(self._secrets, name)).encode())
                except Exception as error:  # whatever keeps a secret from being read is said to whoever asked
                    writer.write(b"-" + str(error).encode())
                await writer.drain()
        except OSError:  # whoever asked is gone
            pass
        finally:
            writer.close()


def _user_at_the_other_end(writer: asyncio.StreamWriter) -> int:
    credentials = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    return int(user)


def secret(name: str) -> str:
    """Return the secret called *name*, asked of the controller; where a person runs the playbook, of the environment.

    Raises OSError with the reason.
    """
    if "\n" in name:
        raise OSError(f"{name!r} is no name of a secret")
    if SOCKET not in os.environ:
        return _of_person(name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ANSWER_SECONDS)
        connection.connect(os.environ[SOCKET])
        connection.sendall(name.encode() + b"\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    if not answer.startswith("+"):
        raise OSError(answer[1:] or "the controller refuses")
    return answer[1:]


def variable(name: str) -> str:
    """Return the variable of the environment in which a person who works by hand puts the secret called *name*."""
    return f"CONTINUANCE_SECRET_{re.sub('[^A-Z0-9]', '_', name.upper())}"


def _of_person(name: str) -> str:
    if (found := os.environ.get(variable(name))) is None:
        raise OSError(f"there is no secret '{name}' here; set {variable(name)}")
    return found
