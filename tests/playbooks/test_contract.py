"""The contract for playbooks of users' own, tried on this machine."""

import json
import re
from pathlib import Path

import pytest

from failover.core.commands import CommandKind
from playbooks.equipment import REPLACEABLE
from tests.console.command_line import continuance
from tests.playbooks.running import inventory

pytestmark = pytest.mark.xdist_group("runner")

GUARDED = """
- hosts: "{{ continuance.target }}"
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: guarded
      vars:
        guarded_program: /bin/echo
        guarded_arguments: ["{{ continuance.details | to_json }}"]
"""
BLIND = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.raw: "true"
"""
FAILS = """
- hosts: "{{ continuance.target }}"
  gather_facts: false
  tasks:
    - ansible.builtin.fail:
        msg: not today
"""
FENCES = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.raw: test -e {folder}/off || touch {folder}/off
      changed_when: false
      when: continuance.command == 'fence'
    - ansible.builtin.set_stats:
        data:
          continuance:
            evidence:
              "off": "{{{{ '{folder}/off' is exists }}}}"
              identity: "{{{{ continuance.target }}}}"
"""


def verify(folder: Path, text: str, command: str, *more: str) -> tuple[int, dict[str, bool], str]:
    """Run `continuance playbooks verify`; return its exit code, which rules were met, and its errors."""
    playbook = folder / "own.yml"
    playbook.write_text(text, encoding="utf-8")
    hosts = inventory(folder, other={"ansible_connection": "local"})
    where = ("--command", command, "--inventory", hosts, "--on", "here")
    ended = continuance("playbooks", "verify", playbook, *where, "-o", "json", *more)
    rules = json.loads(ended.out)["rules"] if ended.out else []
    return ended.code, {each["rule"]: each["met"] for each in rules}, ended.err


DOCUMENT = (Path(__file__).parents[2] / "docs" / "playbooks.md").read_text(encoding="utf-8")


def test_playbooks_that_the_document_shows_hold_to_the_contract(tmp_path: Path) -> None:
    guarded, fence = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    shown = guarded.replace("/usr/local/sbin/our-promote", "/bin/echo")
    assert verify(tmp_path, shown, "promote", "--details", '{"timeline": 1}')[0] == 0
    strip = tmp_path / "strip"
    strip.write_text(f"#!/bin/sh\n[ $1 = status ] && cat {tmp_path}/power || echo $1 > {tmp_path}/power\n", encoding="utf-8")
    strip.chmod(0o755)
    assert verify(tmp_path, fence.replace("/usr/local/sbin/our-strip", str(strip)), "fence")[0] == 0


@pytest.mark.parametrize("kind", sorted(REPLACEABLE))
def test_every_command_that_may_be_ones_own_is_documented(kind: CommandKind) -> None:
    assert f"`{kind.value}`" in DOCUMENT.split("## Your own, not ours")[1]


def test_guarded_playbook_holds_to_the_contract_and_may_be_verified_again(tmp_path: Path) -> None:
    for _ in range(2):
        code, rules, errors = verify(tmp_path, GUARDED, "promote", "--details", '{"synchronous": ["x"]}')
        assert (code, errors) == (0, "")
        assert len(rules) == 5 and all(rules.values())


def test_playbook_that_knows_no_epoch_and_acts_on_everybody_breaks_it(tmp_path: Path) -> None:
    code, rules, _ = verify(tmp_path, BLIND, "promote")
    assert code == 1
    assert rules == {
        "it succeeds, within its time": True,
        "it touches its target alone": False,
        "the same command again changes nothing": False,
        "another command for what is done already succeeds too": True,
        "an older epoch is refused, and the newer one is told": False,
    }


def test_playbook_that_fails_is_tried_no_further(tmp_path: Path) -> None:
    assert verify(tmp_path, FAILS, "repoint")[:2] == (1, {"it succeeds, within its time": False})


def test_playbook_that_fences_has_to_say_that_its_host_is_off(tmp_path: Path) -> None:
    code, rules, _ = verify(tmp_path, FENCES.format(folder=tmp_path), "fence")
    assert code == 0
    assert rules["asked by verify, it says whether the host is off, and which host that is"]


def test_hook_may_do_what_it_wants(tmp_path: Path) -> None:
    assert verify(tmp_path, BLIND, "hook")[:2] == (0, {"it succeeds, within its time": True})


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--command", "promot"), "did you mean 'promote'?"),
        (("--command", "verify"), "is no command for a playbook of your own"),
        (("--details", "[1]"), "this has to be a JSON object"),
        (("--details", "{"), "this is no JSON"),
        (("--within", "soon"), "--within"),
        (("--inventory", "nosuch.yml"), "there is no such file"),
        (("--on", "nosuch"), "has no host called 'nosuch'"),
    ],
)
def test_what_cannot_be_tried_is_said_in_one_line(tmp_path: Path, arguments: tuple[str, ...], complaint: str) -> None:
    code, _, errors = verify(tmp_path, BLIND, "promote", *arguments)
    assert code == 2
    assert complaint in errors
    assert errors.count("\n") == 1
