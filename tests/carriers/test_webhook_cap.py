"""Alerts keep the Common Alerting Protocol 1.2: its order, its words, its rules and its schema."""

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from webhook_house import FACTS, SENDER, at, facts_text

from tellfirst.carriers.webhook.cap import NAMESPACE, Alert, MessageType, cap_time
from tellfirst.carriers.webhook.renderings import cap_of
from tellfirst.carriers.webhook.told import Told
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.message import Message

SAMPLES = (
    Path(os.environ.get("TELLFIRST_SHARED") or Path(__file__).resolve().parents[3] / "shared" / "data")
    / "cap"
)
ORDER = {
    "alert": "identifier sender sent status msgType source scope restriction addresses code note references incidents"
    " info",
    "info": "language category event responseType urgency severity certainty audience eventCode effective onset"
    " expires senderName headline description instruction web contact parameter resource area",
    "parameter": "valueName value",
    "area": "areaDesc",
}
"""CAP 1.2, 3.2: what stands in what, in this order."""
REQUIRED = {
    "alert": {"identifier", "sender", "sent", "status", "msgType", "scope"},
    "info": {"category", "event", "urgency", "severity", "certainty"},
    "parameter": {"valueName", "value"},
    "area": {"areaDesc"},
}
EARLIER = [{"sequence": 1, "stated_at": at(8, 20).isoformat()}]


def cap(facts: FactRecord = FACTS, message: Message | None = None, **own: object) -> str:
    told = Told.of(json.loads(facts_text(facts, **own)))
    return cap_of(told, message or Message("No service in Gachibowli.", "No service"), SENDER)


def read(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.encode())


def value(root: ElementTree.Element, name: str) -> str | None:
    return root.findtext(f".//{{{NAMESPACE}}}{name}")


@cache
def schema():
    xsd = SAMPLES / "cap12.xsd"
    if not xsd.exists():
        pytest.skip("the schema of CAP 1.2 is not beside this checkout (../shared/data/cap)")
    xmlschema = pytest.importorskip("xmlschema")
    return xmlschema.XMLSchema(str(xsd))


EVERY_KIND = {
    "a first word": cap(occasion="first_word"),
    "an update": cap(earlier=EARLIER),
    "an update alone": cap(),
    "an overrun": cap(occasion="overrun", earlier=EARLIER),
    "an all-clear": cap(replace(FACTS, ended_at=at(11)), occasion="restored", earlier=EARLIER),
    "wrongly told": cap(occasion="correction", impact="ok", earlier=EARLIER),
    "a correction": cap(occasion="correction", impact="degraded", earlier=EARLIER),
    "no estimate": cap(replace(FACTS, estimate_at=None, next_update_at=None)),
    "in Telugu": cap(message=Message("సేవ లేదు <&>\x00\x0b", "సేవ లేదు"), locale="te"),
    "in Urdu": cap(message=Message("سروس بند ہے", ""), locale="ur", services=["mobile", "broadband"]),
    "planned": cap(replace(FACTS, started_at=at(20), estimate_at=at(22)), occasion="first_word"),
}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_elements_stand_in_the_order_of_the_standard_and_none_is_missing_or_empty(kind: str) -> None:
    for parent in read(EVERY_KIND[kind]).iter():
        name = parent.tag.rpartition("}")[2]
        if name not in ORDER:
            assert parent.text, name
            continue
        children = [child.tag.rpartition("}")[2] for child in parent]
        order = ORDER[name].split()
        assert children == sorted(children, key=order.index)
        assert REQUIRED[name] <= set(children)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_schema_of_the_standard_accepts_it(kind: str) -> None:
    schema().validate(EVERY_KIND[kind])


def test_the_schema_tells_right_from_wrong() -> None:
    assert schema().is_valid((SAMPLES / "canada.cap").read_text().partition("?>")[2])
    assert not schema().is_valid(EVERY_KIND["an update"].replace("-00:00", "Z"))
    assert not schema().is_valid(EVERY_KIND["an update"].replace("Immediate", "Now"))


