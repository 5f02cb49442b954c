"""The proxy before the databases, on the host and port where the lab's clients always find it: as a system documents its own."""

import time

from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import Role
from lab.services.proxy import DATABASE_PORT, GENERAL, UNIT, configuration, tell

CONFIGURATION = "/etc/haproxy/haproxy.cfg"
FINDS_SECONDS = 30.0
RUNNING = "2"
"""Of `srv_op_state`."""

PATRONI = """
listen primary
    mode tcp
    timeout client 30m
    timeout server 30m
{timeouts}
    bind {address}:{port}
    option httpchk OPTIONS /primary
    http-check expect status 200
    default-server {checks} on-marked-down shutdown-sessions
{servers}
"""
"""As Patroni's documentation has it."""


def stand_before_ours(lab: Lab) -> None:
    """Let the proxy be the lab's own, which goes where it is told."""
    edge = lab.layout.of(Role.EDGE)[0]
    _restart_with(lab, edge.name, configuration(lab.layout, edge))


def stand_before_patroni(lab: Lab, rest_port: int, checks: str, timeouts: str) -> None:
    """Let the proxy ask Patroni on each database whether it is primary."""
    edge = lab.layout.of(Role.EDGE)[0]
    servers = "\n".join(
        f"    server {each.name} {each.address}:{DATABASE_PORT} maxconn 100 check port {rest_port}"
        for each in lab.layout.of(Role.DATABASE)
    )
    listening = PATRONI.format(timeouts=timeouts, address=edge.address, port=DATABASE_PORT, checks=checks, servers=servers)
    _restart_with(lab, edge.name, GENERAL.format(address=edge.address) + listening)


def wait_until_found(lab: Lab, primary: str) -> None:
    """Return when the proxy has found *primary*, and nobody else."""
    edge = lab.layout.of(Role.EDGE)[0].name
    deadline = time.monotonic() + FINDS_SECONDS
    while (found := _running(lab, edge)) != {primary}:
        if time.monotonic() > deadline:
            raise LabError(f"{edge} sends clients to {', '.join(sorted(found)) or 'nobody'} instead of {primary}")
        time.sleep(0.2)


def _running(lab: Lab, edge: str) -> set[str]:
    try:
        lines = tell(lab, edge, "show servers state primary").splitlines()[2:]
    except LabError:  # it is just starting
        return set()
    return {state[3] for state in (line.split(" ") for line in lines if line.strip()) if state[5] == RUNNING}


def _restart_with(lab: Lab, edge: str, text: str) -> None:
    if lab.inside(edge, "cat", CONFIGURATION) != text:
        lab.inside(edge, "tee", CONFIGURATION, stdin=text)
        lab.inside(edge, "systemctl", "restart", UNIT)
