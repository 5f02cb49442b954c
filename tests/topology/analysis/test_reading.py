from topology.analysis.reading import conditions, sources_first
from topology.model import Fallback, Gate, Host, Service, Topology


def network(*services: Service) -> Topology:
    return Topology("reading", hosts={"host": Host("host")}, services={service.name: service for service in services})


def service(name: str, *reads: str, stale_after_seconds: float | None = None) -> Service:
    fallback = None if stale_after_seconds is None else Fallback(stale_after_seconds)
    return Service(name, needs=Gate(1, ("host",)), reads=reads, fallback=fallback)


def stale_after(topology: Topology, lost: set[str]) -> dict[str, float | None]:
    found = conditions(sources_first(topology, topology.services), lambda name: name not in lost)
    return {name: condition.stale_after_seconds for name, condition in found.items()}


def test_sources_come_before_those_that_read_them_and_only_they_come() -> None:
    topology = network(service("reader", "copy"), service("copy", "origin"), service("origin"), service("other"))

    assert [each.name for each in sources_first(topology, ["reader"])] == ["origin", "copy", "reader"]


def test_a_reader_of_a_stale_source_is_stale_from_the_same_moment() -> None:
    topology = network(service("origin", stale_after_seconds=100.0), service("reader", "origin"))

    assert stale_after(topology, {"origin"}) == {"origin": 100.0, "reader": 100.0}


def test_a_reader_answers_from_its_own_copy_where_that_is_sooner() -> None:
    topology = network(
        service("origin", stale_after_seconds=100.0),
        service("early", "origin", stale_after_seconds=10.0),
        service("late", "origin", stale_after_seconds=1000.0),
    )

    assert stale_after(topology, {"origin"}) == {"origin": 100.0, "early": 10.0, "late": 100.0}


def test_a_reader_of_two_sources_waits_for_the_later_and_for_ever_where_one_stays_down() -> None:
    topology = network(
        service("fast", stale_after_seconds=10.0),
        service("slow", stale_after_seconds=100.0),
        service("dead"),
        service("both", "fast", "slow"),
        service("all", "fast", "slow", "dead"),
    )

    found = stale_after(topology, {"fast", "slow", "dead"})

    assert (found["both"], found["all"]) == (100.0, None)


def test_a_service_whose_own_needs_fail_has_only_its_own_copy() -> None:
    topology = network(service("origin", stale_after_seconds=10.0), service("reader", "origin"))

    assert stale_after(topology, {"origin", "reader"}) == {"origin": 10.0, "reader": None}


def test_what_is_up_has_no_condition() -> None:
    topology = network(service("origin"), service("reader", "origin"), service("other"))

    assert set(stale_after(topology, {"origin"})) == {"origin", "reader"}
