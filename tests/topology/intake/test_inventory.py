"""Ansible inventories in YAML and INI: hosts, groups and the variables that say where, and nothing secret."""

from pathlib import Path

import pytest

from topology.errors import InputError
from topology.intake.ansible_ranges import expand_ansible
from topology.intake.collect import collect
from topology.intake.inventory import Inventory

EXAMPLE = Path(__file__).parents[3] / "examples" / "hospital-inventory.yml"


def read(folder: Path, text: str, name: str = "inventory.yml") -> Inventory:
    path = folder / name
    path.write_text(text)
    inventory, _ = collect([path])
    inventory.finish()
    return inventory


def complaint(folder: Path, text: str, name: str = "inventory.yml") -> str:
    with pytest.raises(InputError) as refused:
        read(folder, text, name)
    return str(refused.value)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("web", ["web"]),
        ("web[01:03].example.org", ["web01.example.org", "web02.example.org", "web03.example.org"]),
        ("db-[a:c]", ["db-a", "db-b", "db-c"]),
        ("n[1:9:4]", ["n1", "n5", "n9"]),
        ("r[1:2]n[0:1]", ["r1n0", "r1n1", "r2n0", "r2n1"]),
        ("n[:2]", ["n0", "n1", "n2"]),
    ],
)
def test_a_range_expands_in_order(pattern: str, names: list[str]) -> None:
    assert expand_ansible(pattern) == names


@pytest.mark.parametrize("pattern", ["n[3:1]", "n[1:c]", "n[1-3]", "n[1:9:0]", "n[1:999999999]", "a[1:999]b[1:999]", "n[:]"])
def test_a_range_that_means_nothing_or_far_too_much_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"range|empty|more than"):
        expand_ansible(pattern)


def test_yaml_groups_nest_and_the_nearest_variable_counts(tmp_path: Path) -> None:
    inventory = read(
        tmp_path,
        "all:\n  vars: {datacenter: far}\n  children:\n    north:\n      vars: {datacenter: near}\n"
        "      children:\n        web: {hosts: {'web[1:2]': null, web3: {datacenter: own}}}\n  hosts: {lone: }\n",
    )
    assert inventory.hosts_in("north") == ["web1", "web2", "web3"]
    found = {host: inventory.variable(host, ["datacenter"]) for host in inventory.hosts}
    assert {host: value and value[1] for host, value in found.items()} == {
        "web1": "near", "web2": "near", "web3": "own", "lone": "far",
    }  # fmt: skip


def test_ini_reads_groups_children_variables_ranges_quotes_and_comments(tmp_path: Path) -> None:
    inventory = read(
        tmp_path,
        '; a comment\nlone ansible_host=10.0.0.9\n\n[web]\nweb[01:02].example.org:2222 site="north wing" # its place\n'
        "[db] # databases\ndb-[a:b]\n[shop:children]\nweb\ndb\n[shop:vars]\ndc='dc one'\n[all:vars]\nregion=eu\n",
        "hosts.ini",
    )
    assert inventory.hosts_in("shop") == ["web01.example.org", "web02.example.org", "db-a", "db-b"]
    assert inventory.variable("web01.example.org", ["site"]) == ("site", "north wing")
    assert inventory.variable("db-b", ["site", "dc"]) == ("dc", "dc one")
    assert inventory.variable("lone", ["region"]) == ("region", "eu")


def test_ini_without_a_suffix_is_told_by_its_content(tmp_path: Path) -> None:
    assert list(read(tmp_path, "[web]\nweb1\n", "hosts").hosts) == ["web1"]
    assert list(read(tmp_path, "all:\n  hosts:\n    web2:\n", "inventory").hosts) == ["web2"]


def test_every_wrong_line_of_an_ini_file_is_named(tmp_path: Path) -> None:
    text = complaint(tmp_path, "[web]\nweb[3:1]\nweb1 broken\nweb2 a='x\n[web:nonsense]\nzzz\n[web:vars]\nno equals\n", "hosts.ini")
    assert [line.split(":")[1] for line in text.splitlines()] == ["2", "3", "4", "5", "8"]


def test_encrypted_values_are_passed_over_with_a_note_and_never_held(tmp_path: Path) -> None:
    inventory = read(
        tmp_path,
        "all:\n  vars:\n    site: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      6132\n"
        "    dc: !unsafe 'here'\n  hosts: {web1: }\n",
    )
    assert [note.line for note in inventory.notes] == [3]
    assert inventory.variable("web1", ["site", "dc"]) == ("dc", "here")
    assert "6132" not in repr(inventory)


def test_variables_that_do_not_say_where_are_not_held(tmp_path: Path) -> None:
    assert "hunter2" not in repr(read(tmp_path, "all: {hosts: {web1: {ansible_password: hunter2}}}\n"))


def test_a_template_is_not_evaluated_but_noted(tmp_path: Path) -> None:
    inventory = read(tmp_path, 'all:\n  hosts:\n    web1:\n      site: \'{{ lookup("pipe", "id") }}\'\n')
    assert inventory.variable("web1", ["site"]) is None
    assert "template" in str(inventory.notes[0])


def test_variables_in_folders_beside_the_inventory_count(tmp_path: Path) -> None:
    (tmp_path / "group_vars" / "web").mkdir(parents=True)
    (tmp_path / "group_vars" / "web" / "place.yml").write_text("---\nsite: north\n")
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "web2.yml").write_text("site: south\n")
    (tmp_path / "group_vars" / "all.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n3131\n")
    inventory = read(tmp_path, "all: {children: {web: {hosts: {'web[1:2]':  }}}}\n")
    assert inventory.variable("web1", ["site"]) == ("site", "north")
    assert inventory.variable("web2", ["site"]) == ("site", "south")
    assert "encrypted" in str(inventory.notes[0])


def test_the_output_of_ansible_inventory_is_an_inventory_too(tmp_path: Path) -> None:
    inventory = read(
        tmp_path,
        '{"_meta": {"hostvars": {"web1": {"site": {"__ansible_unsafe": "north"}}}},'
        ' "all": {"children": ["web"]}, "web": {"hosts": ["web1"]}}',
        "list.json",
    )
    assert inventory.groups_of("web1") == ["web", "all"]
    assert inventory.variable("web1", ["site"]) == ("site", "north")


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("#!/bin/sh\ntouch ran\n", "inventory", "not run"),
        ("plugin: aws_ec2\n", "aws.yml", "plugin"),
        ("all: {hosts: {'bad name': null}}\n", "inventory.yml", "cannot be a host's name"),
        ("all: [a]\n", "inventory.yml", "not a group"),
        ("[a:children]\nb\n[b:children]\na\n[b]\nweb1\n", "hosts.ini", "contains itself"),
        ("all: {hosts: {}}\n", "inventory.yml", "no hosts"),
    ],
)
def test_what_is_no_inventory_is_refused_with_the_way_out(tmp_path: Path, text: str, name: str, says: str) -> None:
    assert says in complaint(tmp_path, text, name)


def test_the_example_has_two_hundred_hosts() -> None:
    assert len(collect([EXAMPLE])[0].hosts) == 200
