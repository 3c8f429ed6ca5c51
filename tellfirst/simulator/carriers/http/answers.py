"""JSON answers, and the header by which callers say who they are."""

import base64

import orjson

from tellfirst.simulator.carriers.http.message import Answer

Headers = tuple[tuple[str, str], ...]


def json_answer(value: object, status: int = 200, headers: Headers = ()) -> Answer:
    return Answer(status, orjson.dumps(value), headers)


def basic_authorization(name: str, password: str) -> str:
    """The Authorization header of HTTP basic authentication (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
