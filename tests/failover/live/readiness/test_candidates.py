from dataclasses import replace

from failover.core.cluster import Controller
from failover.core.controller import step
from failover.core.events import Health, Ordered, OrderKind
from failover.core.settings import Settings
from failover.core.states import State
from failover.live.readiness.candidates import candidate_check, shared_fates
from failover.live.readiness.verdict import Lack
from tests.failover.live.readiness.looking import controller, known, looked
from topology.document import parse_document
from topology.load import build_topology

FAILOVER = "a failover of 'db'"

SHARED = """
name: shared
sites: {here: {}, there: {}}
components: {storage: {site: here}, rack: {site: here}}
hosts:
  db-1: {site: here, uses: [storage, rack]}
  db-2: {site: here, uses: [storage]}
clusters:
  db: {members: [db-1, db-2], primary: db-1, fence: [operator]}
"""


def failover(state: Controller) -> Lack | None:
    return looked(candidate_check(controller(state), "db", {}))[FAILOVER]


def acquainted(state: Controller) -> Controller:
    """It has learned for whom commits wait."""
    c = replace(state.clusters["db"], synchronous=(frozenset({"db-2", "db-3"}),))
    return replace(state, clusters={"db": c})


def test_a_cluster_whose_standbys_are_well_could_be_failed_over() -> None:
    assert failover(acquainted(known())) is None


def test_when_nobody_could_take_over_each_member_has_its_reason() -> None:
    lack = failover(acquainted(known(db_2=Health.SILENT, db_3=Health.SILENT)))
    assert lack is not None
    assert lack.why.startswith("nobody could take over from 'db-1'")
    assert "'db-2'" in lack.why
    assert "'db-3'" in lack.why


def test_a_synchronous_standby_that_nobody_can_ask_may_hold_what_was_acknowledged() -> None:
    lack = failover(acquainted(known(db_3=Health.SILENT)))
    assert lack is not None
    assert "'db-3' may hold what was acknowledged" in lack.why


def test_paused_automation_is_no_readiness() -> None:
    state = acquainted(known())
    state = step(state, Ordered(61.0, 61.0, "db", OrderKind.PAUSE, "anna")).state
    lack = failover(state)
    assert lack is not None
    assert "'anna' paused automation" in lack.why
    assert "continuance failover resume db" in lack.remedy


def test_while_a_recovery_is_under_way_nothing_is_said_of_it() -> None:
    state = known()
    state = replace(state, clusters={"db": replace(state.clusters["db"], state=State.FENCING)})
    assert FAILOVER not in looked(candidate_check(controller(state), "db", {}))


def test_what_every_member_hangs_on_is_told_and_a_rack_of_the_primary_alone_is_not() -> None:
    state = known(Settings(build_topology(parse_document(SHARED, "network.yaml"))))
    assert list(shared_fates(state, "db")) == ["storage"]
    lack = looked(candidate_check(controller(state), "db", {}))["the failure domains of 'db'"]
    assert lack is not None
    assert lack.why == "should 'storage' fail, nobody could take over: every member hangs on it"


def test_a_site_is_shared_only_where_a_member_stands_elsewhere() -> None:
    assert list(shared_fates(known(), "db")) == []
