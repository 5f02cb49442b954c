from collections.abc import Collection, Mapping
from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st

from failover.core.candidates import FailureDomains, Situation, assess
from tests.topology.strategies import topologies
from topology.analysis.impact import assess_impact
from topology.document import parse_document
from topology.gates import Structure, View
from topology.load import build_topology
from topology.model import Topology

TWO_SITES = """
    name: two-sites
    sites: {here: {uses: [grid]}, there: {}}
    components:
      grid: {}
      power: {site: here}
      cooling: {site: here}
      storage: {needs: {at_least: 1, of: [shelf-1, shelf-2]}}
      shelf-[1-2]: {site: here}
    hosts:
      db-1: {site: here, uses: [storage, power]}
      db-2: {site: here, uses: [storage, power]}
      db-3: {site: there}
      db-4: {site: there, needs: {any: [power, cooling]}}
      app: {site: here, uses: [power]}
    clusters:
      db: {members: [db-1, db-2, db-3, db-4], primary: db-1, policy: {rpo: 15m}}
"""
ONE_SITE = """
    name: one-site
    sites: {here: {}}
    components: {power: {site: here}}
    hosts:
      db-1: {site: here}
      db-2: {site: here}
      app: {site: here}
    clusters:
      db: {members: [db-1, db-2], primary: db-1}
"""


def network(text: str = TWO_SITES) -> Topology:
    return build_topology(parse_document(dedent(text), "network.yaml"))


def judged(
    *failed: str,
    text: str = TWO_SITES,
    lag_seconds: Mapping[str, float] | None = None,
    unreachable: Collection[str] = (),
    quarantined: Collection[str] = (),
) -> dict[str, str | None]:
    """Return the refusal of each member, in the order of the verdicts, when *failed* have failed."""
    topology = network(text)
    structure = Structure(topology, View.ROUTED)
    state = structure.state()
    for name in failed:
        state.fail(structure.index[name])
    situation = Situation(
        FailureDomains(topology), lambda name: state.up[structure.index[name]], failed, lag_seconds or {}, unreachable, quarantined
    )
    cluster = topology.clusters["db"]
    return {verdict.host: verdict.refusal for verdict in assess(cluster, cluster.primary, situation)}


def test_everything_that_something_cannot_run_without_is_found_nearest_first() -> None:
    assert FailureDomains(network()).of("db-1") == ("storage", "power", "here", "grid")


def test_what_is_redundant_is_no_failure_domain_but_what_both_halves_stand_on_is() -> None:
    assert FailureDomains(network()).of("db-4") == ("there", "here", "grid")


def test_a_primary_that_fails_alone_leaves_every_other_member_fit() -> None:
    assert judged("db-1") == {"db-2": None, "db-3": None, "db-4": None}


def test_the_least_behind_comes_first_and_the_order_of_members_breaks_ties() -> None:
    assert list(judged("db-1", lag_seconds={"db-2": 5, "db-3": 2, "db-4": 2})) == ["db-3", "db-4", "db-2"]


def test_a_member_that_hangs_on_what_failed_is_refused_with_its_name() -> None:
    assert judged("power")["db-2"] == "hangs on 'power', which failed"


def test_a_member_is_refused_for_the_root_of_what_it_hangs_on() -> None:
    assert judged("grid")["db-2"] == "hangs on 'grid', which failed"


def test_a_member_on_storage_that_lost_too_much_is_refused_for_the_storage() -> None:
    assert judged("shelf-1")["db-2"] is None
    assert judged("shelf-1", "shelf-2")["db-2"] == "hangs on 'storage', which failed"


def test_a_member_on_what_all_failed_hosts_share_is_refused() -> None:
    verdicts = judged("db-1", "app")

    assert verdicts["db-2"] == "hangs on 'grid', as do all hosts that failed"
    assert verdicts["db-3"] is None


def test_one_failed_host_throws_no_suspicion() -> None:
    assert judged("app")["db-2"] is None


def test_hosts_that_share_nothing_throw_no_suspicion() -> None:
    assert judged("db-3", "app")["db-2"] is None


