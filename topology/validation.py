"""From data to validated entries: ranges resolved, every entry read by its pydantic model, every finding said in our words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from topology import schema
from topology.document import Table, place
from topology.errors import Problem, did_you_mean, shown
from topology.name_ranges import Expansion, expand_range, is_range

Owners = Mapping[str, Mapping[str, str]]
"""By section, for each single name the key it stands under: `web-2` under `web-[1-3]`."""


def resolve_ranges(data: Table, problems: list[Problem]) -> tuple[Table, Owners]:
    """Resolve ranges in hosts and components: return the data, and under which key each name stands.

    A name given by itself beside its range adds to what the range says of it (null takes it out of the range).
    """
    expand = Expansion()
    owners: dict[str, dict[str, str]] = {}
    resolved: dict[str, Table] = {}
    for section in ("components", "hosts"):
        entries = data.get(section)
        owners[section] = {}
        if isinstance(entries, Table):
            ranged = _expand_keys(section, entries, owners[section], expand, problems)
            if ranged:
                resolved[section] = _overlaid(entries, ranged, owners[section])
    return (data.with_values({**data, **resolved}) if resolved else data), owners


def _expand_keys(
    section: str, entries: Table, owners: dict[str, str], expand: Expansion, problems: list[Problem]
) -> dict[str, str]:
    """Fill *owners*, and return for each name within a range the key of the range."""
    ranged: dict[str, str] = {}
    for key in entries:
        if not is_range(key):
            owners[key] = key
            continue
        try:
            names = expand(key)
        except ValueError as error:
            problems.append(Problem(*entries.place(key), f"{section}.{key}", str(error)))
            continue
        both = next((name for name in names if name in ranged), None)
        if both is not None:
            problems.append(Problem(*entries.place(key), f"{section}.{key}", f"'{both}' is also in '{ranged[both]}'"))
        for name in names:
            ranged.setdefault(name, key)
            owners.setdefault(name, key)
    return ranged


def _overlaid(entries: Table, ranged: Mapping[str, str], owners: dict[str, str]) -> Table:
    """Lay the entries of single names over those of their ranges."""
    overlaid = entries.duplicate()
    for name, entry in entries.items():
        if name not in ranged:
            continue
        whole = entries[ranged[name]]
        if entry is None:
            del overlaid[name], owners[name]
        elif isinstance(entry, Table) and isinstance(whole, Table):
            overlaid[name] = whole.duplicate()
            for key, value in entry.items():
                overlaid[name].take(key, value, entry)
    return overlaid


def validate(data: Table, folder: Path | None, problems: list[Problem]) -> tuple[schema.TopologyEntry | None, set[str]]:
    """Validate entry by entry; what fails is reported, left out, and its names returned so that nobody misses them."""
    set_aside: set[str] = set()
    try:
        return schema.TopologyEntry.model_validate(data, context={"folder": folder, "expand": Expansion()}), set_aside
    except ValidationError as error:
        problems.extend(describe(error, data, schema.TopologyEntry))
        rest = {key: dict(value) if isinstance(value, dict) else value for key, value in data.items()}
        for issue in error.errors(include_url=False, include_context=False, include_input=False):
            section, *inner = issue["loc"]
            if section in ("name", "title"):
                rest[str(section)] = "unnamed"
            elif inner and isinstance(rest.get(str(section)), dict):
                rest[str(section)].pop(inner[0], None)
                set_aside.update(_names_of(str(inner[0])))
            else:
                value = rest.pop(str(section), None)
                set_aside.update(name for key in (value if isinstance(value, dict) else ()) for name in _names_of(key))
    try:
        return schema.TopologyEntry.model_validate(rest, context={"folder": folder, "expand": Expansion()}), set_aside
    except ValidationError:
        return None, set_aside


def _names_of(key: str) -> list[str]:
    try:
        return expand_range(key)
    except ValueError:
        return [key]


def describe(error: ValidationError, data: Any, entry: type[schema.Entry]) -> list[Problem]:
    """Say each of pydantic's findings in our words, with file, line, key and the nearest key that exists."""
    problems = []
    for issue in error.errors(include_url=False):
        path = tuple(step for step in issue["loc"] if step != "[key]")
        file, line = place(data, path)
        key = ".".join(str(step) for step in path)
        match issue["type"]:
            case "extra_forbidden":
                known = _keys_at(entry, path[:-1])
                hint = did_you_mean(str(path[-1]), known) or f"; the keys here are {', '.join(known)}"
                message = f"{shown(str(path[-1]))} is not a key here{hint}"
            case "missing":
                message = f"the key '{path[-1]}' is missing"
            case "value_error":
                message = str(issue["ctx"]["error"])
            case "enum" | "literal_error":
                expected = str(issue["ctx"]["expected"])
                words = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
                message = f"{shown(issue['input'])} is not one of {expected}{did_you_mean(str(issue['input']), words)}"
            case "model_type" | "dict_type":
                message = f"{shown(issue['input'])} is not a mapping of keys to values"
            case "tuple_type" | "list_type":
                message = f"{shown(issue['input'])} is not a list; begin each of its items with '- ', or put them in [ ]"
            case "string_too_short":
                message = "must not be empty"
            case "bool_type":
                message = f"{shown(issue['input'])} is neither true nor false"
            case "greater_than_equal":
                message = f"{shown(issue['input'])} is too small; it must be {issue['ctx']['ge']} or more"
            case "less_than_equal":
                message = f"{shown(issue['input'])} is too large; it must be {issue['ctx']['le']:,} or less"
            case "string_type":
                message = f"{shown(issue['input'])} is not text; put it in quotes if it is meant as a name"
            case "int_type":
                message = f"{shown(issue['input'])} is not a whole number"
            case _:
                message = f"{shown(issue['input'])}: {issue['msg'][0].lower()}{issue['msg'][1:]}"
        problems.append(Problem(file, line, key, message))
    return problems


def _keys_at(entry: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that *entry* allows at *path*, for suggestions; empty where anything goes."""
    found: Any = entry
    for step in path:
        if isinstance(found, type) and issubclass(found, BaseModel):
            aliases = {field.alias or name: field for name, field in found.model_fields.items()}
            if step not in aliases:
                return []
            found = _inner(aliases[str(step)].annotation)
        elif get_origin(found) is dict:
            found = _inner(get_args(found)[1])
        elif get_origin(found) is tuple and isinstance(step, int):
            found = _inner(get_args(found)[0])
    if isinstance(found, type) and issubclass(found, BaseModel):
        return [field.alias or name for name, field in found.model_fields.items()]
    return []


def _inner(annotation: Any) -> Any:
    """Take Optional and Annotated off a type."""
    while True:
        arguments = [each for each in get_args(annotation) if each is not type(None)]
        if get_origin(annotation) is Annotated or (len(arguments) == 1 and type(None) in get_args(annotation)):
            annotation = arguments[0]
        else:
            return annotation
