"""Which of our messages Twilio has, when its answer was lost."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from scripted_vendor import ScriptedVendor
from twilio_house import TwilioHouse

from tellfirst.carriers.port import Outbound, Verdict
from tellfirst.carriers.twilio import TwilioSms
from tellfirst.carriers.twilio.api import History, Listed
from tellfirst.carriers.twilio.reconcile import settle

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
Make = Callable[..., Outbound]


def listed(sid: str, body: str = "Network fault near you.", after: float = 1.0) -> Listed:
    return Listed(sid, body, NOW + timedelta(seconds=after))


def test_a_message_is_found_by_its_text_after_the_moment_of_the_call(sms: Make) -> None:
    history = History([listed("SM2", "another notice"), listed("SM1")], is_whole=True)
    [outcome] = settle([sms(intended_at=NOW)], history)
    assert (outcome.verdict, outcome.carrier_ref) == (Verdict.ACCEPTED, "SM1")
    assert outcome.reason == "found_at_carrier"


@pytest.mark.parametrize("found", [[], [listed("SM1", "another notice")], [listed("SM1", after=-61)]])
def test_absence_is_proven_by_a_whole_list_without_it(sms: Make, found: list[Listed]) -> None:
    [outcome] = settle([sms(intended_at=NOW)], History(found, is_whole=True))
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED_AGAIN, "absent_at_carrier")


def test_twilios_clock_may_be_a_little_behind(sms: Make) -> None:
    [outcome] = settle([sms(intended_at=NOW)], History([listed("SM1", after=-30)], is_whole=True))
    assert outcome.verdict is Verdict.ACCEPTED


def test_the_personal_link_is_part_of_the_text(sms: Make) -> None:
    rows = [
        sms(1, "See %link%", link="L1", intended_at=NOW),
        sms(2, "See %link%", link="L2", intended_at=NOW),
    ]
    outcomes = {
        one.delivery_id: one for one in settle(rows, History([listed("SM1", "See L2")], is_whole=True))
    }
    assert outcomes[1].verdict is Verdict.REFUSED_AGAIN
    assert outcomes[2].carrier_ref == "SM1"


def test_one_listed_message_proves_one_of_two_equal_deliveries(sms: Make) -> None:
    outcomes = settle(
        [sms(1, intended_at=NOW), sms(2, intended_at=NOW)], History([listed("SM1")], is_whole=True)
    )
    assert sorted(one.verdict for one in outcomes) == [Verdict.ACCEPTED, Verdict.REFUSED_AGAIN]


def test_the_later_call_does_not_lose_its_only_proof_to_the_earlier_one(sms: Make) -> None:
    early, late = sms(1, intended_at=NOW - timedelta(hours=1)), sms(2, intended_at=NOW)
    history = History([listed("SM2", after=1), listed("SM1", after=-3599)], is_whole=True)
    found = {one.delivery_id: one.carrier_ref for one in settle([early, late], history)}
    assert found == {1: "SM1", 2: "SM2"}


def test_a_list_that_ends_before_the_moment_of_the_call_proves_no_absence(sms: Make) -> None:
    cut_off = History([listed("SM9", "another notice")], is_whole=False)
    [outcome] = settle([sms(intended_at=NOW)], cut_off)
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "list_too_long")
    reaching_back = History([listed("SM9", "another notice"), listed("SM8", after=-3600)], is_whole=False)
    [outcome] = settle([sms(intended_at=NOW)], reaching_back)
    assert outcome.verdict is Verdict.REFUSED_AGAIN


def test_a_redacted_message_of_that_time_leaves_the_doubt(sms: Make) -> None:
    [outcome] = settle([sms(intended_at=NOW)], History([listed("SM1", "")], is_whole=True))
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "redacted")


def test_without_the_moment_of_the_call_nothing_is_proven(sms: Make) -> None:
    [outcome] = settle([sms()], History([listed("SM1")], is_whole=True))
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "no_intent_time")


@pytest.fixture
async def carrier(twilio: TwilioHouse, twilio_vendor: ScriptedVendor) -> AsyncIterator[TwilioSms]:
    carrier = twilio.carrier(twilio_vendor.url, timeout=0.5)
    yield carrier
    await carrier.close()


@pytest.mark.anyio
async def test_a_text_whose_answer_was_lost_is_found_again(
    twilio: TwilioHouse, carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    async def take_and_fall_silent(request: web.Request) -> web.StreamResponse:
        await twilio.accept(request)
        return await twilio_vendor.reset(request)

    outbound = sms(intended_at=datetime.now(UTC))
    twilio_vendor.fault = take_and_fall_silent
    [lost] = await carrier.submit([outbound])
    twilio_vendor.fault = None
    [found] = await carrier.reconcile([outbound])
    assert lost.verdict is Verdict.UNKNOWN
    assert (found.verdict, found.carrier_ref) == (Verdict.ACCEPTED, twilio.messages[0]["sid"])


@pytest.mark.anyio
async def test_the_list_is_asked_by_number_and_not_by_a_date_that_queued_texts_lack(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    await carrier.reconcile([sms(7, intended_at=NOW), sms(7, "another", intended_at=NOW)])
    [seen] = twilio_vendor.seen
    assert seen.method == "GET"
    assert seen.path.endswith("/Messages.json?To=%2B919876500007&PageSize=100")


@pytest.mark.anyio
async def test_a_list_that_goes_on_is_known_not_to_be_whole(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    young = {"sid": "SM9", "body": "another notice", "date_created": "Sun, 22 Nov 2026 09:30:05 +0000"}
    page = {"messages": [young], "next_page_uri": "/2010-04-01/Accounts/AC1/Messages.json?Page=1"}
    twilio_vendor.fault = twilio_vendor.answer(200, page)
    [outcome] = await carrier.reconcile([sms(intended_at=NOW)])
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "list_too_long")
    assert len(twilio_vendor.seen) == 1
