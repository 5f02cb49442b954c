"""The luck of one schedule: every choice is a draw by name, so that nothing drawn changes what else is."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from topology.draws import derive, name_number, run_key, uniform, word

T = TypeVar("T")


class Luck:
    """All draws of schedule *number* of *seed*. Each name has one, however often it is asked for."""

    def __init__(self, seed: int, number: int) -> None:
        self._key = run_key(seed, number)
        self._entities: dict[str, int] = {}
        """The key of each entity, for one is asked about a dozen things."""

    def share(self, entity: str, cause: str) -> float:
        """Draw between 0 and 1."""
        key = self._entities.get(entity)
        if key is None:
            key = self._entities[entity] = derive(self._key, name_number(entity))
        return uniform(word(derive(key, name_number(cause)), 0))

    def chance(self, probability: float, entity: str, cause: str) -> bool:
        """Draw whether something is so."""
        return self.share(entity, cause) < probability

    def between(self, low: float, high: float, entity: str, cause: str) -> float:
        """Draw a figure with one decimal, as people write them."""
        return round(low + (high - low) * self.share(entity, cause), 1)

    def whole(self, low: int, high: int, entity: str, cause: str) -> int:
        """Draw a whole number, both ends included."""
        return low + int((high - low + 1) * self.share(entity, cause))

    def one_of(self, options: Sequence[T], entity: str, cause: str) -> T:
        """Draw one of *options*, all equally likely."""
        return options[int(len(options) * self.share(entity, cause))]

    def weighted(self, weights: Mapping[T, float], entity: str, cause: str) -> T:
        """Draw one of *weights*, each as likely as its weight says."""
        left = sum(weights.values()) * self.share(entity, cause)
        for option, weight in weights.items():
            left -= weight
            if left < 0:
                return option
        return list(weights)[-1]

    def some_of(self, options: Sequence[T], entity: str, cause: str) -> tuple[T, ...]:
        """Draw all of *options*, or one."""
        return tuple(options) if self.chance(0.5, entity, f"{cause}: all") else (self.one_of(options, entity, cause),)

    def seed(self) -> int:
        """Draw the seed of the world in which the schedule is played."""
        return word(self._key, 0) >> 33
