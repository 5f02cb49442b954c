from pathlib import Path

import pytest

from monitoring.generate import files, main

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", files())
def test_what_is_in_the_repository_is_what_is_made(name: str) -> None:
    made = files()[name]
    assert (DOCS / name).read_text(encoding="utf-8") == made, "python -m monitoring.generate docs"


def test_it_is_written_where_it_is_wanted_with_the_pages_where_they_are_served(tmp_path: Path) -> None:
    assert main([str(tmp_path / "here"), "--pages", "https://wiki/alerts/"]) == 0
    assert "runbook_url: https://wiki/alerts/halted.md" in (tmp_path / "here" / "monitoring" / "rules.yml").read_text()


def test_where_nothing_can_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "monitoring").touch()
    assert main([str(tmp_path)]) == 3
    assert "error: " in capsys.readouterr().err
