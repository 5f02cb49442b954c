import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.drills.reset import make_whole
from lab.hosts import Lab
from lab.layout import Role
from lab.places import OBSERVING

pytestmark = pytest.mark.lab
DOCUMENT = Path(__file__).parents[2] / "docs" / "lab.md"
SEEN = "until continuance failover status 2>/dev/null | grep -q '{}'; do sleep 0.5; done"
PATIENCE_SECONDS = 120.0
ROOT = Path(__file__).parents[2]
TARGET = "/usr/local/lib/continuance"
WATCHES_SECONDS = 20.0
"""A controller that may act has logged in to every host by then."""


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


def test_who_only_observes_logs_in_to_no_host_and_installs_nothing_there(lab: Lab) -> None:
    make_whole(lab)
    hosts = [host.name for host in lab.layout.hosts.values() if host.role in (Role.DATABASE, Role.EDGE)]
    for host in hosts:
        lab.inside(host, "rm", "-rf", TARGET)
    since = f"@{time.time():.0f}"
    controller = [*lab.beside("ctl-1"), sys.executable, "-m", "failover.live.driver", "--config", str(OBSERVING)]
    with subprocess.Popen(controller, cwd=ROOT, stderr=subprocess.DEVNULL) as watching:
        time.sleep(WATCHES_SECONDS)
        watching.terminate()
    for host in hosts:
        journal = lab.inside(host, "journalctl", "--since", since, "--unit", "continuance-ssh", "--output", "cat")
        assert "Accepted" not in journal
        assert TARGET not in lab.inside(host, "find", str(Path(TARGET).parent), "-maxdepth", "1").split()
