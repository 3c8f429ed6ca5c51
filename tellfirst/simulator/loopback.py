"""HTTP as the people of a scenario use it."""

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def post(url: str, body: bytes, headers: dict[str, str]) -> Any:
    """POST and read JSON. Raises URLError for anything but success."""
    with urlopen(Request(url, body, headers), timeout=30) as answer:  # noqa: S310  # loopback addresses
        return json.load(answer)


def post_json(url: str, value: object) -> Any:
    return post(url, json.dumps(value).encode(), {"Content-Type": "application/json"})


def post_form(url: str, values: dict[str, str], home: str) -> str:
    """Send a form as the browser at the address `home` does, through a proxy, and read the page that comes back."""
    sent = Request(url, urlencode(values).encode(), {"X-Forwarded-For": home})  # noqa: S310  # loopback
    with urlopen(sent, timeout=30) as answer:  # noqa: S310  # loopback
        return str(answer.read().decode())


def get_json(url: str) -> Any:
    with urlopen(url, timeout=30) as answer:  # noqa: S310  # loopback addresses
        return json.load(answer)
