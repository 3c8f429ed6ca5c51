"""What the ledger relies on, for any carrier: see HOUSES in conftest.py."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from contract_terms import AGAIN, ENDS, TEXT, UNKNOWN, House, batch_of, end_of
from scripted_vendor import Handler, ScriptedVendor

from tellfirst.carriers.port import Carrier, Outbound, Outcome, ReceiptState, Verdict
from tellfirst.domain.errors import Refused
from tellfirst.domain.occasion import Channel

pytestmark = pytest.mark.anyio


def sent(house: House, vendor: ScriptedVendor) -> Counter[int]:
    """How often each delivery reached the vendor in a request."""
    return Counter(reference for one in vendor.seen for reference in house.references(one.body))


def unlike(one: Outbound) -> Outbound:
    """The message with a text no other one has."""
    return replace(one, message=replace(one.message, text=f"{TEXT} {one.delivery_id}", html=""))


async def test_every_message_of_a_batch_has_exactly_one_accepted_outcome(
    house: House, vendor: ScriptedVendor, carrier: Carrier
) -> None:
    batch = batch_of(house, 60)
    outcomes = await carrier.submit(batch)
    assert Counter(one.delivery_id for one in outcomes) == Counter(range(1, 61))
    assert {one.verdict for one in outcomes} == {Verdict.ACCEPTED}
    assert all(one.carrier_ref for one in outcomes)
    assert sent(house, vendor) == Counter(range(1, 61))


async def test_an_empty_batch_makes_no_call(vendor: ScriptedVendor, carrier: Carrier) -> None:
    assert await carrier.submit([]) == []
    assert await carrier.reconcile([]) == []
    assert vendor.seen == []


@pytest.mark.parametrize("end", ENDS)
async def test_a_call_ends_as_the_table_says_and_is_made_once(
    house: House,
    vendor: ScriptedVendor,
    carrier: Carrier,
    hasty_carrier: Carrier,
    end: str,
) -> None:
    vendor.fault = ENDS[end][1](vendor)
    asked = hasty_carrier if end == "no answer in time" else carrier
    [outcome] = await asked.submit(batch_of(house, 1))
    assert (outcome.delivery_id, outcome.verdict) == (1, end_of(house, end))
    assert outcome.code
    assert outcome.reason or outcome.verdict is Verdict.ACCEPTED
    assert sent(house, vendor) == Counter({1: 1})


async def test_the_wait_a_vendor_asks_for_is_passed_on(
    house: House, vendor: ScriptedVendor, carrier: Carrier
) -> None:
    vendor.fault = vendor.answer(429, Retry_After="17")
    [outcome] = await carrier.submit(batch_of(house, 1))
    assert outcome.retry_after == 17.0


@pytest.mark.parametrize("wait", ["nan", "-3", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "٣"])
async def test_a_wait_that_is_no_number_of_seconds_is_left_to_the_ledger(
    house: House, vendor: ScriptedVendor, carrier: Carrier, wait: str
) -> None:
    vendor.fault = vendor.answer(429, Retry_After=wait)
    [outcome] = await carrier.submit(batch_of(house, 1))
    assert (outcome.verdict, outcome.retry_after) == (AGAIN, None)


@pytest.mark.parametrize("status", [401, 403])
async def test_bad_credentials_stop_the_carrier_and_fail_nobody(
    house: House, vendor: ScriptedVendor, carrier: Carrier, status: int
) -> None:
    if end_of(house, str(status)) is not AGAIN:
        pytest.skip("no credentials of ours are at stake")
    vendor.fault = vendor.answer(status)
    outcomes = await carrier.submit(batch_of(house, 60))
    assert {(one.verdict, one.stops_carrier) for one in outcomes} == {(AGAIN, True)}
    assert sorted(one.delivery_id for one in outcomes) == list(range(1, 61))
    assert len(vendor.seen) <= carrier.capabilities.concurrency


async def test_calls_in_flight_never_exceed_the_capability(
    house: House, vendor: ScriptedVendor, carrier: Carrier
) -> None:
    batch = [unlike(one) for one in batch_of(house, 60)]
    vendor.fault = vendor.linger
    await asyncio.gather(carrier.submit(batch[:30]), carrier.submit(batch[30:]))
    assert vendor.most_at_once == carrier.capabilities.concurrency


async def test_a_personal_link_reaches_its_own_customer_only(
    house: House, vendor: ScriptedVendor, carrier: Carrier
) -> None:
    await carrier.submit(batch_of(house, 3))
    whole = b"".join(one.body for one in vendor.seen).decode()
    for number in (1, 2, 3):
        # Nobody can follow a link that is said.
        assert whole.count(f"personal-and-secret-{number}") == (carrier.channel is not Channel.VOICE)


async def test_a_call_without_permit_is_not_made(
    house: House, vendor: ScriptedVendor, carrier: Carrier
) -> None:
    asked: list[int] = []

    async def after_the_first(messages: Sequence[Outbound]) -> str:
        asked.extend(one.delivery_id for one in messages)
        return "" if len(asked) == len(messages) else "lease_ends"

    # Unlike texts, so that no carrier can put them into one request.
    batch = [unlike(one) for one in batch_of(house, 4)]
    outcomes = await carrier.submit(batch, after_the_first)
    ends = [(one.verdict, one.reason) for one in sorted(outcomes, key=lambda one: one.delivery_id)]
    assert sorted(asked) == [1, 2, 3, 4]
    assert ends.count((Verdict.WITHHELD, "lease_ends")) == 3
    assert len(vendor.seen) == 1


async def test_doubt_is_settled_only_by_a_carrier_that_can_look_up(
    house: House, vendor: ScriptedVendor, carrier: Carrier
) -> None:
    batch = [replace(one, intended_at=datetime.now(UTC)) for one in batch_of(house, 2)]
    await carrier.submit(batch[:1])
    taken, lost = await carrier.reconcile(batch)
    if carrier.capabilities.lookup:
        assert (taken.verdict, lost.verdict, lost.reason) == (Verdict.ACCEPTED, AGAIN, "absent_at_carrier")
    else:
        assert (taken.verdict, lost.verdict) == (UNKNOWN, UNKNOWN)


async def test_a_failed_look_up_leaves_the_doubt(
    house: House, vendor: ScriptedVendor, hasty_carrier: Carrier
) -> None:
    for verdict, fault in ENDS.values():
        vendor.fault = fault(vendor)
        assert [one.verdict for one in await hasty_carrier.reconcile(batch_of(house, 2))] == [UNKNOWN] * 2, (
            verdict
        )


async def test_neither_logs_nor_values_show_keys_addresses_or_texts(
    house: House, vendor: ScriptedVendor, hasty_carrier: Carrier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    batch = batch_of(house, 2)
    shown = [repr(hasty_carrier), repr(house.settings(vendor.url)), repr(batch)]
    handlers: list[Handler] = [house.accept, *(fault(vendor) for _, fault in ENDS.values())]
    for vendor.fault in handlers:
        outcomes: list[Outcome] = [*await hasty_carrier.submit(batch), *await hasty_carrier.reconcile(batch)]
        shown.append(repr(outcomes))
    if hasty_carrier.capabilities.receipts:
        shown += [repr(house.receipt(1)), repr(hasty_carrier.parse_receipt(house.receipt(1)))]
    everything = "\n".join([*shown, caplog.text])
    for secret in (
        *house.secrets,
        house.address(1),
        house.address(2),
        "Gachibowli",
        "personal-and-secret",
    ):
        assert secret not in everything


def test_a_genuine_receipt_names_delivery_and_state(reporting_house: House) -> None:
    [receipt] = reporting_house.carrier("http://127.0.0.1:9").parse_receipt(reporting_house.receipt(31))
    assert (receipt.carrier, receipt.delivery_id, receipt.state) == (
        reporting_house.name,
        31,
        ReceiptState.DELIVERED,
    )
    assert receipt.carrier_ref


def test_a_replayed_receipt_has_the_same_identity(reporting_house: House) -> None:
    carrier = reporting_house.carrier("http://127.0.0.1:9")
    replays = {carrier.parse_receipt(reporting_house.receipt(31))[0].event_id for _ in range(3)}
    others = {carrier.parse_receipt(reporting_house.receipt(32))[0].event_id}
    assert len(replays) == 1
    assert not replays & others


def test_a_forged_or_altered_receipt_is_refused(reporting_house: House) -> None:
    carrier, genuine = reporting_house.carrier("http://127.0.0.1:9"), reporting_house.receipt(31)
    [signature] = [name for name in genuine.headers if name.endswith("signature")]
    forgeries = {
        "changed": replace(genuine, body=genuine.body + b"&x=1"),
        "unsigned": replace(genuine, headers={}),
        "signed with nothing": replace(genuine, headers={**genuine.headers, signature: ""}),
        "signed with noise": replace(genuine, headers={**genuine.headers, signature: "ünsinn=="}),
        "not text": replace(genuine, body=b"\xff\xfe" + genuine.body),
        "a stranger's": reporting_house.strangers_receipt(31),
    }
    for kind, request in forgeries.items():
        with pytest.raises(Refused) as refused:
            carrier.parse_receipt(request)
        assert (refused.value.reason, refused.value.status) == ("bad_signature", 403), kind
