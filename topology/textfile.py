"""The text of a file that a person named."""

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
