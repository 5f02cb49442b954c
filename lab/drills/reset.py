"""The lab as every drill finds it: all hosts on, each cluster with its first primary and all standbys, nothing decided yet."""

from pathlib import Path

from lab import lifecycle
from lab.drills.promotions import make_honest
from lab.hosts import Lab
from lab.layout import Role
from lab.places import TOPOLOGY
from lab.services.anew import begin_anew


def make_whole(lab: Lab) -> None:
    """Make the lab as new. What was filed before is gone."""
    lifecycle.up(Path(TOPOLOGY.read_text(encoding="utf-8")), lambda what, done, count: None)
    make_honest(lab, [host.name for host in lab.layout.of(Role.DATABASE)])
    begin_anew(lab)
