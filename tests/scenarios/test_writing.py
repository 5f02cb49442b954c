from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.load import load_scenario
from scenarios.model import Fault, FaultKind
from scenarios.writing import as_document
from tests.scenarios.clustered import NETWORK, incident_of
from tests.scenarios.random_faults import HORIZON_SECONDS, faults
from topology.laws import Empirical, Fixed, Lognormal
from topology.model import Mode, Policy

START = "2025-01-06T00:00+01:00"


def written(*incident: Fault) -> str:
    return as_document("found", "shop", incident, start=START, horizon_seconds=HORIZON_SECONDS)


@pytest.mark.parametrize("kind", FaultKind)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_was_written_is_read_back_equal(kind: FaultKind, data: st.DataObject) -> None:
    incident = tuple(data.draw(st.lists(faults(kind), min_size=1, max_size=3)))
    assert incident_of(written(*incident)) == incident


def test_a_fault_stands_on_its_line_as_a_person_would_write_it() -> None:
    cut = Fault(90.0, FaultKind.CUT, ("db-1",), "a spade", sources=("db-2", "db-3"), one_way=True, for_seconds=43.0)
    assert "{at: 90s, cut: [db-1], from: [db-2, db-3], one_way: true, for: 43s, cause: a spade}" in written(cut)


def test_many_faults_stand_on_a_line_each() -> None:
    text = written(*(Fault(hour * 3600.0, FaultKind.LEASE_LOST, ("store",)) for hour in range(9)))
    assert text.count("\n  - {at: ") == 9


def test_a_whole_file_is_loaded_with_its_response(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(NETWORK, encoding="utf-8")
    policy = Policy(Mode.AUTOMATIC, 2.5, 900.0, approvals=2, attempts=3, within_seconds=1800.0, restart_seconds=0.0)
    incident = (Fault(0.5, FaultKind.KILL_PROCESS, ("db-1",)),)
    text = as_document(
        "schedule-7",
        str(tmp_path / "shop.yaml"),
        incident,
        start=START,
        horizon_seconds=3600.0,
        title="What seed 7 found",
        policy=policy,
        operator=Fixed(480.0),
        heading=["continuance replay schedule-7.yaml --seed 7"],
    )
    assert text.startswith("# continuance replay schedule-7.yaml --seed 7\n")
    (path := tmp_path / "schedule-7.yaml").write_text(text, encoding="utf-8")
    scenario = load_scenario(path)
    assert (scenario.name, scenario.title, scenario.incident) == ("schedule-7", "What seed 7 found", incident)
    assert (scenario.start, scenario.horizon_seconds) == ("2025-01-06T00:00:00+01:00", 3600.0)
    (response,) = scenario.responses
    assert response.operator == Fixed(480.0)
    assert {cluster.policy for cluster in response.topology.clusters.values()} == {policy}


def test_a_law_of_recorded_values_is_not_written() -> None:
    with pytest.raises(ValueError, match="a file of their own"):
        as_document("x", "shop", [], start=START, horizon_seconds=1.0, operator=Empirical((1.0, 2.0)))


def test_a_law_that_is_computed_is_written_by_what_people_know_of_it() -> None:
    law = Lognormal.from_median(480.0, 1800.0)
    text = as_document("x", "shop", [], start=START, horizon_seconds=1.0, operator=law)
    assert "operator: {lognormal: {median: " in text
