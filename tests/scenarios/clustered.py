"""A network with two clusters, its proxies and its controllers, for faults of everything that fails over."""

from pathlib import Path

from scenarios.load import Source, build_scenario
from scenarios.model import Fault
from tests.scenarios.writing import HEAD
from topology.document import parse_document

NETWORK = """\
name: shop
sites: {a: {}, b: {}, c: {}}
parts: {board: {lead_time: 3d}}
crews: {night: {size: 1}}
components:
  line: {links: [a, b]}
hosts:
  db-[1-2]: {site: a, role: database}
  db-3: {site: b, role: database}
  log-[1-2]: {site: b}
  proxy-[1-2]: {site: a}
  desk: {site: b}
clusters:
  db: {members: ["db-[1-3]"], primary: db-1, routes: ["proxy-[1-2]"]}
  log: {members: ["log-[1-2]"], primary: log-1}
services:
  orders: {needs: {all: [db, log]}}
"""


def incident_of(text: str, network: str = NETWORK) -> tuple[Fault, ...]:
    """Return the incident that the scenario in *text* holds, on *network* whatever it names. Raises InputError."""
    nowhere = Path()
    source = Source(parse_document(text, "night.yaml"), nowhere, parse_document(network, "shop.yaml"), nowhere)
    return build_scenario(source).incident


def fault_of(entry: str, network: str = NETWORK) -> Fault:
    """Return the fault that *entry* writes."""
    (fault,) = incident_of(f"{HEAD}incident:\n  - {entry}\n", network)
    return fault
