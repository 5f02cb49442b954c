"""Where secrets come from: a file, the environment, a credential of systemd, a program. They are read when they are needed.

A configuration holds names and sources, never a secret. What is said of one that cannot be read names its source alone.
"""

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

PROGRAM_SECONDS = 10.0
"""How long a program may take to tell a secret."""
CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""The variable in which systemd says where credentials are."""
KINDS = ("file", "env", "credential", "command")


class SecretError(Exception):
    """A secret that cannot be read: which, and why."""


class Secrets:
    """Secrets by name. *sources* say where each comes from; files are looked for in *folder*."""

    def __init__(self, sources: Mapping[str, str], folder: Path) -> None:
        self._sources = sources
        self._folder = folder

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secrets) and (self._sources, self._folder) == (other._sources, other._folder)

    def __hash__(self) -> int:
        return hash(self._folder)

    def follow(self, other: "Secrets") -> None:
        """Have the secrets of *other* from now on."""
        self._sources, self._folder = other._sources, other._folder

    def sources(self) -> Mapping[str, str]:
        """Return where each secret comes from, by name."""
        return self._sources

    def __call__(self, name: str) -> str:
        """Return the secret called *name*. Raises SecretError."""
        if name not in self._sources:
            raise SecretError(f"there is no secret '{name}'")
        source = self._sources[name]
        try:
            found = self._read(source)
        except (OSError, ValueError, subprocess.SubprocessError, KeyError) as error:
            raise SecretError(f"the secret '{name}' cannot be read from '{source}': {_reason(error)}") from None
        if not found:
            raise SecretError(f"the secret '{name}' is empty: {source}")
        return found

    def _read(self, source: str) -> str:
        kind, _, place = source.partition(":")
        match kind:
            case "file":
                found = (self._folder / place).read_text(encoding="utf-8")
            case "env":
                found = os.environ[place]
            case "credential":
                found = (Path(os.environ[CREDENTIALS]) / place).read_text(encoding="utf-8")
            case _:
                program = subprocess.run(shlex.split(place), capture_output=True, check=True, timeout=PROGRAM_SECONDS)
                found = program.stdout.decode("utf-8")
        return found.rstrip("\n")


def known_source(source: object) -> str:
    """Return *source* if it says where a secret comes from, else raise ValueError that says what would be right."""
    forms = ", ".join(f"{kind}:…" for kind in KINDS)
    if not isinstance(source, str) or source.partition(":")[0] not in KINDS or not source.partition(":")[2]:
        raise ValueError(f"this is no source of a secret; write one of {forms}")
    return source


def _reason(error: Exception) -> str:
    match error:
        case KeyError() if error.args[0] == CREDENTIALS:
            return f"it is handed over by systemd; by hand, set {CREDENTIALS} to the folder of the files"
        case KeyError():
            return f"the environment has no {error.args[0]}"
        case subprocess.CalledProcessError():
            return f"the program ended with {error.returncode}"
        case subprocess.TimeoutExpired():
            return "the program took too long"
        case OSError():
            return error.strerror or type(error).__name__
        case _:
            return "it is not text, or not a command line"