def test_an_update_references_what_it_replaces_and_says_what_is_known() -> None:
    root = read(EVERY_KIND["an update"])
    said = {
        name: value(root, name) for name in ("identifier", "sender", "sent", "msgType", "scope", "references")
    }
    assert said == {
        "identifier": "INC-2026-0007.2",
        "sender": SENDER,
        "sent": "2026-11-25T09:15:00-00:00",
        "msgType": "Update",
        "scope": "Restricted",
        "references": f"{SENDER},INC-2026-0007.1,2026-11-25T08:20:00-00:00",
    }
    info = {
        name: value(root, name) for name in ("event", "urgency", "severity", "certainty", "onset", "expires")
    }
    assert info == {
        "event": "mobile service outage",
        "urgency": "Immediate",
        "severity": "Severe",
        "certainty": "Observed",
        "onset": "2026-11-25T08:00:00-00:00",
        "expires": "2026-11-25T10:15:00-00:00",
    }
    assert value(root, "headline") == "No service"
    assert value(root, "areaDesc") == "Gachibowli"
    assert value(root, "incidents") == "INC-2026-0007"


@pytest.mark.parametrize(
    ("kind", "message_type", "response", "urgency", "severity", "certainty"),
    [
        ("a first word", "Alert", None, "Immediate", "Severe", "Observed"),
        ("an update alone", "Alert", None, "Immediate", "Severe", "Observed"),
        ("an overrun", "Update", None, "Immediate", "Severe", "Observed"),
        ("an all-clear", "Update", "AllClear", "Past", "Severe", "Observed"),
        ("wrongly told", "Cancel", "AllClear", "Past", "Unknown", "Observed"),
        ("a correction", "Update", None, "Immediate", "Moderate", "Observed"),
        ("planned", "Alert", None, "Expected", "Severe", "Likely"),
    ],
)
def test_an_occasion_is_said_in_the_words_of_the_standard(
    kind: str, message_type: str, response: str | None, urgency: str, severity: str, certainty: str
) -> None:
    root = read(EVERY_KIND[kind])
    names = ("msgType", "responseType", "urgency", "severity", "certainty")
    assert tuple(value(root, name) for name in names) == (
        message_type,
        response,
        urgency,
        severity,
        certainty,
    )


def test_an_all_clear_does_not_expire() -> None:
    assert value(read(EVERY_KIND["an all-clear"]), "expires") is None


def test_letters_xml_cannot_hold_are_left_out_and_all_others_kept() -> None:
    assert value(read(EVERY_KIND["in Telugu"]), "description") == "సేవ లేదు <&>"


def test_at_risk_is_possible_and_minor() -> None:
    root = read(cap(impact="at_risk"))
    assert (value(root, "certainty"), value(root, "severity")) == ("Possible", "Minor")


def test_an_alert_the_standard_forbids_cannot_be_made() -> None:
    right = {
        "identifier": "a.1",
        "sender": SENDER,
        "sender_name": "Deccan Mobile",
        "sent": at(9),
        "kind": MessageType.ALERT,
        "restriction": "r",
        "incident": "a",
        "urgency": "Past",
        "severity": "Minor",
        "certainty": "Likely",
        "words": ("one",),
    }
    for wrong in (
        {"identifier": "a b"},
        {"sender": "a,b"},
        {"sender": ""},
        {"kind": MessageType.UPDATE},
        {"references": (("a.0", at(8)),)},
        {"words": ()},
    ):
        with pytest.raises(ValueError, match="CAP"):
            Alert(**right | wrong)


def test_times_have_whole_seconds_and_a_numeric_offset() -> None:
    assert cap_time(at(9).replace(microsecond=999_999)) == "2026-11-25T09:00:00-00:00"
