"""Hosts that are reached without Ansible: which, and by which words."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from playbooks.reach import way

SOCKETS = Path("/run/continuance-0")


def reached(**variables: Any) -> tuple[str, ...] | None:
    return way("db-1", variables, SOCKETS, "looking")


def test_host_of_which_the_inventory_says_nothing_is_reached_by_its_name() -> None:
    found = reached()
    assert found is not None
    assert found[:4] == ("ssh", "-T", "-o", "ControlPath=/run/continuance-0/%C")
    assert found[-3:-1] == ("--", "db-1")
    assert "exec /usr/bin/python3 -S -c 'from target.looking import main; main()'" in found[-1]


def test_words_of_the_inventory_are_those_of_ssh() -> None:
    found = reached(
        ansible_host="10.0.0.11", ansible_port=2222, ansible_user="ops", ansible_ssh_private_key_file="/etc/keys/ops",
        ansible_ssh_common_args="-F none -o 'UserKnownHostsFile=/etc/our hosts'",
    )  # fmt: skip
    assert found is not None
    assert {"Port=2222", "User=ops", "IdentityFile=/etc/keys/ops", "UserKnownHostsFile=/etc/our hosts"} <= set(found)
    assert found[-2] == "10.0.0.11"


def test_who_becomes_root_does_so_by_sudo_without_being_asked() -> None:
    found = reached(ansible_user="ops", ansible_become=True)
    assert found is not None
    assert found[-1].startswith("exec sudo -H -S -n -u root /bin/sh -c 'PYTHONPATH=")


@pytest.mark.parametrize(
    "variables",
    [
        {"ansible_password": "secret"},
        {"ansible_become": True, "ansible_become_password": "secret"},
        {"ansible_become": True, "ansible_become_method": "doas"},
        {"ansible_become": "{{ not_here }}"},
        {"ansible_become": "perhaps"},
        {"ansible_host": "{{ address }}"},
        {"ansible_user": {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256"}},
        {"ansible_connection": "community.docker.docker"},
        {"ansible_shell_type": "fish"},
        {"target_folder": "{{ lib }}/continuance"},
    ],
)
def test_host_of_which_something_unusual_is_said_is_for_ansible(variables: dict[str, Any]) -> None:
    assert reached(**variables) is None


def test_hostile_words_of_the_inventory_are_no_shell_commands(tmp_path: Path) -> None:
    hostile = f"'; touch {tmp_path}/pwned; $(touch {tmp_path}/pwned) '"
    found = reached(ansible_connection="local", target_python=hostile, target_folder=hostile)
    assert found is not None
    assert subprocess.run(found, capture_output=True, check=False).returncode != 0
    assert list(tmp_path.iterdir()) == []
