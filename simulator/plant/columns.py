"""The row of numbers that one history comes to: what stands in which column."""

from typing import NamedTuple

from simulator.plant.plant import Names

SERVICE = ("availability", "downtime_seconds", "stale_seconds", "backlogged_seconds", "outages", "longest_outage_seconds")
WORKLOAD = ("arrived", "served", "stale", "lost", "manual", "waiting", "entered", "backlog_peak")
POOL = ("demands", "stock_outs")
CLUSTER = ("takeovers",)


class Column(NamedTuple):
    """One number of a history: of a kind of thing, of one by name, what is measured."""

    kind: str
    name: str
    measure: str

    @property
    def path(self) -> str:
        """Its dotted name."""
        return ".".join(each for each in self if each)


EVENTS = Column("", "", "events")


def columns(names: Names) -> list[Column]:
    """Return the columns in order."""
    found = [EVENTS]
    for kind, subjects, measures in (
        ("services", names.services, SERVICE),
        ("workloads", names.fluids, WORKLOAD),
        ("pools", [f"{part}@{site}" if site else part for site, part in names.pools], POOL),
        ("clusters", names.clusters, CLUSTER),
    ):
        found += [Column(kind, subject, measure) for subject in subjects for measure in measures]
    return found
