"""The request schemas: as complete as the vendors' SDKs, and the same by compiled code as by the book."""

import ast
import inspect
import json
import textwrap
from importlib.resources import files
from typing import Any

import fastjsonschema
import pytest
from jsonschema import Draft7Validator
from twilio.rest.api.v2010.account.call import CallList
from twilio.rest.api.v2010.account.message import MessageList

PACKAGES = {
    "config": "tellfirst.simulator.carriers",
    "schedule": "tellfirst.simulator.carriers",
    "plan": "tellfirst.simulator.carriers.faults",
    "message": "tellfirst.simulator.carriers.twilio",
    "whatsapp": "tellfirst.simulator.carriers.twilio",
    "call": "tellfirst.simulator.carriers.twilio",
    "customer_sms": "tellfirst.simulator.carriers.twilio",
    "mail": "tellfirst.simulator.carriers.sendgrid",
}


def document(name: str) -> dict[str, Any]:
    text = files(PACKAGES[name]).joinpath(f"{name}.schema.json").read_text("utf-8")
    return dict(json.loads(text))


def sdk_fields(create: Any) -> set[str]:
    """The form fields that the SDK's own create method can send."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(create)))
    return {
        key.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value[0].isupper()
    } - {"Content-Type", "Accept"}


@pytest.mark.parametrize(
    ("name", "resource"), [("message", MessageList), ("whatsapp", MessageList), ("call", CallList)]
)
def test_every_field_the_sdk_can_send_is_known(name: str, resource: Any) -> None:
    fields = sdk_fields(resource._create)
    assert len(fields) > 20
    assert fields <= document(name)["properties"].keys()


def closed(schema: Any, path: str = "") -> list[str]:
    """The objects of a schema that would let an unknown field pass."""
    if isinstance(schema, list):
        return [found for item in schema for found in closed(item, path)]
    if not isinstance(schema, dict):
        return []
    is_open = (
        "properties" in schema and schema.get("type") == "object" and "additionalProperties" not in schema
    )
    return [path or "the whole"] * is_open + [
        found for name, value in schema.items() for found in closed(value, f"{path}.{name}")
    ]


@pytest.mark.parametrize("name", PACKAGES)
def test_no_object_of_a_schema_is_open(name: str) -> None:
    assert closed(document(name)) == []


MAIL: dict[str, Any] = {
    "personalizations": [{"to": [{"email": "a@b.example"}], "subject": "x"}],
    "from": {"email": "a@b.example"},
    "content": [{"type": "text/plain", "value": "x"}],
}
TEXT = {"To": "+919000000001", "From": "+919000000002", "Body": "x"}
CALL = {"To": "+919000000001", "From": "+919000000002", "Twiml": "x"}


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("message", TEXT, True),
        ("message", TEXT | {"To": "+919000000001\n"}, False),
        ("message", TEXT | {"ValidityPeriod": True}, False),
        ("message", TEXT | {"MaxPrice": 1}, True),
        ("message", TEXT | {"ContentSid": "HX1"}, False),
        ("message", {"To": "+919000000001", "Body": "x"}, False),
        ("call", CALL, True),
        ("call", CALL | {"StatusCallbackEvent": ["answered"]}, True),
        ("call", CALL | {"StatusCallbackEvent": ["answered", "answered"]}, False),
        ("call", CALL | {"Url": "https://a.example"}, False),
        ("mail", MAIL, True),
        ("mail", MAIL | {"content": [*MAIL["content"], {"type": "text/html", "value": "x"}]}, True),
        ("mail", MAIL | {"content": [{"type": "text/html", "value": "x"}, *MAIL["content"]]}, False),
        ("mail", MAIL | {"headers": {"Reply-To": "x"}}, False),
        ("mail", MAIL | {"headers": {"X-Reply-To": "x"}}, True),
        ("mail", MAIL | {"categories": ["a", "a"]}, False),
        ("mail", MAIL | {"personalizations": [{"to": [{"email": "a@b.example"}]}]}, False),
        ("mail", MAIL | {"from": {"email": "a@b.example\n"}}, False),
        ("mail", MAIL | {"asm": {"group_id": True}}, False),
        ("mail", [], False),
    ],
)
def test_compiled_code_and_the_book_judge_alike(name: str, value: Any, holds: bool) -> None:
    assert Draft7Validator(document(name)).is_valid(value) == holds
    try:
        fastjsonschema.compile(document(name), use_default=False)(value)
        assert holds
    except fastjsonschema.JsonSchemaValueException:
        assert not holds
