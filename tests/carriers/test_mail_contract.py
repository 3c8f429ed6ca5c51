"""What the ledger relies on, for carriers that hand mails to a relay: the sentences of test_contract.py."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import pytest
from scripted_relay import ABORT, HANG, PASSWORD, USER, ScriptedRelay
from smtp_house import SmtpHouse, letters

from tellfirst.carriers.port import Carrier, Outbound, Verdict

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")]

AGAIN, FINALLY, UNKNOWN = Verdict.REFUSED_AGAIN, Verdict.REFUSED_FINALLY, Verdict.UNKNOWN
THROTTLED, REFUSED, BAD_CONTACT, LOST = (
    "throttled",
    "refused_by_carrier",
    "contact_point_refused",
    "answer_lost",
)

ENDS: dict[str, tuple[str, str, Verdict, str, str, bool]] = {
    "450 at the sender": ("sender", "450 4.7.1 later", AGAIN, THROTTLED, "450 4.7.1", False),
    "550 at the sender": ("sender", "550 5.7.1 not you", AGAIN, REFUSED, "550 5.7.1", True),
    "530 at the sender": ("sender", "530 5.7.0 log in first", AGAIN, REFUSED, "530 5.7.0", True),
    "421 at the sender": ("sender", "421 4.3.2 closing", AGAIN, THROTTLED, "421 4.3.2", False),
    "reset at the sender": ("sender", ABORT, AGAIN, THROTTLED, "cut_off", False),
    "no answer at the sender": ("sender", HANG, AGAIN, THROTTLED, "cut_off", False),
    "450 at the recipient": ("recipient", "450 4.2.1 greylisted %s", AGAIN, THROTTLED, "450 4.2.1", False),
    "550 5.1.1": ("recipient", "550 5.1.1 no such %s", FINALLY, BAD_CONTACT, "550 5.1.1", False),
    "550 alone": ("recipient", "550 no such %s", FINALLY, BAD_CONTACT, "550", False),
    "551": ("recipient", "551 moved", FINALLY, BAD_CONTACT, "551", False),
    "552 5.2.2": ("recipient", "552 5.2.2 full", FINALLY, BAD_CONTACT, "552 5.2.2", False),
    "550 5.7.1": ("recipient", "550 5.7.1 no relaying", AGAIN, REFUSED, "550 5.7.1", False),
    "550 5.1.8": ("recipient", "550 5.1.8 bad sender", AGAIN, REFUSED, "550 5.1.8", True),
    "530 at the recipient": ("recipient", "530 5.7.0 log in", AGAIN, REFUSED, "530 5.7.0", True),
    "reset at the recipient": ("recipient", ABORT, AGAIN, THROTTLED, "cut_off", False),
    "451 before the text": ("before the text", "451 4.3.0 later", AGAIN, THROTTLED, "451 4.3.0", False),
    "554 before the text": ("before the text", "554 5.6.0 no", FINALLY, REFUSED, "554 5.6.0", False),
    "reset before the text": ("before the text", ABORT, AGAIN, THROTTLED, "cut_off", False),
    "no answer before the text": ("before the text", HANG, AGAIN, THROTTLED, "cut_off", False),
    "452 after the text": ("text", "452 4.3.1 disk full", AGAIN, THROTTLED, "452 4.3.1", False),
    "421 after the text": ("text", "421 4.3.2 closing", AGAIN, THROTTLED, "421 4.3.2", False),
    "554 after the text": ("text", "554 5.7.1 spam", FINALLY, REFUSED, "554 5.7.1", False),
    "a strange reply after the text": ("text", "354 go on", UNKNOWN, LOST, "no_answer", False),
    "nonsense after the text": ("text", "hello", UNKNOWN, LOST, "no_answer", False),
    "reset after the text": ("text", ABORT, UNKNOWN, LOST, "no_answer", False),
    "no answer after the text": ("text", HANG, UNKNOWN, LOST, "no_answer", False),
}


@pytest.fixture
async def relay() -> AsyncIterator[ScriptedRelay]:
    async with ScriptedRelay() as relay:
        yield relay


@pytest.fixture
async def carrier(mail_house: SmtpHouse, relay: ScriptedRelay) -> AsyncIterator[Carrier]:
    carrier = mail_house.carrier(relay.port, timeout=0.4)
    yield carrier
    await carrier.close()


async def test_every_message_of_a_batch_has_exactly_one_accepted_outcome(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier
) -> None:
    outcomes = await carrier.submit(letters(mail_house, 20))
    assert Counter(one.delivery_id for one in outcomes) == Counter(range(1, 21))
    assert {one.verdict for one in outcomes} == {Verdict.ACCEPTED}
    assert {one.carrier_ref for one in outcomes} == {
        str(taken.mail["Message-ID"]).strip("<>") for taken in relay.taken
    }
    assert Counter(one.recipient for one in relay.taken) == Counter(
        mail_house.mailbox(number) for number in range(1, 21)
    )


async def test_an_empty_batch_makes_no_connection(relay: ScriptedRelay, carrier: Carrier) -> None:
    assert await carrier.submit([]) == []
    assert await carrier.reconcile([]) == []
    assert relay.sessions == 0


@pytest.mark.parametrize("end", ENDS)
async def test_a_call_ends_as_the_table_says_and_is_made_once(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier, end: str
) -> None:
    stage, fault, verdict, reason, code, stops = ENDS[end]
    relay.faults[stage] = fault
    [outcome] = await carrier.submit(letters(mail_house, 1))
    assert (outcome.verdict, outcome.reason, outcome.code, outcome.stops_carrier) == (
        verdict,
        reason,
        code,
        stops,
    )
    assert len(relay.offered) <= 1
    assert len(relay.taken) == (1 if verdict is UNKNOWN and fault in (ABORT, HANG) else 0)


@pytest.mark.parametrize("end", [end for end in ENDS if "nonsense" not in end])
async def test_after_any_end_the_next_mail_goes_out(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier, end: str
) -> None:
    stage, fault, *_ = ENDS[end]
    relay.faults[stage] = fault
    await carrier.submit(letters(mail_house, 1))
    relay.faults.clear()
    relay.taken.clear()
    [_, outcome] = await carrier.submit(letters(mail_house, 2))
    assert outcome.verdict is Verdict.ACCEPTED
    assert Counter(one.recipient for one in relay.taken) == Counter(mail_house.mailbox(n) for n in (1, 2))


async def test_one_bad_mailbox_does_not_hold_the_others(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier
) -> None:
    relay.faults[mail_house.mailbox(3)] = "550 5.1.1 unknown"
    outcomes = await carrier.submit(letters(mail_house, 12))
    assert {one.delivery_id for one in outcomes if one.verdict is FINALLY} == {3}
    assert len(relay.taken) == 11


async def test_a_refused_login_stops_the_carrier_and_fails_nobody(mail_house: SmtpHouse) -> None:
    async with ScriptedRelay(login=True) as relay:
        carrier = mail_house.carrier(relay.port, username=USER, password="wrong")
        outcomes = await carrier.submit(letters(mail_house, 20))
        await carrier.close()
    assert {(one.verdict, one.stops_carrier, one.code) for one in outcomes} == {(AGAIN, True, "535 5.7.8")}
    assert sorted(one.delivery_id for one in outcomes) == list(range(1, 21))
    assert relay.sessions <= carrier.capabilities.concurrency
    assert relay.offered == []


async def test_a_refused_sender_stops_the_carrier_after_one_mail_a_line(
    mail_house: SmtpHouse, relay: ScriptedRelay
) -> None:
    relay.faults["sender"] = "553 5.7.1 not your address"
    carrier = mail_house.carrier(relay.port, connections=1)
    outcomes = await carrier.submit(letters(mail_house, 20))
    await carrier.close()
    assert {(one.verdict, one.stops_carrier) for one in outcomes} == {(AGAIN, True)}
    assert sorted(one.delivery_id for one in outcomes) == list(range(1, 21))
    assert relay.sessions == 1


async def test_connections_never_exceed_the_capability_and_are_kept_between_windows(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier
) -> None:
    relay.slow = 0.01
    batch = letters(mail_house, 24)
    await asyncio.gather(carrier.submit(batch[:8]), carrier.submit(batch[8:16]))
    await carrier.submit(batch[16:])
    assert relay.most_at_once == carrier.capabilities.concurrency
    assert relay.sessions == carrier.capabilities.concurrency
    assert len(relay.taken) == 24


async def test_a_kept_connection_that_died_is_replaced_before_a_mail_is_risked(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier
) -> None:
    await carrier.submit(letters(mail_house, 1))
    for session in relay._sessions:
        session.transport.abort()
    await asyncio.sleep(0.01)
    [outcome] = await carrier.submit(letters(mail_house, 1))
    assert outcome.verdict is Verdict.ACCEPTED


async def test_a_kept_connection_the_relay_has_given_up_is_replaced_before_a_mail_is_risked(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier
) -> None:
    await carrier.submit(letters(mail_house, 1))
    relay.stale += relay._sessions
    [outcome] = await carrier.submit(letters(mail_house, 1))
    assert outcome.verdict is Verdict.ACCEPTED
    assert relay.sessions == 2


async def test_a_personal_link_reaches_its_own_customer_only(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier
) -> None:
    if mail_house.name == "fax":
        pytest.skip("a fax is a picture; tests of the pages look for the link")
    await carrier.submit(letters(mail_house, 3))
    for taken in relay.taken:
        number = int(taken.recipient[8:13])
        for part in taken.mail.iter_parts():
            assert f"personal-and-secret-{number}" in part.get_content()
            assert part.get_content().count("personal-and-secret-") == 1


async def test_a_mail_without_permit_is_not_sent(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier
) -> None:
    asked: list[int] = []

    async def after_the_first(messages: Sequence[Outbound]) -> str:
        asked.extend(one.delivery_id for one in messages)
        return "" if len(asked) == 1 else "lease_ends"

    outcomes = await carrier.submit(letters(mail_house, 4), after_the_first)
    ends = [(one.verdict, one.reason) for one in outcomes]
    assert sorted(asked) == [1, 2, 3, 4]
    assert ends.count((Verdict.WITHHELD, "lease_ends")) == 3
    assert len(relay.offered) == 1


async def test_a_relay_cannot_be_asked_so_the_doubt_stays(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier
) -> None:
    assert not carrier.capabilities.lookup
    batch = letters(mail_house, 2)
    await carrier.submit(batch[:1])
    assert [one.verdict for one in await carrier.reconcile(batch)] == [UNKNOWN, UNKNOWN]


async def test_a_refused_connection_is_certain_not_to_have_sent(mail_house: SmtpHouse) -> None:
    async with ScriptedRelay() as gone:
        port = gone.port
    carrier = mail_house.carrier(port)
    outcomes = await carrier.submit(letters(mail_house, 9))
    await carrier.close()
    assert {(one.verdict, one.code, one.stops_carrier) for one in outcomes} == {(AGAIN, "unreachable", False)}
    assert sorted(one.delivery_id for one in outcomes) == list(range(1, 10))


async def test_a_relay_that_says_nothing_is_certain_not_to_have_sent(mail_house: SmtpHouse) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        carrier = mail_house.carrier(server.sockets[0].getsockname()[1], timeout=0.3)
        [outcome] = await carrier.submit(letters(mail_house, 1))
        await carrier.close()
    assert (outcome.verdict, outcome.code) == (AGAIN, "unreachable")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "two words@example.com",
        "a@example.com\r\nRCPT TO:<b@example.com>",
        "a@b@example.com",
        "a@example.com, b@example.com",
        "<a@example.com>",
        "అ@example.com",
        "a@" + "b" * 260,
        "a@\u2028example.com",
    ],
)
async def test_what_is_no_address_is_refused_without_a_call(
    mail_house: SmtpHouse, relay: ScriptedRelay, carrier: Carrier, address: str
) -> None:
    [sample] = letters(mail_house, 1)
    [outcome] = await carrier.submit([Outbound(1, address, sample.message)])
    assert (outcome.verdict, outcome.reason) == (FINALLY, BAD_CONTACT)
    assert relay.sessions == 0


async def test_neither_logs_nor_values_show_keys_addresses_or_texts(
    mail_house: SmtpHouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "mail.log")  # the relay's own side, aiosmtpd
    shown: list[str] = []
    async with ScriptedRelay(login=True) as relay:
        carrier = mail_house.carrier(relay.port, timeout=0.2, username=USER, password=PASSWORD)
        batch = letters(mail_house, 2)
        shown += [
            repr(carrier),
            repr(batch),
            repr(mail_house.settings(relay.port)),
            repr(mail_house.receipt(1)),
        ]
        for stage, fault, *_ in ENDS.values():
            relay.faults = {stage: fault}
            shown.append(repr([*await carrier.submit(batch), *await carrier.reconcile(batch)]))
        await carrier.close()
    shown.append(repr(carrier.parse_receipt(mail_house.receipt(1))))
    everything = "\n".join([*shown, caplog.text])
    for secret in (*mail_house.secrets, mail_house.address(1), "Gachibowli", "personal-and-secret"):
        assert secret not in everything
