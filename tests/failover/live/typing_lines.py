"""Somebody who types the lines of a runbook as they stand."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[3]


def block(text: str, after: str) -> str:
    """Return the first lines to type after *after*."""
    found = re.search(r"```sh\n(.*?)```", text[text.index(after) :], re.DOTALL)
    assert found is not None
    return found[1]


class Shell:
    """One shell, in which lines are typed; *beside* are the words before its command line."""

    def __init__(self, home: Path, beside: Sequence[str] = ()) -> None:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {**os.environ, "HOME": str(home), "PATH": path, "PYTHONPATH": str(ROOT)}
        pipe = subprocess.PIPE
        self._shell = subprocess.Popen(
            [*beside, "bash"], stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, env=environment, text=True
        )

    def type(self, lines: str) -> str:
        """Type *lines*, and return what they print."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{lines}\necho 'that was '$?\n")
        self._shell.stdin.flush()
        said = ""
        while not said.endswith("\nthat was 0\n") and said != "that was 0\n":
            line = self._shell.stdout.readline()
            assert line, said
            said += line
            assert not re.fullmatch(r"that was [1-9]\d*\n", line), said
        return said

    def close(self) -> None:
        self._shell.communicate()
