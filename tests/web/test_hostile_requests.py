"""Whatever is sent to whichever address: it is refused or taken, and never our fault."""

import asyncio
import gzip
import json
import logging
from collections.abc import Callable
from typing import Any

import asked
import front
import pytest
import walk
from front import PUBLIC, TestClient, signed_form
from walk import Way

from tellfirst.bootstrap import World

story = asked.story
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
MULTIPART = "multipart/form-data; boundary=x"
DEEP = 100_000
FAIR = {"Authorization": f"Bearer {front.TOKEN}"}

Body = tuple[bytes, str]
BODIES: dict[str, Callable[[], Body]] = {
    "nothing": lambda: (b"", JSON),
    "a deep list": lambda: (b"[" * DEEP + b"]" * DEEP, JSON),
    "a deep object": lambda: (b'{"a":' * DEEP + b"1" + b"}" * DEEP, JSON),
    "a list without an end": lambda: (b"[" * DEEP, JSON),
    "a number of 100,000 digits": lambda: (b'{"score":' + b"9" * 100_000 + b"}", JSON),
    "a number beyond 64 bits": lambda: (json.dumps({"score": 2**70, "id": -(2**70)}).encode(), JSON),
    "infinity": lambda: (b'{"score": Infinity, "at": NaN, "x": 1e999}', JSON),
    "NUL": lambda: (b'{"reference": "a\\u0000b", "body": "\\u0000"}', JSON),
    "half a surrogate pair": lambda: (b'{"reference": "\\ud800", "\\udfff": "\\udc00"}', JSON),
    "not UTF-8": lambda: (b'{"reference": "\xff\xfe\xfa"}', JSON),
    "UTF-16": lambda: (json.dumps({"score": 5}).encode("utf-16"), JSON),
    "a doubled key": lambda: (b'{"score": 5, "score": 1}', JSON),
    "a list where an object belongs": lambda: (b"[1, null, {}, []]", JSON),
    "a text alone": lambda: (b'"score"', JSON),
    "JSON said to be a form": lambda: (b'{"score": 5}', FORM),
    "a form said to be JSON": lambda: (b"score=5&comment=x", JSON),
    "a form of 100,000 fields": lambda: (b"&".join(b"a%d=1" % one for one in range(100_000)), FORM),
    "a form of one name 100,000 times": lambda: (b"score=5&" * 100_000, FORM),
    "a form with NUL": lambda: (b"score=5&comment=a%00b&name=%00&number=%2B91%00", FORM),
    "a form with half a surrogate": lambda: (b"score=5&comment=%ED%A0%80&name=%ED%BF%BF", FORM),
    "a form that is not UTF-8": lambda: (b"score=5&comment=%FF%FE&name=\xff", FORM),
    "a form of percent signs": lambda: (b"%&%%=%&score=%zz&=&&&", FORM),
    "a form with other digits": lambda: ("score=५&comment=٥&number=٠١٢".encode(), FORM),
    "a score without an end": lambda: (b"score=" + b"9" * 10_000, FORM),
    "a multipart that breaks off": lambda: (
        b'--x\r\nContent-Disposition: form-data; name="score"\r\n\r\n5',
        MULTIPART,
    ),
    "a multipart without a boundary": lambda: (b"--x\r\n\r\n5\r\n--x--", "multipart/form-data"),
    "a multipart with a broken head": lambda: (
        b"--x\r\nContent-Disposition\r\n:\r\n\r\n\x00\r\n--x--\r\n",
        MULTIPART,
    ),
    "a multipart file with a path": lambda: (
        b'--x\r\nContent-Disposition: form-data; name="attachment1"; filename="../../etc/passwd\x00.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PDF\r\n--x--\r\n",
        MULTIPART,
    ),
    "10,000 parts": lambda: (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 10_000 + b"--x--\r\n",
        MULTIPART,
    ),
    "a bomb of zeros": lambda: (gzip.compress(b" " * 50_000_000), JSON),
    "XML with an entity": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "application/xml",
    ),
    "a type that is none": lambda: (b"score=5", ";;/=;q"),
    "no type": lambda: (b"score=5", ""),
    "binary": lambda: (bytes(range(256)) * 100, "application/octet-stream"),
}
"""Each with the type it says it is."""


pytestmark = pytest.mark.usefixtures("nobody_held_back")
"""What is tried is what stands behind the limits."""


