"""Every engine on the same model, turn by turn: trust the ratios, not the absolute figures.

python -m benchmarks.engine [--only PART …]
"""

import argparse
import time

from benchmarks.engine import crews, features, machines, memory, propagation, start_up, threads
from benchmarks.engine.rounds import machine

PARTS = {
    "machines": machines.measure,
    "features": features.measure,
    "crews": crews.measure,
    "propagation": propagation.measure,
    "start-up": start_up.measure,
    "threads": threads.measure,
    "memory": memory.measure,
}


def main() -> None:
    """Measure and print what is asked for."""
    parser = argparse.ArgumentParser("python -m benchmarks.engine", description="How fast the engine is, beside others.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    given = parser.parse_args()
    print(machine())
    for part in given.only:
        begun = time.perf_counter()
        PARTS[part]()
        print(f"({part}: {time.perf_counter() - begun:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
