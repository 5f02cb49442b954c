import pytest

from topology.document import parse_document
from topology.errors import Problem, TopologyError
from topology.load import build_topology

HEAD = """\
name: n
sites: {a: {}, b: {}}
components: {feed: {site: a}, disks: {needs: {any: [db-1, px-1]}}, shelf: {needs: db-2}}
hosts: {"db-[1-2]": {site: a}, "px-[1-2]": {}, "log-[1-2]": {}}
services: {page: {needs: px-1}}
clusters:
  log: {members: ["log-[1-2]"], primary: log-1}
"""
"""What follows begins on line 8, and may add to the clusters."""
KINDS = "redfish, fence_agent, playbook, self, operator"
LIST = "write a name or a list of names, such as [app-1, app-2]"


def complaint(text: str) -> Problem:
    with pytest.raises(TopologyError) as error:
        build_topology(parse_document(HEAD + text, "f"))
    (problem,) = error.value.problems
    return problem


@pytest.mark.parametrize(
    ("written", "key", "message"),
    [
        ("fence: redfsh", "fence", "'redfsh' is no way to fence; did you mean 'redfish'?"),
        ("fence: [3]", "fence", f"3 is no way to fence; write one of {KINDS}"),
        ("fence: []", "fence", f"names no way to fence; write one or more of {KINDS}"),
        ("fence: [self, {self: }]", "fence", "'self' is named twice"),
        ("fence: [operator, self]", "fence", "'operator' stands last: a person is asked when no machine could make sure"),
        ("fence: {redfish: , self: }", "fence", f"a way to fence has one name, one of {KINDS}; write a list for several"),
        ("fence: [{stonith: {uses: [feed]}}]", "fence", f"'stonith' is no way to fence; write one of {KINDS}"),
        (
            "fence: [{redfish: feed}]",
            "fence",
            "'redfish' takes what it hangs on and nothing else; write {redfish: {uses: [power-b]}}",
        ),
        (
            "fence: [{self: {uses: [feed]}}]",
            "fence",
            "'self' takes no 'uses': only redfish, fence_agent, playbook hang on something besides the host",
        ),
        ("fence: [{redfish: {uses: 3}}]", "fence", f"3 is not a name; {LIST}"),
        ("fence: [{redfish: {uses: [fed]}}]", "fence", "the name 'fed' is not defined; did you mean 'feed'?"),
        (
            "fence: [{redfish: {uses: [page]}}]",
            "fence",
            "'page' is a service, which nothing hangs on by a gate; a service that shows its data says `reads: [page]`",
        ),
        (
            "fence: [{playbook: {uses: [db-2]}}]",
            "fence",
            "'playbook' hangs on 'db-2', which is what it fences; it must outlive what it fences",
        ),
        (
            "fence: [{playbook: {uses: [db]}}]",
            "fence",
            "'playbook' hangs on 'db', which is what it fences; it must outlive what it fences",
        ),
        (
            "fence: [{fence_agent: {uses: [feed, shelf]}}]",
            "fence",
            "'fence_agent' hangs on 'shelf', which is lost with 'db-2', which it fences; it must outlive what it fences",
        ),
        ("routes: [px-3]", "routes", "the host 'px-3' is not defined; did you mean 'px-2'?"),
        ("routes: [feed]", "routes", "the host 'feed' is not defined"),
        ("routes: [px-1, px-1]", "routes", "'px-1' is named twice"),
        ("policy: {approvals: 0}", "policy.approvals", "0 is too small; it must be 1 or more"),
        ("policy: {approvals: 3}", "policy.approvals", "3 is too large; it must be 2 or less"),
        ("policy: {approvals: both}", "policy.approvals", "'both' is not a whole number"),
        ("policy: {attempts: 0}", "policy.attempts", "0 is too small; it must be 1 or more"),
        ("policy: {within: 0s}", "policy.within", "'0s' is no time at all; write more than 0, for example 1h"),
        ("policy: {restart: -1s}", "policy.restart", "'-1s' is negative; a duration is 0 or more"),
        ("policy: {quorum: 1}", "policy.quorum", "1 is too small; it must be 2 or more"),
        ("policy: {qorum: 2}", "policy.qorum", "'qorum' is not a key here; did you mean 'quorum'?"),
        (
            "policy: {quorum: 3}",
            "policy.quorum",
            "3 vantage points must agree, but hosts are watched from 2 only (controller-1, controller-2); name more in `vantages`",
        ),
    ],
)
def test_what_cannot_be_of_a_cluster_is_said_once_with_its_line_and_key(written: str, key: str, message: str) -> None:
    text = f"  db:\n    members: [db-1, db-2]\n    primary: db-1\n    {written}\n"
    assert complaint(text) == Problem("f", 11, f"clusters.db.{key}", message)


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("controllers: [px-1, px-3]", "controllers", "the host 'px-3' is not defined; did you mean 'px-2'?"),
        ("controllers: [px-1, px-1]\nvantages: px-2", "controllers", "'px-1' is named twice"),
        ("controllers: {px-1: {}}", "controllers", f"a mapping is not a name; {LIST}"),
        ("controllers: 5", "controllers", f"5 is not a name; {LIST}"),
        ("vantages: [nowhere]", "vantages", "the host 'nowhere' is not defined"),
        ("vantages: [px-2, px-2]", "vantages", "'px-2' is named twice"),
        (
            "controllers: px-1",
            "controllers",
            "2 vantage points must agree, but hosts are watched from 1 only (px-1); name more in `vantages`",
        ),
        ("safety: {town: {clusters: [log, lag]}}", "safety.town.clusters", "the cluster 'lag' is not defined; did you mean 'log'?"),
        ("safety: {town: {clusters: [log, log]}}", "safety.town.clusters", "'log' is named twice"),
        (
            "safety: {town: {clusters: [log]}}",
            "safety.town.at_most",
            "at most 1 of 1 holds nothing back; name more clusters, or allow fewer",
        ),
        ("safety: {town: {clusters: [log], at_most: 0}}", "safety.town.at_most", "0 is too small; it must be 1 or more"),
        (
            "safety: {town: {cluster: [log], clusters: []}}",
            "safety.town.cluster",
            "'cluster' is not a key here; did you mean 'clusters'?",
        ),
        ("probing: {every: 0s}", "probing.every", "'0s' is no time at all; write more than 0, for example 1h"),
        ("safety: {town: }", "safety.town.clusters", "the key 'clusters' is missing"),
    ],
)
def test_what_cannot_be_of_controllers_is_said_once_with_its_line_and_key(text: str, key: str, message: str) -> None:
    assert complaint(text + "\n") == Problem("f", 8, key, message)


def test_a_safety_group_has_a_name_like_everything_else() -> None:
    two = "  db: {members: [db-1, db-2], primary: db-1}\nsafety: {my town: {clusters: [log, db]}}\n"
    assert complaint(two).message.startswith("'my town' is not a name; ")


def test_what_fences_may_hang_on_what_survives_the_loss_of_one_member() -> None:
    text = "  db: {members: [db-1, db-2], primary: db-1, fence: {playbook: {uses: [disks, feed, a]}}}\n"
    assert build_topology(parse_document(HEAD + text, "f")).clusters["db"].fence[0].uses == ("disks", "feed", "a")


def test_sections_with_nothing_under_them_are_empty() -> None:
    topology = build_topology(parse_document(HEAD + "controllers:\nvantages:\nsafety:\n", "f"))
    assert (topology.controllers, topology.vantages, topology.safety) == ((), (), {})
