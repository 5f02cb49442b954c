"""The JSON Schema of a topology file (draft 2020-12), for editors and checkers, made from the models of `topology.schema`.

Added to what pydantic derives: gates, laws, flows and ways to fence, which are read by parsers of their own, and the marks, which
may stand on any value (`{value: 14d, mark: reported, source: "…"}`) and on any entry. Rules that join several keys or names are
not in it: what it accepts may still be refused by `continuance topology validate`, but what it refuses is wrong.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from topology.facts import Mark
from topology.model import FenceKind
from topology.schema import TopologyEntry
from topology.sources import SECTIONS
from topology.values import FENCE_PATHS

Schema = dict[str, Any]

_TEXT_OR_NUMBER: Schema = {"type": ["string", "number"]}
_MARK_KEYS: Schema = {key: {"$ref": f"#/$defs/Marks/properties/{key}"} for key in ("mark", "source", "why", "low", "high")}
_MARKS: Schema = {
    "description": "how well a number is known: what is not assumed names its source, or why it follows",
    "properties": {
        "mark": {"enum": [mark.value for mark in Mark]},
        "source": {"type": "string", "description": "who says so"},
        "why": {"type": "string", "description": "why it follows, or was assumed"},
        "low": {**_TEXT_OR_NUMBER, "description": "the least it may be; stands beside a single number"},
        "high": {**_TEXT_OR_NUMBER, "description": "the most it may be; stands beside a single number"},
    },
    "dependentRequired": {key: ["mark"] for key in _MARK_KEYS if key != "mark"},
    "if": {"properties": {"mark": {"enum": [Mark.REPORTED.value, Mark.DERIVED.value]}}, "required": ["mark"]},
    "then": {"anyOf": [{"required": ["source"]}, {"required": ["why"]}]},
}


def published_schema() -> Schema:
    """Return the JSON Schema of a topology file."""
    made = TopologyEntry.model_json_schema(schema_generator=_Generator)
    definitions = {**made.pop("$defs"), "Gate": _gate(), "Law": _law(), "Flow": _flow(), "FenceLevel": _fence_level()}
    whole = _object(made)
    for section in SECTIONS:
        entries = whole["properties"][section]
        entries["type"] = ["object", "null"]  # a key with nothing under it
        if section in ("hosts", "components"):
            entries["additionalProperties"] = {"anyOf": [entries["additionalProperties"], {"type": "null"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A topology of Continuance",
        **whole,
        "$defs": {**{name: _with_marks(each) for name, each in definitions.items()}, "Marks": _MARKS},
    }


class _Generator(GenerateJsonSchema):
    """Keeps pydantic from looking up the definitions that are added afterwards: it would not find them."""

    def generate_inner(self, schema: Any) -> Schema:
        found = super().generate_inner(schema)
        own = {f"#/$defs/{name}": name for name in ("Gate", "Law", "Flow")}
        return {"own": own[found["$ref"]]} if found.get("$ref") in own else found


def _with_marks(schema: Schema) -> Schema:
    """Return *schema* for a place where a value stands: marks allowed, and what only pydantic needs taken out."""
    if "own" in schema:
        return {"$ref": f"#/$defs/{schema['own']}"}
    if schema.get("type") == "object":
        return _object(schema)
    result = {key: each for key, each in schema.items() if key not in ("title", "default")}
    if "anyOf" in result:
        result["anyOf"] = [_with_marks(each) for each in result["anyOf"]]
    if isinstance(result.get("items"), dict):
        result["items"] = _value(result["items"])
    return result


def _object(schema: Schema) -> Schema:
    result = {key: each for key, each in schema.items() if key not in ("title", "default")}
    if isinstance(result.get("additionalProperties"), dict):
        result["additionalProperties"] = _value(result["additionalProperties"])
    result["properties"] = {**{key: _value(each) for key, each in result.get("properties", {}).items()}, **_MARK_KEYS}
    result["$ref"] = "#/$defs/Marks"
    return result


def _value(schema: Schema) -> Schema:
    """Return *schema* or, unless it is an entry that takes marks among its own keys, the same wrapped in a marked value."""
    plain = _with_marks(schema)
    if _is_entry(schema):
        return plain
    marked = {
        "$ref": "#/$defs/Marks",
        "type": "object",
        "additionalProperties": False,
        "required": ["value", "mark"],
        "properties": {"value": plain, **_MARK_KEYS},
    }
    return {"anyOf": [plain, marked]}


def _is_entry(schema: Schema) -> bool:
    if "anyOf" in schema:
        return all(_is_entry(each) for each in schema["anyOf"] if each.get("type") != "null")
    return schema.get("type") == "object" or "$ref" in schema


def _keyed(properties: Schema) -> Schema:
    """Return the schema of a mapping with exactly these keys."""
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


def _gate() -> Schema:
    inputs = {"type": "array", "minItems": 1, "items": {"own": "Gate"}}
    return {
        "description": "true while enough of its inputs are",
        "anyOf": [
            {"type": "string", "description": "a name, or a range such as web-[1-3] of which all are needed"},
            _keyed({"all": inputs}),
            _keyed({"any": inputs}),
            _keyed({"at_least": {"type": "integer", "minimum": 1}, "of": inputs}),
        ],
    }


def _law() -> Schema:
    duration = {"anyOf": [{"type": "string"}, {"const": 0}], "description": "a duration with units", "examples": ["30s", "14d"]}
    shape = {"type": "number", "minimum": 0.1, "maximum": 100}
    return {
        "description": "how long something takes, or lives",
        "anyOf": [
            duration,
            _keyed({"exponential": _keyed({"mean": duration})}),
            _keyed({"weibull": _keyed({"mean": duration, "shape": shape})}),
            _keyed({"lognormal": _keyed({"median": duration, "p95": duration})}),
            _keyed({"empirical": {"type": "string", "description": "a CSV file of recorded durations"}}),
        ],
    }


def _flow() -> Schema:
    amount = {"type": "string", "examples": ["5000/d", "590h/d"]}
    return {
        "description": "an amount over time, or one for each of several calendars",
        "anyOf": [amount, {"type": "object", "additionalProperties": amount}],
    }


def _fence_level() -> Schema:
    names: Schema = {"type": "array", "items": {"type": "string"}}
    uses = _keyed({"uses": {"anyOf": [{"type": "string"}, names], "description": "what the way to fence itself hangs on"}})
    return {
        "description": "how it is made sure that a host is off; tried in order",
        "anyOf": [{"enum": [kind.value for kind in FenceKind]}, *(_keyed({kind.value: uses}) for kind in FENCE_PATHS)],
    }
