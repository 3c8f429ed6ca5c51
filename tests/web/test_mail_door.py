"""A customer writes a mail: kept before anything is answered, and its answer is promised; machines get none."""

from datetime import datetime
from typing import Any

import front
import hyderabad
import parsed_mail
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from front import MAIL_KEY, PUBLIC, STRANGERS_KEY, TestClient
from hyderabad import FIRST, T0, rows
from sqlalchemy import Connection
from starlette.testclient import TestClient as Client

from tellfirst.bootstrap import World
from tellfirst.contacts.mails import MailRules
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.app import create_app

DOOR = f"{PUBLIC}/contacts/sendgrid/mail"
ENGLISH, TELUGU = 1, 2
MAILBOX = "asha@customers.example"


def story(connection: Connection) -> datetime:
    """Two customers with mailboxes in Miyapur were told."""
    hyderabad.add_customer(connection, ENGLISH, "HYD0004", email=MAILBOX)
    hyderabad.add_customer(connection, TELUGU, "HYD0004", language="te", email="ravi@customers.example")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


def post(world: World, doors: Client, body: bytes, token: str | None = None, **more: Any) -> Any:
    given = world.mail_door_token if token is None else token
    return doors.post(f"{DOOR}/{given}" if given else DOOR, **parsed_mail.posted(body), **more)


def write(world: World, doors: Client, *said: Any, **more: Any) -> None:
    answer = post(world, doors, parsed_mail.form(parsed_mail.fields(*said, **more)))
    assert (answer.status_code, answer.content) == (204, b"")


def contacts(world: World, *columns: str) -> list[tuple[Any, ...]]:
    with reading(world.engine) as connection:
        return rows(connection, t.contact, *columns)


def answers(world: World, *columns: str) -> list[tuple[Any, ...]]:
    with reading(world.engine) as connection:
        return rows(connection, t.contact_answer, *columns)


def test_a_mail_is_kept_and_its_answer_promised(world: World, doors: TestClient) -> None:
    write(world, doors, f"Asha <{MAILBOX}>", "There is no signal here since nine.")
    assert contacts(world, "channel", "address", "customer_id", "incident_id", "answer_kind", "subject") == [
        ("email", MAILBOX, ENGLISH, 1, "known", "No signal")
    ]
    [(state, channel, subject, body, sent_at)] = answers(
        world, "state", "channel", "subject", "body", "sent_at"
    )
    assert (state, channel, subject, sent_at) == ("pending", "email", f"Re: No signal [{FIRST}]", None)
    assert "Miyapur" in body
    with reading(world.engine) as connection:
        assert rows(connection, t.contact_mail, "message_id", "thread") == [
            ("<1@customer.example>", "<1@customer.example>")
        ]


def test_the_same_mail_is_kept_once_whatever_else_is_around_it(world: World, doors: TestClient) -> None:
    write(world, doors, MAILBOX, "no signal")
    before = front.tables(world.engine)
    write(world, doors, MAILBOX, "no signal", more_headers="Received: by another server\n")
    assert front.tables(world.engine) == before
    write(world, doors, MAILBOX, "no signal", message_id="<2@customer.example>")
    assert len(contacts(world, "id")) == 2


def test_a_strangers_mail_with_the_same_id_hides_nobodys(world: World, doors: TestClient) -> None:
    write(world, doors, "eve@elsewhere.example", "first!")
    write(world, doors, MAILBOX, "no signal")
    assert [address for (address,) in contacts(world, "address")] == ["eve@elsewhere.example", MAILBOX]


def test_a_stranger_learns_nothing_and_their_words_are_not_sent_on(world: World, doors: TestClient) -> None:
    write(world, doors, "eve@elsewhere.example", "is there an outage?", "Buy now http://bad.example")
    [(subject, body)] = answers(world, "subject", "body")
    assert (subject, FIRST in body, "Miyapur" in body) == ("[CON-000001]", False, False)


def test_the_answer_goes_to_the_sender_whatever_the_mail_asks_for(world: World, doors: TestClient) -> None:
    write(world, doors, MAILBOX, "no signal", more_headers="Reply-To: eve@elsewhere.example\n")
    assert contacts(world, "address") == [(MAILBOX,)]


def test_html_is_read_as_text_and_history_is_cut(world: World, doors: TestClient) -> None:
    page = "<head><style>p{}</style></head><p>No <b>signal</b></p><script>x()</script><blockquote>old</blockquote>"
    write(world, doors, MAILBOX, "", html=page)
    write(
        world,
        doors,
        MAILBOX,
        "Still no signal.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Us <us@x.example> wrote:\n> We are sorry\n> Us\n",
        message_id="<2@customer.example>",
    )
    assert [body for (body,) in contacts(world, "body")] == ["No signal", "Still no signal."]


