"""HAProxy on the lab's edge: one way to the database, and one to the lookup servers.

The two are unlike. A lookup server is as good as the other, so HAProxy itself finds out which of them answers, asks the other when
one fails, and nobody else is needed. Which database takes writes cannot be found out by asking them, so the way to the database
goes where it was told, to one server at most, after a restart too; and to none before anybody has told.
"""

from collections.abc import Mapping, Sequence

from lab.hosts import Lab
from lab.layout import LabHost, Layout, Role
from lab.services.service import File
from topology.model import Cluster

UNIT = "continuance-haproxy.service"
SOCKET = "/run/haproxy/admin.sock"
STATE_FILE = "/var/lib/continuance-haproxy/state"
"""Where it is written down whom the databases' clients are sent to, by whoever changes it."""
IN_MAINTENANCE = 0x01 | 0x02 | 0x20 | 0x40
"""Of `srv_admin_state`: not 0x04, which says of a server only that its configuration has it disabled."""
DATABASE_PORT = 5432
LOOKUP_PORT = 8080
METRICS_PORT = 8404

SERVICE = """[Unit]
Description=The proxy of the lab's databases and lookups
DefaultDependencies=no
After=local-fs.target
StartLimitIntervalSec=0

[Service]
Type=notify
RuntimeDirectory=haproxy
StateDirectory=continuance-haproxy
ExecStart=/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg -p /run/haproxy/pid
ExecReload=/bin/kill -USR2 $MAINPID
KillMode=mixed
Restart=always
RestartSec=200ms
"""

GENERAL = f"""global
    stats socket {SOCKET} mode 600 level admin
    stats timeout 5s
    server-state-file {STATE_FILE}
    maxconn 2000
    nbthread 1

defaults
    timeout connect 500ms
    retries 2
    option redispatch 1

frontend metrics
    mode http
    timeout client 5s
    bind {{address}}:{METRICS_PORT}
    http-request use-service prometheus-exporter if {{{{ path /metrics }}}}
"""

DATABASES = """
# Sessions may idle for long, as applications' do. So when a primary is withdrawn they must be shut down, or they linger on it.
# One whose client has gone already is not shut down by order, and would wait for a dead server: the last two times end it.
frontend {cluster}
    mode tcp
    timeout client 30m
    timeout client-fin 300ms
    bind {address}:{port}
    default_backend {cluster}

backend {cluster}
    mode tcp
    timeout server 30m
    timeout server-fin 300ms
    load-server-state-from-file global
{servers}
"""

LOOKUPS = f"""
frontend lookup
    mode http
    timeout client 5s
    bind {{address}}:{LOOKUP_PORT}
    default_backend lookup

# What is read only may be asked again of the other server: a request is lost only if both fail.
backend lookup
    mode http
    timeout server 1s
    timeout check 400ms
    option httpchk GET /health
    retry-on conn-failure empty-response response-timeout 503
    default-server check inter 500ms fastinter 200ms rise 1 fall 2 observe layer4 error-limit 1 on-error mark-down
{{servers}}
"""


class Proxy:
    """HAProxy on every edge host."""

    name = "proxies"

    def files(self, layout: Layout, host: LabHost) -> Mapping[str, File]:
        """Return the configuration and its unit."""
        if host.role is not Role.EDGE:
            return {}
        return {"/etc/haproxy/haproxy.cfg": File(configuration(layout, host)), f"/etc/systemd/system/{UNIT}": File(SERVICE)}

    def starts(self, layout: Layout, host: LabHost) -> Sequence[str]:
        """Return its unit, on an edge host."""
        return (UNIT,) if host.role is Role.EDGE else ()

    def set_up(self, lab: Lab) -> None:
        """Send clients to each cluster's first primary, where they are sent nowhere yet."""
        for cluster in lab.layout.topology.clusters.values():
            for edge in cluster.routes:
                if not routed(lab, edge, cluster):
                    route(lab, edge, cluster, cluster.primary)


def configuration(layout: Layout, host: LabHost) -> str:
    """Return what HAProxy on *host* is told: each cluster that it is a route of has a port, in the topology's order."""
    parts = [GENERAL.format(address=host.address)]
    clusters = [each for each in layout.topology.clusters.values() if host.name in each.routes]
    for port, cluster in enumerate(clusters, DATABASE_PORT):
        servers = "\n".join(f"    server {each} {layout.host(each).address}:5432 disabled" for each in cluster.members)
        parts.append(DATABASES.format(cluster=cluster.name, address=host.address, port=port, servers=servers))
    if lookups := layout.of(Role.LOOKUP):
        servers = "\n".join(f"    server {each.name} {each.address}:8000" for each in lookups)
        parts.append(LOOKUPS.format(address=host.address, servers=servers))
    return "".join(parts)


def routed(lab: Lab, edge: str, cluster: Cluster) -> tuple[str, ...]:
    """Return the members that *edge* sends clients of *cluster* to: one, or none."""
    states = [line.split(" ") for line in tell(lab, edge, f"show servers state {cluster.name}").splitlines()[2:] if line.strip()]
    return tuple(state[3] for state in states if not int(state[6]) & IN_MAINTENANCE)


def route(lab: Lab, edge: str, cluster: Cluster, primary: str | None) -> None:
    """Let *edge* send clients of *cluster* to *primary* alone, and end the sessions that go elsewhere."""
    orders = []
    for member in cluster.members:
        if member != primary:
            orders += [f"disable server {cluster.name}/{member}", f"shutdown sessions server {cluster.name}/{member}"]
    if primary is not None:
        orders.append(f"enable server {cluster.name}/{primary}")
    tell(lab, edge, ";".join(orders))
    lab.inside(edge, "tee", STATE_FILE, stdin=tell(lab, edge, "show servers state"))


def tell(lab: Lab, edge: str, orders: str) -> str:
    """Say *orders* to HAProxy on *edge* and return what it answers."""
    talk = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.settimeout(3); s.connect(sys.argv[1]); "
        "s.sendall(sys.argv[2].encode() + b'\\n'); print(b''.join(iter(lambda: s.recv(65536), b'')).decode())"
    )
    return lab.inside(edge, "/usr/bin/python3", "-ISc", talk, SOCKET, orders)
