"""How long the topology commands take as whole processes, from start to exit: `python -m benchmarks.topology`.

The networks are written to a folder that is removed afterwards, each host on a line of its own. The share of imports is the time
of a process that imports what the command imports, and does nothing else. Where there are several runs the least time counts:
what the others took longer, other processes took.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
    times: int
    target_seconds: float


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


def seconds(arguments: tuple[str, ...], times: int) -> float:
    """Return the least time of *times* processes with *arguments*, which must succeed."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return min(taken)


def main() -> None:
    """Run every case and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            path = Path(folder) / f"{case.hosts}.yaml"
            path.write_text("\n".join(network(case.hosts)) + "\n")
            words = (case.command, str(path), *case.arguments)
            whole_seconds = seconds(("-c", _COMMAND, "topology", *words), case.times)
            import_seconds = seconds(("-c", f"{case.imports}; import gc; gc.freeze()"), 5)  # the commands exit like this too
            print(
                f"topology {case.command}, {case.hosts:,} hosts: {whole_seconds:.2f} s (target {case.target_seconds:g} s), "
                f"of which imports {import_seconds:.2f} s, {import_seconds / whole_seconds:.0%}"
            )


if __name__ == "__main__":
    main()
