"""Whoever asks at the order desk of a controller: a connection to its socket, one JSON object a line."""

import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

ANSWER_SECONDS = 30.0
"""Long enough to read a long history; whoever is on duty answers at once otherwise."""


class NobodyAnswersError(Exception):
    """No controller answers at the socket, or no longer: the message says where, and what is in the way."""

    denied = False
    """Whether it belongs to another account."""


class DeskClient:
    """One connection to the desk at *path*. Raises NobodyAnswersError, from every method."""

    def __init__(self, path: Path, seconds: float = ANSWER_SECONDS) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(seconds)
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise self._silence(error) from None
        self._answers = self._socket.makefile("rb")

    def ask(self, **words: Any) -> dict[str, Any]:
        """Return the one answer to what *words* ask."""
        self._say(words)
        return self._hear()

    def follow(self, run: str) -> Iterator[dict[str, Any]]:
        """Yield what is answered to whoever follows *run*, until it is over, however long that takes."""
        self._say({"follow": run})
        self._socket.settimeout(None)
        while True:
            answer = self._hear()
            yield answer
            if answer.keys() & {"over", "error", "nothing"}:
                return

    def close(self) -> None:
        """Hang up."""
        self._answers.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _say(self, words: Mapping[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(words).encode() + b"\n")
        except OSError as error:
            raise self._silence(error) from None

    def _hear(self) -> dict[str, Any]:
        try:
            answer = json.loads(self._answers.readline())
        except OSError as error:
            raise self._silence(error) from None
        except ValueError:
            raise NobodyAnswersError(f"{self._path}: the controller hung up") from None
        if not isinstance(answer, dict):
            raise NobodyAnswersError(f"{self._path}: whoever answers is no controller")
        return answer

    def _silence(self, error: OSError) -> NobodyAnswersError:
        why = {FileNotFoundError: "there is no such socket", ConnectionRefusedError: "nobody listens there any more"}
        silence = NobodyAnswersError(f"{self._path}: {why.get(type(error), error.strerror or str(error))}")
        silence.denied = isinstance(error, PermissionError)
        return silence
