import os
from pathlib import Path
from typing import Any

import pytest

from failover.live.readiness import disks
from tests.failover.live.readiness.looking import looked


def test_a_disk_with_room_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disks, "FREE_BYTES_MIN", 1)
    assert looked(disks.disk_check(tmp_path)) == {"the disk of this controller": None}


@pytest.mark.parametrize(("limit", "left"), [("FREE_BYTES_MIN", "has only"), ("FREE_FILES_MIN", "room for hardly any file")])
def test_a_disk_that_fills_is_told_before_nothing_can_be_journaled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, left: str
) -> None:
    real = os.statvfs(tmp_path)
    values: dict[str, Any] = {name: getattr(real, name) for name in dir(real) if name.startswith("f_")}
    full = type("Full", (), {**values, "f_files": max(1, real.f_files)})
    monkeypatch.setattr(os, "statvfs", lambda path: full)
    monkeypatch.setattr(disks, limit, 10**18)
    (lack,) = looked(disks.disk_check(tmp_path)).values()
    assert lack is not None
    assert left in lack.why
