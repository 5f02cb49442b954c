"""A small network for simulations, and its plant."""

from simulator.plant.compiling import compile_plant
from simulator.plant.plant import Plant
from tests.simulator.building import MONDAY, network_of
from topology.quantities import DAY

SMALL = """
    name: small
    sites: {here: {}}
    crews: {field: {site: here, size: 1}}
    parts: {disk: {life: {exponential: {mean: 30d}}, lead_time: 9d}}
    stock: {here: {disk: 0}}
    hosts:
      srv-[1-2]: {site: here, parts: {disk: {installed: 1}}, recover: [{part: disk}, {work: 5h, crew: field}]}
      spare: {site: here}
    services: {shop: {needs: {any: [srv-1, srv-2]}, cost: 100 EUR/h}, page: {needs: spare}}
    workloads: {sales: {service: shop, arrivals: 24/d, when_down: lost}}
"""


def small_plant(horizon_seconds: float = 100 * DAY, text: str = SMALL) -> Plant:
    return compile_plant(network_of(text), MONDAY, horizon_seconds, {})
