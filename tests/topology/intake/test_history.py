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
    begins = incidents[0].failed
    servers, power = learn(network_of(NETWORK), incidents, begins, begins + 100 * DAY, "incidents.csv")

    assert (servers.name, servers.count, servers.failures) == ("roles.server", 2, 3)
    assert servers.life_seconds.value == pytest.approx((200 * DAY - 14 * HOUR) / 3)
    assert servers.repair_median_seconds is not None
    assert servers.repair_median_seconds.value == pytest.approx(4 * HOUR)
    assert (power.name, power.failures, power.repair_median_seconds) == ("components.power", 1, None)


def test_the_interval_of_three_failures_is_that_of_the_tables(tmp_path: Path) -> None:
    """Garwood's for a count of three: 0.6187 to 8.7673."""
    incidents = read_incidents(written(tmp_path, LINES), {})
    servers, _ = learn(network_of(NETWORK), incidents, incidents[0].failed, incidents[0].failed + 100 * DAY, "incidents.csv")

    assert servers.watched_seconds / servers.life_seconds.high == pytest.approx(0.6187, abs=1e-4)
    assert servers.watched_seconds / servers.life_seconds.low == pytest.approx(8.7673, abs=1e-4)


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
