"""The truth log: told by the oracle, and told again after a restart."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from carriers_under_test import SENDER, Carriers, Receiver
from twilio.base.exceptions import TwilioRestException

from tellfirst.simulator.carriers.truth.entries import Text
from tellfirst.simulator.carriers.truth.log import TruthError, TruthLog

PHONE, MAIL = "+919000000001", "ravi@home.example"


def text(carriers: Carriers, body: str, to: str = PHONE, **more: Any) -> str:
    return str(carriers.twilio.messages.create(to=to, from_=SENDER, body=body, **more).sid)


def mail(carriers: Carriers, **people: str) -> None:
    body = {
        "personalizations": [
            {
                "to": [{"email": f"{name}@home.example"}],
                "custom_args": {"delivery": delivery},
                "substitutions": {"-name-": name.title()},
            }
            for name, delivery in people.items()
        ],
        "from": {"email": "care@company.example"},
        "subject": "No service, -name-",
        "content": [
            {"type": "text/plain", "value": "Dear -name-, no service."},
            {"type": "text/html", "value": "<p>Dear -name-</p>"},
        ],
    }
    assert carriers.sendgrid.send(body).status_code == 202


def refuse(carriers: Carriers) -> None:
    with pytest.raises(TwilioRestException):
        text(carriers, "Hello.", to="+919000000610")


def test_accepted_texts_tell_their_reference_and_callback(carriers: Carriers, receiver: Receiver) -> None:
    url = f"{receiver.url}/receipts/twilio?delivery=D-17&x=1"
    sid = text(carriers, "Hello.", status_callback=url)
    (row,) = carriers.get("/truth/accepted", channel="sms")
    assert isinstance(row.pop("at"), float)
    assert row == {
        "row": 1,
        "channel": "sms",
        "to": PHONE,
        "reference": "D-17",
        "carrier_ref": sid,
        "body": "Hello.",
        "url": url,
    }


def test_accepted_mails_are_a_row_for_each_recipient(carriers: Carriers, receiver: Receiver) -> None:
    mail(carriers, ravi="D1", siti="D2")
    first, second = carriers.get("/truth/accepted", channel="email")
    assert (first["to"], first["reference"], first["subject"]) == (MAIL, "D1", "No service, Ravi")
    assert (second["to"], second["reference"], second["row"]) == ("siti@home.example", "D2", 2)
    assert first["carrier_ref"] == second["carrier_ref"]
    assert first["url"] == f"{receiver.url}/receipts/sendgrid"


def test_rows_are_told_from_the_one_asked_for(carriers: Carriers) -> None:
    text(carriers, "One.")
    mail(carriers, ravi="D1", siti="D2", omar="D3")
    refuse(carriers)
    text(carriers, "Two.")

    def rows(channel: str, since: int) -> list[int]:
        return [row["row"] for row in carriers.get("/truth/accepted", channel=channel, since=since)]

    assert [rows("sms", since) for since in (0, 1, 5, 6, 99)] == [[1, 6], [6], [6], [], []]
    assert [rows("email", since) for since in (0, 2, 3, 4)] == [[2, 3, 4], [3, 4], [4], []]


def test_a_long_look_back_is_told_whole(carriers: Carriers) -> None:
    for hundred in range(13):
        mail(carriers, **{f"c{hundred}x{number}": f"D{hundred}-{number}" for number in range(100)})
    rows = carriers.get("/truth/accepted", channel="email")
    assert [row["row"] for row in rows] == list(range(1, 1301))


@pytest.mark.parametrize("query", ["channel=fax", "", "channel=sms&since=x", "channel=sms&since=-1"])
def test_a_question_that_cannot_be_answered_is_refused(carriers: Carriers, query: str) -> None:
    assert requests.get(f"{carriers.url}/truth/accepted?{query}", timeout=5).status_code == 400


def test_an_address_tells_all_it_received_oldest_first(carriers: Carriers) -> None:
    text(carriers, "One.")
    text(carriers, "Elsewhere.", to="+919000000002")
    text(carriers, "Two.")
    mail(carriers, ravi="D1", SITI="D2")
    assert [message["body"] for message in carriers.get("/truth/messages", to=PHONE)] == ["One.", "Two."]
    (letter,) = carriers.get("/truth/messages", to="Siti@home.example")
    assert (letter["subject"], letter["reference"]) == ("No service, Siti", "D2")
    assert (letter["body"], letter["html"]) == ("Dear Siti, no service.", "<p>Dear Siti</p>")
    assert carriers.get("/truth/messages", to="+15550000000") == []


def test_a_restart_remembers_everything(start: Callable[[], Carriers]) -> None:
    before = start()
    sid = text(before, "One.")
    mail(before, ravi="D1", siti="D2")
    refuse(before)
    counts = before.counts()
    before.stop()
    after = start()
    assert after.counts()["sms"] == counts["sms"] == {"accepted": 1, "refused": 1, "replies": 0}
    assert after.counts()["email"] == counts["email"] == {"accepted": 2, "requests": 1, "refused": 0}
    assert after.twilio.messages(sid).fetch().body == "One."
    assert [row["row"] for row in after.get("/truth/accepted", channel="email")] == [2, 3]
    text(after, "Two.")
    assert [message["row"] for message in after.get("/truth/messages", to=PHONE)] == [1, 5]


def test_a_text_is_on_disk_before_it_is_answered(carriers: Carriers) -> None:
    sid = text(carriers, "Hello.")
    assert orjson.loads(carriers.truth_log.read_bytes())["carrier_ref"] == sid


def test_the_log_is_for_its_owner_alone(carriers: Carriers) -> None:
    assert carriers.truth_log.stat().st_mode & 0o077 == 0


def a_text(row: int) -> Text:
    return Text(row=row, at=1.5, to=PHONE, carrier_ref=f"SM{row:032x}", body="Hello.", sender=SENDER)


def test_a_line_cut_off_while_writing_was_never_answered(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    log = TruthLog(path)
    log.append(a_text(1))
    log.append(a_text(2))
    log.close()
    path.write_bytes(path.read_bytes()[:-10])
    log = TruthLog(path)
    assert log.counts()["sms"]["accepted"] == 1
    log.append(a_text(2))
    log.close()
    log = TruthLog(path)
    assert log.counts()["sms"]["accepted"] == 2
    assert log.entry(2) == a_text(2)
    log.close()


@pytest.mark.parametrize("line", [b"{}\n", b"nonsense\n", b'{"row":7}\n'])
def test_a_line_that_is_no_entry_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "truth.jsonl"
    log = TruthLog(path)
    log.append(a_text(1))
    log.close()
    path.write_bytes(path.read_bytes() + line)
    with pytest.raises(TruthError, match="Line 2 of the truth log"):
        TruthLog(path)


def test_a_lost_line_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    log = TruthLog(path)
    for row in (1, 2, 3):
        log.append(a_text(row))
    log.close()
    first, _, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + third)
    with pytest.raises(TruthError, match="breaks the count of rows"):
        TruthLog(path)
