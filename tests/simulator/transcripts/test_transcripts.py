"""Failovers that went wrong elsewhere, met by the core: what must come of each, and the transcript of how it came about.

`CONTINUANCE_REWRITE=1 pytest tests/simulator/transcripts` writes the transcripts anew; read what changed before you keep it.
"""

import os

import pytest

from failover.core.notes import NoteKind
from failover.core.states import HaltReason
from tests.simulator.transcripts.playing import CASES, Played, play, transcript
from topology.quantities import HOUR, MINUTE

LIBRARY = {"five-server-outage": ("shared-standby",)}
"""Scenarios of the library that are played here, and by which responses."""
OWN = sorted(path.stem for path in CASES.glob("*.yaml") if not path.stem.endswith("-network"))


def only(name: str) -> Played:
    """Play the one response of the case called *name*."""
    (played,) = play(name, *LIBRARY.get(name, ()))
    return played


def moment(played: Played, kind: NoteKind) -> float:
    """Return the second of the first note of *kind*."""
    return played.notes(kind)[0][0]


@pytest.mark.parametrize("name", [*OWN, *LIBRARY])
def test_each_case_reads_as_its_transcript(name: str) -> None:
    path, text = CASES / f"{name}.txt", transcript(play(name, *LIBRARY.get(name, ())))
    if os.environ.get("CONTINUANCE_REWRITE"):
        path.write_text(text, encoding="utf-8")

    assert text == path.read_text(encoding="utf-8"), f"read what differs; CONTINUANCE_REWRITE=1 pytest {__file__} keeps it"


@pytest.mark.parametrize("name", [*OWN, *LIBRARY])
def test_no_case_breaks_an_invariant(name: str) -> None:
    assert [each.violations for each in play(name, *LIBRARY.get(name, ())) if each.violations] == []


def test_every_transcript_belongs_to_a_case() -> None:
    assert sorted(path.stem for path in CASES.glob("*.txt")) == sorted([*OWN, *LIBRARY])


def test_githubs_43_second_partition_does_not_leave_two_primaries() -> None:
    automatic, _ = play("github-2018-partition")

    assert automatic.writers("metadata") == ["mysql-east-1"]
    assert automatic.notes(NoteKind.FENCED, NoteKind.PROMOTED) == []
    assert automatic.downtime_seconds("website") == pytest.approx(43.0, abs=1.0)


def test_githubs_43_second_partition_is_sat_out_by_a_policy_that_waits_for_a_minute() -> None:
    _, patient = play("github-2018-partition")

    assert patient.notes(NoteKind.SUSPECTED, NoteKind.DECIDED) == []
    assert patient.writers("metadata") == ["mysql-east-1"]
    assert patient.downtime_seconds("website") == pytest.approx(43.0)


def test_githubs_west_takes_over_once_the_east_is_switched_off_and_no_more_is_lost_than_the_rpo() -> None:
    played = only("github-2018-fence-reachable")

    assert played.told(NoteKind.PROMOTED, "host") == ["mysql-west-1"]
    assert moment(played, NoteKind.FENCED) < moment(played, NoteKind.PROMOTED)
    assert played.writers("metadata") == ["mysql-west-1"]
    (lost_seconds,) = played.lost_seconds()
    assert isinstance(lost_seconds, float) and lost_seconds <= 5.0
    assert played.downtime_seconds("website") < 30.0, "a proxy in the East is waited for by nobody"
    assert played.told(NoteKind.RECOVERED, "unrouted") == [["proxy-east"]]


def test_a_recovery_of_unknown_outcome_is_not_released_by_any_timer_nor_joined_by_another() -> None:
    played = only("orchestrator-1217-outcome-unknown")

    assert played.told(NoteKind.DECIDED, "run") == [1]
    assert played.commanded("promote") == ["db-2", "db-3"]
    assert played.told(NoteKind.HALTED, "text") == [
        "nobody can prove that this is off: 'db-2'",
        "nobody can prove that this is off: 'db-2', which accepts writes",
    ]
    second_at = played.notes(NoteKind.CHOSE)[1][0]
    fenced = {note.data["host"]: at for at, note in played.notes(NoteKind.FENCED)}
    assert 6 * HOUR < fenced["db-2"] < second_at
    assert played.writers("orders") == ["db-3"]


def test_what_an_unknown_promotion_came_to_may_be_taken_by_a_person_who_says_so() -> None:
    played = only("orchestrator-1217-adopted")

    assert played.commanded("promote") == ["db-2"]
    assert played.told(NoteKind.DECIDED, "goal") == ["failover", "adopt"]
    assert played.writers("orders") == ["db-2"]


def test_a_promotion_whose_report_is_lost_is_looked_at_and_not_repeated() -> None:
    played = only("orchestrator-1217-reports-lost")

    assert played.commanded("promote") == ["db-2"]
    assert played.told(NoteKind.RECOVERED, "primary") == ["db-2"]


