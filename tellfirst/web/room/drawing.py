"""Draws the pages of the room: escaped always, every word out of one file, and no script but ours allowed."""

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from ruamel.yaml import YAML
from starlette.background import BackgroundTask

from tellfirst.accounts.sessions import Session
from tellfirst.bootstrap import World
from tellfirst.domain.account import Right
from tellfirst.web.room.faces import face, left, spelt

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY, "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"}
"""X-Frame-Options for a browser too old to know frame-ancestors. Under `no-referrer`, as elsewhere, a browser would
send `Origin: null` with a form of our own (Fetch, 3.2), which is what a foreign one looks like."""


def room_page(
    here: World,
    name: str,
    session: Session | None,
    status: int = 200,
    background: BackgroundTask | None = None,
    **values: Any,
) -> HTMLResponse:
    """The page `name` of templates/room with `values`."""
    now = here.clock.now()
    template = _environment(here.settings.templates).get_template(f"room/{name}.html.j2")
    text = template.render(
        w=words(here.settings.templates),
        company=here.settings.company,
        session=session,
        csrf=session.csrf if session else "",
        may=frozenset(right for right in Right if session and session.account.may(right)),
        now=now,
        face=partial(face, now=now),
        left=partial(left, now=now),
        prefect=here.settings.prefect_url,
        **values,
    )
    return HTMLResponse(text, status, HEADERS, background=background)


@lru_cache(maxsize=4)
def words(templates: Path) -> Mapping[str, str]:
    """Every word of the room by its key."""
    path = templates / "room" / "words.yaml"
    return dict(YAML(typ="safe").load(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=4)
def _environment(folder: Path) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["spelt"] = spelt
    made.filters["plain"] = _plain
    made.filters["count"] = _count
    made.filters["short"] = _short
    return made


def _plain(word: object) -> str:
    """A closed word as people read it."""
    return str(word).replace("_", " ")


def _short(cell: object) -> str:
    """A cell of a table for operators; a whole time without its year and zone."""
    if cell is None:
        return ""
    return _WHOLE_TIME.sub(r"\1", str(cell))


_WHOLE_TIME = re.compile(r"\b\d{4}-(\d\d-\d\d \d\d:\d\d:\d\d) UTC")


def _count(number: int) -> str:
    return f"{number:,}"