def test_within_a_single_site_the_site_itself_is_not_suspected() -> None:
    assert judged("db-1", "app", text=ONE_SITE) == {"db-2": None}


def test_what_is_shared_within_a_single_site_is_suspected() -> None:
    text = ONE_SITE.replace("{site: here}\n", "{site: here, uses: [power]}\n")

    assert judged("db-1", "app", text=text)["db-2"] == "hangs on 'power', as do all hosts that failed"


def test_a_member_that_is_down_is_refused() -> None:
    assert judged("db-3")["db-3"] == "is down itself"


def test_a_member_whose_own_needs_are_not_met_is_refused() -> None:
    assert judged("power", "cooling")["db-4"] == "its own needs are not met"


def test_a_member_that_cannot_be_reached_is_refused() -> None:
    assert judged("db-1", unreachable={"db-3"})["db-3"] == "cannot be reached"


def test_failure_domains_come_before_reachability() -> None:
    assert judged("power", unreachable={"db-2"})["db-2"] == "hangs on 'power', which failed"


def test_a_member_that_lags_beyond_the_rpo_is_refused_and_one_at_the_limit_is_not() -> None:
    verdicts = judged("db-1", lag_seconds={"db-2": 901, "db-3": 900})

    assert verdicts["db-2"] == "lags 15m 1s, more than the RPO of 15m"
    assert verdicts["db-3"] is None


def test_without_an_rpo_no_lag_is_too_much() -> None:
    assert judged("db-1", text=ONE_SITE, lag_seconds={"db-2": 1e9}) == {"db-2": None}


def test_a_quarantined_member_is_refused_before_everything_else() -> None:
    verdicts = judged("power", quarantined={"db-2"})

    assert verdicts["db-2"] == "quarantined: it was primary, or may have been, and has not been rejoined"


def test_the_fit_come_before_the_refused() -> None:
    assert list(judged("db-2", "db-3", lag_seconds={"db-4": 60})) == ["db-4", "db-2", "db-3"]


def test_of_three_that_may_lose_one_none_is_a_failure_domain() -> None:
    text = TWO_SITES.replace("{any: [power, cooling]}", "{at_least: 2, of: [power, there, shelf-1]}")
    text = text.replace("shelf-[1-2]: {site: here}", "shelf-[1-2]: {}")
    assert FailureDomains(network(text)).of("db-4") == ("there",)


def test_the_reason_names_what_failed_itself_and_not_what_went_down_with_others() -> None:
    text = TWO_SITES.replace("db-2: {site: here, uses: [storage, power]}", "db-2: {site: here, uses: [power, storage]}")
    assert judged("power", "shelf-1", "shelf-2", text=text)["db-2"] == "hangs on 'power', which failed"


def test_after_a_failover_the_first_primary_is_judged_and_the_present_one_is_not() -> None:
    topology = network()
    situation = Situation(FailureDomains(topology), lambda name: name != "db-3", ("db-3",), {}, quarantined=("db-1",))
    verdicts = {verdict.host: verdict.refusal for verdict in assess(topology.clusters["db"], "db-3", situation)}
    assert verdicts.keys() == {"db-1", "db-2", "db-4"}
    assert verdicts["db-1"] is not None and verdicts["db-1"].startswith("quarantined")


@given(topologies(), st.data())
def test_impact_and_the_controller_agree_on_who_may_take_over(topology: Topology, data: st.DataObject) -> None:
    names = [*topology.hosts, *topology.components, *topology.sites]
    failed = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    structure = Structure(topology, View.AFTER_FAILOVER)
    up = structure.state(failed).up
    situation = Situation(FailureDomains(topology), lambda name: up[structure.index[name]], frozenset(failed), {})

    for hit in assess_impact(topology, failed).clusters:
        cluster = topology.clusters[hit.cluster]
        refusals = {verdict.host: verdict.refusal for verdict in assess(cluster, cluster.primary, situation)}
        for standby in hit.standbys:
            assert (refusals[standby.host] is None) == (standby.can_take_over and not standby.suspect)
