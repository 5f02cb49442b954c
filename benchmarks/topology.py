"""How long the topology commands take as whole processes, from start to exit: `python -m benchmarks.topology`.

The networks are written to a folder that is removed afterwards, each host on a line of its own. The share of imports is the time
of a process that imports what the command imports, and does nothing else.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.processes import BARE, median_seconds

HOSTS_A_RACK = 20
RACKS_A_SITE = 50
_COMMAND = "from console.main import main; main()"
_ALWAYS = "import console.main, topology.load, topology.sources"


class Case(NamedTuple):
    """A command on a network of so many hosts, what it imports, how often it is run, and how long it may take."""

    hosts: int
    command: str
    arguments: tuple[str, ...]
    imports: str
    rounds: int
    goal_seconds: float


_IMPACT = "topology.analysis.impact, console.topology_data, console.weakness_text"

CASES = (
    Case(500, "validate", (), _ALWAYS, 5, 2.0),
    Case(100_000, "impact", ("site-0",), f"{_ALWAYS}, {_IMPACT}", 2, 15.0),
)


def network(hosts: int) -> Iterator[str]:
    """Yield the lines of a network: sites, power and racks; racks in pairs, each with a cluster and a service across both."""
    racks = -(-hosts // HOSTS_A_RACK)
    sites = -(-racks // RACKS_A_SITE)
    pair = max(racks // 2, 1)
    yield "name: benchmark"
    yield "sites:"
    yield from (f"  site-{site}: {{}}" for site in range(sites))
    yield "components:"
    yield from (f"  power-{site}: {{site: site-{site}}}" for site in range(sites))
    yield from (f"  rack-{rack}: {{site: {_site(rack)}, uses: [{_power(rack)}]}}" for rack in range(racks))
    yield "hosts:"
    for host in range(hosts):
        rack = host // HOSTS_A_RACK
        role = "database" if host % HOSTS_A_RACK == 0 else "web"
        yield f"  host-{host}: {{site: {_site(rack)}, role: {role}, uses: [rack-{rack}]}}"
    yield "clusters:"
    for rack in range(pair):
        primary, standby = rack * HOSTS_A_RACK, (rack + pair) % racks * HOSTS_A_RACK
        yield f"  db-{rack}: {{members: [host-{primary}, host-{standby}], primary: host-{primary}}}"
    yield "services:"
    for rack in range(pair):
        web = ", ".join(f"host-{rack * HOSTS_A_RACK + number}" for number in range(1, HOSTS_A_RACK // 2))
        far = ", ".join(f"host-{(rack + pair) % racks * HOSTS_A_RACK + number}" for number in range(1, HOSTS_A_RACK // 2))
        reads = f", reads: [work-{rack - 1}]" if rack % 10 else ""
        yield f"  work-{rack}: {{needs: {{all: [db-{rack}, {{at_least: 8, of: [{web}, {far}]}}]}}{reads}}}"


def _site(rack: int) -> str:
    return f"site-{rack // RACKS_A_SITE}"


def _power(rack: int) -> str:
    return f"power-{rack // RACKS_A_SITE}"


def main() -> None:
    """Run every case and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            path = Path(folder) / f"{case.hosts}.yaml"
            path.write_text("\n".join(network(case.hosts)) + "\n")
            words = (case.command, str(path), *case.arguments)
            processes = {
                "whole": ("-c", _COMMAND, "topology", *words),
                "imports": ("-c", f"{case.imports}; import gc; gc.freeze()"),  # the commands exit like this too
                "bare": BARE,
            }
            seconds = median_seconds(processes, case.rounds)
            imports = seconds["imports"] - seconds["bare"]
            print(
                f"topology {case.command}, {case.hosts:,} hosts: {seconds['whole']:.2f} s "
                f"(median of {case.rounds}; goal {case.goal_seconds:g} s), of which imports {imports:.2f} s, "
                f"{imports / seconds['whole']:.0%}, and the bare interpreter {seconds['bare']:.2f} s"
            )


if __name__ == "__main__":
    main()
