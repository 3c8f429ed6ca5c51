"""A customer's own page: what they were told and promised, and what they say to it. Looking changes nothing."""

from datetime import datetime, timedelta
from typing import Any

import asked
import front
import hyderabad
import pytest
from asked import ENGLISH, LANGUAGES, TELUGU, URDU
from front import PUBLIC, TestClient
from hyderabad import FIRST, MINUTE, T0, phone, rows
from itsdangerous import URLSafeSerializer
from markup import Markup
from sqlalchemy import Connection, select, update

from tellfirst.bootstrap import World
from tellfirst.domain.incident import Stage
from tellfirst.domain.link import LIVES_FOR
from tellfirst.domain.occasion import Locale
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.stepped_clock import SteppedClock

story = asked.story


def own(world: World, customer_id: int = ENGLISH, occasion: str = "first_word") -> str:
    return PUBLIC + world.personal_links.path(asked._delivery(world, customer_id, occasion))


def form_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form of `page` that posts to `action`."""
    fields: dict[str, str] = {}
    inside = False
    for tag, attributes in Markup(page).tags:
        if tag == "form":
            inside = str(attributes.get("action", "")).partition("?")[0].endswith(action)
        elif tag == "input" and inside and attributes.get("type") == "hidden":
            fields[str(attributes["name"])] = str(attributes["value"])
    return fields


def stored(world: World, *columns: str) -> list[tuple[Any, ...]]:
    with reading(world.engine) as connection:
        return rows(connection, t.contact, *columns)


def test_the_page_tells_what_was_told_and_promised_and_how_that_stands(
    world: World, doors: TestClient
) -> None:
    answer = doors.get(own(world))
    words = world.templates.phrases(Locale.ENGLISH).personal
    text = Markup(answer.text).text
    assert answer.status_code == 200
    for said in ("first_word", "restored", "survey"):
        assert words.told[said] in text
    assert words.promised["next_update"] in text
    assert words.promise_states["kept"] in text
    assert "Miyapur" in text
    assert "working" in text


def test_while_it_goes_on_the_page_says_when_they_hear_again(world: World, doors: TestClient) -> None:
    with writing(world.engine) as connection:
        _hit_again(connection, world.clock.now())
    text = Markup(doors.get(own(world)).text).text
    words = world.templates.phrases(Locale.ENGLISH)
    assert words.affected.hit in text
    assert words.status.next_word in text
    assert words.impacts["down"] in text
    assert words.personal.still_out_question not in text


def _hit_again(connection: Connection, now: datetime) -> None:
    """Customer 1 waits once more, with a word that is still to come."""
    a, n = t.audience.c, t.notice.c
    waits = {"over_at": None, "over": None, "over_revision": None}
    connection.execute(update(t.audience).where(a.customer_id == ENGLISH).values(**waits))
    connection.execute(update(t.incident).values(stage=Stage.FOLLOWING_UP))
    facts = connection.scalar(select(n.facts).where(n.occasion == "first_word"))
    later = facts | {"next_update_at": (now + 20 * MINUTE).isoformat()}
    connection.execute(update(t.notice).where(n.occasion.in_(("first_word", "restored"))).values(facts=later))


def test_looking_changes_nothing_however_often(world: World, doors: TestClient) -> None:
    before = front.tables(world.engine)
    for path in ("", "?lang=ur", "?page=7", "?page=x&lang=x", "/preferences", "/preferences?lang=te"):
        assert doors.get(own(world) + path).status_code == 200
    assert front.tables(world.engine) == before


def test_a_forwarded_page_shows_no_number_and_no_address(world: World, doors: TestClient) -> None:
    with writing(world.engine) as connection:
        mail = {"email": "asha.rao@example.org"}
        connection.execute(update(t.customer).where(t.customer.c.id == ENGLISH).values(**mail))
    shown = doors.get(own(world)).text + doors.get(own(world) + "/preferences").text
    assert phone(ENGLISH) not in shown
    assert phone(ENGLISH)[3:] not in shown
    assert "asha.rao" not in shown
    assert "example.org" not in shown
    assert "•••01" in shown
    assert "a•••@e•••.org" in shown


def test_whoever_says_that_theirs_is_still_out_is_believed_once(world: World, doors: TestClient) -> None:
    url = own(world)
    form = form_of(doors.get(url).text, "/still-out")
    assert form["incident"] == FIRST
    answers = [doors.post(f"{url}/still-out", data=form) for _ in range(2)]
    words = world.templates.phrases(Locale.ENGLISH).personal
    assert [answer.status_code for answer in answers] == [200, 200]
    assert words.still_out_taken in Markup(answers[0].text).text
    assert stored(world, "channel", "customer_id", "kind", "state", "answer_kind", "body") == [
        ("web", ENGLISH, "incident_report", "answered", "still_out", words.still_out)
    ]
    with reading(world.engine) as connection:
        assert rows(connection, t.still_out, "customer_id") == [(ENGLISH,)]
        assert rows(connection, t.incident, "stage", "survey_closes_at") == [
            (Stage.FOLLOWING_UP, world.clock.now())
        ]
        assert rows(connection, t.contact_answer, "body", "state") == [(words.still_out_taken, "given")]


def test_after_an_incident_is_closed_a_person_looks(world: World, doors: TestClient) -> None:
    with writing(world.engine) as connection:
        connection.execute(update(t.incident).values(stage=Stage.CLOSED, closed_at=world.clock.now()))
    url = own(world)
    doors.post(f"{url}/still-out", data=form_of(doors.get(url).text, "/still-out"))
    due_at = world.clock.now() + hyderabad.BOOK.next_update_every
    assert stored(world, "state", "queue", "answer_due_at") == [("waiting", "call_back", due_at)]
    with reading(world.engine) as connection:
        assert rows(connection, t.incident, "stage") == [(Stage.CLOSED,)]


@pytest.mark.parametrize("form", [{}, {"form": "x"}, {"incident": FIRST}], ids=str)
def test_a_form_that_is_not_ours_says_nothing(world: World, doors: TestClient, form: dict[str, str]) -> None:
    assert doors.post(f"{own(world)}/still-out", data=form).status_code == 403
    strange = {"incident": FIRST, "form": form_of(doors.get(own(world, TELUGU)).text, "/still-out")["form"]}
    assert doors.post(f"{own(world)}/still-out", data=strange).status_code == 403
    assert stored(world, "id") == []


def test_where_nobody_said_that_it_is_back_there_is_nothing_to_contradict(
    world: World, doors: TestClient
) -> None:
    url = own(world)
    form = form_of(doors.get(url).text, "/still-out")
    doors.post(f"{url}/still-out", data={**form, "incident": "INC-2026-9999"})
    with writing(world.engine) as connection:
        _hit_again(connection, world.clock.now())
    doors.post(f"{url}/still-out", data=form)
    assert stored(world, "id") == []


@pytest.mark.parametrize(("key", "language"), LANGUAGES.items(), ids=LANGUAGES.values())
def test_the_pages_speak_the_customers_language_and_any_other(
    world: World, doors: TestClient, key: int, language: str
) -> None:
    words = world.templates.phrases(Locale(language))
    for url in (own(world, key), f"{own(world)}?lang={language}"):
        page = Markup(doors.get(url).text)
        assert page.all("html") == [{"lang": language, "dir": "rtl" if language == "ur" else "ltr"}]
        assert words.personal.history in page.text
    page = Markup(doors.get(own(world, key) + "/preferences").text)
    assert words.preferences.title in page.text


@pytest.mark.parametrize("path", ["", "/preferences"])
@pytest.mark.parametrize("key", LANGUAGES, ids=LANGUAGES.values())
def test_the_pages_are_small_and_need_nobody_else(
    world: World, doors: TestClient, key: int, path: str
) -> None:
    answer = doors.get(own(world, key) + path)
    page = Markup(answer.text)
    assert len(answer.content) < 50_000
    assert page.all("script") == []
    assert not [name for _, found in page.tags for name in found if name.startswith("on") or name == "style"]
    assert all(address.startswith("/") and not address.startswith("//") for address in page.addresses())


def test_a_link_ends_a_month_after_its_word_unless_the_incident_goes_on(
    world: World, doors: TestClient
) -> None:
    url = own(world)
    SteppedClock(world.engine).step_to(T0 + LIVES_FOR + timedelta(hours=1))
    assert doors.get(url).status_code == 200
    with writing(world.engine) as connection:
        connection.execute(update(t.incident).values(stage=Stage.CLOSED, closed_at=world.clock.now()))
    for answer in (doors.get(url), doors.get(url + "/preferences"), doors.post(url + "/still-out")):
        assert answer.status_code == 404
        assert FIRST not in answer.text


def test_a_changed_link_and_one_for_something_else_open_nothing(world: World, doors: TestClient) -> None:
    genuine = own(world)
    survey = world.links.link(asked._delivery(world, ENGLISH, "survey")).rpartition("/")[2]
    token = genuine.rpartition("/")[2]
    unknown = str(URLSafeSerializer(front.LINK_SECRET, salt="personal").dumps(999_999))
    named = str(URLSafeSerializer(front.LINK_SECRET, salt="personal").dumps("1"))
    for one in (token[:-1], token + "A", "1", survey, unknown, named, "x" * 5_000):
        for path in ("", "/preferences"):
            assert doors.get(f"{PUBLIC}/p/{one}{path}").status_code == 404
        assert doors.post(f"{PUBLIC}/p/{one}/preferences", data={"language": "te"}).status_code == 404
    assert doors.get(f"{PUBLIC}/s/{token}").status_code == 404


def test_wishes_are_kept_from_now_on_and_written_down(world: World, doors: TestClient) -> None:
    url = own(world)
    form = form_of(doors.get(url + "/preferences").text, "/preferences")
    wanted = {**form, "channel": "sms", "language": "ur", "no_surveys": "yes"}
    answer = doors.post(url + "/preferences", data=wanted)
    assert answer.status_code == 200
    assert world.templates.phrases(Locale.URDU).preferences.saved in Markup(answer.text).text
    with reading(world.engine) as connection:
        c, a, p = t.customer.c, t.audience.c, t.preference_change
        person = connection.execute(select(c.wish, c.language).where(c.id == ENGLISH)).one()
        assert tuple(person) == ("sms", "ur")
        assert connection.scalar(select(a.language).where(a.customer_id == ENGLISH)) == "ur"
        assert rows(connection, t.survey_refusal, "customer_id") == [(ENGLISH,)]
        assert rows(connection, p, "name", "was", "became", "source") == [
            ("channel", None, "sms", "web"),
            ("language", "en", "ur", "web"),
            ("surveys", "yes", "no", "web"),
        ]
    doors.post(url + "/preferences", data=wanted | {"no_surveys": ""})
    with reading(world.engine) as connection:
        assert rows(connection, t.survey_refusal, "customer_id") == []


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"channel": "email", "language": "en"}, 422),
        ({"channel": "none", "language": "en"}, 422),
        ({"channel": "", "language": "xx"}, 422),
        ({"channel": "pigeon", "language": "en"}, 422),
        ({"language": "te", "form": "x"}, 403),
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_kept_is_refused_as_a_whole(
    world: World, doors: TestClient, wish: dict[str, str], status: int
) -> None:
    url = own(world)
    form = form_of(doors.get(url + "/preferences").text, "/preferences")
    before = front.tables(world.engine)
    assert doors.post(url + "/preferences", data={**form, **wish}).status_code == status
    assert front.tables(world.engine) == before


def test_whoever_ends_their_links_ends_all_that_were_sent_and_no_others(
    world: World, doors: TestClient
) -> None:
    url = own(world, URDU)
    form = form_of(doors.get(url + "/preferences").text, "/links")
    assert doors.post(url + "/links", data={"form": "x"}).status_code == 403
    assert doors.post(url + "/links", data=form).status_code == 200
    assert doors.get(url).status_code == 404
    assert doors.get(own(world, URDU, "restored")).status_code == 404
    assert doors.get(own(world)).status_code == 200


def test_a_form_without_an_end_is_not_read_to_its_end(world: World, doors: TestClient) -> None:
    for path in ("/still-out", "/preferences", "/links"):
        assert doors.post(own(world) + path, data={"form": "x" * 5_000}).status_code == 413


def test_a_link_is_what_the_signing_library_itself_would_write(world: World) -> None:
    serializer = URLSafeSerializer(front.LINK_SECRET, salt="personal")
    for number in (1, 42, 1_234_567, 2**40):
        assert world.personal_links.path(number) == f"/p/{serializer.dumps(number)}"
