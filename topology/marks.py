"""Marks: how well each number of a file is known, taken off the data before it is validated.

A mark stands beside its numbers, in one of two ways:

    lead_time: {value: 14d, mark: reported, source: "…"}           on one value; assumptions give low and high too
    storage-drive: {lead_time: 14d, unit_cost: 400 USD, mark: assumed, why: "…"}     on all numbers of an entry
"""

import json
import re
from typing import Any

from topology.document import ItemList, Table, place
from topology.errors import Problem, did_you_mean, shown
from topology.facts import Fact, Mark

_KEYS = ("mark", "source", "why", "low", "high")
_NUMBER = re.compile(r"[-+]?\.?\d.*")


def take_marks(data: Any) -> tuple[Any, list[Fact], list[Problem]]:
    """Return *data* without its marks (sharing what has none), the facts they speak of, and what is wrong with them."""
    facts: list[Fact] = []
    problems: list[Problem] = []

    def walk(value: Any, path: tuple[str | int, ...]) -> Any:
        if isinstance(value, dict):
            if _is_marked(value):
                return _take(value, path, facts, problems, walk)
            changed: dict[str, Any] = {}
            for key, each in value.items():
                if isinstance(each, (dict, list)) and (new := walk(each, (*path, key))) is not each:
                    changed[key] = new
            return _like(value, {**value, **changed}) if changed else value
        if not isinstance(value, list):
            return value
        items = value
        for number, each in enumerate(value):
            if isinstance(each, (dict, list)) and (new := walk(each, (*path, number))) is not each:
                if items is value:
                    items = ItemList()
                    items.extend(value)
                    items.lines = getattr(value, "lines", [0] * len(value))
                items[number] = new
        return items

    return walk(data, ()), facts, problems


def _is_marked(table: dict[str, Any]) -> bool:
    """Tell whether *table* is a number with what is said of it, or an entry with a mark; a host may well be called `mark`."""
    if "mark" in table:
        return not isinstance(table["mark"], (dict, list))
    return "value" in table and table.keys() <= {"value", *_KEYS}


def _take(table: dict[str, Any], path: tuple[str | int, ...], facts: list[Fact], problems: list[Problem], walk: Any) -> Any:
    rest = {key: each for key, each in table.items() if key not in _KEYS}
    file, line = place(table, ("mark",))
    key = ".".join(map(str, path))
    known = [each.value for each in Mark]
    mark = Mark.ASSUMED
    if "mark" not in table:
        problems.append(Problem(file, line, key, f"a `value` takes a `mark` beside it: {', '.join(known)}"))
    elif table["mark"] not in known:
        given = shown(table["mark"])
        hint = did_you_mean(str(table["mark"]), known)
        problems.append(Problem(file, line, f"{key}.mark", f"{given} is not a mark: {', '.join(known)}{hint}"))
    else:
        mark = Mark(table["mark"])
    texts = {name: str(table[name]) for name in ("source", "why", "low", "high") if table.get(name) is not None}
    if mark is not Mark.ASSUMED and not (texts.get("source") or texts.get("why")):
        problems.append(Problem(file, line, key, f"a {mark} number names its source, or why it follows (`source`, `why`)"))
    if set(rest) == {"value"}:
        numbers: list[tuple[tuple[str | int, ...], Any]] = [((), rest["value"])]
        result = rest["value"]
    else:
        numbers = list(_numbers(rest))
        result = _like(table, {name: walk(each, (*path, name)) for name, each in rest.items()})
    if ("low" in texts or "high" in texts) and len(numbers) != 1:
        problems.append(Problem(file, line, key, "`low` and `high` bound one number; give them beside a single value"))
    facts.extend(Fact((*path, *inner), _written(value), mark, **texts) for inner, value in numbers)
    return result


def _numbers(value: Any) -> list[tuple[tuple[str | int, ...], Any]]:
    """List the numbers below *value* that have no mark of their own, with their paths."""
    if isinstance(value, dict):
        return [((key, *path), found) for key, each in value.items() for path, found in _numbers_of(each)]
    if isinstance(value, list):
        return [((number, *path), found) for number, each in enumerate(value) for path, found in _numbers_of(each)]
    return []


def _numbers_of(value: Any) -> list[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict) and _is_marked(value):
        return []
    if isinstance(value, (dict, list)):
        return _numbers(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return [((), value)] if is_number or (isinstance(value, str) and _NUMBER.fullmatch(value)) else []


def _written(value: Any) -> str:
    """Return *value* as it might be written on one line."""
    return json.dumps(value, ensure_ascii=False).replace('"', "") if isinstance(value, (dict, list)) else str(value)


def _like(table: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    return table.with_values(content) if isinstance(table, Table) else content
