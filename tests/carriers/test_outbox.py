"""A folder as a carrier: the sentences of the contract, where the vendor is the file system."""

import errno
import logging
import os
from collections import Counter
from collections.abc import Sequence
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from smtp_house import SmtpHouse, letters

from tellfirst.carriers.outbox import Outbox, OutboxSettings
from tellfirst.carriers.port import Outbound, RawRequest, Verdict
from tellfirst.domain.errors import Refused, SetupError
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel

pytestmark = pytest.mark.anyio
FAULTS = {
    errno.ENOSPC: True,
    errno.EACCES: True,
    errno.EROFS: True,
    errno.EIO: False,
}
"""Of the system, and whether every further file would fail alike."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "outbox"


@pytest.fixture(params=[Channel.EMAIL, Channel.SMS])
def carrier(request: pytest.FixtureRequest, folder: Path) -> Outbox:
    return Outbox(OutboxSettings(folder, request.param))


def batch(count: int) -> list[Outbound]:
    return letters(SmtpHouse(), count)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_every_message_of_a_batch_has_exactly_one_accepted_outcome(
    carrier: Outbox, folder: Path
) -> None:
    outcomes = await carrier.submit(batch(60))
    assert Counter(one.delivery_id for one in outcomes) == Counter(range(1, 61))
    assert {one.verdict for one in outcomes} == {Verdict.ACCEPTED}
    assert sorted(one.carrier_ref for one in outcomes) == files(folder)


async def test_an_empty_batch_writes_nothing(carrier: Outbox, folder: Path) -> None:
    assert await carrier.submit([]) == []
    assert await carrier.reconcile([]) == []
    assert files(folder) == []


async def test_a_mail_is_a_file_that_any_mail_reader_opens(folder: Path) -> None:
    await Outbox(OutboxSettings(folder, Channel.EMAIL)).submit(batch(1))
    mail = message_from_bytes((folder / "delivery-1.eml").read_bytes(), policy=default)
    assert (mail["To"], mail["Subject"]) == ("customer00001@example.com", "No service")
    assert "personal-and-secret-1" in mail.get_body(("plain",)).get_content()


async def test_a_text_is_a_file_with_number_and_words(folder: Path) -> None:
    await Outbox(OutboxSettings(folder, Channel.SMS)).submit(
        [Outbound(7, "+919876500007", Message("సేవ లేదు %link%"), link="https://n.example/7")]
    )
    text = (folder / "delivery-7.txt").read_text()
    assert text == "To: +919876500007\n\nసేవ లేదు https://n.example/7\n"


async def test_sent_twice_is_seen_and_nothing_is_overwritten(carrier: Outbox, folder: Path) -> None:
    [first] = await carrier.submit(batch(1))
    before = (folder / first.carrier_ref).read_bytes()
    [second] = await carrier.submit(batch(1))
    [third] = await carrier.submit(batch(1))
    ending = first.carrier_ref.rpartition(".")[2]
    assert files(folder) == [f"delivery-1.2.{ending}", f"delivery-1.3.{ending}", f"delivery-1.{ending}"]
    assert (second.carrier_ref, third.carrier_ref) == (f"delivery-1.2.{ending}", f"delivery-1.3.{ending}")
    assert (folder / first.carrier_ref).read_bytes() == before


async def test_nobody_else_on_the_machine_may_read(carrier: Outbox, folder: Path) -> None:
    await carrier.submit(batch(1))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


async def test_a_folder_left_open_is_closed(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o755)
    Outbox(OutboxSettings(folder, Channel.SMS))
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("call", ["write", "fsync", "link"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_file_that_cannot_be_written_whole_is_no_message(
    carrier: Outbox, folder: Path, monkeypatch: pytest.MonkeyPatch, fault: int, call: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(fault, "as told")

    target = {"write": "tellfirst.carriers.outbox.files._write", "fsync": "os.fsync", "link": "os.link"}[call]
    monkeypatch.setattr(target, fail)
    [outcome] = await carrier.submit(batch(1))
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED_AGAIN, errno.errorcode[fault])
    assert outcome.stops_carrier == FAULTS[fault]
    assert outcome.reason
    monkeypatch.undo()
    assert files(folder) == []


async def test_a_draft_of_a_process_that_died_is_no_message(carrier: Outbox, folder: Path) -> None:
    (folder / f".draft-delivery-1-{os.getpid()}").write_bytes(b"half a mess")
    [absent] = await carrier.reconcile(batch(1))
    [written] = await carrier.submit(batch(1))
    assert (absent.verdict, written.verdict) == (Verdict.REFUSED_AGAIN, Verdict.ACCEPTED)
    assert files(folder) == [written.carrier_ref]


async def test_a_message_without_permit_is_not_written(carrier: Outbox, folder: Path) -> None:
    asked: list[int] = []

    async def after_the_first(messages: Sequence[Outbound]) -> str:
        asked.extend(one.delivery_id for one in messages)
        return "" if len(asked) == 1 else "lease_ends"

    outcomes = await carrier.submit(batch(4), after_the_first)
    assert asked == [1, 2, 3, 4]
    assert [(one.verdict, one.reason) for one in outcomes[1:]] == [(Verdict.WITHHELD, "lease_ends")] * 3
    assert len(files(folder)) == 1


async def test_the_folder_settles_a_doubt(carrier: Outbox) -> None:
    await carrier.submit(batch(1))
    taken, absent = await carrier.reconcile(batch(2))
    assert (taken.verdict, absent.verdict) == (Verdict.ACCEPTED, Verdict.REFUSED_AGAIN)
    assert absent.reason == "absent_at_carrier"


async def test_a_folder_that_is_gone_leaves_the_doubt(carrier: Outbox, folder: Path) -> None:
    folder.rmdir()
    [doubt] = await carrier.reconcile(batch(1))
    assert doubt.verdict is Verdict.UNKNOWN


async def test_an_address_no_mail_can_go_to_is_refused_for_good(folder: Path) -> None:
    outbox = Outbox(OutboxSettings(folder, Channel.EMAIL))
    [outcome] = await outbox.submit([Outbound(7, "a@b\r\nBcc: c@d", Message("x"))])
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED_FINALLY, "contact_point_refused")
    assert files(folder) == []


async def test_neither_logs_nor_values_show_addresses_or_texts(
    carrier: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = repr([await carrier.submit(batch(2)), await carrier.reconcile(batch(2)), carrier])
    for secret in ("customer00001", "Gachibowli", "personal-and-secret"):
        assert secret not in shown + caplog.text


def test_a_folder_that_cannot_be_made_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="cannot be made"):
        Outbox(OutboxSettings(tmp_path / "file" / "outbox", Channel.SMS))
    with pytest.raises(SetupError, match="none"):
        OutboxSettings(tmp_path, Channel.NONE)


def test_nobody_reports_on_files(carrier: Outbox) -> None:
    with pytest.raises(Refused) as refused:
        carrier.parse_receipt(RawRequest("https://notices.example/receipts/outbox", {}, b"x"))
    assert refused.value.status == 404
