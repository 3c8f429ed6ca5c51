"""Each configured carrier reports at a door of its own name, and its own key opens it and no other."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import front
import hyderabad
import pytest
from front import PUBLIC, signed_form
from hyderabad import T0, rows
from pydantic import SecretStr
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.carriers.lineup import Configured
from tellfirst.carriers.port import Carrier
from tellfirst.settings import Settings
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.app import create_app

LINEUP = """\
channels:
  sms:
    - name: main
      kind: twilio_sms
      settings: {account_sid: AC1, auth_token: TELLFIRST_TWILIO_AUTH_TOKEN, sender: "+15005550006"}
    - name: spare
      kind: twilio_sms
      settings: {account_sid: AC2, auth_token: TELLFIRST_SPARE_TOKEN, sender: "+15005550006"}
"""
MAIN, SPARE = "the token of main", "the token of spare"


def story(connection: Connection) -> datetime:
    hyderabad.add_customer(connection, 1, "HYD0004")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


@pytest.fixture
def world(happened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copyfile(happened, home / "tellfirst.db")
    config = tmp_path / "config"
    shutil.copytree(Settings().config, config)
    (config / "channels.yaml").write_text(LINEUP, encoding="utf-8")
    monkeypatch.setenv("TELLFIRST_SPARE_TOKEN", SPARE)
    settings = front.settings(home).model_copy(
        update={"config": config, "twilio_auth_token": SecretStr(MAIN)}
    )
    here = World(settings)
    yield here
    here.engine.dispose()


@pytest.fixture
def doors(world: World) -> Iterator[front.TestClient]:
    with front.TestClient(create_app(world), base_url=PUBLIC) as client:
        yield client


def report(doors: front.TestClient, door: str, token: str) -> int:
    url = f"{PUBLIC}/receipts/{door}?delivery=1"
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+9140555000001"}
    return doors.post(url, **signed_form(url, form, token)).status_code


@pytest.mark.parametrize(("door", "token"), [("main", MAIN), ("spare", SPARE)])
def test_a_receipt_is_kept_under_the_name_of_its_carrier(
    world: World, doors: front.TestClient, door: str, token: str
) -> None:
    assert report(doors, door, token) == 204
    with reading(world.engine) as connection:
        assert rows(connection, t.receipt, "carrier") == [(door,)]


@pytest.mark.parametrize(
    ("door", "token", "status"), [("main", SPARE, 403), ("spare", MAIN, 403), ("other", MAIN, 404)]
)
def test_anothers_key_opens_no_door(
    world: World, doors: front.TestClient, door: str, token: str, status: int
) -> None:
    assert report(doors, door, token) == status
    with reading(world.engine) as connection:
        assert rows(connection, t.receipt, "carrier") == []


def test_the_door_of_before_leads_to_the_first_of_its_kind(world: World, doors: front.TestClient) -> None:
    assert report(doors, "twilio", MAIN) == 204
    with reading(world.engine) as connection:
        assert rows(connection, t.receipt, "carrier") == [("main",)]


def test_what_reads_receipts_is_made_before_the_first_comes(
    doors: front.TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To load a vendor's library takes long, and all who report meanwhile would wait for it."""

    def too_late(*_: object) -> Carrier:
        raise AssertionError("a carrier is made while its receipt waits")

    monkeypatch.setattr(Configured, "make", too_late)
    assert (report(doors, "main", MAIN), report(doors, "spare", SPARE)) == (204, 204)


def test_a_customers_text_comes_in_at_the_carrier_it_was_sent_to(doors: front.TestClient) -> None:
    url = f"{PUBLIC}/contacts/spare/sms"
    form = {"MessageSid": "SM9", "From": hyderabad.phone(1), "To": "+15005550006", "Body": "no signal"}
    assert doors.post(url, **signed_form(url, form, SPARE)).status_code == 200
    assert doors.post(url, **signed_form(url, form, MAIN)).status_code == 403
