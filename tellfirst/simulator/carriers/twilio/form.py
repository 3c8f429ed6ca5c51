"""A form of the vendor's API, read strictly: each field once, numbers and booleans in their exact spelling."""

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from tellfirst.simulator.carriers.schema import Flaw, Schema

FIELD_COUNT_MAX = 100
_BOOLEANS = {"true": True, "false": False}

Pairs = list[tuple[str, str]]


def read_pairs(body: bytes) -> Pairs | Flaw:
    """Names and texts as they stand in a URL-encoded body (urllib's parse_qsl, at a fifth of its price)."""
    try:
        body.decode("ascii")
        parts = [part for part in body.replace(b"+", b" ").split(b"&") if part]
        if len(parts) > FIELD_COUNT_MAX:
            return Flaw("the whole", "form", f"The form holds more than {FIELD_COUNT_MAX} fields.")
        return [(_text(name), _text(value)) for name, _, value in (part.partition(b"=") for part in parts)]
    except ValueError:
        return Flaw("the whole", "form", "The form is not URL-encoded UTF-8 text.")


def _text(quoted: bytes) -> str:
    return (unquote_to_bytes(quoted) if b"%" in quoted else quoted).decode()


class Form:
    """The fields of one resource, with the types of its schema; only an array may be given more than once."""

    def __init__(self, name: str) -> None:
        """The form of `name`.schema.json."""
        self._schema = Schema(__package__, name)
        properties = self._schema.document["properties"]
        self._types = {name: rule["type"] for name, rule in properties.items() if "type" in rule}
        self._lists = frozenset(name for name, kind in self._types.items() if kind == "array")

    def read(self, pairs: Pairs) -> tuple[dict[str, Any], Flaw | None]:
        """The fields by name with their types, and the first flaw; a wrongly spelt value keeps its text."""
        form: dict[str, Any] = {}
        count = 0
        for name, text in pairs:
            if name in self._lists:
                form.setdefault(name, []).append(text)
                continue
            count += 1
            form[name] = self._typed(name, text)
        if len(form.keys() - self._lists) < count:
            return form, Flaw("the whole", "once", "The form holds a field more than once.")
        return form, self._schema.flaw(form)

    def _typed(self, name: str, text: str) -> object:
        match self._types.get(name):
            case "string" | None:
                return text
            case "integer" if re.fullmatch("[0-9]{1,9}", text):
                return int(text)
            case "number" if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
                return float(text)
            case "boolean":
                return _BOOLEANS.get(text, text)
            case _:
                return text
