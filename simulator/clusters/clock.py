"""A controller's two clocks: one that only goes on, and one that tells the time of day."""

from simulator.world import World


class Clock:
    """The clocks of one controller. They may run fast or slow, be set wrong, and stand still with their owner."""

    __slots__ = ("_read_at", "_reading", "_stopped", "_wall_offset_seconds", "_wall_start_seconds", "_world", "rate")

    def __init__(self, world: World, wall_start_seconds: float, reading: float) -> None:
        self._world = world
        self._wall_start_seconds = wall_start_seconds
        self._wall_offset_seconds = 0.0
        self._reading = reading
        self._read_at = 0.0
        self._stopped = False
        self.rate = 1.0

    def monotonic(self) -> float:
        """Return what the monotonic clock shows."""
        if self._stopped:
            return self._reading
        return self._reading + (self._world.now - self._read_at) * self.rate

    def wall(self) -> float:
        """Return what the wall clock shows, in seconds since 1970."""
        return self._wall_start_seconds + self._world.now + self._wall_offset_seconds

    def world_seconds(self, until: float) -> float:
        """Return how long the world has to go on until the monotonic clock shows *until*."""
        return max(0.0, until - self.monotonic()) / self.rate

    def run_at(self, rate: float) -> None:
        """Let the monotonic clock run at *rate* from now on."""
        self._reading, self._read_at, self.rate = self.monotonic(), self._world.now, rate

    def stand_still(self) -> None:
        """Stop with its owner."""
        self._reading, self._stopped = self.monotonic(), True

    def go_on(self) -> None:
        """Go on as if no time had passed; the wall clock has it from elsewhere."""
        self._read_at, self._stopped = self._world.now, False

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward, or back."""
        self._wall_offset_seconds += seconds
