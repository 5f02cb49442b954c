"""Randomness as a pure function: a draw is decided by (seed, run, entity, cause, index) and by nothing else.

Adding a host changes nobody else's draws, the order of events does not matter, and two responses to one outage see the same
luck. SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014) keyed in a chain.
"""

from functools import lru_cache
from hashlib import blake2b

MASK = 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15
CHAIN = 0xD1342543DE82EF95


def mix(z: int) -> int:
    """Scramble 64 bits: the finaliser of SplitMix64."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def word(key: int, index: int) -> int:
    """Return output number *index* (from 0) of SplitMix64 seeded with *key*, without the ones before it."""
    return mix((key + (index + 1) * GOLDEN) & MASK)


def derive(key: int, number: int) -> int:
    """Return the key of child *number* of *key*."""
    return mix((key + (number + 1) * CHAIN) & MASK)


def run_key(seed: int, run: int) -> int:
    """Return the key of one simulated history."""
    return derive(mix((seed + GOLDEN) & MASK), run)


@lru_cache(maxsize=100_000)
def name_number(name: str) -> int:
    """Return 64 bits that stand for *name*, the same on every machine."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def stream_key(run: int, entity: str, cause: str) -> int:
    """Return the key of the draws that *entity* makes for *cause* in the history keyed *run*."""
    return derive(derive(run, name_number(entity)), name_number(cause))


def uniform(bits: int) -> float:
    """Map 64 bits to the open interval (0, 1), exactly: 52 of them, centred in their cell (with 53, the last rounds to 1)."""
    return ((bits >> 12) + 0.5) * 2.220446049250313e-16


class Stream:
    """The draws of one entity for one cause, taken one after the other."""

    __slots__ = ("_index", "_key")

    def __init__(self, run: int, entity: str, cause: str) -> None:
        self._key = stream_key(run, entity, cause)
        self._index = 0

    def next(self) -> float:
        """Return the next uniform draw in (0, 1)."""
        value = uniform(word(self._key, self._index))
        self._index += 1
        return value
