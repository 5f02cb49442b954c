"""Values of the core and of topologies as text, and back equal: for what has to be kept longer than a process lives.

Only frozen values are written: data classes, named tuples and enumerations of `failover.core` and `topology`, and what holds them.
A field that a later version has added is read with its default; one that it has dropped is an error, never a guess.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any

_OURS = ("failover.core.", "topology.")


class EncodingError(Exception):
    """A value that cannot be written down, or a text that cannot be read."""


def encoded(value: Any) -> str:
    """Return *value* as text. Raises EncodingError unless it is read back equal."""
    text = json.dumps(_plain(value), separators=(",", ":"))
    if decoded(text) != value:
        raise EncodingError(f"a {type(value).__name__} is not read back as it was written")
    return text


def decoded(text: str) -> Any:
    """Return the value that *text* tells of. Raises EncodingError."""
    try:
        return _value(json.loads(text))
    except (AttributeError, ImportError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise EncodingError(f"what was kept cannot be read: {type(error).__name__}: {error}") from None


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return {"enum": _name(type(value)), "of": value.value}
        case None | bool() | int() | float() | str():
            return value
        case tuple() if hasattr(value, "_fields"):
            return {"is": _name(type(value)), "of": {name: _plain(getattr(value, name)) for name in value._fields}}
        case tuple():
            return {"tuple": [_plain(each) for each in value]}
        case list():
            return [_plain(each) for each in value]
        case frozenset():
            return {"set": [_plain(each) for each in sorted(value, key=repr)]}
        case Mapping():
            return {"map": [[_plain(key), _plain(each)] for key, each in value.items()]}
    if is_dataclass(value):
        return {"is": _name(type(value)), "of": {each.name: _plain(getattr(value, each.name)) for each in fields(value)}}
    raise EncodingError(f"a {type(value).__name__} cannot be written down")


def _value(plain: Any) -> Any:
    match plain:
        case {"enum": str(name), "of": of}:
            return _class(name)(of)
        case {"is": str(name), "of": dict(of)}:
            return _class(name)(**{key: _value(each) for key, each in of.items()})
        case {"tuple": list(items)}:
            return tuple(_value(each) for each in items)
        case {"set": list(items)}:
            return frozenset(_value(each) for each in items)
        case {"map": list(items)}:
            return {_value(key): _value(each) for key, each in items}
        case dict():
            raise ValueError(f"nothing is known of {sorted(plain)}")
        case list():
            return [_value(each) for each in plain]
    return plain


def _name(kind: type) -> str:
    if not kind.__module__.startswith(_OURS):
        raise EncodingError(f"a {kind.__qualname__} of {kind.__module__} cannot be written down")
    return f"{kind.__module__}:{kind.__qualname__}"


@cache
def _class(name: str) -> Any:
    module, _, word = name.partition(":")
    if not module.startswith(_OURS):
        raise ValueError(f"'{name}' is none of ours")
    return getattr(import_module(module), word)
