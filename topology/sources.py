"""Where a topology's data comes from: its file, the files it includes, and patches laid over it. Plain data in, plain data out."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from topology.document import Table, place, read_document
from topology.errors import Problem, TopologyError, did_you_mean

NETWORKS = Path(str(files("topology"))) / "networks"
SECTIONS = (
    "sites", "calendars", "crews", "parts", "stock", "roles", "components",
    "hosts", "clusters", "services", "workloads", "common_causes",
)  # fmt: skip


def network_names() -> list[str]:
    """Return the names of the networks that come with the program."""
    return sorted(path.stem for path in NETWORKS.glob("*.yaml"))


def find_network(name: str, beside: Path | None = None) -> Path:
    """Return the file meant by *name*: a path (relative ones are tried in the folder *beside* first), or a shipped network.

    Raises TopologyError when there is none.
    """
    for candidate in ((beside / name,) if beside else ()) + (Path(name),):
        if candidate.is_file():
            return candidate
        if beside and (with_suffix := candidate.with_name(candidate.name + ".yaml")).is_file():
            return with_suffix
    shipped = NETWORKS / f"{name}.yaml"
    if "/" not in name and shipped.is_file():
        return shipped
    known = network_names()
    hint = did_you_mean(name, known)
    message = f"there is no such file, and no shipped network of that name ({', '.join(known)}){hint}"
    raise TopologyError([Problem(name, 0, "", message)])


def read_sources(path: Path) -> Table:
    """Read the file at *path* with everything it includes, as one mapping. Raises InputError."""
    return _with_includes(read_document(path), path, ())


def _with_includes(data: Table, path: Path, chain: tuple[Path, ...]) -> Table:
    included = data.get("include")
    if included is None:
        return data
    listed = [included] if isinstance(included, str) else included
    line = data.lines["include"]
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise TopologyError([Problem(str(path), line, "include", "takes a file name, or a list of them")])
    for name in listed:
        other_path = path.parent / name
        if other_path.resolve() in (path.resolve(), *(each.resolve() for each in chain)):
            raise TopologyError([Problem(str(path), line, "include", f"'{name}' includes itself")])
        if not other_path.is_file():
            raise TopologyError([Problem(str(path), line, "include", f"there is no file '{other_path}'")])
        other = _with_includes(read_document(other_path), other_path, (*chain, path))
        data = _joined(data, other)
    return data


def _joined(data: Table, other: Table) -> Table:
    """Return *data* with the sections of *other* added. A name in both is an error: nobody could say which is meant."""
    result = _copy(data)
    problems = []
    for section, entries in other.items():
        if section in ("name", "title", "include"):
            continue
        if section not in result or result[section] is None:
            result[section] = entries
            result.lines[section] = other.lines[section]
            continue
        if not isinstance(entries, Table) or not isinstance(result[section], Table):
            continue
        merged = _copy(result[section])
        for name, entry in entries.items():
            if name in merged:
                first = ":".join(map(str, place(data, (section, name))))
                problems.append(Problem(entries.file, entries.lines[name], f"{section}.{name}", f"also defined in {first}"))
            merged[name] = entry
            merged.lines[name] = entries.lines[name]
        result[section] = merged
    if problems:
        raise TopologyError(problems)
    return result


def patched(data: Any, patch: Mapping[str, Any]) -> Table:
    """Return *data* with *patch* merged over it (RFC 7396: mappings merge, null removes, everything else replaces)."""
    result = _copy(data) if isinstance(data, Table) else Table("", 0)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
            continue
        result[key] = patched(result.get(key), value) if isinstance(value, dict) else value
        if isinstance(patch, Table):
            result.lines[key] = patch.lines.get(key, patch.line)
    if isinstance(patch, Table):
        result.file, result.line = patch.file, patch.line
    return result


def replaced(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return *data* with the value at *path* replaced, sharing everything that lies beside the path."""
    if not path:
        return value
    if isinstance(data, Table):
        table = _copy(data)
        table[str(path[0])] = replaced(data[str(path[0])], path[1:], value)
        return table
    if isinstance(data, dict):
        return {**data, path[0]: replaced(data[path[0]], path[1:], value)}
    items = list(data)
    index = int(path[0])
    items[index] = replaced(items[index], path[1:], value)
    return items


def _copy(table: Table) -> Table:
    copy = Table(table.file, table.line)
    copy.update(table)
    copy.lines = dict(table.lines)
    return copy
