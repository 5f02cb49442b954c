"""The catalog: every command of the core has its place, and every place knows its commands."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from failover.core.commands import TOLD, Command, CommandId, CommandKind, Epoch, Question
from playbooks.catalog import CATALOG, PROJECT, QUESTIONS, By, RefusedError, errand
from playbooks.equipment import (
    Client,
    Database,
    Equipment,
    FenceAgent,
    FencePlaybook,
    Page,
    Proxy,
    Redfish,
)
from playbooks.target.main import LOOKS, MODULES
from simulator.clusters.durations import USUAL_SECONDS

EQUIPMENT = Equipment(
    databases=tuple(
        Database("cases", f"db-{number}", f"10.77.0.1{number}", "unit", "/srv/postgresql", "/usr/bin") for number in (1, 2)
    ),
    proxies=(Proxy("cases", "edge-1", "10.77.0.10", 5432, "cases"),),
    clients=(Client("cases", "court", "court", "court"),),
    power=(Redfish("db-1", "https://10.77.9.1", "redfish", authority=Path("/ca")), FenceAgent("db-1", "fence_ipmilan")),
    pages=(Page("lookup", "edge-1", "/var/www/page"),),
)


def order(kind: CommandKind, target: str = "db-1", **details: Any) -> Command:
    return Command(CommandId("cases", 7), 1, kind, target, Epoch(1, 2), details)


def test_commands_of_the_core_are_those_of_the_catalog_and_of_the_simulator() -> None:
    assert set(CATALOG) == set(CommandKind)
    laws_of_their_own = {CommandKind.ASK, CommandKind.PROMOTE}  # the operator's, and the cluster's
    assert set(USUAL_SECONDS) | laws_of_their_own == set(CommandKind)
    assert set(QUESTIONS) == set(Question)


def test_target_program_knows_exactly_the_commands_that_are_its_own() -> None:
    commands = {kind.value for kind, by in CATALOG.items() if by is By.TARGET} - {CommandKind.VERIFY.value}
    questions = {question.value for question, by in QUESTIONS.items() if by is By.TARGET}
    assert set(MODULES) == commands | questions
    assert all(callable(getattr(import_module(f"playbooks.target.{module}"), name)) for name, module in MODULES.items())
    assert questions | {CommandKind.READ_POSITIONS.value} == LOOKS


def test_what_no_epoch_concerns_is_no_program_on_a_target() -> None:
    assert all(CATALOG[kind] in (By.OWN, By.PERSON, By.MESSAGE) for kind in TOLD)


def test_every_playbook_of_the_catalog_is_there() -> None:
    for by in {*CATALOG.values(), *QUESTIONS.values()} - {By.OWN, By.PERSON, By.MESSAGE}:
        assert (PROJECT / by).is_file()


def test_order_holds_what_the_target_has_to_know_and_nothing_of_others() -> None:
    found = errand(order(CommandKind.PROMOTE, "db-2", synchronous=("db-1",)), EQUIPMENT, 30.0, Path("/state"))
    assert found is not None
    assert (found.playbook.name, found.host) == ("target.yml", "db-2")
    request = found.request
    assert (request["cluster"], request["command"], request["number"], request["epoch"]) == ("cases", "promote", 7, [1, 2])
    assert request["database"]["host"] == "db-2"
    assert request["members"]["db-1"] == {"address": "10.77.0.11", "port": 5432, "slot": "db_1"}
    assert "proxy" not in request and "power" not in request


def test_power_is_switched_from_the_controller_at_the_level_that_is_ordered() -> None:
    for details, level in (({"level": "fence_agent"}, "fence_agent"), ({}, "redfish")):
        found = errand(order(CommandKind.FENCE, **details), EQUIPMENT, 15.0, Path("/state"))
        assert found is not None
        assert (found.host, found.request["power"]["level"]) == ("localhost", level)
    look = errand(order(CommandKind.VERIFY, question="is_off", level="redfish"), EQUIPMENT, 5.0, Path("/state"))
    assert look is not None
    assert (look.playbook.name, look.request["power"]["authority"]) == ("power.yml", "/ca")


def test_users_playbook_stands_in_for_ours() -> None:
    own = Path("/own/promote.yml")
    equipment = Equipment(playbooks={CommandKind.PROMOTE: own}, power=(FencePlaybook("db-1", own),), hooks={"after_failover": own})
    for each, host in (
        (order(CommandKind.PROMOTE), "db-1"),
        (order(CommandKind.FENCE, level="playbook"), None),
        (order(CommandKind.VERIFY, question="is_off", level="playbook"), None),
        (order(CommandKind.HOOK, name="after_failover"), None),
    ):
        found = errand(each, equipment, 5.0, Path("/state"))
        assert found is not None
        assert (found.playbook, found.by, found.host) == (own, By.OWN, host)
    assert errand(order(CommandKind.HOOK, name="after_switchover"), equipment, 5.0, Path("/state")) is None


@pytest.mark.parametrize(
    "unknown",
    [
        order(CommandKind.PROMOTE, "db-9"),
        order(CommandKind.REROUTE, "edge-9", primary="db-1"),
        order(CommandKind.FENCE, "db-2", level="redfish"),
        order(CommandKind.FENCE, "db-1", level="self"),
        order(CommandKind.POWER_ON, "edge-1"),
        order(CommandKind.WITHDRAW_PAGE, "edge-1", service="hotline"),
        order(CommandKind.VERIFY, "db-9", question="serves"),
        order(CommandKind.ASK, what="switch it off"),
        order(CommandKind.NOTIFY, text="it is gone"),
    ],
)
def test_what_the_equipment_lacks_is_refused_before_anything_begins(unknown: Command) -> None:
    with pytest.raises(RefusedError):
        errand(unknown, EQUIPMENT, 5.0, Path("/state"))
