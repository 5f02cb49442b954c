"""Read a YAML file into plain data that remembers its lines. YAML 1.2 core schema: `no` is a word and `9:30` is text.

Files come from people and may be hostile: nesting, size, long scalars and what aliases expand to are bounded, duplicate keys and
tags are errors, and nothing is ever constructed but mappings, lists, text, numbers, booleans and null. Events come from
libyaml's parser; its own composer recurses in C and can be made to overflow the stack.
"""

import gc
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # its stubs forget it

from topology.errors import InputError, Problem, shown
from topology.textfile import read_text

DEPTH_MAX = 64
SCALAR_MAX = 100_000
KEY_MAX = 1_000
ALIASED_MAX = 100_000

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_PREFIXED = re.compile(r"0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


_NO_FILES: Mapping[str, str] = MappingProxyType({})
_TAGS = (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class Table(dict[str, Any]):
    """A mapping that knows its file, its own line and the line of each of its keys.

    `files` names the file of those keys that came from another one, by an include or a patch.
    """

    __slots__ = ("file", "files", "line", "lines")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.lines: dict[str, int] = {}
        self.files = _NO_FILES

    def duplicate(self) -> "Table":
        """Return a copy that can be changed without changing this one; the values are shared."""
        copy = Table(self.file, self.line)
        copy.update(self)
        copy.lines = dict(self.lines)
        copy.files = self.files
        return copy

    def with_values(self, values: Mapping[str, Any]) -> "Table":
        """Return a table with these *values* in the place of this one's."""
        copy = Table(self.file, self.line)
        copy.update(values)
        copy.lines, copy.files = self.lines, self.files
        return copy

    def take(self, key: str, value: Any, source: "Table") -> None:
        """Set *key* to *value*, which *source* says."""
        self[key] = value
        file, self.lines[key] = source.place(key)
        if file != self.file or key in self.files:
            self.files = {**self.files, key: file}

    def place(self, key: str) -> tuple[str, int]:
        """Return the file and line of *key*, or the table's own where it has no such key."""
        if key not in self.lines:
            return self.file, self.line
        return self.files.get(key, self.file), self.lines[key]


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
    return parse_document(read_text(path), str(path))


def parse_document(text: str, name: str) -> Table:
    """Parse YAML *text*; *name* stands for the file in errors. Raises InputError."""
    if bad := _NOT_TEXT.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        raise _refuse(name, line, f"this is not a text file: it holds the character U+{ord(bad[0]):04X}")
    try:
        with collection_paused():
            data = _Composer(text, name).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _refuse(name, line, f"not YAML: {error.problem or error.context}{_hint(text, line, str(error.problem))}") from None
    except yaml.YAMLError as error:
        raise _refuse(name, 0, f"not YAML: {str(error).splitlines()[0]}") from None
    if data is None:
        raise _refuse(name, 0, "the file is empty")
    if not isinstance(data, Table):
        raise _refuse(name, 1, "the top level must be a mapping of keys to values")
    return data


def _hint(text: str, line: int, problem: str) -> str:
    """Say what most often lies behind a *problem* that the parser found on *line*."""
    lines = text.splitlines()
    if 0 < line <= len(lines) and "\t" in lines[line - 1]:
        return "; indent with spaces, not with tabs"
    return next((hint for words, hint in _HINTS.items() if words in problem), "")


_HINTS = {
    "',' or ']'": '; close the list, and put names with [ ] in it in quotes: ["srv-[1-3]"]',
    "',' or '}'": "; close the mapping, and put texts with , : { } in it in quotes",
    "expected key": "; the keys of one mapping begin in the same column",
    "expected ':'": "; a key ends with a colon and a blank",
    "mapping values are not allowed": "; put texts with a colon in quotes",
}


def place(data: Any, path: tuple[str | int, ...]) -> tuple[str, int]:
    """Return the file and line of the value at *path* in *data*, or of the nearest thing around it that has one.

    Steps that the data does not have are passed over, so a path from a validator that names its own inner steps will do.
    """
    file, line = (data.file, data.line) if isinstance(data, Table) else ("", 0)
    for step in path:
        below = step_into(data, step)
        if below is not data:
            if isinstance(data, Table):
                file, line = data.place(str(step))
            elif isinstance(data, ItemList):
                line = data.lines[int(step)]
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
    """Builds data from the parser's events. It recurses once per level, and the levels are bounded."""

    def __init__(self, text: str, name: str) -> None:
        self._next: Callable[[], Any] = CParser(text).get_event
        self._name = name
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0
        self._size = 0
        """Values made so far, by which an anchored value knows how many it holds."""

    def document(self) -> Any:
        """Return what the only document says, or None where there is none."""
        self._next()  # the stream starts
        if type(self._next()) is yaml.StreamEndEvent:
            return None
        data = self._value(self._next(), 0)
        self._next()  # the document ends
        following = self._next()
        if type(following) is not yaml.StreamEndEvent:
            raise self._refuse(following, "a second document begins; one file holds one")
        return data

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        if kind is yaml.AliasEvent:
            return self._alias(event)
        if depth >= DEPTH_MAX:
            raise self._refuse(event, f"nested more than {DEPTH_MAX} deep")
        if event.tag is not None:
            self._check_tag(event)
        size = self._size
        data = self._table(event, depth + 1) if kind is yaml.MappingStartEvent else self._list(depth + 1)
        self._size += 1
        if event.anchor is not None:
            self._anchors[event.anchor] = (data, self._size - size)
        return data

    def _table(self, start: Any, depth: int) -> Table:
        table = Table(self._name, start.start_mark.line + 1)
        lines = table.lines
        following = self._next
        while type(event := following()) is not yaml.MappingEndEvent:
            key = event.value if type(event) is yaml.ScalarEvent else ""
            if key in table or key == "<<" or len(key) > KEY_MAX or not key or event.tag is not None:
                self._check_key(event, table)
            value = following()
            table[key] = self._scalar(value) if type(value) is yaml.ScalarEvent else self._value(value, depth)
            lines[key] = event.start_mark.line + 1
        return table

    def _list(self, depth: int) -> ItemList:
        items = ItemList()
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            items.append(self._value(event, depth))
            items.lines.append(_line(event))
        return items

    def _check_key(self, event: Any, table: Table) -> None:
        if type(event) is not yaml.ScalarEvent:
            raise self._refuse(event, "a key must be text")
        self._check_tag(event)
        if len(event.value) > KEY_MAX:
            raise self._refuse(event, f"a key is longer than {KEY_MAX:,} characters")
        if event.value == "<<" and event.implicit[0]:
            raise self._refuse(event, "'<<' merges nothing in YAML 1.2; give the shared values once, under `roles:`")
        if event.value in table:
            message = f"given twice; first on line {table.lines[event.value]}"
            raise InputError([Problem(self._name, _line(event), event.value, message)])

    def _scalar(self, event: Any) -> Any:
        text = event.value
        self._size += 1
        if len(text) > SCALAR_MAX:
            raise self._refuse(event, f"a value is longer than {SCALAR_MAX:,} characters")
        if event.tag is not None:
            self._check_tag(event)
        if event.implicit[0]:  # plain, without quotes or tag
            value = resolve(text)
        elif _CONTROL.search(text):
            raise self._refuse(event, "a value holds a control character, which would steer the terminal that shows it")
        else:
            value = text
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        return value

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise self._refuse(event, f"the alias '*{event.anchor}' has no finished anchor before it")
        value, size = self._anchors[event.anchor]
        self._aliased += size
        self._size += size
        if self._aliased > ALIASED_MAX:
            raise self._refuse(event, f"aliases expand to more than {ALIASED_MAX:,} values")
        return value

    def _check_tag(self, event: Any) -> None:
        if event.tag not in _TAGS:
            raise self._refuse(event, f"the tag {shown(event.tag)} is not allowed")

    def _refuse(self, event: Any, message: str) -> InputError:
        return _refuse(self._name, _line(event), message)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def resolve(text: str) -> Any:
    """Return what plain *text* means in the core schema of YAML 1.2."""
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if text[0] not in "+-.0123456789":
        return text  # most of what people write
    if _INTEGER.fullmatch(text):
        return int(text)
    if _PREFIXED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text  # a number that no float can hold is left for people to look at
    return float(text.lower().replace(".", "")) if _SPECIAL.fullmatch(text) else text


def _refuse(name: str, line: int, message: str) -> InputError:
    return InputError([Problem(name, line, "", message)])


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause the cycle collector: it walks a growing tree again and again, and took four fifths of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
