from pathlib import Path
from typing import Any

import pytest

from failover.core.commands import CommandKind
from failover.live.configuration import Configuration, RemoteVantage, load_configuration
from playbooks.equipment import Database, FenceAgent, FencePlaybook, Proxy, Redfish
from topology.errors import InputError
from topology.model import Mode

TOPOLOGY = """
name: courts
sites: {here: {}, there: {}}
hosts:
  db-[1-2]: {site: here}
  db-3: {site: there}
  edge-1: {site: here}
  ctl-1: {site: here}
  mon-1: {site: there}
clusters:
  cases:
    members: [db-1, db-2, db-3]
    primary: db-1
    routes: [edge-1]
    fence: [redfish, operator]
    policy: {mode: approve, detection_window: 1s, rpo: 1m, attempts: 2}
services:
  lookup: {needs: cases}
controllers: [ctl-1]
vantages: [mon-1]
"""

INVENTORY = """
all:
  vars: {ansible_user: root, password: hunter2}
  children:
    databases:
      hosts:
        db-1: {ansible_host: 10.0.0.11}
        db-2: {ansible_host: 10.0.0.12}
        db-3: {ansible_host: 10.0.0.13}
    others:
      hosts:
        edge-1: {ansible_host: 10.0.0.10}
        ctl-1: {ansible_host: 10.0.0.5}
        mon-1: {}
"""

CONTROLLER = """
topology: court.yaml
inventory: hosts.yml
secrets: {redfish: "file:redfish", court: "env:COURT", probe: "credential:probe", vantage: "command:cat key"}
databases:
  cases: {debian: 15, database: court, client: {user: court, database: court, credentials: court}}
routes: {cases: {haproxy: {host: edge-1, port: 5432, backend: cases}}}
fence:
  db-1: [{redfish: "https://10.0.9.11", credentials: redfish, system: db-1}, operator]
  db-2: [{redfish: "https://10.0.9.12", credentials: redfish, serial: X2}]
  db-3: [{redfish: "https://10.0.9.13", credentials: redfish}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "court.yaml").write_text(TOPOLOGY)
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    return tmp_path


def load(folder: Path, text: str = CONTROLLER) -> Configuration:
    (folder / "controller.yaml").write_text(text)
    return load_configuration(folder / "controller.yaml")


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as error:
        load(folder, text)
    return [str(each).replace(f"{folder}/", "") for each in error.value.problems]


def test_what_is_not_said_is_what_one_would_expect(folder: Path) -> None:
    found = load(folder)
    assert found.controller == "ctl-1"
    assert (found.store, found.socket) == (folder / "state" / "journal.db", folder / "state" / "continuance.sock")
    assert found.looks_itself
    assert found.vantages == (RemoteVantage("mon-1", ("mon-1", 7410), "vantage"),)
    assert (found.plan.period_seconds, found.plan.timeout_seconds, found.plan.misses) == (1.0, 0.3, 1)
    database, proxy = found.plan.hosts["db-1"], found.plan.hosts["edge-1"]
    assert (database.address, database.member) == ("10.0.0.11", True)
    assert [each.model_dump(exclude_none=True) for each in database.probes] == [
        {"postgresql": {"port": 5432, "user": "probe", "database": "postgres"}},
        {"tcp": {"port": 22, "expect": "SSH-"}},
    ]
    assert (proxy.member, len(proxy.probes)) == (False, 1)


def test_equipment_is_where_the_distribution_has_it_and_the_inventory_says(folder: Path) -> None:
    found = load(folder).equipment
    assert found.database("cases", "db-2") == Database(
        "cases", "db-2", "10.0.0.12", "postgresql@15-main", "/var/lib/postgresql/15/main", "/usr/lib/postgresql/15/bin",
        config_file="/etc/postgresql/15/main/postgresql.conf", database="court",
    )  # fmt: skip
    assert found.proxies == (Proxy("cases", "edge-1", "10.0.0.10", 5432, "cases"),)
    assert found.power_of("db-1") == Redfish("db-1", "https://10.0.9.11", "redfish", "db-1")
    client = found.client("cases")
    assert client is not None
    assert (client.user, client.credentials) == ("court", "court")


def test_single_values_of_a_cluster_and_then_of_a_host_go_before_the_distribution(folder: Path) -> None:
    words = "debian: 15, unit: court.service, port: 5433, hosts: {db-3: {address: 10.1.1.1, port: 5434}}"
    found = load(folder, CONTROLLER.replace("debian: 15", words)).equipment
    places = [(each.address, each.port, each.unit) for each in found.databases]
    assert places == [
        ("10.0.0.11", 5433, "court.service"),
        ("10.0.0.12", 5433, "court.service"),
        ("10.1.1.1", 5434, "court.service"),
    ]


def test_everything_can_be_said(folder: Path) -> None:
    for name in ("ca.pem", "fence.yml", "promote.yml", "after.yml"):
        (folder / name).touch()
    (folder / "court.yaml").write_text(TOPOLOGY.replace("[redfish, operator]", "[redfish, fence_agent, playbook, operator]"))
    fences = """[{redfish: "https://10.0.9.1", credentials: redfish, authority: ca.pem},
      {fence_agent: fence_ipmilan, options: {ip: 10.0.9.1}, credentials: redfish}, {playbook: fence.yml}, operator]"""
    text = (
        CONTROLLER.partition("fence:")[0]
        + f"""
