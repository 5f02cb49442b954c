"""The command line as a user meets it, but in this process: what was typed, what came out, and the exit code."""

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from console.main import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def problem(self) -> str:
        """The one line that a refusal consists of."""
        assert self.code == 2, f"exit code {self.code}: {self.out[:300]}{self.err[:300]}"
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        return self.err.removesuffix("\n")

    @property
    def printed(self) -> str:
        """What a success prints."""
        assert (self.code, self.err) == (0, ""), self.err
        return self.out


def continuance(*words: object, columns: int = 100) -> Outcome:
    """Run `continuance WORDS`. Whatever is no clean exit is a traceback to the user, and fails here."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        patch.object(sys, "argv", ["continuance", *map(str, words)]),
        patch.dict(os.environ, {"COLUMNS": str(columns)}),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    assert isinstance(code, int)
    return Outcome(code, out.getvalue(), err.getvalue())
