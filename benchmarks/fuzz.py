"""How many schedules of faults, and decisions of the failover controller, one processor plays in a second.

python -m benchmarks.fuzz [SCHEDULES]
"""

import gc
import sys
import time

from simulator.fuzzing.campaign import Campaign, run_campaign
from topology.load import load_topology
from topology.sources import find_network


def main() -> None:
    schedules = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    gc.set_threshold(100_000, 50, 50)  # as the command does
    campaign = Campaign(load_topology(find_network("failover-proving")), schedules=schedules)
    run_campaign(campaign._replace(schedules=20))
    start = time.perf_counter()
    tally = run_campaign(campaign)
    seconds = time.perf_counter() - start
    print(f"fuzz: {schedules / seconds:.0f} schedules/s, {tally.steps / seconds:.0f} decisions/s", end=" ")
    print(f"({1000 * seconds / schedules:.1f} ms a schedule, {tally.steps / schedules:.0f} decisions in each)")


if __name__ == "__main__":
    main()
