"""What is said of one thing that a failover needs: whether it would work now, and if not, why not and what to do."""

from enum import Enum
from typing import NamedTuple


class Lack(NamedTuple):
    """What one look found in the way: *why* in one plain sentence, and what to do about it."""

    why: str
    remedy: str


class Moot(Enum):
    """That nothing is to be said of something now, because what is the matter with it is known and told elsewhere."""

    MOOT = "moot"


MOOT = Moot.MOOT


class Verdict(NamedTuple):
    """What the latest look at *subject* came to. *why* and *remedy* are empty where it is ready."""

    subject: str
    ready: bool
    why: str
    remedy: str
    checked_seconds: float
    """When that was, in seconds since 1970."""
