"""Write data as YAML that a person goes on editing: one entry a line where it fits, ranges as keys, nothing quoted in vain."""

import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from topology.document import resolve

WIDTH = 132
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_./%+ -]*[A-Za-z0-9_./%])?")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\[\]-]*")


def document(data: Mapping[str, Any], heading: Iterable[str] = (), comments: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return *data* as the text of a file, with *heading* above it and *comments* above sections; empty sections are left out."""
    lines = [f"# {line}".rstrip() for line in heading]
    for key, value in data.items():
        if isinstance(value, Mapping):
            if value:
                comment = [f"# {comments[key]}"] if key in comments else []
                lines += ["", *comment, f"{key}:", *(line for name, entry in value.items() for line in _entry(name, entry, 1))]
        else:
            lines += _entry(key, value, 0)
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, depth: int) -> list[str]:
    indent = "  " * depth
    name = key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
    on_one_line = f"{indent}{name}: {one_line(value)}"
    if len(on_one_line) <= WIDTH or not isinstance(value, (dict, list)):
        return [on_one_line]
    if isinstance(value, list):
        return [f"{indent}{name}:", *(f"{indent}  - {one_line(each)}" for each in value)]
    return [f"{indent}{name}:", *(line for inner, each in value.items() for line in _entry(inner, each, depth + 1))]


def one_line(value: Any) -> str:
    """Return *value* on one line: `{members: [db-1, "db-[2-3]"], primary: db-1}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {one_line(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(one_line(each) for each in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = _PLAIN.fullmatch(value) and isinstance(resolve(value), str)
    return value if is_plain else json.dumps(value, ensure_ascii=False)
