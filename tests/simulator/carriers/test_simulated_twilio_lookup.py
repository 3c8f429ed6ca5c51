"""Looking texts up through the real twilio SDK."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from carriers_under_test import SENDER, Carriers, Receiver
from twilio.base.exceptions import TwilioException, TwilioRestException

NEIGHBOUR, OTHER = "+919000000001", "+919000000002"


def send(carriers: Carriers, to: str, body: str, **more: Any) -> str:
    return str(carriers.twilio.messages.create(to=to, from_=SENDER, body=body, **more).sid)


def test_a_text_is_found_by_its_sid(carriers: Carriers) -> None:
    first, second = send(carriers, NEIGHBOUR, "First."), send(carriers, OTHER, "Second.")
    assert carriers.twilio.messages(first).fetch().body == "First."
    assert carriers.twilio.messages(second).fetch().body == "Second."


@pytest.mark.parametrize("sid", ["SM" + "0" * 32, "SM" + "0" * 31 + "1", "SM1", "SM" + "z" * 32])
def test_an_unknown_sid_is_not_found(carriers: Carriers, sid: str) -> None:
    send(carriers, NEIGHBOUR, "First.")
    with pytest.raises(TwilioRestException) as refused:
        carriers.twilio.messages(sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_texts_to_one_number_come_newest_first(carriers: Carriers) -> None:
    for body in ("One.", "Two.", "Three."):
        send(carriers, NEIGHBOUR, body)
        send(carriers, OTHER, "Something else.")
    found = carriers.twilio.messages.list(to=NEIGHBOUR)
    assert [text.body for text in found] == ["Three.", "Two.", "One."]


@pytest.mark.parametrize("to", [NEIGHBOUR, None])
def test_pages_follow_each_other_although_new_texts_come(carriers: Carriers, to: str | None) -> None:
    sids = [send(carriers, NEIGHBOUR, f"Text {number}.") for number in range(5)]
    query = {"to": to} if to else {}
    page = carriers.twilio.messages.page(page_size=2, **query)
    found = [text.sid for text in page]
    send(carriers, NEIGHBOUR, "A late text.")
    while (page := page.next_page()) is not None:
        found += [text.sid for text in page]
    assert found == sids[::-1]


def test_a_date_finds_what_was_sent_around_it(carriers: Carriers, receiver: Receiver) -> None:
    send(carriers, NEIGHBOUR, "Hello.", status_callback=f"{receiver.url}/receipts")
    receiver.posted_to("/receipts", 1)
    now = datetime.now(UTC)
    found = carriers.twilio.messages.list
    assert len(found(to=NEIGHBOUR, date_sent_after=now - timedelta(minutes=1))) == 1
    assert found(to=NEIGHBOUR, date_sent_after=now + timedelta(minutes=1)) == []
    assert len(found(to=NEIGHBOUR, date_sent_before=now + timedelta(minutes=1))) == 1
    assert found(to=NEIGHBOUR, date_sent_before=now - timedelta(minutes=1)) == []
    assert found(to=NEIGHBOUR, date_sent=now - timedelta(days=2)) == []


def test_no_date_finds_what_is_still_queued(
    settings: dict[str, Any], config_file: Path, start: Callable[[], Carriers]
) -> None:
    settings["receipt_delay_seconds"] = [60, 60]
    config_file.write_text(json.dumps(settings))
    carriers = start()
    send(carriers, NEIGHBOUR, "Hello.")
    (text,) = carriers.twilio.messages.list(to=NEIGHBOUR)
    assert (text.status, text.date_sent) == ("queued", None)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert carriers.twilio.messages.list(to=NEIGHBOUR, date_sent_after=yesterday) == []


def test_texts_from_another_number_are_not_found(carriers: Carriers) -> None:
    send(carriers, NEIGHBOUR, "Hello.")
    assert carriers.twilio.messages.list(from_="+14155552671") == []
    assert len(carriers.twilio.messages.list(from_=SENDER)) == 1


def test_a_date_that_is_none_is_refused(carriers: Carriers) -> None:
    with pytest.raises(TwilioException, match="Unable to fetch page"):
        carriers.twilio.messages.list(date_sent="yesterday")
