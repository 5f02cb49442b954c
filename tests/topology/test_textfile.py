import os
from pathlib import Path

import pytest

from topology.errors import InputError
from topology.textfile import write_whole


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("before", encoding="utf-8")
    write_whole(path, "after\r\n")
    assert path.read_bytes() == b"after\r\n"
    assert names_in(tmp_path) == ["report.html"]


def test_a_link_goes_on_pointing_where_it_did(tmp_path: Path) -> None:
    (tmp_path / "real.html").write_text("before", encoding="utf-8")
    link = tmp_path / "latest.html"
    link.symlink_to("real.html")
    write_whole(link, "after")
    assert link.is_symlink()
    assert (tmp_path / "real.html").read_text(encoding="utf-8") == "after"


def test_a_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    """A device is no different; replacing /dev/null with a file, as root, would harm the whole machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert names_in(tmp_path) == ["pipe"]


@pytest.mark.parametrize("name", ["no/such/folder.html", "folder", "file/below.html", ".", "x" * 300])
def test_what_cannot_be_written_is_refused_and_harms_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("keep", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written: "):
        write_whole(tmp_path / name, "text")
    assert names_in(tmp_path) == ["file", "folder"]
    assert names_in(tmp_path / "folder") == []
    assert (tmp_path / "file").read_text(encoding="utf-8") == "keep"


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("before", encoding="utf-8")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match=r"report.html: cannot be written: No space left on device"):
        write_whole(path, "after")
    assert path.read_text(encoding="utf-8") == "before"
    assert names_in(tmp_path) == ["report.html"]


def test_a_file_that_may_only_be_read_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("before", encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write anything, so it is told it may not
    with pytest.raises(InputError, match="cannot be written: the file is read-only"):
        write_whole(path, "after")
    assert path.read_text(encoding="utf-8") == "before"


def test_a_file_that_may_not_be_replaced_stays(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    write_whole(path, "before", replace=False)
    with pytest.raises(FileExistsError):
        write_whole(path, "after", replace=False)
    assert path.read_text(encoding="utf-8") == "before"
    assert names_in(tmp_path) == ["mine.yaml"]