def test_a_mail_in_another_charset_is_read_in_it(world: World, doors: TestClient) -> None:
    write(world, doors, MAILBOX, "Kein Netz für mich", charset="iso-8859-1")
    assert contacts(world, "body") == [("Kein Netz für mich",)]


def test_the_raw_form_of_the_webhook_is_read_too(world: World, doors: TestClient) -> None:
    raw = (
        f"From: Asha <{MAILBOX}>\r\nTo: us@x.example\r\nSubject: =?utf-8?q?No_signal=3F?=\r\n"
        "Message-ID: <raw@x.example>\r\nReferences: <a@x.example> <b@x.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
        "no signal\r\n--b\r\nContent-Type: application/pdf; name=bill.pdf\r\nContent-Disposition: attachment\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n"
    )
    assert post(world, doors, parsed_mail.form({"email": raw.encode()})).status_code == 204
    assert contacts(world, "subject", "body") == [("No signal?", "no signal")]
    with reading(world.engine) as connection:
        assert rows(connection, t.contact_file, "name", "media_type", "content") == [
            ("bill.pdf", "application/pdf", b"%PDF-")
        ]
        assert rows(connection, t.contact_mail, "thread") == [
            ("<a@x.example> <b@x.example> <raw@x.example>",)
        ]


MACHINES: dict[str, dict[str, Any]] = {
    "bounce": {"return_path": ""},
    "automatic": {"more_headers": "Auto-Submitted: auto-replied (vacation)\n"},
    "mailing_list": {"more_headers": "List-Id: <all.example>\n"},
    "bulk": {"more_headers": "Precedence: bulk\n"},
}


@pytest.mark.parametrize("why", MACHINES)
def test_machines_are_kept_and_never_answered(world: World, doors: TestClient, why: str) -> None:
    write(world, doors, MAILBOX, "STOP no signal", **MACHINES[why])
    assert contacts(world, "state", "state_reason", "body") == [("closed", why, "STOP no signal")]
    assert answers(world, "id") == []
    before = front.tables(world.engine)
    write(world, doors, MAILBOX, "STOP no signal", **MACHINES[why])
    assert front.tables(world.engine) == before


@pytest.mark.parametrize(
    ("sender", "why"),
    [
        ("notices@example.com", "our_own_address"),
        ("MAILER-DAEMON@x.example", "bounce"),
        ("no-reply@x.example", "automatic"),
        ("nobody", "no_sender"),
    ],
)
def test_addresses_behind_which_nobody_reads_are_not_answered(
    world: World, doors: TestClient, sender: str, why: str
) -> None:
    write(world, doors, sender, "no signal", return_path="x@x.example")
    assert contacts(world, "state", "state_reason") == [("closed", why)]


def test_an_address_that_writes_like_a_machine_is_left_to_a_person(world: World, doors: TestClient) -> None:
    for number in range(9):
        write(world, doors, MAILBOX, "no signal", message_id=f"<{number}@customer.example>")
    states = contacts(world, "state", "state_reason")
    assert states[-1] == ("waiting", "too_many_answers")
    assert len(answers(world, "id")) == 6


def test_stop_in_a_mail_silences_nobody(world: World, doors: TestClient) -> None:
    write(world, doors, MAILBOX, "STOP")
    assert front.counts(world.engine)["opt_out"] == 0


def test_files_are_kept_within_limits_and_what_is_not_says_why(world: World, doors: TestClient) -> None:
    files = [("photo.jpg", "image/jpeg", b"\xff\xd8\x00\r\n--x"), ("film.mp4", "video/mp4", b"x" * 6_000_000)]
    files += [(f"{number}.txt", "text/plain", b"x") for number in range(12)]
    answer = post(world, doors, parsed_mail.form(parsed_mail.fields(MAILBOX, "no signal"), files))
    assert answer.status_code == 204
    with reading(world.engine) as connection:
        kept = rows(connection, t.contact_file, "name", "content", "left_out")
    assert kept[0] == ("photo.jpg", b"\xff\xd8\x00\r\n--x", None)
    assert kept[1] == ("film.mp4", b"", "too_large")
    assert [why for _, _, why in kept[2:]] == [None] * 8 + ["too_many"] * 4
    assert contacts(world, "state", "state_reason") == [("waiting", "files_left_out")]
    assert len(answers(world, "id")) == 1


def test_a_long_letter_is_kept_whole_beside_its_beginning(world: World, doors: TestClient) -> None:
    letter = "no signal and much more " * 200
    write(world, doors, MAILBOX, letter)
    with reading(world.engine) as connection:
        [(name, content)] = rows(connection, t.contact_file, "name", "content")
    assert (name, content.decode()) == ("whole.txt", letter.strip())


