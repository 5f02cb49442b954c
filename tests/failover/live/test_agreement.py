"""What a controller that only observes would have done, beside what people did."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from failover.core.cluster import Controller
from failover.core.controller import Decision, begin, step
from failover.core.events import Event, Health, HealthChanged, LeaseGained, Ordered, OrderKind, Woken
from failover.core.settings import Settings
from failover.live.agreement import Agreement, Occasion, occasions
from failover.live.imagining import Intent
from failover.live.journal_file import Written
from failover.live.waited_for import Said
from tests.failover.live.stage import awaited, on_duty, trio, until, well

CALM_SECONDS = 60.0
"""The grace period is over then."""


def seen(at: float, host: str, health: Health) -> HealthChanged:
    return HealthChanged(at, 1000.0 + at, host, health)


WELL: tuple[Event, ...] = (
    LeaseGained(0.0, 1000.0, 1, "controller-1"),
    seen(1.0, "db-1", Health.PRIMARY),
    seen(1.0, "db-2", Health.STANDBY),
    seen(1.0, "db-3", Health.STANDBY),
    Woken(CALM_SECONDS, 1000.0 + CALM_SECONDS),
)


def journal(*events: Event, settings: Settings | None = None) -> Iterator[tuple[Written, Decision]]:
    """What was decided of *events*, after all was well."""
    state: Controller = begin(settings or trio(mode="observe"))
    for number, event in enumerate((*WELL, *events)):
        decision = step(state, event)
        state = decision.state
        yield Written(number, 1, event), decision


def only(*events: Event, said: tuple[Said, ...] = ()) -> Occasion:
    (found,) = occasions(journal(*events), said=said)
    return found


LOST = seen(100.0, "db-1", Health.SILENT)


def test_people_who_promote_whom_it_would_have_promoted_agree_with_it() -> None:
    found = only(LOST, seen(400.0, "db-2", Health.PRIMARY))
    assert found.agreement is Agreement.AGREED
    assert (found.intent, found.candidate, found.would_seconds) == (Intent.FAILOVER, "db-2", 1100.0)
    assert (found.became, found.became_seconds) == ("db-2", 1400.0)


def test_people_who_promote_another_differ_and_the_reasons_against_him_are_kept() -> None:
    found = only(LOST, seen(400.0, "db-3", Health.PRIMARY))
    assert found.agreement is Agreement.DIFFERED
    assert dict(found.refused) == {"db-3": "'db-2' has at least as much"}


@pytest.mark.parametrize("back", [(seen(130.0, "db-1", Health.PRIMARY),), ()])
def test_a_primary_that_comes_back_or_stays_lost_was_replaced_by_nobody(back: tuple[Event, ...]) -> None:
    found = only(LOST, *back)
    assert found.agreement is Agreement.NOBODY_TOOK_OVER
    assert found.became == ("db-1" if back else None)


def test_a_database_that_only_died_would_have_been_started_where_it_was() -> None:
    died = seen(100.0, "db-1", Health.PROCESS_DEAD)
    found = only(died, seen(160.0, "db-1", Health.PRIMARY))
    assert (found.intent, found.agreement) == (Intent.RESTART, Agreement.AGREED)
    found = only(died, seen(130.0, "db-1", Health.SILENT), seen(160.0, "db-2", Health.PRIMARY))
    assert (found.intent, found.agreement, found.would_seconds) == (Intent.FAILOVER, Agreement.AGREED, 1100.0)


def test_it_goes_by_whom_commits_waited_for_when_the_primary_was_lost_and_not_by_what_was_said_afterwards() -> None:
    waited = Said(len(WELL), "db", "db-1", "ANY 1 (db-3)")
    later = Said(len(WELL) + 1, "db", "db-1", "ANY 1 (db-2, db-3)")
    found = only(seen(95.0, "db-3", Health.SILENT), LOST, said=(waited,))
    assert (found.intent, found.assumes) == (Intent.NOTHING, ())
    assert dict(found.refused)["db-2"] == "'db-3' may hold what was acknowledged, and nobody can ask it"
    found = only(LOST, said=(waited, later))
    assert (found.candidate, found.assumes) == ("db-2", ())


def test_under_maintenance_it_would_not_have_acted_and_says_why() -> None:
    order = Ordered(90.0, 1090.0, "db", OrderKind.MAINTENANCE, "anna", "db-1", for_seconds=600.0)
    found = only(order, LOST, seen(160.0, "db-1", Health.PRIMARY))
    assert found.agreement is Agreement.WOULD_NOT_HAVE_ACTED
    assert found.why_not == "'db-1' is under maintenance"


def test_when_nobody_could_take_over_it_would_not_have_promoted_anybody() -> None:
    found = only(seen(95.0, "db-2", Health.SILENT), seen(95.0, "db-3", Health.SILENT), LOST)
    assert found.agreement is Agreement.WOULD_NOT_HAVE_ACTED
    assert found.why_not == "no member can take over"
    assert set(dict(found.refused)) == {"db-2", "db-3"}


def test_a_cluster_that_people_have_failed_over_is_watched_on() -> None:
    first = (LOST, seen(200.0, "db-2", Health.PRIMARY), seen(300.0, "db-1", Health.STANDBY))
    second = (seen(500.0, "db-2", Health.SILENT), seen(600.0, "db-1", Health.PRIMARY))
    found = list(occasions(journal(*first, *second)))
    assert [(each.primary, each.became, each.agreement) for each in found] == [
        ("db-1", "db-2", Agreement.AGREED),
        ("db-2", "db-1", Agreement.AGREED),
    ]


def test_a_primary_that_was_moved_without_being_lost_is_an_occasion_on_which_it_would_have_done_nothing() -> None:
    found = only(seen(100.0, "db-2", Health.PRIMARY), seen(101.0, "db-1", Health.STANDBY))
    assert (found.primary, found.became, found.agreement) == ("db-1", "db-2", Agreement.WOULD_NOT_HAVE_ACTED)


def test_a_cluster_that_is_acted_upon_is_none_of_it() -> None:
    assert list(occasions(journal(LOST, settings=trio()))) == []
    assert list(occasions(journal(LOST), cluster="other")) == []


@awaited
async def test_who_only_observes_sends_no_command_and_says_what_is_lost(tmp_path: Path) -> None:
    async with on_duty(tmp_path, well(), trio(mode="observe")) as duty:
        await until(lambda: len(duty.db.health) == 5)
        duty.lose("db-1")
        await until(lambda: any("lost" in str(each.get("text")) or "observes" in str(each.get("text")) for each in duty.told))
        duty.world.members["db-2"].role = "primary"
        await until(lambda: duty.db.health["db-2"].health is Health.PRIMARY)
    asked: list[Any] = duty.runner.asked
    assert asked == []
