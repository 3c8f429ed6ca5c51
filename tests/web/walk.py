"""Every address the app answers at, found in the app itself: what is added later is walked too."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount
from starlette.types import ASGIApp

from tellfirst.web import public_pages, receipts
from tellfirst.web.limits import Limited, Rule, rule_of

READING = {"GET", "HEAD", "OPTIONS"}
VALUES = {
    "carrier": "twilio",
    "source": "alertmanager",
    "reference": "INC-2026-0001",
    "contact": "CON-000001",
}
"""What stands for a parameter of a path; what is not listed is `changed`."""


@dataclass(frozen=True, slots=True)
class Way:
    """One method at one address; `template` is the address as it is declared."""

    method: str
    path: str
    template: str

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def rule(self) -> Rule:
        return rule_of(self.method, self.path)


def pages(app: ASGIApp) -> FastAPI:
    """The app of the pages, behind whatever stands before it."""
    while not isinstance(app, FastAPI):
        app = app._behind if hasattr(app, "_behind") else app._app
    return app


def limited(app: ASGIApp) -> Limited:
    """What holds back who asks too often."""
    while not isinstance(app, Limited):
        app = app._behind if hasattr(app, "_behind") else app._app
    return app


def ways(app: ASGIApp) -> list[Way]:
    """Every one of them, the doors that speak ASGI and the folders of files too."""
    found = {
        Way("POST", f"{receipts.PATH}twilio", f"{receipts.PATH}{{carrier}}"),
        *(Way("GET", path, path) for path in public_pages.PATHS),
        *(Way("GET", f"{below}INC-2026-0001", f"{below}{{reference}}") for below in public_pages.BELOW),
        *_ways(pages(app)),
    }
    return sorted(found, key=str)


def _ways(app: FastAPI) -> Iterator[Way]:
    for one in iter_route_contexts(app.routes):
        template = one.path or "/"
        if isinstance(one.original_route, Mount):
            yield Way("GET", f"{template}/page.css", f"{template}/")
            if isinstance(one.original_route.app, FastAPI):
                inner = _ways(one.original_route.app)
                yield from (Way(x.method, template + x.path, template + x.template) for x in inner)
            continue
        for method in one.methods or {"GET"}:
            yield Way(method, filled(template), template)


def filled(template: str, value: str = "") -> str:
    """The address with `value` for each of its parameters; without one, with what usually stands there."""
    parts = template.split("{")
    path = parts[0]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        path += (value or VALUES.get(name.partition(":")[0], "changed")) + rest
    return path
