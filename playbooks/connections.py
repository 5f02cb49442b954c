"""The sockets of a controller: those of its own processes, and the connections to hosts that are kept open."""

import asyncio
import hashlib
import os
import stat
from pathlib import Path


def folder_of_sockets(state: Path) -> Path:
    """Return the folder for the sockets of whoever has *state*: a short path, and the same again after a crash.

    So connections that were open then are open still, and nothing is left behind for ever.
    """
    usual = "/run" if os.access("/run", os.W_OK) else os.environ.get("XDG_RUNTIME_DIR", "/tmp")
    folder = Path(usual, f"continuance-{hashlib.sha256(bytes(state)).hexdigest()[:10]}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder}: belongs to somebody else")
    folder.chmod(0o700)
    return folder


async def hang_up(folder: Path) -> None:
    """Close the connections to hosts that are open in *folder*."""
    for path in folder.iterdir():
        if path.is_socket():
            words = ("-F", "none", "-o", f"ControlPath={path}", "-O", "exit", "host")
            process = await asyncio.create_subprocess_exec("ssh", *words, stderr=asyncio.subprocess.DEVNULL)
            await process.wait()
