"""What the services put on hosts' disks, for the lab's own topology."""

import ast
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.configuration import configuration
from lab.disks import SSHD_SERVICE
from lab.layout import Layout, Role, lay_out
from lab.services import answering, cases, database, telephony
from lab.services.database_disks import slot
from lab.services.installed import SERVICES
from lab.services.monitoring import HOST_DOWN, RULES, alerting, scraping
from lab.services.service import File
from playbooks.equipment import Database
from topology.load import load_topology
from topology.sources import find_network

UNITS = "/etc/systemd/system/"


@pytest.fixture(scope="module")
def layout() -> Layout:
    return lay_out(load_topology(find_network("court-lab")))


def files_of(layout: Layout, host: str) -> Mapping[str, File]:
    return {path: file for service in SERVICES for path, file in service.files(layout, layout.host(host)).items()}


def starts_of(layout: Layout, host: str) -> list[str]:
    return [unit for service in SERVICES for unit in service.starts(layout, layout.host(host))]


def text_of(layout: Layout, host: str, path: str) -> str:
    content = files_of(layout, host)[path].content
    assert isinstance(content, str)
    return content


def test_whatever_a_host_starts_it_has_the_unit_of(layout: Layout) -> None:
    for host in layout.hosts:
        assert {UNITS + unit for unit in starts_of(layout, host)} <= files_of(layout, host).keys()


def test_what_drills_kill_again_and_again_may_be_started_as_often(layout: Layout) -> None:
    units = [text_of(layout, host, path) for host in layout.hosts for path in files_of(layout, host) if path.endswith(".service")]
    assert units
    for unit in (*units, SSHD_SERVICE):
        assert "\nStartLimitIntervalSec=0\n" in unit.partition("[Service]")[0]


def test_no_database_starts_at_boot_or_again_by_itself(layout: Layout) -> None:
    for host in layout.of(Role.DATABASE):
        assert starts_of(layout, host.name) == []
        assert "Restart=no\n" in text_of(layout, host.name, UNITS + database.UNIT)


def test_a_proxy_sends_nobody_to_a_database_before_it_is_told_to(layout: Layout) -> None:
    configuration = text_of(layout, "edge-1", "/etc/haproxy/haproxy.cfg")
    servers = [line.split() for line in configuration.splitlines() if ":5432" in line and "server " in line]
    assert [(words[1], words[2], words[3]) for words in servers] == [
        ("db-1", "10.77.0.11:5432", "disabled"),
        ("db-2", "10.77.0.12:5432", "disabled"),
        ("db-3", "10.77.0.13:5432", "disabled"),
    ]


def test_both_lookup_servers_are_asked_after_their_health(layout: Layout) -> None:
    configuration = text_of(layout, "edge-1", "/etc/haproxy/haproxy.cfg").partition("backend lookup")[2]
    assert "option httpchk GET /health" in configuration
    assert "server app-1 10.77.0.21:8000" in configuration
    assert "server app-2 10.77.0.22:8000" in configuration


def test_calls_go_to_the_first_hotline_server_as_long_as_it_answers(layout: Layout) -> None:
    assert telephony.dispatcher_list(layout) == "1 sip:10.77.0.31:5060 0 20\n1 sip:10.77.0.32:5060 0 10\n"


def test_no_brace_of_a_template_is_left_in_a_configuration(layout: Layout) -> None:
    for host in layout.hosts:
        for path, file in files_of(layout, host).items():
            if isinstance(file.content, str) and path.endswith((".cfg", ".service", ".list")):
                assert "{{" not in file.content.replace("{{ $labels", ""), path


def test_answers_are_read_by_way_of_the_proxy_as_anybody_reads(layout: Layout) -> None:
    assert answering.conninfo(layout, "app-1").startswith("host=10.77.0.10 port=5432 user=court dbname=court ")


def test_what_runs_on_hosts_takes_nothing_but_the_standard_library_and_psycopg2(layout: Layout) -> None:
    programs = {path: file for path, file in files_of(layout, "app-1").items() if path.endswith(".py")}
    ours = {path.removeprefix(f"{answering.LIBRARY}/").removesuffix(".py").replace("/", ".") for path in programs}
    for path, file in programs.items():
        for node in ast.walk(ast.parse(file.content)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                known = name.partition(".")[0] in {*sys.stdlib_module_names, "psycopg2"}
                assert known or name in ours or f"{name}.__init__" in ours, f"{path} imports {name}"


def test_the_monitor_asks_the_proxy_and_those_who_answer_and_the_controller(layout: Layout) -> None:
    jobs = scraping(layout, layout.of(Role.MONITOR)[0])["scrape_configs"]
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs}
    assert targets == {
        "proxy": ["10.77.0.10:8404"],
        "lookup": ["10.77.0.21:8000", "10.77.0.22:8000"],
        "continuance": ["10.77.0.5:9477"],
    }


def test_the_controller_hears_which_hosts_are_not_there_and_shows_how_it_is(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "topology").write_text("court-lab")
    monkeypatch.setattr("lab.configuration.TOPOLOGY", tmp_path / "topology")
    told = configuration(layout)
    (heard,) = [each["alertmanager"] for each in told["vantages"] if isinstance(each, dict)]
    (hook,) = alerting(layout)["receivers"][1]["webhook_configs"]
    assert hook["url"] == f"http://{heard['listen']}/"
    assert heard["alerts"] == [HOST_DOWN]
    assert HOST_DOWN in str(RULES)
    assert told["listen"] == {"http": "10.77.0.5:9477"}


@pytest.mark.parametrize("host", ["db-1", "DB.2-b", "x" * 80])
def test_a_slot_is_named_as_the_controller_will_look_for_it(host: str) -> None:
    assert slot(host) == Database("cases", host, "", "", "", "").slot


def test_the_cases_are_all_different_and_made_up() -> None:
    assert len(set(cases.numbers())) == cases.COUNT
    assert all(number.startswith("LAB-") for number in cases.numbers())
    assert cases.rows().count("Invented case") == cases.COUNT
