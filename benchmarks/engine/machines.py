"""Part `machines`: every engine on machine repair with spares."""

from benchmarks.engine import machines_simpy
from benchmarks.engine.machines_c import PORTABLE_LOG, InC, compile_c
from benchmarks.engine.machines_model import Size, plant_of, size_of
from benchmarks.engine.rounds import Contestant, amount, show, take_turns
from simulator.kernel.running import Kernel
from simulator.reference.measuring import measure_history

KERNEL = "kernel"
OTHERS = IN_C, IN_C_PORTABLE, IDIOMATIC, OURS = "C", "C with the kernel's logarithm", "idiomatic SimPy", "our SimPy"
SIZES = (10, 100, 1_000, 10_000)
FAST_EVENTS, SLOW_EVENTS = 2_000_000, 30_000
"""Events in a round, of compiled engines and of those in Python."""
OURS_UP_TO = 1_000
"""Components for which our SimPy is measured: three rounds of ten thousand would take it more than a minute."""


def measure() -> None:
    """Measure and print."""
    in_c, portable = compile_c(), compile_c(*PORTABLE_LOG)
    rows = []
    for count in SIZES:
        speeds = take_turns(_contestants(size_of(count), in_c, portable))
        ratios = (f"{amount(speeds.times(KERNEL, other))} ×" if other in speeds.per_second else "–" for other in OTHERS)
        rows.append((f"{count:,}", amount(speeds.of(KERNEL)), *ratios))
    show(
        "Machine repair with spares: failures, deliveries and repairs a second of processor time (goal: 0.9 × C)",
        ("components", "kernel, events/s", *(f"times {other}" for other in OTHERS)),
        rows,
    )


def _contestants(size: Size, in_c: InC, portable: InC) -> dict[str, Contestant]:
    plant = plant_of(size)
    kernel = Kernel(plant)
    kernel.run(0, 0, 1)
    per_run = in_c(size, 0, 50) / 50
    runs = max(1, int(FAST_EVENTS / per_run))
    few = max(1, int(SLOW_EVENTS / per_run))

    def compiled(turn: int) -> float:
        kernel.run(turn, 0, runs)
        return per_run * runs

    def ours_on_simpy(turn: int) -> float:
        for run in range(few):
            measure_history(plant.plan, plant.names.pools, turn, run)
        return per_run * few

    contestants: dict[str, Contestant] = {
        KERNEL: compiled,
        IN_C: lambda turn: in_c(size, turn, runs),
        IN_C_PORTABLE: lambda turn: portable(size, turn, runs),
        IDIOMATIC: lambda turn: sum(machines_simpy.run(size, turn * few + run) for run in range(few)),
    }
    return contestants | {OURS: ours_on_simpy} if size.machines <= OURS_UP_TO else contestants
