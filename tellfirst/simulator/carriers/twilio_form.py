"""A create-message form, read strictly: each field once, numbers and booleans in their exact spelling."""

import re
from typing import Any
from urllib.parse import parse_qsl

from tellfirst.simulator.carriers.schema import Fault, Schema

_FIELD_COUNT_MAX = 100
_SCHEMA = Schema("twilio_message")
_TYPES = {
    name: rule["type"] for name, rule in _SCHEMA.document["properties"].items() if rule and "type" in rule
}
_BOOLEANS = {"true": True, "false": False}


def read_form(body: bytes) -> tuple[dict[str, Any], Fault | None]:
    """The fields by name with their types, and the first fault; a wrongly spelt value keeps its text."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELD_COUNT_MAX
        )
    except ValueError:
        return {}, Fault("the whole", "form", "The form is not URL-encoded UTF-8 text.")
    form = {name: _typed(name, text) for name, text in pairs}
    if len(form) < len(pairs):
        return form, Fault("the whole", "once", "The form holds a field more than once.")
    return form, _SCHEMA.fault(form)


def _typed(name: str, text: str) -> object:
    match _TYPES.get(name):
        case "integer" if re.fullmatch("[0-9]{1,9}", text):
            return int(text)
        case "number" if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
            return float(text)
        case "boolean":
            return _BOOLEANS.get(text, text)
        case _:
            return text
