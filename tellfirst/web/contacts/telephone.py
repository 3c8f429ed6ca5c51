"""Customers call here: they hear how things stand, and may press a key."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.twilio import InboundCall, Line, Listening, said_to_caller
from tellfirst.contacts import calls
from tellfirst.contacts.answering import Said, event, in_language, said_at_once, take
from tellfirst.contacts.calls import Key, Pressed, Spoken
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.receiving import Reply
from tellfirst.domain.contact import Door
from tellfirst.domain.occasion import Locale
from tellfirst.store.engine import reading, writing
from tellfirst.web.contacts.accounts import listening
from tellfirst.web.door import raw_request

router = APIRouter()


@router.post("/contacts/{carrier}/call")
@router.post("/contacts/{carrier}/call/keys")
async def call_from_twilio(request: Request, carrier: str) -> Response:
    """A call, or a key pressed in it; what is said goes back as TwiML. Whatever of it comes again has no second
    effect."""
    here: World = request.app.state.world
    raw = await raw_request(request.scope, request.receive, here.settings.web_url)
    answer = await run_in_threadpool(_answer, here, carrier, raw)
    return Response(answer, media_type="application/xml")


def _answer(here: World, carrier: str, request: RawRequest) -> str:
    account = listening(here, carrier)
    call = account.parse_call(request)
    keys_url = f"{here.settings.web_url.rstrip('/')}/contacts/{carrier}/call/keys"
    # A key of a call that nobody has kept is kept with it: then the database was away when it began.
    said, spoken = _taken(here, account, call)
    with reading(here.engine) as connection:
        locale = calls.language_of(connection, said.contact_id)
    words = here.templates.phrases(locale).calls
    menu = Line(words.menu, "call_menu")
    if call.digits in set(Key):
        person = here.doors.telephone.person
        pressed = Pressed.PERSON if call.digits == Key.PERSON else Pressed.NOTED
        is_connected = pressed is Pressed.PERSON and bool(person)
        sentence = calls.sentence(words, pressed, is_connected=is_connected)
        with writing(here.engine) as connection:
            calls.press(connection, said.contact_id, Key(call.digits), sentence.text, here.clock.now())
        dial = person if is_connected else ""
        return said_to_caller([_line(sentence)], None, locale, account.voices, dial=dial)
    lines = [] if call.digits else [_line(spoken)]
    return said_to_caller(lines, menu, locale, account.voices, keys_url=keys_url)


def _taken(here: World, account: Listening, call: InboundCall) -> tuple[Said, Spoken]:
    """The call in the books, and what is said; the same again where it was there."""
    now = here.clock.now()
    can_say = frozenset(one.value for one in Locale if account.voices.can_say(one))
    heard: list[Spoken] = []

    def speak(reply: Reply, moment: object) -> str:
        spoken = calls.spoken_language(reply.language, can_say)
        heard.append(calls.speech(here.templates, in_language(reply, spoken), now))
        return heard[-1].text

    def give(connection: Connection, reply: Reply, text: str, moment: object) -> None:
        spoken = calls.spoken_language(reply.language, can_say)
        calls.remember_language(connection, reply.contact_id, reply.kind, spoken)
        said_at_once(connection, reply, text, now)

    it = Inbound(event("call", call.call_sid), call.caller, "", Door.VOICE)
    said = take(here.desk, it, now, speak=speak, give=give)
    return said, Spoken(said.text, heard[-1].facts, heard[-1].clip) if heard else Spoken(said.text)


def _line(spoken: Spoken) -> Line:
    return Line(spoken.text, spoken.clip or "call_none_known", spoken.facts)
