"""Rows made by hand."""

from typing import Any

from benchmarks.failover.rows import Row


def row(system: str, incident: str, **known: Any) -> Row:
    """Return a run in which all went well, but for what is *known* of it."""
    usual = {
        "repetition": 1,
        "at": "2026-01-05T09:00:00+00:00",
        "phase_seconds": 0.5,
        "outage_seconds": 3.0,
        "without_writes_seconds": 3.0,
        "attempted": 100,
        "acknowledged": 70,
        "failed": 28,
        "unknown": 2,
        "lost": 0,
        "unknown_committed": 1,
        "promotions": 1,
        "primary": "db-2",
        "pressure": {"cpu": 0.25},
        "details": {},
    }
    return Row(system, incident, **{**usual, **known})
