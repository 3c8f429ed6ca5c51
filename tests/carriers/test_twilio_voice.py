"""How one call is asked of Twilio: what is said, by which voice, and what is never said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl
from xml.etree import ElementTree

import pytest
from kukatpally import FACTS
from scripted_vendor import ScriptedVendor
from twilio_house import ACCOUNT, CLIPS, PUBLIC, SENDER, TwilioVoiceHouse, ends_when_refused

from tellfirst.carriers.port import Outbound, Outcome, Verdict
from tellfirst.carriers.twilio import SpokenBy
from tellfirst.carriers.twilio.speech import LONGEST_TWIML, read_aloud
from tellfirst.domain.message import Message, Reader
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.reading import Reading

pytestmark = pytest.mark.anyio

URDU = Reading.of(Occasion.FIRST_WORD, False, FACTS, Reader("ur", "Asia/Kolkata", "down"))


def call(
    number: int = 7, text: str = "No service & no news.", locale: str = "en", facts: str = ""
) -> Outbound:
    message = Message(text, locale=locale, occasion="first_word", facts=facts)
    return Outbound(number, f"+9198765{number:05d}", message)


@pytest.fixture
def house() -> TwilioVoiceHouse:
    return TwilioVoiceHouse()


async def submitted(
    house: TwilioVoiceHouse, *batch: Outbound, **voice: object
) -> tuple[list[Outcome], list[dict[str, str]]]:
    """The outcomes, and the fields of the requests that were made."""
    async with ScriptedVendor(house.accept) as vendor:
        carrier = house.carrier(vendor.url, **voice)
        outcomes = await carrier.submit(batch)
        await carrier.close()
        assert {seen.path for seen in vendor.seen} <= {f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"}
    return outcomes, [dict(parse_qsl(seen.body.decode())) for seen in vendor.seen]


async def test_a_call_goes_out_with_exactly_these_fields(house: TwilioVoiceHouse) -> None:
    async with ScriptedVendor(house.accept) as vendor:
        carrier = house.carrier(vendor.url)
        [outcome] = await carrier.submit([call()])
        await carrier.close()
    assert (outcome.verdict, outcome.carrier_ref) == (Verdict.ACCEPTED, house.messages[0]["sid"])
    said = '<Say language="en-IN" voice="Google.en-IN-Standard-A">No service &amp; no news.</Say>'
    assert parse_qs(vendor.seen[0].body.decode()) == {
        "To": ["+919876500007"],
        "From": [SENDER],
        "Twiml": [
            f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}<Pause length="1" />{said}</Response>'
        ],
        "Timeout": ["30"],
        "StatusCallback": [f"{PUBLIC}/receipts/twilio_voice?delivery=7"],
        "StatusCallbackEvent": ["answered", "completed"],
    }


async def test_how_long_it_rings_and_whether_a_machine_is_waited_for_are_settings(
    house: TwilioVoiceHouse,
) -> None:
    _, [form] = await submitted(house, call(), ring_seconds=45, machine_detection="DetectMessageEnd")
    assert (form["Timeout"], form["MachineDetection"]) == ("45", "DetectMessageEnd")


@pytest.mark.parametrize(
    ("locale", "language", "voice"),
    [
        ("en", "en-IN", "Google.en-IN-Standard-A"),
        ("te", "te-IN", "Google.te-IN-Standard-A"),
        ("ms", "ms-MY", "Google.ms-MY-Standard-A"),
    ],
)
async def test_each_language_is_read_by_a_voice_of_its_own(
    house: TwilioVoiceHouse, locale: str, language: str, voice: str
) -> None:
    _, [form] = await submitted(house, call(locale=locale))
    says = ElementTree.fromstring(form["Twiml"]).findall("Say")
    assert [dict(say.attrib) for say in says] == [{"language": language, "voice": voice}] * 2


async def test_a_house_may_choose_other_voices(house: TwilioVoiceHouse) -> None:
    chosen = {"en": SpokenBy("en-GB", "Polly.Amy")}
    _, forms = await submitted(house, call(1), call(2, locale="te"), voices=chosen)
    twimls = [form["Twiml"] for form in forms]
    assert sum('language="en-GB" voice="Polly.Amy"' in twiml for twiml in twimls) == 1
    assert sum('language="te-IN"' in twiml for twiml in twimls) == 1


@pytest.mark.parametrize("locale", ["ur", "", "xx"])
async def test_a_language_without_a_voice_is_never_read_by_another(
    house: TwilioVoiceHouse, locale: str
) -> None:
    [outcome], forms = await submitted(house, call(locale=locale, facts=URDU.to_text()))
    assert (outcome.delivery_id, outcome.verdict) == (7, Verdict.REFUSED_FINALLY)
    assert outcome.reason == "no_voice_for_language"
    assert not outcome.stops_carrier
    assert forms == []


async def test_urdu_is_read_by_a_hindi_voice_only_where_a_company_says_so(house: TwilioVoiceHouse) -> None:
    chosen = {"ur": SpokenBy("hi-IN", "Google.hi-IN-Standard-A")}
    _, [form] = await submitted(house, call(locale="ur"), voices=chosen)
    assert '<Say language="hi-IN" voice="Google.hi-IN-Standard-A">' in form["Twiml"]


async def test_a_language_without_a_voice_is_played_from_clips(house: TwilioVoiceHouse) -> None:
    _, [form] = await submitted(house, call(locale="ur", facts=URDU.to_text()), clips_url=CLIPS)
    verbs = [(verb.tag, verb.text) for verb in ElementTree.fromstring(form["Twiml"])]
    once = [("Play", f"{CLIPS}/ur/{name}.mp3") for name in ("first_word", "service_mobile", "impact_down")]
    assert verbs[:3] == once
    middle = verbs.index(("Pause", None))
    assert verbs[:middle] == verbs[middle + 1 :]
    assert {tag for tag, _ in verbs} == {"Play", "Pause"}


async def test_clips_need_the_facts_they_speak_of(house: TwilioVoiceHouse) -> None:
    [outcome], forms = await submitted(house, call(locale="ur"), clips_url=CLIPS)
    assert (outcome.reason, forms) == ("no_voice_for_language", [])


async def test_a_text_too_long_for_one_call_is_refused_without_one(house: TwilioVoiceHouse) -> None:
    outcomes, forms = await submitted(house, call(1, "a " * 2_000), call(2))
    ends = {one.delivery_id: (one.verdict, one.reason, one.code) for one in outcomes}
    assert ends[1] == (Verdict.REFUSED_FINALLY, "refused_by_carrier", "too_long")
    assert ends[2][0] is Verdict.ACCEPTED
    assert len(forms) == 1


async def test_what_is_refused_without_a_call_asks_no_permit(house: TwilioVoiceHouse) -> None:
    asked: list[int] = []

    async def permit(messages: Sequence[Outbound]) -> str:
        asked.extend(one.delivery_id for one in messages)
        return ""

    async with ScriptedVendor(house.accept) as vendor:
        carrier = house.carrier(vendor.url)
        await carrier.submit([call(1, locale="ur"), call(2), call(3, "a " * 2_000)], permit)
        await carrier.close()
    assert asked == [2]


def test_a_long_text_is_read_once_where_twice_is_too_long() -> None:
    by = SpokenBy("en-IN", "Google.en-IN-Standard-A")
    for length, times in ((1_900, 2), (1_901, 1), (3_880, 1)):
        twiml = read_aloud("a" * length, by)
        assert len(twiml) <= LONGEST_TWIML
        assert twiml.count("<Say") == times


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        (21211, (Verdict.REFUSED_FINALLY, "contact_point_refused", False)),
        (21216, (Verdict.REFUSED_FINALLY, "contact_point_refused", False)),
        (13224, (Verdict.REFUSED_FINALLY, "contact_point_refused", False)),
        (21215, (Verdict.REFUSED_AGAIN, "refused_by_carrier", False)),
        (13227, (Verdict.REFUSED_AGAIN, "refused_by_carrier", False)),
        (10004, (Verdict.REFUSED_AGAIN, "throttled", False)),
        (22005, (Verdict.REFUSED_AGAIN, "throttled", False)),
        (21210, (Verdict.REFUSED_AGAIN, "refused_by_carrier", True)),
    ],
)
async def test_the_codes_of_calls_mean_what_twilio_says(
    house: TwilioVoiceHouse, code: int, ends: tuple[Verdict, str, bool]
) -> None:
    assert await ends_when_refused(house, call(), code) == ends


async def test_the_list_is_asked_for_our_calls_to_the_number_whenever_they_begin(
    house: TwilioVoiceHouse,
) -> None:
    async with ScriptedVendor(house.accept) as vendor:
        carrier = house.carrier(vendor.url)
        lost = replace(call(), intended_at=datetime.now(UTC))
        await carrier.reconcile([lost, replace(lost, delivery_id=8)])
        await carrier.close()
    [seen] = vendor.seen
    assert seen.path.endswith("/Calls.json?To=%2B919876500007&From=%2B15005550006&PageSize=100")
