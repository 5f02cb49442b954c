"""The text of a file that a person named: read with bounds, written whole."""

import os
from contextlib import suppress
from pathlib import Path

from topology.errors import InputError, Problem

BYTES_MAX = 64 * 1024 * 1024


def read_text(path: Path) -> str:
    """Return the text of the file at *path*. Raises InputError for one that is missing, unreadable, too large or not text."""
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)  # not by its size: a device has none and never ends
        if len(content) > BYTES_MAX:
            raise InputError([Problem(str(path), 0, "", f"the file is larger than {BYTES_MAX // 1024 // 1024} MiB")])
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([Problem(str(path), 0, "", "this is not a text file (UTF-8)")]) from None
    except OSError as error:
        raise InputError([Problem(str(path), 0, "", f"cannot be read: {error.strerror}")]) from None


def write_whole(path: Path, text: str, replace: bool = True) -> None:
    """Write *text* to *path* so that the file is either whole or as it was.

    Raises FileExistsError where there is a file and *replace* is false, and InputError when it cannot be written.
    """
    temporary: Path | None = None
    try:
        if path.exists() and not path.is_file():  # a device or a pipe is written to, never replaced; a folder refuses
            path.write_text(text, encoding="utf-8", newline="")
            return
        if replace and path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(0, "the file is read-only")
        target = path.resolve()  # a link goes on pointing where it did
        temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
        temporary.write_text(text, encoding="utf-8", newline="")
        if replace:
            temporary.replace(target)
        else:
            os.link(temporary, target)  # unlike a rename, this fails if the file exists, even if it came into being just now
    except FileExistsError:
        raise
    except OSError as error:
        raise InputError([Problem(str(path), 0, "", f"cannot be written: {error.strerror}")]) from None
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
