"""JSON Schemas kept as data beside the code, and the first flaw a value has under one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import fastjsonschema
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a value: the dotted name of the field, the rule, a sentence without the value."""

    field: str
    rule: str
    sentence: str


class Schema:
    """One schema file (draft 7) of a package, compiled to code once.

    Compiled code says quickly that a value is right; only for a wrong one jsonschema, which is slow, says why.
    """

    def __init__(self, package: str, name: str) -> None:
        """Load `name`.schema.json of `package`; raises jsonschema's SchemaError when the file itself is wrong."""
        text = files(package).joinpath(f"{name}.schema.json").read_text("utf-8")
        self.document: dict[str, Any] = json.loads(text)
        Draft7Validator.check_schema(self.document)
        self._describing = Draft7Validator(self.document)
        definitions = self.document.get("definitions", {})
        self._holds = fastjsonschema.compile(_inlined(self.document, definitions), use_default=False)

    def flaw(self, value: object) -> Flaw | None:
        """The first flaw of `value`, in the order the schema lists its rules; None when there is none."""
        try:
            self._holds(value)
        except fastjsonschema.JsonSchemaValueException as broken:
            error = next(self._describing.iter_errors(value), None)
            if error is None:
                return Flaw("the whole", str(broken.rule), f"The whole breaks the rule {broken.rule}.")
            return _described(error)
        return None


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """`schema` with its definitions in place: compiled code that follows a reference takes thrice the time."""
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(value, definitions) for name, value in schema.items() if name != "definitions"}


def _described(error: ValidationError) -> Flaw:
    rule = str(error.validator)
    field = ".".join([*map(str, error.absolute_path), *_named(error, rule)]) or "the whole"
    return Flaw(field, rule, f"{field} {_REASONS.get(rule, 'breaks the rule ' + rule)}.")


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
    "dependencies": "needs another field beside it",
    "oneOf": "holds none or more than one of several fields that exclude each other",
    "exclusiveMinimum": "is too small",
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
