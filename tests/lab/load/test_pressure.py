"""The machine's pressure is read from what its kernel tells."""

from pathlib import Path

from lab.load.pressure import waited_seconds


def test_waiting_is_read_in_seconds(tmp_path: Path) -> None:
    (tmp_path / "cpu").write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 total=9\n")
    assert waited_seconds(tmp_path) == {"cpu": 1.5}


def test_a_kernel_that_does_not_tell_is_no_error(tmp_path: Path) -> None:
    assert waited_seconds(tmp_path) == {}