@pytest.fixture
def ways(world: World, doors: TestClient) -> list[Way]:
    """Also with links that are genuine, so that what stands behind them is reached."""
    found = walk.ways(doors.app)
    survey, refusal = asked.link(world), asked.refusal_link(world)
    genuine = {"/s/": survey, "/u/": refusal}
    more = [
        Way(way.method, genuine[way.path[:3]].removeprefix(PUBLIC), way.template)
        for way in found
        if way.path[:3] in genuine
    ]
    return [*found, *more]


def _refused(statuses: dict[str, int]) -> dict[str, int]:
    return {way: status for way, status in statuses.items() if status >= 500 and status != 503}


@pytest.mark.parametrize("name", BODIES)
def test_no_body_is_our_fault(doors: TestClient, ways: list[Way], name: str) -> None:
    content, kind = BODIES[name]()
    headers = FAIR | ({"Content-Type": kind} if kind else {})
    if name.startswith("a bomb"):
        headers |= {"Content-Encoding": "gzip"}
    statuses = {}
    for way in ways:
        for method in {way.method, "POST"}:
            answer = doors.request(method, way.path, content=content, headers=headers, follow_redirects=False)
            statuses[f"{method} {way.path}"] = answer.status_code
    assert _refused(statuses) == {}


SIGNED: dict[str, str] = {"/receipts/twilio?delivery=1": "receipt", "/contacts/twilio/sms": "text"}


@pytest.mark.parametrize("path", SIGNED)
@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"MessageSid": "SM\x00", "MessageStatus": "delivered", "From": "+1\x00", "To": "x", "Body": "\x00"},
        {"MessageSid": "S" * 100_000, "MessageStatus": "delivered", "From": "+" + "9" * 50_000, "To": "x"},
        {
            "MessageSid": "SM1",
            "MessageStatus": "\u202e",
            "From": "کیا",
            "To": "x",
            "Body": "\ufffd\U0010ffff",
        },
        {
            "MessageSid": "SM1",
            "MessageStatus": "sent",
            "From": "+91'; --",
            "To": "%",
            "Body": "{{7*7}}" * 1_000,
        },
        {f"Media{one}": "x" for one in range(5_000)} | {"MessageSid": "SM1", "From": "+1", "To": "x"},
    ],
    ids=["nothing", "NUL", "long", "other scripts", "marks", "many fields"],
)
def test_nothing_that_a_carrier_signed_is_our_fault(
    doors: TestClient, path: str, strange: dict[str, str]
) -> None:
    url = f"{PUBLIC}{path}"
    assert doors.post(url, **signed_form(url, strange)).status_code < 500


