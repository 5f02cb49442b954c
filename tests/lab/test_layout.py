from dataclasses import replace

import pytest

from lab.layout import NUMBERS, Layout, Role, lay_out
from topology.errors import InputError, TopologyError
from topology.load import load_topology
from topology.model import Host, Topology
from topology.sources import find_network

ADDRESSES = {
    "edge-1": "10.77.0.10",
    "ctl-1": "10.77.0.5",
    "mon-1": "10.77.0.6",
    "db-1": "10.77.0.11",
    "db-2": "10.77.0.12",
    "db-3": "10.77.0.13",
    "app-1": "10.77.0.21",
    "app-2": "10.77.0.22",
    "ivr-1": "10.77.0.31",
    "ivr-2": "10.77.0.32",
    "load-1": "10.77.0.40",
}


def court_lab() -> Layout:
    return lay_out(load_topology(find_network("court-lab")))


def network(*roles: str) -> Topology:
    hosts = [Host(f"{role}-{number}", role=role) for number, role in enumerate(roles, 1)]
    return Topology("small", hosts={host.name: host for host in hosts})


def test_hosts_of_the_shipped_network_have_the_addresses_that_are_written_down() -> None:
    assert {host.name: host.address for host in court_lab().hosts.values()} == ADDRESSES


def test_only_a_controller_stands_on_the_power_controllers_network() -> None:
    on_it = {host.name: host.management_address for host in court_lab().hosts.values() if host.management_address}
    assert on_it == {"ctl-1": "10.77.9.5"}


def test_no_two_hosts_can_share_an_address() -> None:
    numbers = [number for role in Role for number in NUMBERS[role]]
    assert len(set(numbers)) == len(numbers)


def test_hardware_addresses_are_the_same_every_time() -> None:
    assert court_lab().host("db-1").mac == "02:00:0a:4d:00:0b"


def test_any_network_is_laid_out_whose_roles_the_lab_knows() -> None:
    layout = lay_out(network("database", "controller", "database"))
    assert {name: host.number for name, host in layout.hosts.items()} == {"database-1": 11, "controller-2": 5, "database-3": 12}


def test_a_role_that_the_lab_does_not_know_is_refused_with_the_ones_it_does() -> None:
    with pytest.raises(TopologyError, match=r"net.yaml: hosts.databse-2: the lab does not know the role 'databse'.*'database'\?"):
        lay_out(network("controller", "databse"), "net.yaml")


def test_everything_the_lab_cannot_build_is_told_at_once() -> None:
    with pytest.raises(TopologyError) as refusal:
        lay_out(network("router", "controller", "switch"))
    assert len(refusal.value.problems) == 2


def test_more_hosts_of_a_role_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(TopologyError, match="has room for 3 hosts of the role 'edge'"):
        lay_out(network("controller", *["edge"] * 4))


def test_a_network_without_a_controller_is_refused() -> None:
    with pytest.raises(TopologyError, match="needs a host of the role 'controller'"):
        lay_out(network("database"))


def test_a_host_that_is_misspelt_is_refused_with_its_nearest() -> None:
    with pytest.raises(InputError, match="no host 'db1'; did you mean 'db-1'"):
        court_lab().host("db1")


def test_the_order_of_the_file_decides_the_addresses() -> None:
    topology = court_lab().topology
    turned = replace(topology, hosts=dict(reversed(list(topology.hosts.items()))))
    assert lay_out(turned).host("db-3").number == 11