def _broken() -> dict[str, bytes]:
    whole = parsed_mail.form(parsed_mail.fields(MAILBOX, "no signal"), [("a.txt", "text/plain", b"x" * 500)])
    boundary = f"--{parsed_mail.BOUNDARY}".encode()
    return {
        "breaks off": whole[:-40],
        "breaks off in a field": whole[:300],
        "without its end": parsed_mail.form(parsed_mail.fields(MAILBOX, "no signal"), end=False),
        "nothing": b"",
        "another boundary": whole.replace(boundary, b"--other"),
        "a part without a name": boundary + b"\r\nX: y\r\n\r\nz\r\n" + boundary + b"--\r\n",
        "no sender": parsed_mail.form({"text": b"no signal"}),
        "too many parts": parsed_mail.form({f"f{number}": b"x" for number in range(300)}),
        "headers without end": boundary + b"\r\n" + b"A" * 100_000 + b"\r\n" + boundary + b"--\r\n",
    }


BROKEN = _broken()


@pytest.mark.parametrize("how", BROKEN)
def test_half_a_mail_is_refused_and_leaves_nothing(world: World, doors: TestClient, how: str) -> None:
    before = front.tables(world.engine)
    answer = post(world, doors, BROKEN[how])
    assert (answer.status_code, answer.json()["title"]) == (400, "malformed")
    assert front.tables(world.engine) == before


def test_another_kind_of_body_is_refused(world: World, doors: TestClient) -> None:
    answer = doors.post(f"{DOOR}/{world.mail_door_token}", content=b"{}", headers={"Content-Type": "a/json"})
    assert answer.status_code == 400


def test_a_mail_over_the_limit_is_refused_before_it_is_read(world: World, doors: TestClient) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(40 * 1024 * 1024)}
    answer = doors.post(f"{DOOR}/{world.mail_door_token}", content=b"", headers=headers)
    assert answer.status_code == 413


HOSTILE: dict[str, dict[str, bytes]] = {
    "nul and surrogates": {"text": b"a\x00b \xed\xa0\x80", "subject": b"x\x00y"},
    "no utf-8": {"text": b"\xff\xfe\xfa", "headers": b"\xff\xfe: \xff\n"},
    "charsets that are none": {"charsets": b'{"text": "nope", "html": 7}'},
    "charsets no json": {"charsets": b"[" * 10_000},
    "envelope no json": {"envelope": b"{"},
    "a header without end": {"headers": b"X: " + b"y" * 300_000},
    "many headers": {"headers": b"X: y\n" * 20_000},
    "an encoded word that is none": {"headers": b"Subject: =?utf-9?q?=ff?=\n"},
    "html a thousand deep": {"text": b"", "html": b"<div>" * 20_000 + b"no signal"},
    "html that is none": {"text": b"", "html": b"<![CDATA[<!DOCTYPE <a <b <!-- \x00"},
    "quotes without end": {"text": b"> " * 60_000},
    "two lines of a subject": {"subject": b"one\nBcc: eve@x.example"},
    "a message id that is none": {"headers": b"Message-ID: <x>\r\n y <z> \x01\n"},
    "sql": {"text": b"'); DROP TABLE contact; --"},
}


@pytest.mark.parametrize("how", HOSTILE)
def test_whatever_stands_in_a_mail_is_kept(world: World, doors: TestClient, how: str) -> None:
    parts = parsed_mail.fields(MAILBOX, "no signal") | HOSTILE[how]
    assert post(world, doors, parsed_mail.form(parts)).status_code == 204
    [(subject, body)] = contacts(world, "subject", "body")
    assert "\x00" not in subject + body
    assert "\n" not in subject
    with reading(world.engine) as connection:
        [(message_id,)] = rows(connection, t.contact_mail, "message_id")
    assert message_id == "" or message_id.isprintable()


FORGERIES = {"no token": "", "a wrong token": "0" * 32, "half of it": "half"}


@pytest.mark.parametrize("how", FORGERIES)
def test_without_the_token_of_the_door_nothing_is_taken(world: World, doors: TestClient, how: str) -> None:
    token = world.mail_door_token[:16] if FORGERIES[how] == "half" else FORGERIES[how]
    answer = post(world, doors, parsed_mail.form(parsed_mail.fields(MAILBOX, "no signal")), token)
    assert (answer.status_code, answer.json()["title"]) == (403, "bad_token")
    assert front.counts(world.engine)["contact"] == 0


