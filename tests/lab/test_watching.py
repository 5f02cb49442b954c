import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.drills.reset import make_whole
from lab.hosts import Lab

pytestmark = pytest.mark.lab
DOCUMENT = Path(__file__).parents[2] / "docs" / "lab.md"
SEEN = "until continuance failover status 2>/dev/null | grep -q '{}'; do sleep 0.5; done"
PATIENCE_SECONDS = 120.0


def test_the_lines_that_the_document_gives_let_a_controller_watch_a_loss_and_lead_back(lab: Lab) -> None:
    make_whole(lab)  # whoever was here before may have made another database primary
    (block,) = re.findall(r"^## Watch it$.*?^```\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    up, watch, lose, ask, back = block.splitlines()
    well, lost = SEEN.format("OK *all is well"), SEEN.format("lost, and nothing is done")
    lines = ["set -m", up, watch, well, lose, lost, ask, back, well, ask, "kill %1", "wait"]
    environment = {**os.environ, "COLUMNS": "200", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    played = subprocess.run(
        ["bash"],
        input="\n".join(lines),
        env=environment,
        cwd=DOCUMENT.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert played.stderr == ""
    assert played.stdout.count("would have failed over to 'db-2'") == 2, played.stdout
    assert "nobody is primary yet" in played.stdout
    assert "'db-1' came back" in played.stdout
