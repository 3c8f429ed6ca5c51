"""JSON Schemas kept as data beside the code, and the first fault a value has under one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value: the dotted name of the field, the rule, a sentence without the value."""

    field: str
    rule: str
    sentence: str


class Schema:
    """One schema file of this package, compiled once."""

    def __init__(self, name: str) -> None:
        """Load `name`.schema.json; raises jsonschema's SchemaError when the file itself is wrong."""
        text = files(__package__).joinpath(f"{name}.schema.json").read_text("utf-8")
        self.document: dict[str, Any] = json.loads(text)
        Draft202012Validator.check_schema(self.document)
        self._validator = Draft202012Validator(self.document)

    def fault(self, value: object) -> Fault | None:
        """The first fault of `value`, in the order the schema lists its rules; None when there is none."""
        error = next(self._validator.iter_errors(value), None)
        return None if error is None else _described(error)


def _described(error: ValidationError) -> Fault:
    rule = str(error.validator)
    field = ".".join([*map(str, error.absolute_path), *_named(error, rule)]) or "the whole"
    return Fault(field, rule, f"{field} {_REASONS.get(rule, 'breaks the rule ' + rule)}.")


def _named(error: ValidationError, rule: str) -> list[str]:
    """The key itself where the schema faults the object around it."""
    match rule:
        case "required":
            return [
                next(name for name in _names(error.validator_value) if name not in _names(error.instance))
            ]
        case "additionalProperties":
            known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
            return [next(name for name in _names(error.instance) if name not in known)]
        case _:
            return []


def _names(value: Any) -> list[str]:
    return [str(name) for name in value]


_REASONS = {
    "not": "is a public field that is not simulated here",
    "additionalProperties": "is not a known field",
    "anyOf": "lacks one of several fields that may stand for each other",
    "const": "does not have the only value allowed here",
    "enum": "is not one of the values allowed",
    "maxItems": "has too many entries",
    "maxLength": "is too long",
    "maximum": "is too large",
    "minItems": "has too few entries",
    "minLength": "must not be empty",
    "minimum": "is too small",
    "pattern": "does not have the form required",
    "propertyNames": "holds a name that is not allowed",
    "required": "is required",
    "type": "is of the wrong type",
    "uniqueItems": "holds an entry twice",
}
