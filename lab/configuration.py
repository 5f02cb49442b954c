"""The configurations of a controller for the lab: where its databases, proxies and power controllers are.

Two that differ in nothing but the policy: one acts as the topology says, the other only watches.
"""

from typing import Any

import yaml

from lab.keys import ALERTS_TOKEN, CA, POWER_ACCOUNT, VANTAGE_KEY
from lab.layout import POWER_ADDRESS, POWER_PORT, Layout, Role
from lab.places import CONTROLLER, DUTY, INVENTORY, OBSERVING, STATE, TOPOLOGY
from lab.services.database import UNIT
from lab.services.database_disks import BINARIES, DATA_DIRECTORY
from lab.services.monitoring import ALERTS_PORT, HOST_DOWN, METRICS_PORT
from lab.services.proxy import DATABASE_PORT, SOCKET, STATE_FILE
from topology.model import Cluster, FenceKind, Mode

HEAD = "# {name}: a controller of the lab that {does}. `continuance lab up` writes it anew.\n"


def configuration(layout: Layout) -> dict[str, Any]:
    """Return what `controller.yaml` says for *layout*; paths in it are relative to the lab's folder."""
    clusters = layout.topology.clusters.values()
    return {
        "topology": TOPOLOGY.read_text(encoding="utf-8"),
        "inventory": str(INVENTORY.relative_to(STATE)),
        "through": ["continuance", "lab", "beside", layout.of(Role.CONTROLLER)[0].name],
        "state": str(DUTY.relative_to(STATE)),
        "secrets": {
            name: f"file:{path.relative_to(STATE)}"
            for name, path in {"redfish": POWER_ACCOUNT, "vantage": VANTAGE_KEY, "alerts": ALERTS_TOKEN}.items()
        },
        "policy": {cluster.name: {"mode": cluster.policy.mode.value} for cluster in clusters},
        "databases": {cluster.name: _databases() for cluster in clusters},
        "routes": {cluster.name: [_route(layout, cluster, edge) for edge in cluster.routes] for cluster in clusters},
        "fence": {member: _fence(cluster, member) for cluster in clusters for member in cluster.members},
        "vantages": ["local", *layout.topology.vantages, {"alertmanager": _alerts(layout)}],
        "listen": {"http": f"{layout.of(Role.CONTROLLER)[0].address}:{METRICS_PORT}"},
    }


def observing(layout: Layout) -> dict[str, Any]:
    """Return what `observing.yaml` says for *layout*: the same, and that nothing is to be done."""
    policy = {name: {"mode": Mode.OBSERVE.value} for name in layout.topology.clusters}
    return {**configuration(layout), "policy": policy}


def write_configurations(layout: Layout) -> None:
    """Write the configurations of the controller of *layout*: of one that acts, and of one that only watches."""
    for path, does, said in (
        (CONTROLLER, "acts as the topology says", configuration(layout)),
        (OBSERVING, "only watches", observing(layout)),
    ):
        text = HEAD.format(name=path.name, does=does) + yaml.safe_dump(said, sort_keys=False, width=132)
        path.write_text(text, encoding="utf-8")


def _alerts(layout: Layout) -> dict[str, Any]:
    listen = f"{layout.of(Role.CONTROLLER)[0].address}:{ALERTS_PORT}"
    return {"listen": listen, "token": "alerts", "alerts": [HOST_DOWN]}


def _databases() -> dict[str, Any]:
    return {
        "unit": UNIT,
        "data_directory": DATA_DIRECTORY,
        "binaries": BINARIES,
        "client": {"user": "court", "database": "court"},
    }


def _route(layout: Layout, cluster: Cluster, edge: str) -> dict[str, Any]:
    ports = (each.name for each in layout.topology.clusters.values() if edge in each.routes)
    port = DATABASE_PORT + list(ports).index(cluster.name)
    return {"haproxy": {"host": edge, "backend": cluster.name, "port": port, "socket": SOCKET, "state_file": STATE_FILE}}


def _fence(cluster: Cluster, member: str) -> list[Any]:
    url = f"https://{POWER_ADDRESS}:{POWER_PORT}"
    redfish = {"redfish": url, "system": member, "credentials": "redfish", "authority": str(CA.relative_to(STATE))}
    known: dict[FenceKind, Any] = {FenceKind.REDFISH: redfish, FenceKind.OPERATOR: "operator"}
    return [known[level.kind] for level in cluster.fence if level.kind in known]
