"""Fixtures of the carriers' tests."""

from collections.abc import AsyncIterator, Callable

import pytest
from contract_terms import House
from fax_house import FaxHouse
from scripted_vendor import ScriptedVendor
from sendgrid_house import SendGridHouse
from smtp_house import SmtpHouse
from twilio_house import TwilioHouse, TwilioVoiceHouse, TwilioWhatsAppHouse
from webhook_house import WebhookHouse

from tellfirst.carriers.port import Carrier, Outbound
from tellfirst.domain.message import Message

HOUSES: list[type[House]] = [TwilioHouse, TwilioVoiceHouse, TwilioWhatsAppHouse, SendGridHouse, WebhookHouse]
"""Who must keep the contract; a new carrier or fake joins by a house of its own here."""
MAIL_HOUSES: list[type[SmtpHouse]] = [SmtpHouse, FaxHouse]
"""Who must keep the same sentences over SMTP: test_mail_contract.py."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=HOUSES, ids=lambda house: house.name)
def house(request: pytest.FixtureRequest) -> House:
    made: House = request.param()
    return made


@pytest.fixture(params=[*HOUSES, *MAIL_HOUSES], ids=lambda house: house.name)
def reporting_house(request: pytest.FixtureRequest) -> House:
    """Whoever's carrier brings receipts."""
    made: House = request.param()
    if not made.carrier("http://127.0.0.1:9").capabilities.receipts:
        pytest.skip("this carrier brings no receipts")
    return made


@pytest.fixture(params=MAIL_HOUSES, ids=lambda house: house.name)
def mail_house(request: pytest.FixtureRequest) -> SmtpHouse:
    made: SmtpHouse = request.param()
    return made


@pytest.fixture
async def vendor(house: House) -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor(house.accept) as vendor:
        yield vendor


@pytest.fixture
async def carrier(house: House, vendor: ScriptedVendor) -> AsyncIterator[Carrier]:
    """Patient: on a busy machine an answer may take its time, and must not be taken for a lost one."""
    carrier = house.carrier(vendor.url, timeout=60)
    yield carrier
    await carrier.close()


@pytest.fixture
async def hasty_carrier(house: House, vendor: ScriptedVendor) -> AsyncIterator[Carrier]:
    """For vendors that never answer."""
    carrier = house.carrier(vendor.url, timeout=1.5)
    yield carrier
    await carrier.close()


@pytest.fixture
def twilio() -> TwilioHouse:
    return TwilioHouse()


@pytest.fixture
async def twilio_vendor(twilio: TwilioHouse) -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor(twilio.accept) as vendor:
        yield vendor


@pytest.fixture
def sendgrid() -> SendGridHouse:
    return SendGridHouse()


@pytest.fixture
async def sendgrid_vendor(sendgrid: SendGridHouse) -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor(sendgrid.accept) as vendor:
        yield vendor


@pytest.fixture
def sms() -> Callable[..., Outbound]:
    """A text for delivery `number`."""

    def make(number: int = 7, text: str = "Network fault near you.", **fields: object) -> Outbound:
        return Outbound(number, f"+9198765{number:05d}", Message(text), **fields)  # type: ignore[arg-type]  # any field

    return make
