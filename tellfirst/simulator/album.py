"""Each page of a scenario as it stood at its end, kept as a file: it opens in a browser after all was stopped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from sqlalchemy import func, select

from tellfirst.bootstrap import World
from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

PATIENCE = 30.0
"""Seconds for one page."""
_LOADED = re.compile(r'(?:<link rel="stylesheet" href|<img[^>]* src)="(/[^"]*)"')
_LIVE = re.compile(r"<script[^>]*></script>")
_OURS = re.compile(r'(?<==")/(?!/)[^"]*(?=")')
_MARK = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Shown:
    """A page and where it is: `path` below the web address. `what` says for whom or of what it is."""

    name: str
    what: str
    path: str

    @property
    def file(self) -> str:
        return f"{self.name}.html"


def pages(world: World) -> tuple[Shown, ...]:
    """Every page there is, of the first incident and of the customers who heard of it; those that nobody can have
    in this story are left out."""
    reference, told, asked, reviewed = _of_the_first(world)
    personal = world.personal_links.path(told) if told else None
    survey = world.links.link(asked) if asked else None
    refusal = world.links.unsubscribe(asked) if asked else None
    everything = (
        ("status", "status for everybody", "/"),
        ("incident", "an outage for everybody", f"/incident/{reference}"),
        ("affected", "am I affected?", "/affected"),
        ("contact", "write to us", "/contact"),
        ("own", "a customer's own page", personal),
        ("preferences", "their language and channels", f"{personal}/preferences" if personal else None),
        ("survey", "how was it?", survey),
        ("no-surveys", "no more surveys", refusal),
        ("room", "control room", "/room"),
        ("room-incident", "an incident in it", f"/room/incidents/{reference}"),
        ("room-untold", "who was not told, and why", f"/room/incidents/{reference}/untold"),
        ("room-contacts", "who wrote or called", "/room/contacts"),
        ("room-promises", "every promise", "/room/promises"),
        ("room-approvals", "what waits for a yes", "/room/approvals"),
        ("review", "review of the incident", f"/reviews/{reference}" if reviewed else None),
    )
    site = world.settings.web_url.rstrip("/")
    return tuple(Shown(name, what, path.removeprefix(site)) for name, what, path in everything if path)


def keep(world: World, name: str, password: str, folder: Path) -> Sequence[Shown]:
    """Write them into `folder`, as the account `name` sees the control room. Raises URLError for one that fails."""
    folder.mkdir(parents=True, exist_ok=True)
    site, shown = world.settings.web_url.rstrip("/"), pages(world)
    visitor = build_opener(HTTPCookieProcessor(CookieJar()))
    _log_in(visitor, site, name, password)
    texts = {one.file: _open(visitor, f"{site}{one.path}") for one in shown}
    loaded = {path for text in texts.values() for path in _LOADED.findall(text)}
    files = {one.path: one.file for one in shown} | {path: path.rsplit("/", 1)[1] for path in loaded}
    texts |= {files[path]: _open(visitor, f"{site}{path}") for path in loaded}
    for file, text in texts.items():
        (folder / file).write_text(_among_themselves(text, files, site), encoding="utf-8")
    return shown


def _among_themselves(text: str, files: dict[str, str], site: str) -> str:
    """Links between the pages lead to the files, all others to where the house stood; nothing is alive any more."""
    still = _LIVE.sub("", text)
    return _OURS.sub(lambda found: files.get(found[0], f"{site}{found[0]}"), still)


def _log_in(visitor: OpenerDirector, site: str, name: str, password: str) -> None:
    mark = _MARK.search(_open(visitor, f"{site}/room/login"))
    assert mark is not None, "the form of the entrance carries a mark"
    form = {"name": name, "password": password, "csrf": mark[1]}
    _open(visitor, f"{site}/room/login", urlencode(form).encode())


def _open(visitor: OpenerDirector, url: str, body: bytes | None = None) -> str:
    with visitor.open(url, body, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def _of_the_first(world: World) -> tuple[str, int | None, int | None, bool]:
    """The first incident's reference, a message and a survey that went to somebody because of it, and whether it
    was reviewed."""
    i, d = t.incident.c, t.delivery.c
    with reading(world.engine) as connection:
        first = connection.execute(select(i.id, i.reference).order_by(i.id).limit(1)).one()
        sent = select(func.min(d.id)).where(d.incident_id == first.id, d.state.in_(HANDED_OVER))
        told = connection.scalar(sent.where(d.occasion != Occasion.SURVEY))
        asked = connection.scalar(sent.where(d.occasion == Occasion.SURVEY))
        reviewed = connection.scalar(select(t.review.c.incident_id).where(t.review.c.incident_id == first.id))
    return str(first.reference), told, asked, reviewed is not None
