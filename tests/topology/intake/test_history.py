from pathlib import Path

import pytest

from tests.simulator.building import network_of
from topology.errors import InputError
from topology.intake.history import learn, read_incidents
from topology.quantities import DAY, HOUR

NETWORK = """
    name: past
    components: {power: {}}
    hosts: {"srv-[1-2]": {role: server}}
    services: {shop: {needs: srv-1}}
"""
LINES = """what,failed,back
srv-1,2024-01-01T00:00,2024-01-01T08:00
srv-2,2024-01-11T00:00,2024-01-11T02:00
srv-1,2024-01-21T00:00,2024-01-21T04:00
power,2024-01-21T00:00,
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "incidents.csv"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as refusal:
        read_incidents(written(folder, text), {})
    return str(refusal.value).removeprefix(f"{folder}/")


def test_hosts_of_a_role_are_learned_about_together(tmp_path: Path) -> None:
    incidents = read_incidents(written(tmp_path, LINES), {})
    begins = incidents[0].failed - DAY
    (servers, power), silent = learn(network_of(NETWORK), incidents, begins, begins + 100 * DAY, "incidents.csv")

    assert (servers.name, servers.count, servers.failures) == ("roles.server", 2, 3)
    assert servers.life is not None
    assert servers.life.estimates["mean_seconds"].value == pytest.approx((200 * DAY - 14 * HOUR) / 3)
    assert servers.repair is not None
    assert servers.repair.estimates["median_seconds"].value == pytest.approx(4 * HOUR, rel=1e-3)
    assert (power.name, power.failures, power.repair, power.open_repairs) == ("components.power", 1, None, 1)
    assert silent == []


def test_the_interval_of_three_failures_is_that_of_the_tables(tmp_path: Path) -> None:
    """Garwood's for a count of three: 0.6187 to 8.7673."""
    incidents = read_incidents(written(tmp_path, LINES), {})
    begins = incidents[0].failed - DAY
    (servers, _), _ = learn(network_of(NETWORK), incidents, begins, begins + 100 * DAY, "incidents.csv")

    assert servers.life is not None
    mean = servers.life.estimates["mean_seconds"]
    assert servers.watched_seconds / mean.high == pytest.approx(0.6187, abs=1e-4)
    assert servers.watched_seconds / mean.low == pytest.approx(8.7673, abs=1e-4)


def test_what_fails_at_the_moment_watching_begins_is_no_failure_but_a_repair(tmp_path: Path) -> None:
    incidents = read_incidents(written(tmp_path, LINES), {})
    (servers, _), _ = learn(network_of(NETWORK), incidents, incidents[0].failed, incidents[0].failed + 100 * DAY, "incidents.csv")

    assert (servers.failures, len(servers.repairs_seconds)) == (2, 3)


def test_open_incidents_alone_tell_how_often_and_not_how_long(tmp_path: Path) -> None:
    incidents = read_incidents(written(tmp_path, "what,failed,back\nsrv-1,2024-01-01,\nsrv-2,2024-03-01,\n"), {})
    begins = incidents[0].failed - 10 * DAY
    (servers,), silent = learn(network_of(NETWORK), incidents, begins, begins + 100 * DAY, "incidents.csv")

    assert (servers.failures, servers.open_repairs, servers.repair) == (2, 2, None)
    assert servers.life is not None
    assert silent == ["components.power"]


def test_what_fails_again_without_having_come_back_is_told_with_its_line(tmp_path: Path) -> None:
    text = LINES.replace("2024-01-01T08:00", "")
    incidents = read_incidents(written(tmp_path, text), {})

    with pytest.raises(InputError) as refusal:
        learn(network_of(NETWORK), incidents, 0.0, 1e12, "incidents.csv")
    assert str(refusal.value) == "incidents.csv:2: srv-1: has no time at which it was back, yet fails again in line 4"


def test_incidents_that_overlap_or_last_no_time_are_told(tmp_path: Path) -> None:
    text = LINES + "srv-1,2024-01-21T01:00,2024-01-21T05:00\nsrv-2,2024-02-01,2024-02-01\n"
    incidents = read_incidents(written(tmp_path, text), {})
    begins = incidents[0].failed - DAY
    (servers, _), _ = learn(network_of(NETWORK), incidents, begins, begins + 100 * DAY, "incidents.csv")

    assert servers.failures == 4
    assert max(servers.repairs_seconds) == 8 * HOUR
    assert 5 * HOUR in servers.repairs_seconds
    assert [each.partition(" of the incidents ")[2] for each in servers.cautions] == [
        "began while the thing was down already: part of the same outage",
        "ended the moment they began: failures, but left out of the repairs",
    ]


def test_times_with_offsets_are_one_time(tmp_path: Path) -> None:
    """An outage over the night in which the clocks go back."""
    text = "what,failed,back\nsrv-1,2024-10-27T02:30+02:00,2024-10-27T02:30+01:00\n"
    (incident,) = read_incidents(written(tmp_path, text), {})

    assert incident.back == incident.failed + HOUR


def test_columns_may_have_any_names(tmp_path: Path) -> None:
    text = LINES.replace("what,failed,back", "Server,Went down,Up again")
    columns = {"what": "Server", "failed": "Went down", "back": "Up again"}

    assert len(read_incidents(written(tmp_path, text), columns)) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what,fail,back\n", "incidents.csv:1: failed: there is no column 'failed'; did you mean 'fail'?"),
        ("what,failed,back\n", "incidents.csv:1: there are no incidents in it"),
        (
            "what,failed,back\nsrv-1,then,\n",
            "incidents.csv:2: srv-1: 'then' is not a time; write for example 2025-03-01T14:30",
        ),
        (
            "what,failed,back\nsrv-1,2024-01-02,2024-01-01\n",
            "incidents.csv:2: srv-1: '2024-01-01' is before '2024-01-02'",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert refused(tmp_path, text) == said


def test_what_is_not_in_the_network_is_told(tmp_path: Path) -> None:
    incidents = read_incidents(written(tmp_path, LINES.replace("srv-2", "srv2")), {})

    with pytest.raises(InputError, match="no host, component or site of this name; did you mean 'srv-2'"):
        learn(network_of(NETWORK), incidents, 0.0, 1e12, "incidents.csv")
