"""A lab of the tests' own, beside any that is up on this machine. What needs it is marked `lab` and takes root: `make test-lab`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lab.hosts import Lab

FOLDER = Path(os.environ["CONTINUANCE_LAB"])
collect_ignore_glob = [] if sys.platform == "linux" else ["*"]


@pytest.fixture(scope="session")
def built() -> "Iterator[Lab]":
    """The lab of court-lab, built for all tests that need one."""
    import fcntl

    from lab.lifecycle import down

    assert os.geteuid() == 0, "the lab takes root: sudo make test-lab"
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # others that run these tests at the same time wait
        down()
        try:
            yield _whole()
        finally:
            down()


@pytest.fixture
def lab(built: "Lab") -> "Iterator[Lab]":
    """The lab with nothing wrong in it, which is made whole again afterwards."""
    yield built
    _whole()


def _whole() -> "Lab":
    from lab.lifecycle import up
    from topology.sources import find_network

    return up(find_network("court-lab"), lambda what, done, of: None)
