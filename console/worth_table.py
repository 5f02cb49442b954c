"""What one more of each thing would be worth, as `topology weak-points` shows it."""

import os
from collections.abc import Sequence
from typing import Any

from rich.text import Text

from console.tables import new_console, print_rows
from simulator.plant.compiling import compile_plant
from simulator.plant.fitting import fit_switchovers
from simulator.runs.engines import EngineName
from simulator.runs.simulation import Request
from simulator.runs.worth import Trial, Worth, weigh_changes
from topology.model import Topology
from topology.quantities import YEAR, show_duration

START = "2026-01-05T00:00+00:00"
YEARS = 5


def worth_of(topology: Topology, runs: int) -> list[Worth]:
    """Weigh every change on so many runs of YEARS years, where nobody answers a cluster that waits."""
    plant = compile_plant(topology, START, YEARS * YEAR, fit_switchovers(topology, None, START))
    engine = Request(plant, None, runs).chosen()
    return weigh_changes(Trial(plant, None, runs, 0, EngineName(engine), os.cpu_count() or 1))


def worth_data(topology: Topology, runs: int, found: Sequence[Worth]) -> dict[str, Any]:
    """Return what was found as the command prints it; savings are per year."""
    return {
        "runs": runs,
        "saved_in": _unit(topology) or "seconds",
        "changes": [
            {
                "change": worth.title,
                "saved_a_year": worth.saved / YEARS,
                "ci95": [(worth.saved - worth.half_width) / YEARS, (worth.saved + worth.half_width) / YEARS],
                "certain": worth.certain,
            }
            for worth in found
        ],
    }


def print_worth(topology: Topology, runs: int, found: Sequence[Worth]) -> None:
    """Print the ranking."""
    console = new_console()
    unit = _unit(topology)
    console.print()
    console.print(Text(f"What one more would be worth a year, on {runs:,} runs of {YEARS} years with the same luck (95 %):"))

    def shown(amount: float) -> str:
        yearly = amount / YEARS
        if unit:
            return f"{yearly:,.0f} {unit}"
        return f"{'-' if yearly < 0 else ''}{show_duration(abs(yearly))}" if yearly else "0"

    rows = [
        (
            worth.title,
            shown(worth.saved),
            f"{shown(worth.saved - worth.half_width)} – {shown(worth.saved + worth.half_width)}",
            "" if worth.certain else "not proven",
        )
        for worth in found
    ]
    print_rows(console, ("change", "saves", "interval", ""), rows)


def _unit(topology: Topology) -> str | None:
    """Return the currency that savings are told in, or None where no service has a cost."""
    return topology.currency() if any(service.cost_per_hour for service in topology.services.values()) else None
