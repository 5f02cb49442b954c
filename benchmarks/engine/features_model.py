"""A network with everything the engine knows, of any size.

Weibull and lognormal lives, parts with lead times of their own, crews with calendars, common causes, gates, services with old
copies and work that waits, clusters with switchovers. Servers stand at two sites, in cells of five that need four; each holds a
unit of one of eight parts, from its own site's stock. Power takes up to fifty servers along. Switches stand at a depot and draw on
the depot's stock. A service needs most of its cells, which it shares with its neighbour, a switch and a cluster; beside it stands
one that shows its data, from an old copy if need be.
"""

import json
from math import ceil, sqrt
from pathlib import Path
from typing import Any

from simulator.plant.compiling import compile_plant
from simulator.plant.plant import Plant
from simulator.plant.switchover import Switchover
from topology.document import parse_document
from topology.laws import Fixed, Lognormal
from topology.load import build_topology
from topology.quantities import DAY, HOUR, MINUTE

Entry = dict[str, Any]
SITES = ("east", "west")
START, DAYS = "2026-01-05T00:00+00:00", 1825.0
GROUP, ENOUGH, POWERED_MAX, KINDS, SERVICES_MAX = 5, 4, 50, 8, 10
_LIFE_DAYS, _LEAD_DAYS = range(300, 300 + 25 * KINDS, 25), range(7, 7 + 3 * KINDS, 3)


def plant_of(count: int) -> Plant:
    """Return the network of *count* servers, compiled."""
    topology = build_topology(parse_document(json.dumps(network(count)), "everything"), Path())
    return compile_plant(topology, START, DAYS * DAY, dict.fromkeys(topology.clusters, switchover()))


def switchover() -> Switchover:
    """Return how long a cluster is without service: seconds where its primary can be fenced, hours where a person must come."""
    fenced, unfenced = Lognormal.from_median(10.0, 40.0), Lognormal.from_median(2 * HOUR, 6 * HOUR)
    return Switchover((fenced, unfenced, fenced, unfenced), Fixed(MINUTE))


