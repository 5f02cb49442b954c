"""Where a topology's data comes from: its file, the files it includes, and patches laid over it. Plain data in, plain data out."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from topology.document import Table, place, read_document
from topology.errors import InputError, Problem, TopologyError, did_you_mean, shown
from topology.lawtext import LAW_NAMES
from topology.name_ranges import is_range, stands_for

NETWORKS = Path(str(files("topology"))) / "networks"
SECTIONS = (
    "sites", "calendars", "crews", "parts", "stock", "roles", "components",
    "hosts", "clusters", "services", "workloads", "common_causes", "safety", "probing", "durations",
)  # fmt: skip
LISTS = ("controllers", "vantages")
"""What a topology lists besides its sections: names of hosts."""


def network_names() -> list[str]:
    """Return the names of the networks that come with the program."""
    return sorted(path.stem for path in NETWORKS.glob("*.yaml"))


def find_network(name: str, beside: Path | None = None) -> Path:
    """Return the file meant by *name*: a path (relative ones are tried in the folder *beside* first), or a shipped network.

    Raises TopologyError when there is none.
    """
    for candidate in ((beside / name,) if beside else ()) + (Path(name),):
        if _is_file(candidate):
            return candidate
        if beside and name and _is_file(with_suffix := candidate.parent / f"{candidate.name}.yaml"):
            return with_suffix
    shipped = NETWORKS / f"{name}.yaml"
    if "/" not in name and _is_file(shipped):
        return shipped
    known = network_names()
    hint = did_you_mean(name, known)
    message = f"there is no such file, and no shipped network of that name ({', '.join(known)}){hint}"
    raise TopologyError([Problem(name, 0, "", message)])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long, or a folder that may not be entered
        return False


def read_sources(path: Path) -> Table:
    """Read the file at *path* with everything it includes, as one mapping. Raises InputError with everything that is wrong."""
    problems: list[Problem] = []
    documents: dict[Path, Table] = {}
    _read_with_includes(path, (), documents, problems)
    data, *others = documents.values()
    for other in others:
        data = _joined(data, other, problems)
    if problems:
        raise TopologyError(problems)
    return data


def _read_with_includes(path: Path, chain: tuple[Path, ...], documents: dict[Path, Table], problems: list[Problem]) -> None:
    """Add the file at *path* and all that it includes to *documents*, each once. *chain* holds the files that lead here."""
    data = read_document(path)
    identity = path.resolve()
    documents[identity] = data
    included = data.get("include")
    listed = included if isinstance(included, list) else [] if included is None else [included]
    for number, name in enumerate(listed):
        file, line = place(data, ("include", number))
        if not isinstance(name, str):
            problems.append(Problem(file, line, "include", "takes a file name, or a list of them"))
            break
        other = path.parent / name
        if "\0" in name or not _is_file(other):
            problems.append(Problem(file, line, "include", f"there is no file '{other}'"))
        elif other.resolve() in (identity, *chain):
            problems.append(Problem(file, line, "include", f"{shown(name)} includes itself"))
        elif other.resolve() not in documents:
            try:
                _read_with_includes(other, (*chain, identity), documents, problems)
            except InputError as error:
                problems.extend(error.problems)


def _joined(data: Table, other: Table, problems: list[Problem]) -> Table:
    """Return *data* with the sections of *other* added. A name in both is an error: nobody could say which is meant."""
    result = data.duplicate()
    for section, entries in other.items():
        present = result.get(section)
        if section in ("name", "title", "include") or entries is None:
            continue
        if present is None:
            result.take(section, entries, other)
        elif section in LISTS:
            first = ":".join(map(str, result.place(section)))
            problems.append(Problem(*other.place(section), section, f"also given in {first}; one file lists them all"))
        elif not isinstance(entries, Table):
            problems.append(Problem(*other.place(section), section, f"{shown(entries)} is not a mapping of keys to values"))
        elif isinstance(present, Table):  # what is none is reported when it is validated
            result[section] = _merged(section, present, entries, problems)
    return result


def _merged(section: str, present: Table, entries: Table, problems: list[Problem]) -> Table:
    merged = present.duplicate()
    for name, entry in entries.items():
        if name in merged:
            first = ":".join(map(str, merged.place(name)))
            problems.append(Problem(*entries.place(name), f"{section}.{name}", f"also defined in {first}"))
        else:
            merged.take(name, entry, entries)
    return merged


def patched(data: Any, patch: Mapping[str, Any]) -> Table:
    """Return *data* with *patch* merged over it (RFC 7396: mappings merge, null removes, everything else replaces).

    Gates, fences, laws and marked values are replaced whole: merged, `{any: …}` over `{all: …}` would be neither.
    What the patch says keeps the patch's file and lines. A name that *data* gives only within a range (`web-[1-5]`) is removed
    from it by a null that stays, for the loader to read.
    """
    source = patch if isinstance(patch, Table) else None
    result = data.duplicate() if isinstance(data, Table) else Table("", 0) if source is None else Table(source.file, source.line)
    for key, value in patch.items():
        if value is None and not _in_range(key, result):
            result.pop(key, None)
            continue
        below = patched(result.get(key), value) if isinstance(value, dict) and not _is_whole(key, result.get(key)) else value
        if source is None:
            result[key] = below
        else:
            result.take(key, below, source)
    return result


def _is_whole(key: str, value: Any) -> bool:
    """Whether *value* under *key* is replaced as one, never in part: a gate, a fence, a law, a marked value."""
    return key in ("needs", "fence") or (isinstance(value, dict) and (set(value) <= LAW_NAMES or {"value", "mark"} <= set(value)))


def _in_range(name: str, table: Table) -> bool:
    return any(stands_for(key, name) for key in table if is_range(key))


def replaced(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return *data* with the value at *path* replaced, sharing everything that lies beside the path."""
    if not path:
        return value
    if isinstance(data, Table):
        table = data.duplicate()
        table[str(path[0])] = replaced(data[str(path[0])], path[1:], value)
        return table
    if isinstance(data, dict):
        return {**data, path[0]: replaced(data[path[0]], path[1:], value)}
    items = list(data)
    index = int(path[0])
    items[index] = replaced(items[index], path[1:], value)
    return items
