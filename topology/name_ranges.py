"""Ranges of names: `web-[1-3]` stands for web-1, web-2 and web-3, `rack[01-20]-node` for twenty nodes."""

import re

from topology.errors import shown

RANGE_MAX = 200_000
"""Names that one range may stand for."""

TOTAL_MAX = 2_000_000
"""Names that all the ranges of one file may stand for together: a short file must not fill the memory."""

_RANGE = re.compile(r"\[([0-9]+)-([0-9]+)\]")
_DIGITS_MAX = 12


def is_range(name: str) -> bool:
    """Tell whether *name* may stand for several."""
    return "[" in name


def range_size(name: str) -> int:
    """Return how many names *name* stands for, without making them. Raises ValueError where that is none, or too many."""
    size = 1
    for first, last in _RANGE.findall(name):
        if max(len(first), len(last)) > _DIGITS_MAX or int(first) > int(last):
            raise ValueError(f"{shown(name)} is not a range; write for example web-[1-3], lowest first")
        size *= int(last) - int(first) + 1
        if size > RANGE_MAX:
            raise ValueError(f"{shown(name)} is a range of more than {RANGE_MAX:,} names")
    if "[" in _RANGE.sub("", name):
        raise ValueError(f"{shown(name)} is not a range; write for example web-[1-3], lowest first")
    return size


def expand_range(name: str) -> list[str]:
    """Return the names that `web-[1-3]` or `rack[01-20]-node` stands for, or the name itself. Raises ValueError."""
    if not is_range(name):
        return [name]
    range_size(name)
    names = [""]
    start = 0
    for match in _RANGE.finditer(name):
        first, last = match.groups()
        width = len(first) if first.startswith("0") else 0
        numbers = [str(number).zfill(width) for number in range(int(first), int(last) + 1)]
        before = name[start : match.start()]
        names = [head + before + number for head in names for number in numbers]
        start = match.end()
    return [head + name[start:] for head in names]


def sample_name(key: str) -> str:
    """Return the longest of the names that *key* stands for, without making the others; a bracket stays where none belongs."""
    return _RANGE.sub(lambda match: match[2], key)


def stands_for(key: str, name: str) -> bool:
    """Tell whether *name* is among the names of *key*; what is not a range stands for nothing."""
    try:
        return name in expand_range(key)
    except ValueError:
        return False


class Expansion:
    """Expands the ranges of one file, each only once, and refuses when together they stand for too many names."""

    def __init__(self) -> None:
        self._left = TOTAL_MAX
        self._known: dict[str, list[str]] = {}

    def __call__(self, name: str) -> list[str]:
        """Return what *name* stands for; the list is shared and must not be changed. Raises ValueError."""
        if not is_range(name):
            return [name]
        if name not in self._known:
            self._known[name] = expand_range(name)
        names = self._known[name]
        self._left -= len(names)
        if self._left < 0:
            raise ValueError(f"the ranges of this file stand for more than {TOTAL_MAX:,} names together")
        return names
