"""Who asks too often waits; who is signed, who watches and who reads what is the same for everybody does not."""

import front
import pytest
import walk
from front import PUBLIC, TestClient, signed_form

from tellfirst.bootstrap import World
from tellfirst.domain.errors import TooOften
from tellfirst.domain.rates import Allowance
from tellfirst.web.app import create_app
from tellfirst.web.limits import RULES, Shares, client, rule_of

NEVER_HELD_BACK = ("/receipts/", "/signals/", "/contacts/", "/ready", "/health", "/static/")


def test_every_way_that_writes_is_held_back_or_believed_for_a_named_reason(world: World) -> None:
    free = {
        str(way)
        for way in walk.ways(create_app(world))
        if way.method not in walk.READING and way.rule.allowance is None
    }
    assert {one for one in free if not one.partition(" ")[2].startswith(NEVER_HELD_BACK)} == set()


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/receipts/twilio", "signed"),
        ("POST", "/signals/icinga", "signed"),
        ("POST", "/contacts/twilio/sms", "signed"),
        ("GET", "/ready", "watching"),
        ("GET", "/health/teller", "watching"),
        ("POST", "/login", "sign in"),
        ("POST", "/control/login", "sign in"),
        ("GET", "/login", "read"),
        ("GET", "/api/incidents", "api"),
        ("POST", "/api/contacts", "api"),
        ("POST", "/affected", "look up"),
        ("GET", "/affected", "look up"),
        ("GET", "/s/MTIz.abc", "personal"),
        ("POST", "/s/MTIz.abc", "write"),
        ("POST", "/contact", "write"),
        ("GET", "/", "read"),
        ("BREW", "/", "write"),
    ],
)
def test_which_rule_counts(method: str, path: str, name: str) -> None:
    assert rule_of(method, path).name == name


def test_who_writes_too_often_is_told_when_to_come_again(doors: TestClient) -> None:
    write = next(rule for rule in RULES if rule.name == "write").allowance
    assert write is not None
    answers = [doors.post("/s/changed", data={"score": "5"})]
    # On a slow machine some of the share comes back meanwhile.
    while answers[-1].status_code == 404 and len(answers) < 4 * write.burst:
        answers.append(doors.post("/s/changed", data={"score": "5"}))
    assert len(answers) > write.burst
    last = answers[-1]
    assert (last.status_code, last.headers["content-type"]) == (429, "application/problem+json")
    assert last.json()["title"] == "too_often"
    assert 1 <= int(last.headers["Retry-After"]) <= 2
    assert last.headers["Cache-Control"] == "no-store"


def test_a_person_who_asks_too_often_reads_it_in_their_language(world: World, doors: TestClient) -> None:
    browser = {"Accept": "text/html", "Accept-Language": "te"}
    for _ in range(200):
        answer = doors.get("/s/changed", headers=browser)
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert world.templates.phrases("te").errors.too_often in answer.text
    assert answer.headers["Retry-After"] == "1"


def test_receipts_monitors_and_texts_of_customers_are_never_held_back(doors: TestClient) -> None:
    token = {"Authorization": f"Bearer {front.TOKEN}"}
    url = f"{PUBLIC}/contacts/twilio/sms"
    for number in range(400):
        form = {"MessageSid": f"SM{number}", "From": "+914055500001", "To": front.SENDER, "Body": "?"}
        statuses = {
            doors.post("/receipts/twilio?delivery=1").status_code,
            doors.post("/signals/alertmanager", content=b"{}", headers=token).status_code,
            doors.get("/ready").status_code if number % 50 == 0 else 200,
            doors.post(url, **signed_form(url, form)).status_code if number % 4 == 0 else 200,
        }
        assert 429 not in statuses


def test_pages_that_are_the_same_for_everybody_are_never_held_back(doors: TestClient) -> None:
    assert {doors.get("/").status_code for _ in range(300)} == {200}


def test_one_who_asks_too_often_takes_nothing_from_another(world: World) -> None:
    world = World(world.settings.model_copy(update={"trusted_proxies": 1}))
    with TestClient(create_app(world), base_url=PUBLIC) as doors:
        greedy = [
            doors.post("/u/changed", headers={"X-Forwarded-For": "203.0.113.9"}).status_code
            for _ in range(70)
        ]
        other = doors.post("/u/changed", headers={"X-Forwarded-For": "203.0.113.10"})
    assert greedy.count(429) >= 8
    assert other.status_code == 404


def _scope(peer: str | None, *forwarded: str) -> dict[str, object]:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return {"type": "http", "client": (peer, 1) if peer else None, "headers": headers}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "whose"),
    [
        (0, [], "192.0.2.1"),
        (0, ["203.0.113.9"], "192.0.2.1"),
        (1, [], "192.0.2.1"),
        (1, ["203.0.113.9"], "203.0.113.9"),
        (1, ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (1, ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        (2, ["1.1.1.1, 203.0.113.9, 10.0.0.1"], "203.0.113.9"),
        (2, ["203.0.113.9"], "192.0.2.1"),
        (1, ["203.0.113.9:4711"], "203.0.113.9"),
        (1, ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
        (1, ["[2001:db8:1:2:3:4:5:6]:80"], "2001:db8:1:2::"),
        (1, ["::ffff:203.0.113.9"], "203.0.113.9"),
        (1, ["unknown"], "unknown"),
        (1, ["' OR 1=1"], "unknown"),
        (1, [" , "], "192.0.2.1"),
    ],
)
def test_whose_share_it_is_comes_from_our_own_proxies_alone(
    proxies: int, forwarded: list[str], whose: str
) -> None:
    assert client(_scope("192.0.2.1", *forwarded), proxies) == whose


def test_a_client_without_an_address_has_a_share_like_any_other() -> None:
    assert client(_scope(None), 0) == "unknown"


def test_of_many_clients_the_longest_silent_are_forgotten_and_memory_stays() -> None:
    shares = Shares(now=lambda: 0.0, remembered=100)
    for number in range(1_000):
        shares.take("write", str(number), Allowance(1, 1))
    assert len(shares._whole_at) == 100
    with pytest.raises(TooOften):
        shares.take("write", "999", Allowance(1, 1))


def test_a_route_can_hold_back_by_number_too() -> None:
    moment = [0.0]
    shares = Shares(now=lambda: moment[0])
    for _ in range(3):
        shares.take("code", "+914055500001", Allowance(3, 1 / 60))
    with pytest.raises(TooOften) as refused:
        shares.take("code", "+914055500001", Allowance(3, 1 / 60))
    assert "+91" not in str(refused.value)
    assert refused.value.retry_after == pytest.approx(60)
    shares.take("code", "+914055500002", Allowance(3, 1 / 60))
    moment[0] = 60.0
    shares.take("code", "+914055500001", Allowance(3, 1 / 60))
