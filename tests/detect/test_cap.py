"""The Common Alerting Protocol 1.2: what opens, what ends, what means nothing, and what is refused."""

import os
from datetime import UTC, datetime
from pathlib import Path

import hyderabad
import pytest
from hyderabad import FIRST, MINUTE, T0, causes, incident, rows
from sqlalchemy import Connection, Engine

from tellfirst.carriers.webhook.cap import Alert, Certainty, MessageType, Severity, Urgency, Words, alert_xml
from tellfirst.detect.cap import read_cap
from tellfirst.detect.correlation import Taken, take_signals
from tellfirst.detect.hearing import by_area, hear
from tellfirst.detect.sources import AlertMeaning, ImpactRule, NamedSource, Sources
from tellfirst.domain.errors import Refused
from tellfirst.domain.impact import Impact
from tellfirst.domain.place import AreaCodes, Polygons, Radius
from tellfirst.domain.signal import SignalState
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "data"
SAMPLES = Path(os.environ.get("TELLFIRST_SHARED", BESIDE)) / "cap"
genuine = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the optional folder with CAP alerts is not there (TELLFIRST_SHARED)"
)
FLOOD = AlertMeaning(
    cause="flood:{sender}",
    drawn=True,
    impact="at_risk",
    impact_by=(
        ImpactRule(when={"severity": ("Extreme", "Severe"), "certainty": ("Observed",)}, impact="down"),
    ),
)
SOURCES = Sources(sources={"weather": NamedSource(kind="cap", alerts={"flood": FLOOD})})
RING = "17.49,78.35 17.49,78.37 17.51,78.37 17.51,78.35 17.49,78.35"


def cap(
    identifier: str = "one",
    kind: str = "Alert",
    references: str = "",
    status: str = "Actual",
    sent: str = "2026-11-22T09:09:00+05:30",
    info: str = "",
    area: str = f"<areaDesc>Miyapur</areaDesc><polygon>{RING}</polygon>",
    severity: str = "Severe",
) -> bytes:
    block = info or (
        "<info><category>Met</category><event>flood</event><urgency>Immediate</urgency>"
        f"<severity>{severity}</severity><certainty>Observed</certainty><area>{area}</area></info>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{identifier}</identifier><sender>met@example.in</sender><sent>{sent}</sent>"
        f"<status>{status}</status><msgType>{kind}</msgType><scope>Public</scope>"
        f"{f'<references>{references}</references>' if references else ''}{block}</alert>"
    ).encode()


ONE = "met@example.in,one,2026-11-22T09:09:00+05:30"


def take(connection: Connection, body: bytes, now: datetime = T0) -> Taken:
    heard = hear("weather", SOURCES, body, now)
    signals = [*by_area(connection, "weather", SOURCES, heard.signals)]
    return take_signals(connection, signals, SOURCES, hyderabad.BOOKS, now)


@genuine
def test_a_genuine_update_that_says_all_clear_ends_the_alerts_it_references() -> None:
    signals = read_cap((SAMPLES / "canada.cap").read_bytes(), "c")
    assert [(one.state, one.labels["identifier"]) for one in signals] == [
        (SignalState.RESOLVED, "2.49.0.1.124.a3f342a4.2012"),
        (SignalState.RESOLVED, "2.49.0.1.124.60f31a3a.2012"),
    ]


@genuine
@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("invalid.cap", "scope is missing"),
        ("weather.cap", "no alert of CAP 1.2"),
        ("earthquake.cap", "no alert of CAP 1.2"),
        ("no_optional_fields.cap", "no alert of CAP 1.2"),
    ],
)
def test_a_genuine_alert_that_is_invalid_or_of_another_version_is_refused(name: str, complaint: str) -> None:
    with pytest.raises(Refused, match=complaint):
        read_cap((SAMPLES / name).read_bytes(), "c")


def test_what_we_send_ourselves_is_read() -> None:
    words = Words("en", "flood", "Miyapur")
    sent = alert_xml(
        Alert(
            "x1",
            "ops@example.in",
            "Ops",
            T0,
            MessageType.ALERT,
            "customers",
            "INC-1",
            Urgency.IMMEDIATE,
            Severity.SEVERE,
            Certainty.OBSERVED,
            (words, Words("te", "వరద", "మియాపూర్")),
        )
    )
    [signal] = read_cap(sent.encode(), "c")
    assert (signal.labels["area"], signal.labels["alertname"], signal.starts_at) == ("Miyapur", "flood", T0)


def test_an_alert_opens_an_incident_with_the_area_it_draws(small_city: Engine) -> None:
    with writing(small_city) as connection:
        assert take(connection, cap()).opened == (FIRST,)
        it = incident(connection)
        assert (it.place, it.started_at) == ("Miyapur", datetime(2026, 11, 22, 3, 39, tzinfo=UTC))
        assert rows(connection, t.incident_area, "name", "shape") == [("Miyapur", "polygon")]
        assert rows(connection, t.incident_element, "impact") == [(Impact.DOWN,)]
        [(area,)] = rows(connection, t.incident_area, "element_id")
        assert set(causes(connection)) == {area}
        assert take(connection, cap(), T0 + MINUTE).judgements == {"repeated": 1}