def network(count: int) -> Entry:
    """Return the network of *count* servers as a document."""
    cells = [f"cell-{number}" for number in range(count // GROUP)]
    pairs = min(SERVICES_MAX, max(2, len(cells) // 4))
    return {
        "name": "everything",
        "sites": {site: {"timezone": "Europe/Berlin"} for site in (*SITES, "depot")},
        "calendars": {"office": {"days": "mon-fri", "hours": "08:00-18:00"}},
        "crews": _crews(count),
        "parts": {_part(kind): _life_and_lead_time(kind) for kind in range(KINDS)},
        "stock": _stock(count),
        "roles": {site: {"site": site, "recover": _recovery(_part(0), f"field-{site}")} for site in SITES},
        "components": {**_power(count), **_switches(pairs), **_cells(count)},
        "hosts": {**_servers(count), **_databases()},
        "clusters": {f"orders-{number}": _cluster(number) for number in range(2)},
        **_services(cells, pairs),
        "common_causes": {
            "bad-batch": {"rate": "1/2y", "fails": {_part(0): ceil(count / 200)}, "of": {"role": "east"}},
            "surge": {"rate": "1/1y", "fails": {_part(1): ceil(count / 200), _part(2): 1}, "of": {"role": "west"}},
        },
    }


def _lognormal(median: str, p95: str) -> Entry:
    return {"lognormal": {"median": median, "p95": p95}}


def _weibull(mean_days: int, shape: float) -> Entry:
    return {"weibull": {"mean": f"{mean_days}d", "shape": shape}}


def _part(kind: int) -> str:
    return f"part-{kind}"


def _life_and_lead_time(kind: int) -> Entry:
    """Every other life is lognormal; every other lead time, too."""
    life, lead = _LIFE_DAYS[kind], _LEAD_DAYS[kind]
    if kind % 2:
        return {"life": _lognormal(f"{life}d", f"{3 * life}d"), "lead_time": f"{lead}d"}
    return {"life": _weibull(life, 1.2 + 0.2 * kind), "lead_time": _lognormal(f"{lead}d", f"{2 * lead}d")}


def _recovery(part: str, crew: str) -> list[Entry]:
    work = {"work": _lognormal("3h", "10h"), "crew": crew}
    return [{"wait": _lognormal("1h", "6h"), "for": "diagnosis"}, {"part": part}, work]


def _crews(count: int) -> Entry:
    """As many hands as the usual jobs take in open hours, and two deviations more."""
    jobs = count / 2 * (4.5 / 24) / 400 * (168 / 50)
    size = ceil(jobs + 2 * sqrt(jobs))
    field = {f"field-{site}": {"site": site, "size": size, "calendar": "office"} for site in SITES}
    return {**field, "on-call": {"size": 2 + count // 2_000}}


def _stock(count: int) -> Entry:
    """Of each part, what is usually on order and one deviation more, at each site; one at the depot."""

    def base(kind: int) -> int:
        demand = count / len(SITES) / KINDS * _LEAD_DAYS[kind] / _LIFE_DAYS[kind]
        return ceil(demand + sqrt(demand))

    stock: Entry = {site: {_part(kind): base(kind) for kind in range(KINDS)} for site in SITES}
    return {**stock, "depot": {_part(kind): 1 for kind in range(KINDS)}}


def _power_of(server: int, count: int) -> int:
    """Return which power a server hangs on: all of a cell on one."""
    return server // min(POWERED_MAX, count // 4)


def _power(count: int) -> Entry:
    """Every other power stands in the west, with whatever hangs on it."""
    recover = [{"wait": _lognormal("20m", "2h")}, {"work": _lognormal("1h", "5h"), "crew": "on-call"}]
    return {
        f"power-{number}": {"site": SITES[number % 2], "fails": _weibull(1_000, 1.5), "recover": recover}
        for number in range(_power_of(count - 1, count) + 1)
    }


def _switches(pairs: int) -> Entry:
    switches = {
        f"switch-{number}": {
            "site": "depot",
            "fails": _lognormal("500d", "1500d"),
            "recover": _recovery(_part(number % KINDS), "on-call"),
        }
        for number in range(pairs)
    }
    management = {"fails": {"exponential": {"mean": "100d"}}, "recover": [{"wait": _lognormal("6h", "2d")}]}
    return {**switches, "management": management}


def _cells(count: int) -> Entry:
    """A cell that has lost its data copies it back."""
    return {
        f"cell-{number}": {
            "needs": {"at_least": ENOUGH, "of": [f"server-[{number * GROUP}-{number * GROUP + GROUP - 1}]"]},
            "recover": [{"restore": _lognormal("1h", "4h")}],
        }
        for number in range(count // GROUP)
    }


def _servers(count: int) -> Entry:
    return {
        f"server-{number}": {
            "role": SITES[power % 2],
            "uses": [f"power-{power}"],
            "parts": {_part(number % KINDS): {"installed": 1}},
        }
        for number in range(count)
        for power in [_power_of(number, count)]
    }


def _databases() -> Entry:
    work = [{"wait": "10m"}, {"work": _lognormal("1h", "4h"), "crew": "on-call"}, {"restore": _lognormal("1h", "3h")}]
    databases = {
        f"db-{number}": {"site": SITES[number % 2], "uses": [f"power-{number % 2}"], "fails": _weibull(300, 1.3), "recover": work}
        for number in range(4)
    }
    proxies = {f"proxy-{number}": {"fails": {"exponential": {"mean": "90d"}}, "recover": [{"wait": "10m"}]} for number in range(2)}
    return {**databases, **proxies}


def _cluster(number: int) -> Entry:
    members = [f"db-{2 * number}", f"db-{2 * number + 1}"]
    fence = [{"redfish": {"uses": ["management"]}}, "operator"]
    return {"members": members, "primary": members[0], "routes": ["proxy-0", "proxy-1"], "fence": fence}


def _services(cells: list[str], pairs: int) -> Entry:
    """Services, and the work that arrives at them."""
    services: Entry = {}
    workloads: Entry = {}
    share = len(cells) // pairs
    for number in range(pairs):
        base, view = f"base-{number}", f"view-{number}"
        mine = [cells[(number * share + each) % len(cells)] for each in range(share + ceil(share / 2))]
        most = {"at_least": len(mine) - ceil(len(mine) / 10), "of": mine}
        services[base] = {"needs": {"all": [most, f"switch-{number}", f"orders-{number % 2}"]}}
        copy = {"reads": [base], "fallback": {"to": "stale", "after": "15m"}}
        services[view] = {"needs": {"any": mine[:2]}, **copy}
        arrivals = {"mon-fri": "4000/d", "sat-sun": "1000/d"}
        workloads[f"work-{number}"] = {"service": base, "arrivals": arrivals, "when_down": "wait", "capacity": "8000/d"}
        later = {"each": "5m", "capacity": {"office": "30h/d"}}
        workloads[f"entries-{number}"] = {
            "service": view, "arrivals": {"office": "300/d"}, "when_down": "manual", "enter_later": later,
        }  # fmt: skip
    return {"services": services, "workloads": workloads}
