"""Read a YAML file into plain data that remembers its lines. YAML 1.2 core schema: `no` is a word and `9:30` is text.

Files come from people and may be hostile: nesting, size, long scalars and what aliases expand to are bounded, duplicate keys and
tags are errors, and nothing is ever constructed but mappings, lists, text, numbers, booleans and null. Events come from
libyaml's parser; its own composer recurses in C and can be made to overflow the stack.
"""

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # its stubs forget it

from topology.errors import InputError, Problem

BYTES_MAX = 64 * 1024 * 1024
DEPTH_MAX = 64
SCALAR_MAX = 100_000
ALIASED_MAX = 100_000

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_PREFIXED = re.compile(r"0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class Table(dict[str, Any]):
    """A mapping that knows its file, its own line and the line of each of its keys."""

    __slots__ = ("file", "line", "lines")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.lines: dict[str, int] = {}


class ItemList(list[Any]):
    """A list that knows the line of each of its items."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


def read_document(path: Path) -> Table:
    """Read the file at *path*, whose top level must be a mapping.

    Raises InputError for a file that is missing, unreadable, not text, empty, not YAML, or hostile.
    """
    name = str(path)
    try:
        if path.stat().st_size > BYTES_MAX:
            raise _refuse(name, 0, f"the file is larger than {BYTES_MAX // 1024 // 1024} MiB")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refuse(name, 0, "this is not a text file (UTF-8)") from None
    except OSError as error:
        raise _refuse(name, 0, f"cannot be read: {error.strerror}") from None
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Table:
    """Parse YAML *text*; *name* stands for the file in errors."""
    if "\0" in text:
        raise _refuse(name, 0, "this is not a text file: it holds a zero byte")
    try:
        with _without_collection():
            data = _Composer(text, name).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _refuse(name, line, f"not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise _refuse(name, 0, f"not YAML: {str(error).splitlines()[0]}") from None
    if data is None:
        raise _refuse(name, 0, "the file is empty")
    if not isinstance(data, Table):
        raise _refuse(name, 1, "the top level must be a mapping of keys to values")
    return data


def place(data: Any, path: tuple[str | int, ...]) -> tuple[str, int]:
    """Return the file and line of the value at *path* in *data*, or of the nearest thing around it that has one.

    Steps that the data does not have are passed over, so a path from a validator that names its own inner steps will do.
    """
    file, line = (data.file, data.line) if isinstance(data, Table) else ("", 0)
    for step in path:
        below = step_into(data, step)
        if below is not data:
            line = data.lines.get(str(step), line) if isinstance(data, Table) else line
            line = data.lines[int(step)] if isinstance(data, ItemList) else line
        data = below
        if isinstance(data, Table):
            file = data.file
    return file, line


def step_into(data: Any, step: str | int) -> Any:
    """Return the value under key or index *step* of *data*, or *data* itself where there is none."""
    if isinstance(data, dict):
        return data.get(step, data)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return data


class _Composer:
    """Builds data from the parser's events. An explicit stack: depth is a number here, not a recursion."""

    def __init__(self, text: str, name: str) -> None:
        self._next: Callable[[], Any] = CParser(text).get_event
        self._name = name
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0

    def document(self) -> Any:
        stack: list[tuple[Table | ItemList, str | None, int]] = []
        top: Any = None
        seen = False
        size = 0
        key: str | None = None
        key_line = 0
        while (event := self._next()) is not None:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                value = self._scalar(event)
            elif kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
                line = event.start_mark.line + 1
                self._check_tag(event, line)
                if stack and isinstance(stack[-1][0], Table) and key is None:
                    raise _refuse(self._name, line, "a key must be text")
                if len(stack) >= DEPTH_MAX:
                    raise _refuse(self._name, line, f"nested more than {DEPTH_MAX} deep")
                opened: Table | ItemList = Table(self._name, line) if kind is yaml.MappingStartEvent else ItemList()
                self._attach(stack, key, key_line, opened, line)
                if not stack:
                    top, seen = opened, True
                stack.append((opened, event.anchor, size))
                key = None
                size += 1
                continue
            elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                closed, anchor, size_before = stack.pop()
                if anchor is not None:
                    self._anchors[anchor] = (closed, size - size_before)
                key = None
                continue
            elif kind is yaml.AliasEvent:
                value = self._alias(event)
            elif kind is yaml.DocumentStartEvent and seen:
                raise _refuse(self._name, event.start_mark.line + 1, "a second document begins; one file holds one")
            else:
                continue
            line = event.start_mark.line + 1
            size += 1
            if not stack:
                top, seen = value, True
            elif isinstance(stack[-1][0], Table) and key is None:
                key, key_line = self._key(event, stack[-1][0]), line
            else:
                self._attach(stack, key, key_line, value, line)
                key = None
        return top

    def _attach(
        self,
        stack: list[tuple[Table | ItemList, str | None, int]],
        key: str | None,
        key_line: int,
        value: Any,
        line: int,
    ) -> None:
        if not stack:
            return
        parent = stack[-1][0]
        if isinstance(parent, Table):
            assert key is not None
            parent[key] = value
            parent.lines[key] = key_line
        else:
            parent.append(value)
            parent.lines.append(line)

    def _key(self, event: Any, parent: Table) -> str:
        line = event.start_mark.line + 1
        if not isinstance(event, yaml.ScalarEvent):
            raise _refuse(self._name, line, "a key must be text")
        key = str(event.value)
        if key == "<<" and event.implicit[0]:
            raise _refuse(self._name, line, "'<<' merges nothing in YAML 1.2; give the shared values once, under `roles:`")
        if key in parent:
            raise InputError([Problem(self._name, line, key, f"given twice; first on line {parent.lines[key]}")])
        return key

    def _scalar(self, event: Any) -> Any:
        line = event.start_mark.line + 1
        text = event.value
        if len(text) > SCALAR_MAX:
            raise _refuse(self._name, line, f"a value is longer than {SCALAR_MAX:,} characters")
        if event.tag is not None:
            self._check_tag(event, line)
        value = resolve(text) if event.implicit[0] else text  # only what is plain, without quotes or tag
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        return value

    def _alias(self, event: Any) -> Any:
        line = event.start_mark.line + 1
        if event.anchor not in self._anchors:
            raise _refuse(self._name, line, f"the alias '*{event.anchor}' has no finished anchor before it")
        value, size = self._anchors[event.anchor]
        self._aliased += size
        if self._aliased > ALIASED_MAX:
            raise _refuse(self._name, line, f"aliases expand to more than {ALIASED_MAX:,} values")
        return value

    def _check_tag(self, event: Any, line: int) -> None:
        if event.tag not in (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise _refuse(self._name, line, f"the tag '{event.tag}' is not allowed")


def resolve(text: str) -> Any:
    """Return what plain *text* means in the core schema of YAML 1.2."""
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _PREFIXED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) or _SPECIAL.fullmatch(text):
        return float(
            text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").replace(".n", "n").replace(".N", "N")
        )
    return text


def _refuse(name: str, line: int, message: str) -> InputError:
    return InputError([Problem(name, line, "", message)])


@contextmanager
def _without_collection() -> Iterator[None]:
    """Pause the cycle collector: it walks the growing tree again and again, and took four fifths of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
