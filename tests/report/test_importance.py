from report.importance import ServiceSpared, Spared, importance_charts, why_not_exact
from tests.simulator.building import network_of
from topology.quantities import HOUR, YEAR

TOPOLOGY = network_of('{name: small, hosts: {a: {}}, services: {shop: {title: "The shop", needs: a}, page: {needs: a}}}')
HOURLY = HOUR / YEAR


def spared(service: str, view: str, *things: Spared, left_out: tuple[str, ...] = ()) -> ServiceSpared:
    return ServiceSpared(service, view, 10 * HOURLY, things, left_out)


def test_a_full_bar_is_all_that_a_service_is_down() -> None:
    found = [spared("shop", "as it stands", Spared("a", 10 * HOURLY), Spared("b", HOURLY), Spared("c", 1e-9))]
    (chart,) = importance_charts(found, TOPOLOGY)

    assert (chart.title, chart.about) == ("The shop", "as it stands: 10h down or stale a year, exact")
    assert [(bar.title, bar.spared, round(bar.width_percent)) for bar in chart.bars] == [("a", "10h", 100), ("b", "1h", 10)]


def test_a_second_view_goes_on_below_the_title_of_the_first() -> None:
    found = [spared(name, view, Spared("a", HOURLY)) for name, view in (("shop", "one"), ("shop", "other"), ("page", "one"))]

    assert [chart.title for chart in importance_charts(found, TOPOLOGY)] == ["The shop", "", "page"]


def test_what_stands_against_exactness_is_named_once() -> None:
    found = [spared(name, "one", Spared("a", HOURLY), left_out=("crew field", "cluster db")) for name in ("shop", "page")]

    assert why_not_exact(found) == "crew field and cluster db"
    assert importance_charts(found, TOPOLOGY)[0].about.endswith("not exact")


def test_a_service_that_nothing_takes_down_is_not_drawn() -> None:
    assert importance_charts([ServiceSpared("shop", "one", 0.0, (), ())], TOPOLOGY) == []
