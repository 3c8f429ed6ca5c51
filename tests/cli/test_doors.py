"""`tellfirst doors`: what is entered at each carrier, and no secret unless it is asked for."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from tellfirst.bootstrap import World
from tellfirst.cli import doors as command
from tellfirst.settings import Settings
from tellfirst.store.migrate import migrate


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    here = World(Settings(home=tmp_path, public_url="https://x.example", config=tmp_path, simulate=True))
    migrate(here.engine)
    monkeypatch.setattr(command, "world", lambda: here)
    return here


def rows(capsys: pytest.CaptureFixture[str], **how: bool) -> dict[str, dict[str, str]]:
    command.doors(json=True, **how)
    return {one["door"]: one for one in json.loads(capsys.readouterr().out)}


def test_each_door_has_its_address_and_says_what_opens_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    found = rows(capsys)
    assert {name: one["address"] for name, one in found.items()} == {
        "sms": "https://x.example/contacts/twilio/sms",
        "voice": "https://x.example/contacts/twilio/call",
        "email": "https://x.example/contacts/sendgrid/mail",
        "fax": "",
        "web": "https://x.example/contact",
        "agent": "https://x.example/api/contacts",
    }
    assert found["agent"]["proof"].startswith("closed")
    assert found["email"]["proof"] == "SendGrid's signature"


def test_the_token_of_unsigned_mails_is_shown_when_it_is_asked_for(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = {"twilio_auth_token": SecretStr("t"), "sendgrid_api_key": SecretStr("SG.k")}
    names = {"twilio_account_sid": "AC1", "twilio_sender": "+15005550006", "sendgrid_sender": "us@x.example"}
    key = {"sendgrid_receipt_key": world.secrets.sendgrid_public_key, "simulate": False}
    real = World(world.settings.model_copy(update=names | key | secret))
    monkeypatch.setattr(command, "world", lambda: real)
    assert real.mail_door_token not in str(rows(capsys))
    assert rows(capsys, secrets=True)["email"]["address"].endswith(f"/mail/{real.mail_door_token}")
    real.engine.dispose()
