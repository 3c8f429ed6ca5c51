"""The page on which customers write to us: server-rendered, without scripts, in four languages.

Whoever fills it in may write down a stranger's number. So nothing is shown here of what is known about a number, and
nothing is done in its name: the answer goes to the number or address itself, where it is a customer's.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import Connection, select

from tellfirst.bootstrap import World
from tellfirst.contacts import replying
from tellfirst.contacts.answering import event, take
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.receiving import BODY_LENGTH, Reply
from tellfirst.contacts.to_a_person import to_a_person
from tellfirst.domain.contact import Door
from tellfirst.domain.errors import Refused
from tellfirst.domain.occasion import Locale
from tellfirst.notices.wording import language
from tellfirst.store import tables as t
from tellfirst.web.door import read_body
from tellfirst.web.languages import of_stranger, same
from tellfirst.web.pages import page

router = APIRouter()
FORM_LIMIT = 24 * 1024
"""Bytes: 1600 letters in any script, each of three bytes in nine signs, and the other fields."""
OPEN_FOR = 4 * 3600
"""Seconds for which a page may lie open before it is sent."""
TRAP = "website"
"""A field that no person sees. Whatever fills it in is told the same as everybody and kept nowhere."""
SALT = "contact page"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_MAILBOX = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}")
_FILLING = str.maketrans("", "", " .-()/\u00a0\u200e\u200f\u202a\u202c")


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it came back."""

    address: str = field(repr=False)
    text: str = field(repr=False)
    token: str
    is_a_trap: bool
    locale: Locale


async def _filled(request: Request) -> Filled:
    """Read by our own door: the framework's would take a body without end."""
    body = (await read_body(request, FORM_LIMIT)).decode(errors="replace")
    try:
        form = dict(parse_qsl(body, max_num_fields=20))
    except ValueError:
        raise Refused("malformed", "this is not the form of the page", 422) from None
    return Filled(
        form.get("address", "")[:300].strip(),
        form.get("text", "").replace("\r\n", "\n").strip(),
        form.get("token", ""),
        bool(form.get(TRAP)),
        language(form.get("lang", "")),
    )


@router.get("/contact", response_class=HTMLResponse)
def look(request: Request) -> HTMLResponse:
    """The empty form. Looking changes nothing."""
    here: World = request.app.state.world
    return _page(here, of_stranger(request), "ask")


@router.post("/contact", response_class=HTMLResponse)
def send(request: Request, form: Filled = Depends(_filled)) -> HTMLResponse:  # noqa: B008 - FastAPI's way
    """Keep what was written, once however often the same page is sent."""
    here: World = request.app.state.world
    if form.is_a_trap:
        return _page(here, form.locale, "thanks")
    address = reachable_at(form.address)
    if not address or not form.text:
        return _page(here, form.locale, "missing", 422, form)
    try:
        _tokens(here).loads(form.token, max_age=OPEN_FOR)
    except SignatureExpired:
        return _page(here, form.locale, "expired", 422, form)
    except BadSignature:
        return _page(here, form.locale, "expired", 422, form)
    _take(here, form, address)
    return _page(here, form.locale, "thanks")


def reachable_at(given: str) -> str:
    """A number in E.164 or a mail address, as it is kept; empty for what is neither."""
    plain = given.translate(_FILLING)
    number = f"+{plain[2:]}" if plain.startswith("00") else plain
    if _NUMBER.fullmatch(number):
        return number
    return given.lower() if _MAILBOX.fullmatch(given) else ""


def _take(here: World, form: Filled, address: str) -> None:
    once = sha256(f"{form.token}\n{address}\n{form.text}".encode(errors="replace")).hexdigest()[:40]
    it = Inbound(event("web", once), address, form.text[:BODY_LENGTH], Door.WEB)
    take(here.desk, it, here.clock.now(), give=_to_their_own_contact_point)


def _to_their_own_contact_point(connection: Connection, reply: Reply, text: str, now: object) -> None:
    """An answer to a number that is nobody's would let strangers send texts at our cost: there a person looks."""
    c = t.contact.c
    row = connection.execute(select(c.customer_id, c.received_at).where(c.id == reply.contact_id)).one()
    if row.customer_id is None:
        to_a_person(connection, reply.contact_id, "not_a_customers_address", row.received_at)
    else:
        replying.promise(connection, reply.contact_id, reply.kind, text, row.received_at)


def _tokens(here: World) -> URLSafeTimedSerializer:
    secret = here.settings.link_secret.get_secret_value() or here.secrets.link_secret
    return URLSafeTimedSerializer(secret, salt=SALT)


def _page(
    here: World, locale: Locale, state: str, status: int = 200, form: Filled | None = None
) -> HTMLResponse:
    return page(
        here,
        "contact.html.j2",
        locale,
        status,
        # Whoever has to mend what they wrote would lose it with another language.
        same=None if form else same("/contact"),
        state=state,
        words=here.templates.phrases(locale).contact_page,
        token=_tokens(here).dumps(locale.value),
        address=form.address if form else "",
        text=form.text[:BODY_LENGTH] if form else "",
        most=BODY_LENGTH,
        trap=TRAP,
    )
