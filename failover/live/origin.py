"""Where an order comes from: what was typed, and what the system itself knows of whoever typed it."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Origin(NamedTuple):
    """Who gave an order. *operator* is the name that was typed; the rest is said by the system, and cannot be typed."""

    operator: str
    user: str = ""
    """The name of the account at the other end of the socket; empty where nobody knows."""
    uid: int | None = None
    pid: int | None = None
    change: str = ""
    """The change or ticket that it is done for; typed."""


def origin_of(said: Mapping[str, Any]) -> Origin:
    """Return the origin that *said* tells of, whatever else it tells."""
    return Origin(**{name: said[name] for name in Origin._fields if name in said})
