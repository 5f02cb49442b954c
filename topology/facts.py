"""How well a number is known, and who says so."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How well a number is known."""

    REPORTED = "reported"  # a source says it
    DERIVED = "derived"  # arithmetic on reported numbers
    ASSUMED = "assumed"  # nobody said it


@dataclass(frozen=True, slots=True)
class Fact:
    """A number a person wrote, where it stands, how well it is known and who says so.

    `path` leads to the number in the file's data; `value`, `low` and `high` are as written. `low` and `high` bound an
    assumption: the outcome is replayed with each.
    """

    path: tuple[str | int, ...]
    value: str
    mark: Mark
    source: str = ""
    why: str = ""
    low: str | None = None
    high: str | None = None

    @property
    def key(self) -> str:
        """The path as people read it: `parts.storage-drive.lead_time`."""
        return ".".join(str(step) for step in self.path)