def test_the_impact_follows_urgency_severity_and_certainty(small_city: Engine) -> None:
    with writing(small_city) as connection:
        take(connection, cap(severity="Minor"))
        assert rows(connection, t.incident_element, "impact") == [(Impact.AT_RISK,)]


def test_a_cancel_ends_it_and_an_update_takes_its_place(small_city: Engine) -> None:
    with writing(small_city) as connection:
        take(connection, cap())
        wider = cap("two", "Update", ONE, sent="2026-11-22T09:20:00+05:30")
        taken = take(connection, wider, T0 + MINUTE)
        assert taken.judgements["joined_an_incident"] == taken.judgements["cleared_a_cause"] == 1
        assert [fires for _, fires in causes(connection).values()].count(True) == 1
        two = "met@example.in,two,2026-11-22T09:20:00+05:30"
        take(connection, cap("three", "Cancel", f"{ONE} {two}"), T0 + 2 * MINUTE)
        assert not any(fires for _, fires in causes(connection).values())


def test_an_alert_that_comes_after_its_cancel_opens_nothing(small_city: Engine) -> None:
    with writing(small_city) as connection:
        take(connection, cap("two", "Cancel", ONE))
        assert take(connection, cap(), T0 + MINUTE).opened == ()


@pytest.mark.parametrize("status", ["Exercise", "Test", "Draft", "System"])
def test_what_is_not_actual_never_opens_an_incident(status: str) -> None:
    assert read_cap(cap(status=status), "c") == []


@pytest.mark.parametrize("kind", ["Ack", "Error"])
def test_an_answer_to_an_alert_is_none(kind: str) -> None:
    assert read_cap(cap(kind=kind, references=ONE), "c") == []


def test_an_area_may_be_a_circle_or_codes() -> None:
    circle = "<areaDesc>A</areaDesc><circle>17.49,78.39 2.5</circle>"
    codes = (
        "<areaDesc>A</areaDesc><geocode><valueName>PIN code</valueName><value>500049</value></geocode>"
        "<geocode><valueName>PIN code</valueName><value>500050</value></geocode>"
    )
    [round_] = read_cap(cap(area=circle), "c")
    [listed] = read_cap(cap(area=codes), "c")
    [drawn] = read_cap(cap(), "c")
    assert isinstance(round_.place, Radius)
    assert (round_.place.centre, round_.place.metres) == ((78.39, 17.49), 2500)
    assert listed.place == AreaCodes(("500049", "500050"))
    assert listed.labels["geocode_PIN_code"] == "500050"
    assert isinstance(drawn.place, Polygons)


BOMB = b'<!DOCTYPE alert [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no XML"),
    "JSON": (b"{}", "no XML"),
    "not UTF-8": (b"\xff\xfe\xfa", "no XML"),
    "an entity bomb": (cap().replace(b"<alert", BOMB + b"<alert").replace(b"flood", b"&b;"), "document type"),
    "an outside entity": (
        cap().replace(b"<alert", OUTSIDE + b"<alert").replace(b"flood", b"&x;"),
        "document type",
    ),
    "an outside document type": (
        cap().replace(b"<alert", b'<!DOCTYPE alert SYSTEM "http://127.0.0.1/x.dtd"><alert', 1),
        "document type",
    ),
    "a deep document": (b"<a>" * 50_000, "no XML"),
    "another root": (b"<alert/>", "no alert of CAP 1.2"),
    "Z for the offset": (cap(sent="2026-11-22T03:39:00Z"), "sent is no time with a numeric offset"),
    "no offset": (cap(sent="2026-11-22T03:39:00"), "sent is no time"),
    "a day that is none": (cap(sent="2026-02-30T03:39:00+00:00"), "sent is no time that exists"),
    "before all UTC": (cap(sent="0001-01-01T00:00:00+05:30"), "sent is no time that exists"),
    "an unknown kind": (cap(kind="Shout"), "msgType is none of"),
    "an unknown status": (cap(status="actual"), "status is none of"),
    "an unknown severity": (cap(severity="Bad"), "severity is none of"),
    "a blank in the identifier": (cap(identifier="a b"), "identifier holds a blank"),
    "an update of nothing": (cap(kind="Update"), "references is missing"),
    "a reference in halves": (cap(kind="Cancel", references="a,b"), "references is no list"),
    "an alert without words": (cap(info=" "), "info is missing"),
    "a ring that is open": (
        cap(area="<areaDesc>A</areaDesc><polygon>1,1 2,2 3,3 4,4</polygon>"),
        "polygon is no ring",
    ),
    "a place off the earth": (
        cap(area="<areaDesc>A</areaDesc><circle>95,10 1</circle>"),
        "not on the earth",
    ),
    "NaN for a place": (cap(area="<areaDesc>A</areaDesc><circle>nan,10 1</circle>"), "no number"),
    "an area without a name": (cap(area=f"<polygon>{RING}</polygon>"), "areaDesc is missing"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_wrong_alert_is_refused_and_says_where(name: str) -> None:
    body, complaint = HOSTILE[name]
    with pytest.raises(Refused, match=complaint) as refused:
        read_cap(body, "c")
    assert refused.value.status == 422


def test_a_circle_larger_than_any_is_refused() -> None:
    with pytest.raises(Refused):
        read_cap(cap(area="<areaDesc>A</areaDesc><circle>1,1 5000</circle>"), "c")