controller: ctl-1
state: var
store: sqlite:elsewhere/cases.db
policy: {{cases: {{mode: observe, rpo: 10s}}}}
fence: {{db-1: {fences}, db-2: {fences}, db-3: {fences}}}
pages: {{lookup: {{edge-1: /var/www/page}}}}
playbooks: {{promote: promote.yml}}
hooks: {{after_failover: after.yml}}
probes:
  db-1: [{{postgresql: {{password: probe}}}}, {{http: {{port: 8008, path: /}}}}]
  edge-1: [{{tcp: {{port: 25, expect: "220 "}}}}, {{sip: {{}}}}]
probing: {{every: 1s, timeout: 500ms, misses: 3}}
vantages: [local, {{mon-1: {{address: 10.0.0.6, port: 7411, key: court}}}}]
notify: [{{webhook: "https://pager.example/hook"}}]
listen: {{socket: run/orders.sock}}
"""
    )
    found = load(folder, text)
    assert (found.store, found.socket) == (folder / "elsewhere" / "cases.db", folder / "run" / "orders.sock")
    assert found.topology.clusters["cases"].policy.mode is Mode.OBSERVE
    assert found.topology.clusters["cases"].policy.rpo_seconds == 10.0
    assert [type(each) for each in found.equipment.power[:3]] == [Redfish, FenceAgent, FencePlaybook]
    assert found.equipment.playbooks == {CommandKind.PROMOTE: folder / "promote.yml"}
    assert found.equipment.hooks == {"after_failover": folder / "after.yml"}
    assert found.vantages == (RemoteVantage("mon-1", ("10.0.0.6", 7411), "court"),)
    assert (found.plan.period_seconds, found.plan.misses) == (1.0, 3)
    assert found.webhooks == ("https://pager.example/hook",)


def test_who_only_observes_needs_to_say_nothing_of_equipment(folder: Path) -> None:
    found = load(
        folder, "{topology: court.yaml, inventory: hosts.yml, secrets: {vantage: env:KEY}, policy: {cases: {mode: observe}}}"
    )
    assert found.equipment.databases == ()


CHANGED: dict[str, tuple[str, str, str]] = {
    "an unknown key": ("inventory:", "inventry:", "controller.yaml:3: inventry: 'inventry' is not a key here"),
    "no such topology": ("court.yaml", "cort.yaml", "cort.yaml: there is no such file"),
    "no such inventory": ("hosts.yml", "host.yml", "host.yml: cannot be read: No such file or directory"),
    "a secret itself": ("file:redfish", "hunter2", "secrets.redfish: this is no source of a secret; write one of file:…"),
    "an unknown cluster": ("  cases: {debian", "  case: {debian", "databases: the cluster 'case' is not defined"),
    "no place for it": ("debian: 15, ", "", "give the version as 'debian' or 'red_hat', or else"),
    "an unknown member": ("  db-3: [", "  db-4: [", "fence: the member 'db-4' is not defined"),
    "no fence": ("  db-3: [", "  db-4: [", "fence.db-3: 'cases' fences by 'redfish', and nothing is said how for 'db-3'"),
    "a foreign fence": ("serial: X2}", "serial: X2}, {playbook: f.yml}", "the topology does not fence 'db-2' by 'playbook'"),
    "two kinds of fence": ("serial: X2", "playbook: x", "a way to fence is exactly one of redfish"),
    "a foreign word": ("serial: X2", "options: {a: b}", "'options' does not go with 'redfish'"),
    "a twin": ("serial: X2}", 'serial: X2}, {redfish: "https://x", credentials: redfish}', "has two fences at the level 'redfish'"),
    "no address of the web": ("https://10.0.9.12", "10.0.9.12", "'10.0.9.12' is no address of the web"),
    "an unknown secret": ("credentials: court", "credentials: curt", "the secret 'curt' is not defined; did you mean 'court'?"),
    "no key for vantages": (', vantage: "command:cat key"', "", "vantages: the secret 'vantage' is not defined"),
    "a stray proxy": ("host: edge-1", "host: mon-1", "routes.cases: the proxy 'mon-1' is not defined"),
}  # fmt: skip
"""What is changed in the configuration, and what is said of it."""

ADDED: dict[str, tuple[str, str]] = {
    "another controller": ("controller: ctl-2", "controller: the controller 'ctl-2' is not defined; did you mean 'ctl-1'?"),
    "too few vantages": ("vantages: [local]", "2 vantage points have to agree that a host is lost, and 1 are given"),
    "a stray vantage": ("vantages: [local, mon-2]", "vantages: the vantage 'mon-2' is not defined; did you mean 'mon-1'?"),
    "a looser policy": ("policy: {cases: {mode: automatic}}", "policy.cases.mode: is looser than the topology says"),
    "a shorter window": ("policy: {cases: {detection_window: 10ms}}", "policy.cases.detection_window: is looser"),
    "a stray probe": ("probes: {mon-1: [{sip: {}}]}", "probes: the watched host 'mon-1' is not defined"),
    "no database probe": ("probes: {db-1: [{sip: {}}]}", "has exactly one probe of the kind postgresql"),
    "no probe": ("probes: {edge-1: []}", "probes.edge-1: at least one probe is needed"),
    "no words": ("probes: {edge-1: [{tcp: {port: 22}}]}", "the key 'expect' is missing"),
    "an empty probe": ("probes: {edge-1: [{sip: }]}", "a probe is exactly one of tcp, http, sip, postgresql"),
    "no such playbook": ("playbooks: {promote: p.yml}", "playbooks.promote: there is no file"),
    "not replaceable": ("playbooks: {verify: court.yaml}", "playbooks.verify: cannot be a playbook of your own"),
    "no such hook": ("hooks: {before_failover: court.yaml}", "the hook 'before_failover' is not defined; did you mean"),
    "no such service": ("pages: {lokup: {edge-1: /p}}", "the service 'lokup' is not defined; did you mean 'lookup'?"),
    "a socket too far away": (f"listen: {{socket: {'x' * 100}}}", "is longer than the 107 bytes that a socket's path may have"),
    "another store": ("store: etcd:x", "store: 'etcd:x' is no store; write sqlite:PATH"),
}  # fmt: skip
"""What is added to it, and what is said of that."""


@pytest.mark.parametrize("name", CHANGED)
def test_what_is_wrong_is_said_with_its_place(folder: Path, name: str) -> None:
    before, after, message = CHANGED[name]
    assert before in CONTROLLER
    found = problems(folder, CONTROLLER.replace(before, after))
    assert any(message in each for each in found), found


@pytest.mark.parametrize("name", ADDED)
def test_what_is_wrong_in_addition_is_said_with_its_place(folder: Path, name: str) -> None:
    line, message = ADDED[name]
    found = problems(folder, f"{CONTROLLER}{line}\n")
    assert any(message in each for each in found), found


def test_everything_that_is_wrong_is_said_at_once(folder: Path) -> None:
    text = CONTROLLER
    for before, after in (("credentials: court", "credentials: curt"), ("host: edge-1", "host: edge-2"), ("db-3: [", "db-4: [")):
        text = text.replace(before, after)
    assert [each.split(":")[1] for each in problems(folder, text)] == ["6", "7", "7", "8", "11"]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("db-2: {ansible_host: 10.0.0.12}", "db-7: {}", "inventory: the host 'db-2' is not defined"),
        ("10.0.0.12", "10.0.0.11", "'db-1' and 'db-2' have the same address, 10.0.0.11:5432"),
        ("10.0.0.12", '"{{ address }}"', "ansible_host: is a template, which is not evaluated here; write the address"),
    ],
)
def test_what_the_inventory_lacks_is_said(folder: Path, before: str, after: str, message: str) -> None:
    (folder / "hosts.yml").write_text(INVENTORY.replace(before, after))
    assert any(message in each for each in problems(folder, CONTROLLER))


def test_an_inventory_in_ini_will_do(folder: Path) -> None:
    hosts = {"db-1": "10.0.0.11", "db-2": "10.0.0.12", "db-3": "10.0.0.13", "edge-1": "10.0.0.10", "mon-1": "10.0.0.6"}
    (folder / "hosts.ini").write_text("".join(f"{host} ansible_host={address}\n" for host, address in hosts.items()))
    found = load(folder, CONTROLLER.replace("hosts.yml", "hosts.ini"))
    assert {host: each.address for host, each in found.plan.hosts.items()} == {k: v for k, v in hosts.items() if k != "mon-1"}


@pytest.mark.parametrize("text", ["", "[]", "topology: [", "topology: court.yaml\ntopology: court.yaml"])
def test_what_is_no_configuration_is_refused(folder: Path, text: str) -> None:
    assert problems(folder, text)[0].startswith("controller.yaml")


def test_no_secret_is_ever_in_what_is_said_or_shown(folder: Path) -> None:
    shown: Any = load(folder)
    assert "hunter2" not in repr(shown)