def test_no_log_names_a_sender_or_the_token(
    world: World, doors: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    caplog.set_level("WARNING", logger="httpx")  # that is the test itself, which knows them
    write(world, doors, MAILBOX, "I am Asha and have no signal")
    post(world, doors, BROKEN["breaks off"])
    assert "refused at /contacts/sendgrid/mail/{token}: malformed" in caplog.text
    for word in (MAILBOX, "Asha", world.mail_door_token):
        assert word not in caplog.text


@pytest.fixture
def signing(world: World) -> World:
    """The same house, where SendGrid signs what comes in."""
    key = {"sendgrid_inbound_key": front.public_key(MAIL_KEY)}
    return World(world.settings.model_copy(update=key))


SIGNED_BADLY: dict[str, tuple[float, ec.EllipticCurvePrivateKey | None]] = {
    "by another": (0, STRANGERS_KEY),
    "not at all": (0, None),
    "four days ago": (4 * 24 * 3600, MAIL_KEY),
    "tomorrow": (-24 * 3600, MAIL_KEY),
}


def test_a_signed_mail_is_taken_without_a_token_bytes_and_all(signing: World) -> None:
    body = parsed_mail.form(
        parsed_mail.fields(MAILBOX, "no signal"), [("p.jpg", "image/jpeg", bytes(range(256)))]
    )
    with Client(create_app(signing), base_url=PUBLIC) as doors:
        for _ in range(2):
            answer = doors.post(DOOR, **parsed_mail.posted(body, key=MAIL_KEY, age=24 * 3600))
            assert answer.status_code == 204
    assert contacts(signing, "address") == [(MAILBOX,)]
    signing.engine.dispose()


@pytest.mark.parametrize("how", SIGNED_BADLY)
def test_where_mails_are_signed_nothing_else_opens_the_door(signing: World, how: str) -> None:
    age, key = SIGNED_BADLY[how]
    body = parsed_mail.form(parsed_mail.fields(MAILBOX, "no signal"))
    with Client(create_app(signing), base_url=PUBLIC) as doors:
        for path in (DOOR, f"{DOOR}/{signing.mail_door_token}"):
            assert doors.post(path, **parsed_mail.posted(body, key=key, age=age)).status_code == 403
    assert contacts(signing, "id") == []
    signing.engine.dispose()


def test_a_signature_over_other_bytes_is_refused(signing: World) -> None:
    posted = parsed_mail.posted(parsed_mail.form(parsed_mail.fields(MAILBOX, "hello")), key=MAIL_KEY)
    posted["content"] = posted["content"].replace(b"hello", b"STOP!")
    with Client(create_app(signing), base_url=PUBLIC) as doors:
        assert doors.post(DOOR, **posted).status_code == 403
    signing.engine.dispose()


def _pdf(*lines: str) -> bytes:
    """A page with these lines of text, or none, written by hand."""
    drawn = "BT /F1 12 Tf 50 750 Td " + " ".join(f"({line}) Tj 0 -15 Td" for line in lines) + " ET"
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"trailer << /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return f"{out}xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()


GATEWAY = "fax-gateway.example"


def fax(world: World, doors: Client, content: bytes, sender: str = f"{hyderabad.phone(1)}@{GATEWAY}") -> None:
    world.__dict__["mail_rules"] = MailRules(frozenset(), (GATEWAY,))
    parts = parsed_mail.fields(sender, "You have a fax of 1 page.", "Fax", more_headers="Precedence: bulk\n")
    body = parsed_mail.form(parts, [("fax.pdf", "application/pdf", content)])
    assert post(world, doors, body).status_code == 204


def test_a_fax_is_read_by_its_pages_and_answered_by_fax(world: World, doors: TestClient) -> None:
    fax(world, doors, _pdf("There is no signal", "in our shop since nine"))
    [(channel, address, customer, body)] = contacts(world, "channel", "address", "customer_id", "body")
    assert (channel, address, customer) == ("fax", hyderabad.phone(1), ENGLISH)
    assert body.split("\n") == ["There is no signal", "in our shop since nine"]
    assert answers(world, "channel", "state") == [("fax", "pending")]
    with reading(world.engine) as connection:
        [(content, text)] = rows(connection, t.contact_file, "content", "text")
    assert content.startswith(b"%PDF-")
    assert text == body


@pytest.mark.parametrize(
    "content", [_pdf(), b"%PDF-1.4 broken", b"no pdf at all"], ids=["picture", "broken", "none"]
)
def test_a_fax_nobody_can_read_goes_to_a_person_with_the_reason(
    world: World, doors: TestClient, content: bytes
) -> None:
    fax(world, doors, content)
    assert contacts(world, "state", "state_reason") == [("waiting", "fax_without_text")]
    assert answers(world, "id") == []


def test_a_fax_without_a_number_goes_to_a_person(world: World, doors: TestClient) -> None:
    fax(world, doors, _pdf("There is no signal in our shop"), f"robot@in.{GATEWAY}")
    assert contacts(world, "address", "state_reason") == [("unknown", "fax_without_a_number")]
