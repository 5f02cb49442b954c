"""Scenarios and networks written for a test, as text in a folder of its own."""

from pathlib import Path

from scenarios.load import load_scenario
from scenarios.model import Scenario
from topology.errors import InputError

NETWORK = """\
name: shop
sites: {a: {timezone: Europe/Berlin}, b: {}}
crews: {night: {size: 1}}
parts: {board: {lead_time: 3d, unit_cost: 900 EUR}}
stock: {a: {board: 0}}
components:
  line: {links: [a, b]}
hosts:
  db-[1-2]: {site: a, role: database, recover: [{wait: 1h}, {part: board}, {work: 2h, crew: night}]}
  db-3: {site: b, role: database}
  web-[1-2]: {site: a, role: web}
clusters:
  db: {members: [db-1, db-3], primary: db-1}
services:
  orders: {needs: {all: [db, {any: [web-1, web-2]}]}, objectives: {rto: 1h}, cost: 100 EUR/h}
  search: {needs: {any: [web-1, web-2]}, reads: [orders]}
workloads:
  baskets: {service: orders, arrivals: 240/d, when_down: lost}
"""

HEAD = """\
name: night
topology: shop
start: 2025-01-06T00:00+01:00
horizon: 30d
"""
"""Four lines; what a test adds begins on line 5."""


def write(folder: Path, body: str, head: str = HEAD, network: str = NETWORK) -> Path:
    """Write the scenario and, beside it, the network it names."""
    (folder / "shop.yaml").write_text(network, encoding="utf-8")
    path = folder / "night.yaml"
    path.write_text(head + body, encoding="utf-8")
    return path


def loaded(folder: Path, body: str, head: str = HEAD, network: str = NETWORK) -> Scenario:
    return load_scenario(write(folder, body, head, network))


def wrong(folder: Path, body: str, head: str = HEAD, network: str = NETWORK) -> list[str]:
    """Return everything that is wrong with a scenario, each problem on one line without its folder."""
    try:
        load_scenario(write(folder, body, head, network))
    except InputError as error:
        lines = [str(problem).replace(f"{folder}/", "") for problem in error.problems]
        assert all("\n" not in line for line in lines)
        return lines
    raise AssertionError("nothing is wrong with it")
