"""When each cluster was last proven to fail over: by a rehearsal, which tests every right, or by the real thing.

One small file in the controller's state folder, written by whoever rehearses and by the controller itself.
"""

import json
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

FILE = "practice.json"


class Kind(StrEnum):
    """What proved it."""

    REHEARSAL = "rehearsal"  # every right was tested, and none was lacking
    RECOVERY = "recovery"  # another member became primary: a failover, a switchover, a drill


class Practice:
    """What is remembered in *state*."""

    def __init__(self, state: Path) -> None:
        self._path = state / FILE

    def read(self) -> Mapping[str, Mapping[Kind, float]]:
        """Return by cluster when it was last proven, and how, in seconds since 1970. What cannot be read was not proven."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return {name: {Kind(kind): float(at) for kind, at in each.items()} for name, each in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def latest_seconds(self, cluster: str) -> float | None:
        """Return when *cluster* was last proven in any way; None if it never was."""
        return max(self.read().get(cluster, {}).values(), default=None)

    def note(self, cluster: str, kind: Kind, wall_seconds: float) -> None:
        """Remember that *cluster* was proven. Raises OSError."""
        known = {name: dict(each) for name, each in self.read().items()}
        known.setdefault(cluster, {})[kind] = round(wall_seconds, 3)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_name(f"{FILE}.{os.getpid()}")
        draft.write_text(json.dumps(known, indent=1), encoding="utf-8")
        draft.replace(self._path)
