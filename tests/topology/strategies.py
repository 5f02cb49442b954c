"""Random topologies for Hypothesis: small, lawful, with shared components, nested gates, a cluster and services."""

from hypothesis import strategies as st

from topology.laws import Empirical, Exponential, Fixed, Law, Lognormal, Weibull
from topology.model import Cluster, Component, Gate, Host, Service, Site, Topology


@st.composite
def gates(draw: st.DrawFn, names: list[str], depth: int = 2) -> Gate:
    """A gate over distinct *names*, with up to *depth* levels of gates in it."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    inputs: list[str | Gate] = list(chosen)
    if depth > 0 and draw(st.booleans()):
        inputs.append(draw(gates(names, depth - 1)))
    return Gate(draw(st.integers(1, len(inputs))), tuple(inputs))


@st.composite
def topologies(draw: st.DrawFn) -> Topology:
    """A topology without cycles: what comes later may hang on what came before."""
    sites = {name: Site(name) for name in ("east", "west")[: draw(st.integers(1, 2))]}
    some_site = st.none() | st.sampled_from(list(sites))
    before = list(sites)

    components: dict[str, Component] = {}
    for number in range(draw(st.integers(1, 4))):
        name = f"part-{number}"
        needs = draw(st.none() | gates(before))
        components[name] = Component(name, site=draw(some_site), needs=needs, uses=draw(_some_of(list(components))))
        before.append(name)

    hosts: dict[str, Host] = {}
    for number in range(draw(st.integers(2, 6))):
        name = f"host-{number}"
        hosts[name] = Host(name, site=draw(some_site), needs=draw(st.none() | gates(before)), uses=draw(_some_of(list(components))))
        before.append(name)

    members = tuple(draw(st.lists(st.sampled_from(list(hosts)), min_size=1, max_size=3, unique=True)))
    clusters = {"base": Cluster("base", members, draw(st.sampled_from(members)))}
    before.append("base")

    services: dict[str, Service] = {}
    for number in range(draw(st.integers(1, 3))):
        name = f"service-{number}"
        services[name] = Service(name, needs=draw(gates(before)))
    return Topology("random", sites=sites, components=components, hosts=hosts, clusters=clusters, services=services)


def _some_of(names: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple) if names else st.just(())


SECONDS = st.floats(min_value=1e-3, max_value=1e9)
PROBABILITIES = st.floats(min_value=1e-12, max_value=1 - 1e-12)


def laws() -> st.SearchStrategy[Law]:
    """Every kind of law, with parameters that people would write."""
    return st.one_of(
        st.builds(Fixed, SECONDS),
        st.builds(Exponential, SECONDS),
        st.builds(Weibull.from_mean, SECONDS, st.floats(0.5, 8)),
        st.builds(lambda median, times: Lognormal.from_median(median, median * times), SECONDS, st.floats(1.1, 50)),
        st.lists(SECONDS, min_size=1, max_size=8).map(lambda values: Empirical(tuple(sorted(values)))),
    )
