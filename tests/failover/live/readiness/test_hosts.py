from dataclasses import replace
from typing import Any

from failover.core.cluster import Sighting
from failover.core.commands import Outcome
from failover.core.events import Health
from failover.core.states import State
from failover.live.readiness.hosts import FREE_BYTES_MIN, Typed, hosts_check
from failover.live.readiness.verdict import Lack
from playbooks.verdict import Report, unclear
from tests.failover.live.readiness.looking import controller, known, looked

STANDBYS = ["db-2", "db-3"]
TYPED = Typed(
    lambda cluster: f"continuance failover rehearse {cluster} --config /c.yaml", lambda host: f"ansible {host} -i /hosts.yml"
)
PROMOTED: dict[str, Any] = {"clusters": {"db": {"role": "primary", "follows": None, "synchronous": []}}}


def well(host: str) -> dict[str, Any]:
    """What a host answers where all is as it should be."""
    proxy = host.startswith("edge")
    role = {"role": "primary", "follows": None, "synchronous": STANDBYS} if host == "db-1" else None
    standby = {"role": "standby", "follows": "db-1", "synchronous": []}
    return {
        "rights": [["", "become", ""], ["db", "proxy" if proxy else "login", ""]],
        "free_bytes": {"/var/lib/continuance": 10**9, "/data": 10**12},
        "clusters": {} if proxy else {"db": role or standby},
        "routed": {"db": "db-1"} if proxy else {},
    }


class Hosts:
    """Answers as a test wants."""

    def __init__(self, **other: Any) -> None:
        self.other = {name.replace("_", "-"): each for name, each in other.items()}
        self.asked: list[tuple[str, bool]] = []

    async def survey(self, host: str, closely: bool, deadline_seconds: float) -> Report:
        self.asked.append((host, closely))
        found = self.other.get(host, {})
        return found if isinstance(found, Report) else Report(Outcome.SUCCEEDED, {**well(host), **found})


def found(hosts: Hosts, **changes: Any) -> dict[str, Lack]:
    state = known()
    c = replace(state.clusters["db"], synchronous=(frozenset(STANDBYS),), **changes)
    state = replace(state, clusters={"db": c})
    check = hosts_check(hosts, controller(state), ["db-1", "db-2", "db-3", "edge-1"], TYPED)
    return {subject: lack for subject, lack in looked(check).items() if lack is not None}


def test_every_host_is_asked_and_where_all_is_well_nothing_is_in_the_way() -> None:
    hosts = Hosts()
    assert found(hosts) == {}
    assert hosts.asked == [(host, False) for host in ("db-1", "db-2", "db-3", "edge-1")]


def test_a_host_that_cannot_be_logged_in_to_says_why_and_how_to_try_it() -> None:
    (lack,) = found(Hosts(db_2=unclear("Permission denied (publickey)"))).values()
    assert lack.why == "it cannot be asked over SSH: Permission denied (publickey)"
    assert lack.remedy == "try it yourself: ansible db-2 -i /hosts.yml"


def test_a_right_that_is_lacking_is_said_in_words() -> None:
    rights = [["", "become", "we are 'deploy' there, and not root"], ["db", "login", "the database does not run"]]
    lacks = found(Hosts(db_3={"rights": rights}))
    assert lacks["commands on 'db-3'"].why == (
        "we cannot act as root: we are 'deploy' there, and not root; "
        "we cannot be let in by the database of 'db': the database does not run"
    )


def test_a_disk_that_fills_is_told_with_what_is_left() -> None:
    lacks = found(Hosts(db_2={"free_bytes": {"/var/lib/continuance": 10**9, "/data": FREE_BYTES_MIN - 1}}))
    assert lacks["the disk of 'db-2'"].why == "'/data' has only 1024 MiB left"


def test_what_is_found_and_not_believed_is_told() -> None:
    why = found(Hosts(edge_1={"routed": {"db": "db-2"}}, db_2=PROMOTED))["what is believed of 'db'"].why
    assert "'db-2' is a primary, and should be a standby" in why
    assert "the proxy on 'edge-1' sends clients to 'db-2', and should to 'db-1'" in why


def test_commits_that_wait_for_somebody_else_are_told() -> None:
    primary = {"clusters": {"db": {"role": "primary", "follows": None, "synchronous": ["db-3"]}}}
    why = found(Hosts(db_1=primary))["what is believed of 'db'"].why
    assert why == "commits of 'db-1' wait for db-3, and should for db-2, db-3"


def test_a_quarantined_member_may_be_what_it_is() -> None:
    assert found(Hosts(db_2=PROMOTED), quarantined=frozenset({"db-2"})) == {}


def test_nobody_is_asked_while_something_is_being_done() -> None:
    hosts = Hosts(db_2=unclear("Permission denied (publickey)"))
    assert (found(hosts, state=State.FENCING), hosts.asked) == ({}, [])


def test_that_a_host_which_is_known_to_be_silent_cannot_be_asked_is_no_second_alarm() -> None:
    gone = {"health": {"db-2": Sighting(Health.SILENT, ())}}
    assert found(Hosts(db_2=unclear("no route to host")), **gone) == {}