@pytest.mark.parametrize(
    "rows",
    [
        [],
        {},
        [[]],
        [{"event": "delivered"}],
        [{"event": "delivered", "delivery": 2**70, "sg_event_id": "x", "timestamp": 1}],
        [
            {
                "event": "delivered",
                "delivery": "1",
                "sg_event_id": "\x00",
                "sg_message_id": "\ud800",
                "timestamp": 1,
            }
        ],
        [{"event": "delivered", "delivery": "1", "sg_event_id": "e" * 100_000, "timestamp": 10**30}],
        [{"event": "delivered", "delivery": "1", "sg_event_id": "e", "timestamp": float("nan")}],
        [{"event": {"a": []}, "delivery": [], "sg_event_id": 7, "timestamp": "now"}],
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_nothing_that_a_mail_carrier_signed_is_our_fault(doors: TestClient, rows: object) -> None:
    assert doors.post("/receipts/sendgrid", **front.signed_mail(rows)).status_code < 500


PATHS = (
    "/../../etc/passwd",
    "/static/..%2f..%2fapp.py",
    "/static/....//app.py",
    "/static/%5c..%5capp.py",
    "/static//etc/passwd",
    "/static/page.css/",
    "/static/" + "a" * 5_000,
    "/s/" + "a" * 30_000,
    "/s/%F0%9F%92%A9",
    "/s/%ff%fe",
    "/s/%00",
    "/s/%0d%0aSet-Cookie:%20a=b",
    "/s/.",
    "/s/..",
    "/s/MTIz.",
    "/s/.MTIz",
    "/s/bnVsbA.x",
    "/reviews/%F0%9F%92%A9",
    "/reviews/" + "9" * 5_000,
    "/incidents/%ff/footprint.png",
    "/incidents/..%2f..%2f/footprint.png",
    "/w/%ff.ics",
    "/signals/%ff",
    "/receipts/%ff",
    "/receipts/%00",
    "/receipts/../ready",
    "/contacts/%ff/sms",
    "/?%ff=%ff&%00=%00",
    "/?" + "a=b&" * 10_000,
    "/ready?" + "%ED%A0%80" * 1_000,
    "//",
    "///",
    "/;/",
    "/%2e%2e/%2e%2e/",
)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ascii(path)[:30])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_no_address_is_our_fault_and_none_leads_out_of_the_house(
    doors: TestClient, method: str, path: str
) -> None:
    answer = doors.request(method, f"{PUBLIC}{path}", headers=FAIR, follow_redirects=False)
    assert answer.status_code < 500 or answer.status_code == 503
    assert "root:" not in answer.text
    assert "def create_app" not in answer.text
    assert "set-cookie" not in answer.headers


HEADERS: dict[str, list[tuple[bytes, bytes]]] = {
    "two lengths": [(b"content-length", b"5"), (b"content-length", b"50")],
    "a length that is none": [(b"content-length", "٥".encode())],
    "a negative length": [(b"content-length", b"-1")],
    "a length without an end": [(b"content-length", b"9" * 5_000)],
    "a length and chunks": [(b"content-length", b"5"), (b"transfer-encoding", b"chunked")],
    "chunks, oddly": [(b"transfer-encoding", b"chunked, identity\x0b")],
    "another house": [(b"host", b"evil.example"), (b"x-forwarded-host", b"evil.example")],
    "no house": [(b"host", b"")],
    "an address that is none": [(b"x-forwarded-for", b"\xff, ::, 999.1.1.1, [")],
    "another method": [(b"x-http-method-override", b"DELETE"), (b"x-original-url", b"/control")],
    "a language that is none": [(b"accept-language", b"\xff;;q=,,*;q=x" * 200), (b"accept", b"text/html")],
    "a format that is none": [(b"accept", b"text/html;q=\xff,*/*;q=nan,;;;" * 200)],
    "a cookie that is none": [(b"cookie", b"session=\xff\x00; =; ;;" * 200)],
    "a token that is none": [(b"authorization", b"Bearer \xff\xfe\x00")],
    "a basic that is none": [(b"authorization", b"Basic !!!!")],
    "a range": [(b"range", b"bytes=0-,-1,5-2,99999999999999999999-")],
    "an etag that is none": [(b"if-none-match", b'W/"\xff",*,"' * 100)],
    "a time that is none": [(b"if-modified-since", b"Thu, 99 Feb 20260 99:99:99 XYZ")],
    "an upgrade": [(b"connection", b"upgrade"), (b"upgrade", b"h2c"), (b"http2-settings", b"\xff")],
    "three hundred of them": [(b"x-%d" % one, b"y") for one in range(300)],
}


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_is_our_fault(doors: TestClient, ways: list[Way], name: str) -> None:
    statuses = {
        str(way): doors.request(
            way.method, way.path, headers=HEADERS[name], content=b"score", follow_redirects=False
        ).status_code
        for way in ways
    }
    assert _refused(statuses) == {}


def test_a_client_that_goes_away_in_the_middle_is_nobodys_fault(
    world: World, doors: TestClient, ways: list[Way], caplog: pytest.LogCaptureFixture
) -> None:
    async def go(way: Way) -> list[Any]:
        sent: list[Any] = []
        parts = iter([{"type": "http.request", "body": b"half", "more_body": True}])

        async def receive() -> Any:
            return next(parts, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"authorization", FAIR["Authorization"].encode()), (b"content-type", FORM.encode())]
        scope = {
            "type": "http", "http_version": "1.1", "method": way.method, "scheme": "https", "path": way.path,
            "raw_path": way.path.encode(), "query_string": b"", "root_path": "", "headers": headers,
            "client": ("192.0.2.1", 1), "server": ("x", 443),
        }  # fmt: skip
        await asyncio.wait_for(doors.app(scope, receive, send), 30)
        return sent

    for way in ways:
        if way.method in ("POST", "PUT", "PATCH"):
            sent = asyncio.run(go(way))
            assert all(one.get("status", 0) < 500 for one in sent), way
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
