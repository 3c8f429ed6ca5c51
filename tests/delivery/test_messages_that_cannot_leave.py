"""One message that cannot leave - too long, a bad address, no text - ends with its reason, and the others leave."""

import base64
from collections.abc import Callable, Iterator

import hyderabad
import outage
import pytest
from aiohttp import web
from counting_twilio import CountingTwilio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hyderabad import T0, phone
from outage import INCIDENT, SCRIPT, At
from sqlalchemy import Engine

from tellfirst.carriers.port import Carrier
from tellfirst.carriers.sendgrid import SendGridMail, SendGridSettings
from tellfirst.carriers.twilio import TwilioSettings, TwilioSms
from tellfirst.delivery import sending, standing
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.sending import Sender
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.message import Message, Reader
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

CUSTOMERS = 9
POOR = 4
"""The customer who cannot be told."""


@pytest.fixture
def twilio() -> Iterator[CountingTwilio]:
    made = CountingTwilio()
    yield made
    made.stop()


def _ends(engine: Engine) -> dict[int, tuple[str, str, str | None]]:
    columns = ("customer_id", "state", "reason", "carrier_code")
    with reading(engine) as connection:
        return {row[0]: row[1:] for row in hyderabad.rows(connection, t.delivery, *columns)}


def _send(engine: Engine, carrier: Callable[[], Carrier], script: Script = SCRIPT) -> None:
    wall = At(T0)
    with reading(engine) as connection:
        chunks = standing.open_chunks(connection, INCIDENT, wall.now())
    for chunk_id, _ in chunks:
        sending.send_chunk(Sender(engine, At(T0), wall), chunk_id, carrier(), script)


def _only_the_poor_one_failed(engine: Engine, reason: str, code: str | None) -> None:
    ends = _ends(engine)
    assert ends.pop(POOR) == ("failed", reason, code)
    assert len(ends) == CUSTOMERS - 1
    assert {one[:2] for one in ends.values()} == {("sent", "affected")}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (21617, "refused_by_carrier"),  # longer than 1600 characters
        (21211, "contact_point_refused"),
        (21614, "contact_point_refused"),
    ],
)
def test_a_text_that_twilio_refuses_for_good_ends_with_the_reason_and_holds_up_nobody(
    engine: Engine, twilio: CountingTwilio, code: int, reason: str
) -> None:
    outage.strike(engine, CUSTOMERS)
    outage.plan_first_word(engine)
    twilio.refuses = lambda form: code if form["To"] == phone(POOR) else None
    settings = TwilioSettings(
        "AC" + "a" * 32, "token", "https://n.example", sender="+15005550006", base_url=twilio.start()
    )
    _send(engine, lambda: TwilioSms(settings))
    _only_the_poor_one_failed(engine, reason, str(code))


class _MailHouse(CountingTwilio):
    """SendGrid's side: takes a mail whole or refuses it whole, with this status."""

    def __init__(self, status: int, document: Callable[[int], object]) -> None:
        super().__init__()
        self.status = status
        self.document = document
        self.requests = 0

    async def _answer(self, request: web.Request) -> web.Response:
        self.requests += 1
        rows = (await request.json())["personalizations"]
        poor = [place for place, row in enumerate(rows) if row["to"][0]["email"].startswith(f"c{POOR}@")]
        if poor:
            return web.json_response(self.document(poor[0]), status=self.status)
        return web.Response(status=202, headers={"X-Message-Id": f"M{self.requests}"})


@pytest.mark.parametrize(
    ("status", "document", "reason"),
    [
        (413, lambda _place: {}, "refused_by_carrier"),
        (
            400,
            lambda place: {"errors": [{"field": f"personalizations.{place}.to.0.email", "message": "bad"}]},
            "contact_point_refused",
        ),
    ],
    ids=["above 30 MB", "bad address"],
)
def test_a_mail_that_sendgrid_refuses_is_found_by_halves_and_the_others_leave(
    engine: Engine, status: int, document: Callable[[int], object], reason: str
) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, CUSTOMERS + 1):
            hyderabad.add_customer(
                connection, key, "HYD0004", email=f"c{key}@customers.example", wish="email"
            )
        hyderabad.strike(connection, "HYD0004")
    outage.plan_first_word(engine)
    house = _MailHouse(status, document)
    settings = SendGridSettings(
        api_key="SG.key",
        host=house.start(),
        sender_mail="notices@example.com",
        sender_name="Asha Telecom",
        receipt_public_key=base64.b64encode(
            ec.generate_private_key(ec.SECP256R1())
            .public_key()
            .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        ).decode(),
    )
    mail = Script(lambda reader: Message(f"service is {reader.impact}", "Outage"), lambda _: "", 3600)
    try:
        _send(engine, lambda: SendGridMail(settings), mail)
    finally:
        house.stop()
    ends = _ends(engine)
    assert ends.pop(POOR)[:2] == ("failed", reason)
    assert {one[:2] for one in ends.values()} == {("sent", "affected")}
    assert house.requests < 2 * CUSTOMERS


def test_a_text_that_cannot_be_made_for_one_kind_of_reader_fails_for_them_alone(engine: Engine) -> None:
    def render(reader: Reader) -> Message:
        if reader.locale == "te":
            raise RuleBroken("templates/first_word/sms.te.j2 names no place")
        return Message("service is down")

    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, CUSTOMERS + 1):
            hyderabad.add_customer(connection, key, "HYD0004", language="te" if key == POOR else "en")
        hyderabad.strike(connection, "HYD0004")
    outage.plan_first_word(engine)
    carrier = outage.Memory()
    _send(engine, lambda: carrier, Script(render, lambda _: "", 3600))
    assert len(carrier.accepted) == CUSTOMERS - 1
    _only_the_poor_one_failed(engine, "unwritable", None)
