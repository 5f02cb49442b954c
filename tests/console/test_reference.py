from pathlib import Path

import pytest

from console.reference import documents

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", ["commands.md", "failover-states.md", "topology.schema.json"])
def test_the_reference_is_what_the_code_says(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == documents()[name], "stale: run `make docs`"
