import sys

import pytest

from console.lab_status import print_stopped, print_ways_to_watch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the lab is made of Linux namespaces")


def test_of_a_database_that_does_not_run_it_is_said_why_and_what_starts_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_stopped(["db-3"])
    why, start, rejoin = capsys.readouterr().out.splitlines()
    assert why.startswith("The database of db-3 does not run. None starts by itself")
    assert start.endswith(": continuance lab in db-3 systemctl start continuance-postgresql")
    assert rejoin.endswith(": continuance failover rejoin db-3")


def test_what_lets_a_controller_watch_can_be_typed_as_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_ways_to_watch({"host": "ctl-1", "configuration": "/a lab/controller.yaml", "observing": "/a lab/observing.yaml"})
    told = capsys.readouterr().out
    assert "acts:         /a lab/controller.yaml\n" in told
    assert told.endswith("continuance lab beside ctl-1 continuance controller run '/a lab/observing.yaml'\n")
