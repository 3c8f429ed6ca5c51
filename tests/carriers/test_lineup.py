"""config/channels.yaml: which carriers each channel has; every mistake with its line and its cure."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tellfirst.bootstrap import World
from tellfirst.carriers.fleet import Fleet
from tellfirst.carriers.kinds import Ground
from tellfirst.carriers.lineup import load_lineup
from tellfirst.carriers.port import Outbound, Verdict
from tellfirst.checking import find_mistakes
from tellfirst.domain.errors import NotFound, Refused, SetupError
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel
from tellfirst.settings import PROJECT, Settings

TOKEN = "TELLFIRST_TWILIO_AUTH_TOKEN"
TWO = """\
channels:
  sms:
    - name: main
      kind: twilio_sms
      share: 80
      segments_per_second: 100
      settings:
        account_sid: AC1
        auth_token: TELLFIRST_TWILIO_AUTH_TOKEN
        sender: "+15005550006"
    - name: spare
      kind: twilio_sms
      share: 20
      look_up: false
      settings:
        account_sid: AC2
        auth_token: TELLFIRST_SPARE_TOKEN
        messaging_service_sid: MG2
        timeout: 5
"""


def write(folder: Path, text: str) -> Path:
    (folder / "channels.yaml").write_text(text, encoding="utf-8")
    return folder


def ground(**variables: str) -> Ground:
    return Ground(lambda name: variables.get(name, ""), "https://notices.example", "Asha Telecom")


GROUND = ground(TELLFIRST_TWILIO_AUTH_TOKEN="first secret", TELLFIRST_SPARE_TOKEN="second secret")


def test_two_carriers_of_one_channel_each_with_its_own_account(tmp_path: Path) -> None:
    lineup = load_lineup(write(tmp_path, TWO))
    assert [(one.name, one.share, one.segments_per_second) for one in lineup[Channel.SMS]] == [
        ("main", 80, 100.0),
        ("spare", 20, None),
    ]
    fleet = Fleet(lineup, GROUND)
    main, spare = fleet.make("main"), fleet.make("spare")
    assert (main.name, spare.name) == ("main", "spare")
    settings: Any = main._settings  # type: ignore[attr-defined]
    assert (settings.auth_token, settings.public_url) == ("first secret", "https://notices.example")
    assert settings.receipt_url(main.name, 7) == "https://notices.example/receipts/main?delivery=7"


async def _asked(fleet: Fleet) -> Verdict:
    [outcome] = await fleet.make("spare").reconcile([Outbound(7, "+914055500001", Message("a text"))])
    return outcome.verdict


def test_a_carrier_without_look_up_is_not_asked(tmp_path: Path) -> None:
    fleet = Fleet(load_lineup(write(tmp_path, TWO)), GROUND)
    assert not fleet.make("spare").capabilities.lookup
    assert fleet.make("main").capabilities.lookup
    assert asyncio.run(_asked(fleet)) is Verdict.UNKNOWN


def test_the_first_carries_all_where_no_share_is_given(tmp_path: Path) -> None:
    text = TWO.replace("      share: 80\n", "").replace("      share: 20\n", "")
    assert [one.share for one in load_lineup(write(tmp_path, text))[Channel.SMS]] == [100, 0]


FIRST_KIND = "kind: twilio_sms\n      share: 80"
SLIPS = {
    "a typing error in a setting": ("timeout: 5", "timeot: 5", 19, "unknown key", "`timeout`?"),
    "a setting that is missing": ("        account_sid: AC1\n", "", 7, "`account_sid` is missing", "add it"),
    "a typing error in a key": ("segments_per", "segment_per", 6, "unknown key", "`segments_per_second`?"),
    "an unknown kind": (FIRST_KIND, FIRST_KIND.replace("lio", "lo"), 4, "unknown kind", "`twilio_sms`?"),
    "another channels kind": (FIRST_KIND, FIRST_KIND.replace("twilio_sms", "sendgrid"), 4, "channel sms", "twilio_sms"),
    "an unknown channel": ("  sms:", "  smss:", 2, "`channels.smss", "correct the value"),
    "a channel that reaches nobody": ("  sms:", "  none:", 2, "reaches nobody", "correct the value"),
    "a name twice": ("name: spare", "name: main", 11, "two carriers are named `main`", "name of its own"),
    "shares that do not add up": ("share: 20", "share: 30", 2, "do not add up to 100", "make 100"),
    "a rate of nothing": ("second: 100", "second: 0", 6, "greater than 0", "correct the value"),
    "a doubled key": ("      share: 80\n", "      share: 80\n      share: 7\n", 6, "duplicate key", "the YAML"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_every_mistake_is_named_with_its_line_and_its_cure(
    tmp_path: Path, slip: tuple[str, str, int, str, str]
) -> None:
    old, new, line, problem, cure = slip
    assert old in TWO
    with pytest.raises(SetupError) as refused:
        load_lineup(write(tmp_path, TWO.replace(old, new, 1)))
    first = refused.value.mistakes[0]
    assert (first.line, problem in first.problem, cure in first.cure) == (line, True, True), first


def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as refused:
        load_lineup(write(tmp_path, TWO.replace("TELLFIRST_SPARE_TOKEN", "b1946ac92492d2347c6235b4d2611184")))
    [mistake] = refused.value.mistakes
    assert mistake.line == 17
    assert "name of the variable" in mistake.problem
    assert "b1946" not in str(refused.value)


def test_a_channel_without_a_carrier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="sms has no carrier"):
        load_lineup(write(tmp_path, "channels:\n  sms: []\n"))


def test_no_file_and_an_empty_one_name_no_carrier(tmp_path: Path) -> None:
    assert load_lineup(tmp_path) == {}
    assert load_lineup(write(tmp_path, "channels: {}\n")) == {}


def test_check_says_which_variable_is_not_set_and_what_cannot_go_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLFIRST_TWILIO_AUTH_TOKEN", "first secret")
    monkeypatch.delenv("TELLFIRST_SPARE_TOKEN", raising=False)
    for name in (
        "playbooks",
        "sources.yaml",
        "contacts",
        "calendars.yaml",
        "roles.yaml",
        "packs",
        "packs.yaml",
    ):
        (tmp_path / name).symlink_to(PROJECT / "config" / name)
    write(tmp_path, TWO.replace('        sender: "+15005550006"\n', ""))
    found = find_mistakes(Settings(config=tmp_path))
    assert [(one.line, one.problem) for one in found] == [
        (3, "`main`: Twilio needs a sender or a messaging service SID to send texts"),
        (
            10,
            "`spare`: TELLFIRST_SPARE_TOKEN is not set; "
            "it must hold the secret that config/channels.yaml expects there",
        ),
    ]
    assert find_mistakes(Settings(config=tmp_path, simulate=True)) == ()


def test_a_world_with_a_file_uses_its_carriers_and_a_demo_the_simulated_ones(tmp_path: Path) -> None:
    world = World(Settings(config=write(tmp_path, TWO), home=tmp_path / "home"))
    assert not world.simulated
    assert world.fleet.names == ("main", "spare")
    demo = World(Settings(config=tmp_path, home=tmp_path / "home", simulate=True))
    assert demo.fleet.names == ("twilio", "sendgrid")


def test_a_channel_or_a_name_that_is_not_there_is_said(tmp_path: Path) -> None:
    fleet = Fleet(load_lineup(write(tmp_path, TWO)), GROUND)
    with pytest.raises(SetupError, match="no carrier is configured for the channel email"):
        fleet.of(Channel.EMAIL)
    with pytest.raises(NotFound, match="there are main, spare"):
        fleet.make("twilio")
    with pytest.raises(Refused):
        fleet.listener("sendgrid")


def test_an_old_door_leads_to_the_first_carrier_of_its_kind(tmp_path: Path) -> None:
    fleet = Fleet(load_lineup(write(tmp_path, TWO)), GROUND)
    assert fleet.listener("twilio").name == "main"
