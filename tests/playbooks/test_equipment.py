"""What commands act on: valid from birth."""

from dataclasses import replace
from pathlib import Path

import pytest

from failover.core.commands import CommandKind
from playbooks.equipment import (
    DEBIAN,
    RED_HAT,
    REPLACEABLE,
    Database,
    Equipment,
    FenceAgent,
    FencePlaybook,
    Page,
    Proxy,
    Redfish,
    database_on,
)


def database(host: str, cluster: str = "cases", address: str = "") -> Database:
    return database_on(DEBIAN, 15, cluster, host, address or f"{host}.example")


def test_databases_lie_where_their_distribution_keeps_them() -> None:
    debian, red_hat = (database_on(paths, 15, "cases", "db-1", "10.0.0.1") for paths in (DEBIAN, RED_HAT))
    assert (debian.unit, debian.data_directory) == ("postgresql@15-main", "/var/lib/postgresql/15/main")
    assert (debian.binaries, debian.config_file) == ("/usr/lib/postgresql/15/bin", "/etc/postgresql/15/main/postgresql.conf")
    assert (red_hat.unit, red_hat.data_directory) == ("postgresql-15", "/var/lib/pgsql/15/data")
    assert (red_hat.binaries, red_hat.config_file) == ("/usr/pgsql-15/bin", None)


def test_slot_has_a_name_that_postgresql_takes() -> None:
    assert database("DB-1.court").slot == "db_1_court"
    assert len(database("x" * 100).slot) == 63


def test_members_whose_slots_would_be_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match="would share the replication slot 'db_1'"):
        Equipment(databases=(database("db-1"), database("db.1")))
    Equipment(databases=(database("db-1"), database("db.1", cluster="other")))


def test_what_could_be_taken_for_something_else_is_refused() -> None:
    proxy = Proxy("cases", "edge-1", "10.0.0.9", 5432, "cases")
    redfish = Redfish("db-1", "https://10.0.9.1", "redfish")
    for wrong, why in (
        ({"databases": (database("db-1"), replace(database("db-2"), address="db-1.example"))}, "have the same address"),
        ({"proxies": (proxy, proxy)}, "'edge-1' stands before 'cases' twice"),
        ({"power": (redfish, redfish)}, "'db-1' has two fences at the level 'redfish'"),
        ({"playbooks": {CommandKind.VERIFY: Path("own.yml")}}, "'verify' cannot be a playbook of your own"),
    ):
        with pytest.raises(ValueError, match=why):
            Equipment(**wrong)


def test_power_is_found_by_its_level_and_in_the_order_of_levels() -> None:
    agent, playbook = FenceAgent("db-1", "fence_ipmilan"), FencePlaybook("db-1", Path("own.yml"))
    equipment = Equipment(power=(agent, playbook))
    assert equipment.power_of("db-1") is agent
    assert equipment.power_of("db-1", "playbook") is playbook
    assert equipment.power_of("db-1", "redfish") is None
    assert equipment.power_of("db-2") is None


def test_every_host_that_something_is_done_on_is_reached_once() -> None:
    equipment = Equipment(
        databases=(database("db-1"), database("db-1", "other", "10.0.0.8")),
        proxies=(Proxy("cases", "edge-1", "10.0.0.9", 5432, "cases"),),
        pages=(Page("lookup", "edge-1", "/var/www/page"),),
        power=(Redfish("app-1", "https://10.0.9.1", "redfish"),),
    )
    assert equipment.hosts() == ("db-1", "edge-1")


def test_no_look_and_no_power_can_be_replaced_by_a_playbook() -> None:
    assert REPLACEABLE.isdisjoint({CommandKind.VERIFY, CommandKind.READ_POSITIONS, CommandKind.FENCE, CommandKind.POWER_ON})
