"""A mailbox that is looked into: each mail is stored before it is flagged, once, and machines get no answer."""

from collections.abc import Callable, Iterator
from pathlib import Path

import hyderabad
import pytest
from hyderabad import T0, rows
from mail_server import PASSWORD, USERNAME, MailServer
from sqlalchemy import Engine

from tellfirst.carriers.mail import mailbox as imap
from tellfirst.contacts import mailbox
from tellfirst.contacts.answering import Desk
from tellfirst.contacts.door_files import Mailbox, load_doors
from tellfirst.contacts.mailbox import Looked
from tellfirst.contacts.mails import MailRules
from tellfirst.contacts.words import load_words
from tellfirst.domain.errors import SetupError
from tellfirst.notices.rendering import Templates
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

MAILBOX = "asha@customers.example"


def letter(number: int = 1, text: str = "no signal", more: str = "", sender: str = MAILBOX) -> bytes:
    head = f"From: Asha <{sender}>\r\nTo: us@x.example\r\nSubject: No signal\r\nMessage-ID: <{number}@x.example>\r\n"
    return f"{head}{more}\r\n{text}\r\n".encode()


Start = Callable[..., MailServer]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[MailServer] = []

    def started(*mails: bytes) -> MailServer:
        running.append(MailServer(tmp_path, *mails))
        return running[-1]

    yield started
    for one in running:
        one.close()


def look(engine: Engine, server: MailServer, password: str = PASSWORD, ca_file: str | None = None) -> Looked:
    where = Mailbox(
        host="127.0.0.1",
        port=server.port,
        username=USERNAME,
        password="TELLFIRST_MAILBOX",
        ca_file=server.ca_file if ca_file is None else ca_file,
        timeout=10,
        at_once=3,
    )
    project = Path(__file__).parents[2]
    desk = Desk(engine, load_words(project / "config"), Templates(project / "templates", company="Deccan"))
    return mailbox.look("service", where, {"TELLFIRST_MAILBOX": password}.get, desk, MailRules(), lambda: T0)  # type: ignore[arg-type]


def contacts(engine: Engine, *columns: str) -> list[tuple[object, ...]]:
    with reading(engine) as connection:
        return rows(connection, t.contact, *columns)


def test_what_is_new_is_taken_and_flagged_and_looked_at_no_more(city: Engine, start: Start) -> None:
    with writing(city) as connection:
        hyderabad.add_customer(connection, 1, "HYD0004", email=MAILBOX)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    server = start(letter(1), letter(2, "when is it back?"))
    assert look(city, server) == Looked(taken=2)
    assert server.seen == {1, 2}
    assert look(city, server) == Looked(taken=0)
    assert contacts(city, "channel", "customer_id", "body", "answer_kind") == [
        ("email", 1, "no signal", "known"),
        ("email", 1, "when is it back?", "known"),
    ]
    with reading(city) as connection:
        assert rows(connection, t.contact_answer, "state", "channel") == [("pending", "email")] * 2


def test_the_oldest_come_first_and_no_more_than_a_turn(small_city: Engine, start: Start) -> None:
    server = start(*(letter(number) for number in range(5)))
    assert [look(small_city, server).taken for _ in range(3)] == [3, 2, 0]


def test_a_mail_whose_flag_was_lost_is_kept_once(small_city: Engine, start: Start) -> None:
    server = start(letter())
    server.breaks_at = "UID STORE"
    assert look(small_city, server).fault
    server.breaks_at = ""
    assert look(small_city, server) == Looked(taken=1)
    assert len(contacts(small_city, "id")) == 1


def test_what_breaks_off_is_taken_at_the_next_look(small_city: Engine, start: Start) -> None:
    server = start(letter())
    server.breaks_at = "BODY.PEEK[])"
    looked = look(small_city, server)
    assert (looked.taken, bool(looked.fault)) == (0, True)
    assert server.seen == set()
    server.breaks_at = ""
    assert look(small_city, server) == Looked(taken=1)


def test_a_store_that_is_away_leaves_the_mail_where_it_is(small_city: Engine, start: Start) -> None:
    server = start(letter())
    with writing(small_city) as connection:
        connection.exec_driver_sql("ALTER TABLE contact RENAME TO elsewhere")
    with pytest.raises(Exception, match="contact"):
        look(small_city, server)
    assert server.seen == set()


def test_a_machines_mail_is_kept_flagged_and_not_answered(small_city: Engine, start: Start) -> None:
    server = start(
        letter(1, more="Auto-Submitted: auto-generated\r\n"), letter(2, more="Return-Path: <>\r\n"), b"\r\n"
    )
    assert look(small_city, server).taken == 3
    assert contacts(small_city, "state", "state_reason") == [
        ("closed", "automatic"),
        ("closed", "bounce"),
        ("closed", "no_sender"),
    ]
    with reading(small_city) as connection:
        assert rows(connection, t.contact_answer, "id") == []


def test_a_mail_that_is_too_large_is_not_fetched_and_a_person_is_told(
    small_city: Engine, start: Start
) -> None:
    server = start(letter(more=f"X-Size: {imap.LARGEST + 1}\r\n"))
    assert look(small_city, server).taken == 1
    assert not any("BODY.PEEK[])" in one for one in server.says)
    assert contacts(small_city, "state", "state_reason") == [("waiting", "mail_too_large")]
    with reading(small_city) as connection:
        [(name, content)] = rows(connection, t.contact_file, "name", "content")
    assert (name, b"No signal" in content) == ("mail.eml", True)


@pytest.mark.parametrize("how", ["password", "certificate", "nobody"])
def test_a_mailbox_that_cannot_be_opened_is_a_fault_that_names_nobody(
    small_city: Engine, start: Start, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = start(letter())
    if how == "nobody":
        server.close()
    looked = look(
        small_city, server, "wrong" if how == "password" else PASSWORD, "" if how == "certificate" else None
    )
    assert (looked.taken, bool(looked.fault)) == (0, True)
    for word in (USERNAME + "@", PASSWORD, MAILBOX):
        assert word not in caplog.text + looked.fault


def test_without_its_password_it_says_which_variable_is_missing(small_city: Engine, start: Start) -> None:
    with pytest.raises(SetupError, match="TELLFIRST_MAILBOX is not set"):
        look(small_city, start(), "")


def test_the_file_of_doors_is_read_strictly(tmp_path: Path) -> None:
    assert load_doors(tmp_path).mailboxes == {}
    file = tmp_path / "doors.yaml"
    file.write_text(
        "telephone: {person: '+914055500001'}\nmail: {ours: [Us@X.example], fax_gateways: [FAX.example]}\n"
        "mailboxes:\n  service: {host: imap.x.example, username: us, password: TELLFIRST_MAILBOX}\n"
    )
    doors = load_doors(tmp_path)
    assert (doors.mail.ours, doors.mail.fax_gateways) == (("us@x.example",), ("fax.example",))
    assert doors.mailboxes["service"].port == 993
    file.write_text(file.read_text().replace("TELLFIRST_MAILBOX", "hunter2"))
    with pytest.raises(SetupError, match="password") as refused:
        load_doors(tmp_path)
    assert "hunter2" not in str(refused.value)
