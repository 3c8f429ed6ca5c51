"""What a mail looks like on the wire, and how the connection to the relay is protected."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from certificate import trusted, untrusted_server
from scripted_relay import PASSWORD, USER, ScriptedRelay
from smtp_house import MAIL, SECRET, SmtpHouse, letters, relay_settings

from tellfirst.carriers.mail import MailSettings, References, RelaySettings, Security
from tellfirst.carriers.mail.connection import on_the_wire
from tellfirst.carriers.port import Outbound, Verdict
from tellfirst.carriers.smtp import SmtpMail, SmtpSettings
from tellfirst.domain.errors import SetupError
from tellfirst.domain.message import Message

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")]
HOUSE = SmtpHouse()


@pytest.fixture
async def relay() -> AsyncIterator[ScriptedRelay]:
    async with ScriptedRelay(reports=True) as relay:
        yield relay


async def sent(relay: ScriptedRelay, outbound: Outbound, mail: MailSettings = MAIL):
    carrier = SmtpMail(SmtpSettings(relay_settings(relay.port), mail))
    [outcome] = await carrier.submit([outbound])
    await carrier.close()
    assert outcome.verdict is Verdict.ACCEPTED
    return relay.taken[-1]


async def test_a_mail_has_the_headers_and_both_forms_of_the_text(relay: ScriptedRelay) -> None:
    [outbound] = letters(HOUSE, 1)
    taken = await sent(relay, outbound)
    reference = References(SECRET).of(1)
    mail = taken.mail
    assert (taken.sender, taken.recipient) == (
        f"bounces+{reference}@example.com",
        "customer00001@example.com",
    )
    assert mail["From"] == "Deccan Mobile <notices@example.com>"
    assert mail["To"] == "customer00001@example.com"
    assert mail["Subject"] == "No service"
    assert mail["Message-ID"] == f"<{reference}@notices.example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"
    assert mail["Date"].datetime.tzinfo is not None
    assert mail["List-Unsubscribe"] is None
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


async def test_reports_are_asked_for_with_our_reference_where_the_relay_offers_them(
    relay: ScriptedRelay,
) -> None:
    await sent(relay, letters(HOUSE, 1)[0])
    reference = References(SECRET).of(1)
    assert relay.report_options == [
        "RET=HDRS",
        f"ENVID={reference}@notices.example.com",
        "NOTIFY=SUCCESS,FAILURE",
    ]


async def test_every_language_arrives_letter_for_letter_and_in_short_lines(relay: ScriptedRelay) -> None:
    for text in ("గచ్చిబౌలిలో సేవ లేదు. " * 40, "گچی باؤلی میں سروس بند ہے۔ " * 40, "Tiada perkhidmatan.\n.\n..dot"):
        outbound = Outbound(7, "a@example.com", Message(text.strip(), text[:20].strip(), locale="te"))
        taken = await sent(relay, outbound)
        assert taken.mail.get_body(("plain",)).get_content().split() == text.split()
        assert taken.mail["Subject"] == " ".join(text[:20].split())
        assert max(len(line) for line in taken.content.splitlines()) <= 998


async def test_a_subject_cannot_begin_a_header_of_its_own(relay: ScriptedRelay) -> None:
    message = Message("No service.", "No service\r\nBcc: everyone@example.com")
    taken = await sent(relay, Outbound(7, "a@example.com", message))
    assert taken.mail["Bcc"] is None
    assert taken.mail["Subject"] == "No service Bcc: everyone@example.com"


async def test_a_link_cannot_break_out_of_the_page(relay: ScriptedRelay) -> None:
    [outbound] = letters(HOUSE, 1)
    taken = await sent(relay, replace(outbound, link='https://n.example/"><script>x</script>'))
    assert "<script>" not in taken.mail.get_body(("html",)).get_content()


async def test_a_mail_that_may_be_left_says_how_with_one_click(relay: ScriptedRelay) -> None:
    [outbound] = letters(HOUSE, 1)
    evil = "https://notices.example/u/1\r\nBcc: everyone@example.com"
    for address, written in (
        ("https://notices.example/u/1?t=" + "x" * 200, "https://notices.example/u/1?t=" + "x" * 200),
        (evil, "https://notices.example/u/1%0D%0ABcc:%20everyone@example.com"),
    ):
        mail = (await sent(relay, replace(outbound, unsubscribe=address))).mail
        assert mail["List-Unsubscribe"].strip() == f"<{written}>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Bcc"] is None


async def test_the_domain_of_an_address_is_written_as_servers_know_it(relay: ScriptedRelay) -> None:
    taken = await sent(relay, Outbound(7, "asha@bücher.example", Message("No service.")))
    assert taken.recipient == "asha@xn--bcher-kva.example"


def test_lines_and_dots_are_written_as_smtp_wants_them() -> None:
    assert on_the_wire(b"a\n.b\r\n..\rc") == b"a\r\n..b\r\n...\r\nc\r\n.\r\n"


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_a_protected_relay_takes_a_mail_after_login(tmp_path: Path, security: Security) -> None:
    context, authority = trusted(tmp_path)
    async with ScriptedRelay(tls=context, starttls=security is Security.STARTTLS, login=True) as relay:
        carrier = HOUSE.carrier(
            relay.port, security=security, ca_file=str(authority), username=USER, password=PASSWORD
        )
        [outcome] = await carrier.submit(letters(HOUSE, 1))
        await carrier.close()
    assert outcome.verdict is Verdict.ACCEPTED
    assert len(relay.taken) == 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_an_untrusted_certificate_gets_neither_password_nor_mail(
    tmp_path: Path, security: Security
) -> None:
    context, _ = trusted(tmp_path)
    async with ScriptedRelay(tls=context, starttls=security is Security.STARTTLS, login=True) as relay:
        carrier = HOUSE.carrier(relay.port, security=security, username=USER, password=PASSWORD)
        [outcome] = await carrier.submit(letters(HOUSE, 1))
        await carrier.close()
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED_AGAIN, "unreachable")
    assert relay.offered == []


async def test_a_relay_that_stops_offering_starttls_gets_nothing_and_stops_the_carrier() -> None:
    async with ScriptedRelay() as relay:
        carrier = HOUSE.carrier(relay.port, security=Security.STARTTLS)
        outcomes = await carrier.submit(letters(HOUSE, 3))
        await carrier.close()
    assert {(one.verdict, one.code, one.stops_carrier) for one in outcomes} == {
        (Verdict.REFUSED_AGAIN, "not_offered", True)
    }
    assert relay.offered == []


async def test_a_handshake_that_hangs_is_certain_not_to_have_sent() -> None:
    async with untrusted_server(speaks_tls=False, silent=True) as (url, _):
        carrier = HOUSE.carrier(int(url.rpartition(":")[2]), timeout=0.3, security=Security.TLS)
        [outcome] = await carrier.submit(letters(HOUSE, 1))
        await carrier.close()
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED_AGAIN, "unreachable")


async def test_a_full_relay_leaves_the_window_to_the_lines_it_lets_in() -> None:
    async with ScriptedRelay() as relay:
        carrier = HOUSE.carrier(relay.port)
        first = relay._session

        class Full(asyncio.Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:
                transport.write(b"421 4.7.0 too many connections\r\n")
                transport.close()

        def only_two() -> asyncio.Protocol:
            session = first()
            return session if relay.sessions <= 2 else Full()

        relay._server.close()
        server = await asyncio.get_running_loop().create_server(only_two, "127.0.0.1", 0)
        carrier = HOUSE.carrier(server.sockets[0].getsockname()[1])
        outcomes = await carrier.submit(letters(HOUSE, 12))
        await carrier.close()
        server.close()
    assert {one.verdict for one in outcomes} == {Verdict.ACCEPTED}
    assert len(relay.taken) == 12


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": ""},
        {"port": 0},
        {"username": "u"},
        {"password": "p"},
        {"host": "relay.example", "security": Security.NONE, "username": "u", "password": "p"},
        {"connect_timeout": 0},
        {"connections": 0},
    ],
)
def test_relay_settings_that_cannot_work_are_refused_at_once(wrong: dict[str, object]) -> None:
    with pytest.raises(SetupError):
        RelaySettings(**{"host": "127.0.0.1", **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender_mail": ""},
        {"sender_mail": "a@example.com\r\nBcc: b@example.com"},
        {"sender_mail": "no address"},
        {"sender_name": "Deccan\nMobile"},
        {"domain": "a b"},
        {"domain": ""},
        {"receipt_secret": "short"},
        {"bounce_mail": "bounces@example.com"},
        {"bounce_mail": "bounces@{reference}.example.com"},
    ],
)
def test_mail_settings_that_cannot_work_are_refused_at_once(wrong: dict[str, object]) -> None:
    right = {"sender_mail": "a@example.com", "domain": "example.com", "receipt_secret": SECRET}
    MailSettings(**right)
    with pytest.raises(SetupError) as refused:
        MailSettings(**{**right, **wrong})
    assert SECRET not in str(refused.value)


def test_certificates_that_cannot_be_read_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="certificates"):
        HOUSE.carrier(9, ca_file=str(tmp_path / "none.pem"))
    assert isinstance(RelaySettings("127.0.0.1").trust(), ssl.SSLContext)


async def test_a_window_that_is_cancelled_leaves_no_half_sent_mail_behind(relay: ScriptedRelay) -> None:
    relay.slow = 0.3
    carrier = HOUSE.carrier(relay.port, connections=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await carrier.submit(letters(HOUSE, 1))
    relay.slow = 0.0
    [outcome] = await carrier.submit(letters(HOUSE, 1))
    await carrier.close()
    assert outcome.verdict is Verdict.ACCEPTED
    assert relay.sessions == 2


async def test_a_relay_that_goes_away_for_good_costs_each_line_one_mail_and_loses_none() -> None:
    async with ScriptedRelay() as relay:
        carrier = HOUSE.carrier(relay.port, connections=2, timeout=0.5)
        relay.faults["sender"] = "421 4.3.2 closing"
        batch = letters(HOUSE, 10)
        await carrier.submit(batch[:2])
        relay._server.close()
        relay.faults.clear()
        outcomes = await carrier.submit(batch)
        await carrier.close()
    assert sorted(one.delivery_id for one in outcomes) == list(range(1, 11))
    assert {(one.verdict, one.code) for one in outcomes} == {(Verdict.REFUSED_AGAIN, "unreachable")}
