"""The cases as they were last read: what a service answers from, and how old its answer is.

Nobody who asks waits for the database. The copy is renewed in the background, is kept on disk across a restart, and every answer
says as of when it is, and whether that is fresh. So a database that is gone, refuses, or hangs makes answers old, not absent, and
never old unsaid.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Cases = Mapping[str, Mapping[str, Any]]
"""What is told of each case, by its number."""

RENEWED_EVERY_SECONDS = 0.25
FRESH_SECONDS = 1.0
"""How old an answer may be and still be called fresh: a few renewals."""


@dataclass(frozen=True)
class Answer:
    """One answer: the case (None: there is none of that number), as of when, how old that is, and whether that counts as fresh."""

    case: Mapping[str, Any] | None
    as_of: datetime
    age_seconds: float
    fresh: bool

    @property
    def freshness(self) -> str:
        """In one word."""
        return "fresh" if self.fresh else "stale"


class LastCopy:
    """The last copy of all cases. *read* reads them all from the database, or raises whatever it raises."""

    def __init__(self, read: Callable[[], Cases], file: Path, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._read = read
        self._file = file
        self._fresh_seconds = fresh_seconds
        self._kept: tuple[Cases, float] | None = self._load()
        self._written: Cases | None = None
        self._problem = ""

    def renew(self) -> bool:
        """Read the cases again; False says that the old copy stands. It is as old as the *beginning* of the reading."""
        began = time.time()
        try:
            cases = self._read()
        except Exception as problem:  # whatever keeps the database from answering, the copy serves on
            self._tell(f"the cases cannot be read: {' '.join(str(problem).split()) or type(problem).__name__}")
            return False
        self._tell("")
        self._kept = (cases, began)
        self._save(cases, began)
        return True

    def keep_renewing(self, every_seconds: float = RENEWED_EVERY_SECONDS) -> None:
        """Renew the copy from now on, in the background."""

        def renewing() -> None:
            while True:
                self.renew()
                time.sleep(every_seconds)

        threading.Thread(target=renewing, daemon=True, name="renewing").start()

    def answer(self, number: str) -> Answer | None:
        """What is known of a case; None says that nothing was ever read."""
        if self._kept is None:
            return None
        cases, as_of = self._kept
        age = max(0.0, time.time() - as_of)
        return Answer(cases.get(number), datetime.fromtimestamp(as_of, UTC), age, age <= self._fresh_seconds)

    def _tell(self, problem: str) -> None:
        """Tell the journal, once, that the copy grows old, and that it no longer does."""
        if bool(problem) != bool(self._problem):
            print(problem or "the cases can be read again", flush=True)
        self._problem = problem

    def _load(self) -> tuple[Cases, float] | None:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            return kept["cases"], float(kept["as_of"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _save(self, cases: Cases, as_of: float) -> None:
        """Keep the copy on disk where it says something new. Its date may be too old after a restart, never too young."""
        if cases == self._written:
            return
        whole = self._file.with_suffix(".new")
        whole.write_text(json.dumps({"as_of": as_of, "cases": cases}), encoding="utf-8")
        whole.replace(self._file)
        self._written = cases