@pytest.mark.parametrize("moment_of_death", ["after-fence", "within-promote", "after-promote"])
def test_a_new_leader_goes_on_with_the_recovery_that_the_dead_one_left(moment_of_death: str) -> None:
    played = only(f"orchestrator-1296-leader-dies-{moment_of_death}")

    assert played.told(NoteKind.LED, "controller")[-1:] == ["controller-2"]
    assert played.told(NoteKind.DECIDED, "run") == [1]
    assert played.commanded("fence") == ["db-1"]
    assert played.commanded("promote") == ["db-2"]
    assert played.told(NoteKind.RECOVERED, "run") == [1]
    assert played.downtime_seconds("shop") < 30.0


def test_a_primary_that_is_lost_together_with_the_leader_is_replaced_by_the_next_leader() -> None:
    played = only("orchestrator-1296-leader-beside-the-primary")

    assert played.told(NoteKind.FENCED, "host") == ["node-1"]
    assert played.told(NoteKind.RECOVERED, "primary") == ["node-2"]
    assert played.lost_seconds() == [0.0]
    assert played.writers("orders") == ["node-2"]
    assert played.downtime_seconds("shop") < 30.0


def test_a_leader_that_stood_still_past_its_lease_does_nothing_when_it_goes_on() -> None:
    played = only("pg-auto-failover-1032-leader-frozen")

    assert played.says("186.6  controller-1  stands down")
    assert all(at < 186.6 for at, _ in played.scribe.notes)
    assert played.writers("orders") == ["db-2"]
    assert played.told(NoteKind.QUARANTINED, "host") == ["db-1"]


def test_what_a_leader_had_in_mind_before_it_stood_still_is_refused_by_its_epoch() -> None:
    played = only("pg-auto-failover-1032-late-commands")

    late = [line for line in played.scribe.lines if "refuses" in line]
    assert [line.split(maxsplit=2)[2] for line in late] == [
        f"{host} refuses cut_replication {host} of epoch 1.3: newer_epoch" for host in ("db-2", "db-3")
    ]
    assert played.writers("orders") == ["db-2"]


def test_a_primary_that_only_stood_still_and_could_not_be_switched_off_is_primary_again() -> None:
    played = only("pg-auto-failover-1032-unfenced")

    assert played.told(NoteKind.HALTED, "reason") == [HaltReason.NOT_FENCED]
    assert played.commanded("promote") == []
    assert played.writers("orders") == ["db-1"]
    assert played.downtime_seconds("shop") == pytest.approx(4 * MINUTE, abs=10.0)


def test_the_standby_on_the_storage_that_failed_in_2014_is_refused_and_nothing_is_touched() -> None:
    played = only("five-server-outage")

    first = played.notes(NoteKind.REFUSED)[0][1].data
    assert first == {"host": "fc-db-2", "reason": "hangs on 'fc-storage', which failed"}
    assert played.told(NoteKind.HALTED, "reason")[0] == HaltReason.NO_CANDIDATE
    assert played.notes(NoteKind.COMMANDED) == []
    assert played.writers("case-db") == ["fc-db-1"]


def test_a_rack_that_goes_dark_with_its_power_controller_waits_for_a_person_who_has_seen_it() -> None:
    played = only("rack-goes-dark")

    assert played.told(NoteKind.HALTED, "reason") == [HaltReason.NOT_FENCED]
    assert played.told(NoteKind.FENCED, "by") == ["ana"]
    assert moment(played, NoteKind.PROMOTED) > 10 * MINUTE
    assert played.writers("ledger") == ["db-2"]


def test_nobody_may_attest_that_a_host_is_off_while_something_sees_it() -> None:
    played = only("rack-still-seen")

    ((refused_at, refusal),) = played.notes(NoteKind.ORDER_REFUSED)
    assert (refused_at, refusal.data["reason"]) == (10 * MINUTE, "'db-1' is still seen by watch-3")
    assert moment(played, NoteKind.FENCED) == 20 * MINUTE
    assert played.writers("ledger") == ["db-2"]


def test_a_lost_site_is_replaced_on_a_persons_word_and_takes_its_place_again_only_by_orders() -> None:
    played = only("site-lost")

    assert played.told(NoteKind.PROMOTED, "host") == ["db-2", "db-1"]
    assert played.told(NoteKind.FENCED, "by") == ["ana"]
    assert played.told(NoteKind.ORDER_REFUSED, "reason") == ["'db-1' is quarantined; order its rejoin first"]
    assert played.told(NoteKind.REJOINED, "host") == ["db-1"]
    assert [note.data["goal"] for _, note in played.notes(NoteKind.DECIDED)] == ["failover", "rejoin", "switchover"]
    assert played.lost_seconds() == [0.0, 0.0]
    assert played.writers("bookings") == ["db-1"]
