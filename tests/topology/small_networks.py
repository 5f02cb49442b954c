"""Small random networks, for comparing the clever ways with trying everything."""

from hypothesis import strategies as st

from topology.model import Cluster, Component, Fallback, Gate, Host, Service, Site, Topology

GateStrategy = st.SearchStrategy[Gate]


def gates(names: list[str], depth: int = 1) -> GateStrategy:
    """Draw a gate over *names*, with gates nested in it up to *depth*."""
    leaf: st.SearchStrategy[str | Gate] = st.sampled_from(names)
    inputs = st.lists(leaf | gates(names, depth - 1) if depth else leaf, min_size=1, max_size=4)
    return inputs.flatmap(lambda of: st.integers(1, len(of)).map(lambda count: Gate(count, tuple(of))))


@st.composite
def networks(draw: st.DrawFn) -> Topology:
    """Draw a network of up to eight things that can fail, a cluster, and services that need and read."""
    sites = [f"site-{number}" for number in range(draw(st.integers(1, 2)))]
    components: dict[str, Component] = {}
    for number in range(draw(st.integers(0, 2))):
        name = f"component-{number}"
        needs = draw(st.none() | gates(sorted(components))) if components else None
        components[name] = Component(name, site=draw(st.none() | st.sampled_from(sites)), needs=needs)
    hosts: dict[str, Host] = {}
    for number in range(draw(st.integers(2, 4))):
        name = f"host-{number}"
        uses = tuple(draw(st.lists(st.sampled_from(sorted(components)), max_size=2, unique=True))) if components else ()
        hosts[name] = Host(name, site=draw(st.none() | st.sampled_from(sites)), uses=uses)
    members = tuple(draw(st.lists(st.sampled_from(sorted(hosts)), min_size=1, max_size=3, unique=True)))
    services: dict[str, Service] = {}
    for number in range(draw(st.integers(1, 3))):
        name = f"service-{number}"
        services[name] = Service(
            name,
            needs=draw(gates([*components, *hosts, "cluster"])),
            reads=tuple(draw(st.lists(st.sampled_from(sorted(services)), max_size=2, unique=True))) if services else (),
            fallback=draw(st.none() | st.just(Fallback(3600.0))),
        )
    return Topology(
        name="drawn",
        sites={name: Site(name) for name in sites},
        components=components,
        hosts=hosts,
        clusters={"cluster": Cluster("cluster", members, members[0])},
        services=services,
    )


def physical(topology: Topology) -> list[str]:
    """Return the names of what can fail."""
    return [*topology.sites, *topology.components, *topology.hosts]
