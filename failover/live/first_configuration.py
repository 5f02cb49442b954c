"""A first `controller.yaml` for a network: complete, commented, and only watching. What nobody can know here is marked TODO."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from topology.model import Cluster, FenceKind, Topology
from topology.quantities import show_duration

TODO = "# TODO"
"""What stands before everything that a person still has to see to."""

_HEAD = """\
# What one controller is started with. Paths are relative to the folder of this file; docs/controller.md explains every key.
#
# As it stands it only watches: every policy is `observe`, nothing is commanded, and what would have been done is journaled.
# `continuance controller check {file}` says what is wrong and what is still to do; each such line bears the word TODO.

topology: {topology}
controller: {controller}{choice}
inventory: {inventory}  # Ansible's: how hosts are reached (address, user, key, jump host, become) stands there and nowhere else
state: state  # a folder for what has to be kept
store: sqlite:state/journal.db  # the journal; on a local disk

# Secrets by name, and where each comes from: credential:NAME (systemd hands it over, see LoadCredential in the unit),
# file:PATH, env:NAME, command:ARGV. They are read when they are needed. By hand: CREDENTIALS_DIRECTORY=keys continuance …
secrets:
{secrets}

# Who decides, by cluster: observe, manual (an order), approve (a yes), automatic. It may only be tighter than the topology says.
policy:
{policies}
"""
_TAIL = """
# Pages that services publish, to be withdrawn when what they show is no longer true.
# pages: {lookup: {web-1: /var/www/status.html}}

# Playbooks of your own in place of ours (docs/playbooks.md), and hooks after a failover or a switchover.
# playbooks: {promote: our/promote.yml}
# hooks: {after_failover: our/after.yml}
"""


def first_configuration(
    topology: Topology, file: str, topology_name: str, inventory: str, controller: str, addresses: Mapping[str, str]
) -> str:
    """Return the text of *file* for *topology*, whose hosts are at *addresses*."""
    clusters = list(topology.clusters.values())
    head = _HEAD.format(
        file=file,
        topology=topology_name,
        controller=controller,
        choice="" if len(topology.controllers) == 1 else f"  {TODO} which of {', '.join(topology.controllers)} this one is",
        inventory=inventory,
        secrets="\n".join(_secrets(topology)),
        policies="\n".join(_policies(clusters)),
    )
    sections = (_databases(clusters), _routes(clusters, addresses), _fences(clusters), _probes(topology), _vantages(topology))
    return head + "".join("\n" + "\n".join(lines) + "\n" for lines in sections) + _TAIL


def todo_of(path: Path) -> list[tuple[int, str]]:
    """Return what is still to be done in the configuration at *path*: lines, and what they say."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(number, line.partition(TODO)[2].strip(" :")) for number, line in enumerate(lines, 1) if TODO in line]


def _secrets(topology: Topology) -> Iterator[str]:
    yield f"  {TODO} what this controller and its vantage points share: openssl rand -hex 32 > keys/vantage"
    yield "  vantage: credential:vantage"
    kinds = {level.kind for cluster in topology.clusters.values() for level in cluster.fence}
    if kinds & {FenceKind.REDFISH, FenceKind.FENCE_AGENT}:
        yield "  # power: credential:power  # user:password of the power controllers, for `fence`"
    yield "  # client: credential:client  # the password of the account with which a write is tried, for `databases`"


def _policies(clusters: list[Cluster]) -> Iterator[str]:
    for cluster in clusters:
        yield f"  {cluster.name}: {{mode: observe}}  # the topology allows {cluster.policy.mode.value}"


def _databases(clusters: list[Cluster]) -> Iterator[str]:
    yield f"{TODO} where each database is, and as whom a write is tried through the proxies; any policy but `observe` needs it"
    yield "# databases:"
    for cluster in clusters:
        yield f"#   {cluster.name}: {{debian: 15, client: {{user: app, database: app, credentials: client}}}}  # or red_hat: 15"


def _routes(clusters: list[Cluster], addresses: Mapping[str, str]) -> Iterator[str]:
    routed = [cluster for cluster in clusters if cluster.routes]
    unrouted = [cluster.name for cluster in clusters if not cluster.routes]
    if unrouted:
        names = ", ".join(unrouted)
        yield f"{TODO} the topology names no `routes` for {names}: the hosts whose HAProxy leads clients to the primary"
    if routed:
        yield f"{TODO} which backend of HAProxy leads to each cluster, and at which port clients come in"
        yield "# routes:"
    for cluster in routed:
        yield f"#   {cluster.name}:"
        for host in cluster.routes:
            at = addresses.get(host, host)
            yield f"#     - haproxy: {{host: {host}, port: 5432, backend: {cluster.name}}}  # clients reach it at {at}"


_LEVELS = {
    FenceKind.REDFISH: '{{redfish: "https://ADDRESS", system: {host}, credentials: power}}',
    FenceKind.FENCE_AGENT: "{{fence_agent: fence_ipmilan, options: {{ip: ADDRESS}}, credentials: power}}",
    FenceKind.PLAYBOOK: "{{playbook: our/fence.yml}}",
    FenceKind.OPERATOR: "operator",
}
"""How each level is written."""


def _fences(clusters: list[Cluster]) -> Iterator[str]:
    yield f"{TODO} how each host is switched off, in the topology's order: never over SSH, never over its own network"
    yield "# fence:"
    for cluster in clusters:
        for host in cluster.members:
            levels = [_LEVELS[level.kind].format(host=host) for level in cluster.fence if level.kind in _LEVELS]
            yield f"#   {host}: [{', '.join(levels)}]"


def _probes(topology: Topology) -> Iterator[str]:
    pace = topology.probing
    yield "# How hosts are looked at. Unless something else is said here, a member is asked as the PostgreSQL role `probe`, which"
    yield "# may log in and do nothing else (create role probe login;), and by SSH; every other host by SSH alone."
    yield "# probes:"
    for cluster in topology.clusters.values():
        host = cluster.members[0]
        yield f'#   {host}: [{{postgresql: {{user: probe, database: postgres}}}}, {{tcp: {{port: 22, expect: "SSH-"}}}}]'
    yield f"# probing: {{every: {_short(pace.every_seconds)}, timeout: {_short(pace.timeout_seconds)}, misses: 1}}"


def _short(seconds: float) -> str:
    """Write a duration as the file has it."""
    return f"{seconds * 1000:g}ms" if seconds < 1 else f"{seconds:g}s"


def _vantages(topology: Topology) -> Iterator[str]:
    windows = [each.policy.detection_window_seconds for each in topology.clusters.values()]
    yield "# From where hosts are looked at: here, and by an agent on other hosts that do not fail together with this one:"
    yield "# python -m failover.live.vantage --listen 0.0.0.0:7410 --key file:/etc/continuance/vantage"
    if windows:
        quorum = max(each.policy.vantage_quorum for each in topology.clusters.values())
        yield f"# {quorum} of them have to see nothing of a host for {show_duration(min(windows))} before it counts as lost."
    yield f"vantages: [{', '.join(['local', *topology.vantages])}]"
    yield ""
    yield f"{TODO} who is told: a webhook of your pager or chat; without one there is only the log"
    yield '# notify: [{webhook: "https://pager.example/hook"}]'
    yield ""
    yield "# Where orders are taken, and where `continuance failover` asks how things are."
    yield "listen: {socket: state/continuance.sock}"
