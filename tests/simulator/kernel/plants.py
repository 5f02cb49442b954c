"""Random networks that live by laws, written as a user would write them: every feature of the kernel, and many ties."""

from dataclasses import dataclass

from hypothesis import strategies as st

from simulator.plant.compiling import compile_plant
from simulator.plant.plant import Plant
from simulator.plant.switchover import Switchover
from tests.simulator.building import MONDAY, network_of
from topology.laws import Empirical

NETWORK = """
name: random
sites: {{here: {{fails: {site_life}, recover: [{{wait: {short}}}]}}, there: {{}}}}
calendars: {{office: {{days: mon-fri, hours: "08:00-17:00", holidays: US}}, daily: {{days: mon-sun, hours: "06:00-22:00"}}}}
crews: {{field: {{size: {crew}}}, clerks: {{size: 1, calendar: office}}}}
parts:
  disk: {{life: {disk_life}, lead_time: {lead_time}}}
  pump: {{lead_time: {short}}}
  board: {{}}
stock: {{here: {{disk: {stock}, pump: 1}}, there: {{disk: 1}}}}
components:
  power: {{site: here, fails: {life}, recover: [{{wait: {short}}}, {{part: pump}}]}}
  line: {{links: [here, there], fails: {life}, recover: [{{work: {short}, crew: clerks}}]}}
  storage:
    site: here
    needs: {{at_least: {enough}, of: ["srv-[1-3]"]}}
    fails: {life}
    recover: [{{part: disk}}, {{restore: {repair}}}]
  index: {{needs: {{all: [storage, db]}}, recover: [{{work: {short}, crew: field}}, {{restore: {short}}}]}}
hosts:
  srv-[1-3]:
    site: here
    uses: [power]
    parts: {{disk: {{installed: 3, required: {required}}}}}
    fails: {life}
    recover: [{{wait: {short}}}, {{part: disk}}, {{work: {repair}, crew: field}}, {{part: pump}}]
  srv-4:
    site: there
    parts: {{board: {{installed: 2, required: 1}}, disk: {{installed: 2}}}}
    recover: [{{part: disk}}, {{work: {short}}}]
  db-1: {{site: here, uses: [storage], fails: {life}, recover: [{{work: {repair}, crew: clerks}}]}}
  db-2: {{site: {second}, fails: {life}, recover: [{{work: {repair}, crew: field}}]}}
  db-3: {{site: there, recover: [{{wait: {short}}}]}}
  proxy: {{fails: {life}, recover: [{{wait: {short}}}]}}
clusters:
  db: {{members: [db-1, db-2, db-3], primary: db-1, {routes}fence: [{{redfish: {{uses: [line]}}}}, operator]}}
  log: {{members: [db-3, db-2], primary: db-3}}
services:
  records: {{needs: {{all: [db, power]}}, fallback: {{to: stale, after: {short}}}, objectives: {{rto: 1h, accepts_stale: true}}}}
  search: {{needs: index, reads: [records]}}
  lookup: {{needs: {{any: [srv-1, srv-2, srv-4]}}, reads: [records, search], fallback: {{to: stale, after: {short}}}}}
  press: {{reads: [lookup, records]}}
  audit: {{needs: log, reads: [press]}}
workloads:
  calls: {{service: lookup, arrivals: {{mon-fri: 500/d}}, when_down: lost}}
  letters: {{service: records, arrivals: 24/d, when_down: wait, capacity: 30/d}}
  forms:
    service: records
    arrivals: {{office: 90/d}}
    when_down: manual
    enter_later: {{each: 20m, capacity: {{office: 12h/d}}}}
  tickets: {{service: records, arrivals: {{daily: 40/d}}, when_down: wait, capacity: {{daily: 50/d}}}}
  orders: {{service: search, arrivals: 24/d, when_down: wait}}
common_causes:
  bad-batch: {{rate: 20/y, fails: {{disk: 4, board: 1}}}}
  flood: {{rate: 5/y, fails: {{disk: 2}}, of: {{site: here}}}}
"""
HORIZON_SECONDS = 300 * 3600.0


@dataclass(frozen=True)
class Drawn:
    """A network, and the luck."""

    network: str
    switchovers: tuple[tuple[float, ...], ...]
    seed: int
    run: int

    def plant(self) -> Plant:
        laws = [Empirical(values) for values in self.switchovers]
        each = Switchover(tuple(laws[:4]), laws[4])
        return compile_plant(network_of(self.network), MONDAY, HORIZON_SECONDS, {"db": each, "log": each})


def whole(low: int, high: int) -> st.SearchStrategy[str]:
    """Whole hours that are always the same, so that much happens at one time."""
    return st.integers(low, high).map(lambda hours: f"{hours}h")


def laws(mean: int) -> st.SearchStrategy[str]:
    """Laws of every kind with a mean of about so many hours."""
    return st.sampled_from(
        [
            f"{{exponential: {{mean: {mean}h}}}}",
            f"{{weibull: {{mean: {mean}h, shape: 2}}}}",
            f"{{weibull: {{mean: {mean}h, shape: 0.7}}}}",
            f"{{lognormal: {{median: {mean}h, p95: {3 * mean}h}}}}",
        ]
    )


@st.composite
def drawn(draw: st.DrawFn, tied: bool) -> Drawn:
    """Draw a network; where *tied*, with durations in whole hours, a few of which recur everywhere."""
    if tied:
        step = draw(st.integers(1, 4))
        short = f"{step * draw(st.integers(1, 3))}h"
        chosen = {
            "life": f"{24 * draw(st.integers(1, 6))}h",
            "site_life": f"{24 * draw(st.integers(5, 20))}h",
            "disk_life": f"{24 * draw(st.integers(2, 8))}h",
            "lead_time": f"{step * draw(st.integers(1, 12))}h",
            "repair": f"{step * draw(st.integers(1, 4))}h",
            "short": short,
        }
        times = st.sampled_from([0.0, 3600.0, 3600.0 * step, float("inf")])
    else:
        chosen = {
            "life": draw(laws(draw(st.sampled_from([50, 150, 400])))),
            "site_life": draw(laws(900)),
            "disk_life": draw(laws(draw(st.sampled_from([100, 400, 2000])))),
            "lead_time": draw(whole(5, 50) | laws(30)),
            "repair": draw(laws(10)),
            "short": draw(whole(1, 9) | laws(4)),
        }
        times = st.floats(0, 10_000) | st.just(float("inf"))
    # A fallback is a duration, never a law.
    chosen["after"] = f"{draw(st.integers(1, 9))}h"
    network = NETWORK.replace("after: {short}", "after: {after}").format(
        crew=draw(st.integers(1, 2)),
        stock=draw(st.integers(0, 3)),
        enough=draw(st.integers(1, 3)),
        required=draw(st.integers(0, 3)),
        second=draw(st.sampled_from(["here", "there"])),
        routes=draw(st.sampled_from(["", "routes: [proxy], "])),
        **chosen,
    )
    switchovers = tuple(tuple(sorted(draw(st.lists(times, min_size=1, max_size=3)))) for _ in range(5))
    return Drawn(network, switchovers, draw(st.integers(0, 1000)), draw(st.integers(0, 5)))
