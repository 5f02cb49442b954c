"""Who is at the other end of a socket of this machine: the system says, and nobody can make it say anything else."""

import asyncio
import pwd
import socket
import struct
from typing import NamedTuple

_CREDENTIALS = struct.Struct("3i")


class Peer(NamedTuple):
    """A process and whose it is. *user* is empty where the account has no name, or the system does not tell."""

    uid: int | None = None
    pid: int | None = None
    user: str = ""


def peer_of(writer: asyncio.StreamWriter) -> Peer:
    """Return who opened the connection of *writer*."""
    option = getattr(socket, "SO_PEERCRED", None)
    connection = writer.get_extra_info("socket")
    if option is None or connection is None:
        return Peer()
    pid, uid, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size))
    try:
        return Peer(uid, pid, pwd.getpwuid(uid).pw_name)
    except KeyError:
        return Peer(uid, pid)
