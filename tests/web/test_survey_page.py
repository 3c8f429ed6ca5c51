"""The survey page: looking changes nothing, answering counts once, and a changed link opens nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import asked
import front
import hyderabad
import pytest
from asked import ASKED_AT, CLOSES_AT, ENGLISH, LANGUAGES, TELUGU, UNREACHED, URDU, link
from front import PUBLIC, TestClient
from hyderabad import FIRST, rows
from itsdangerous import URLSafeSerializer
from markup import Markup
from sqlalchemy import update

from tellfirst.bootstrap import World
from tellfirst.domain.link import AFTER_THE_SURVEY
from tellfirst.domain.occasion import Locale
from tellfirst.domain.survey import COMMENT_LENGTH, Asking, SurveyKind
from tellfirst.domain.times import clock_face
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.surveys import short_links
from tellfirst.web.surveys import FORM_LIMIT

SECRET = front.LINK_SECRET
story = asked.story


def responses(world: World) -> list[tuple[Any, ...]]:
    with reading(world.engine) as connection:
        return rows(connection, t.response, "customer_id", "score", "comment", "channel")


def test_the_page_asks_and_offers_every_score(world: World, doors: TestClient) -> None:
    answer = doors.get(link(world))
    page = Markup(answer.text)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert [box["value"] for box in page.all("input")] == ["5", "4", "3", "2", "1"]
    assert "Miyapur" in page.text
    assert FIRST in page.text


def test_looking_changes_nothing_however_often(world: World, doors: TestClient) -> None:
    """Mail scanners and previews of texts open every link."""
    before = front.tables(world.engine)
    for _ in range(3):
        assert doors.get(link(world)).status_code == 200
    doors.head(link(world))
    assert front.tables(world.engine) == before


def test_an_answer_counts(world: World, doors: TestClient) -> None:
    answer = doors.post(link(world), data={"score": "4", "comment": " You told me first. "})
    assert (answer.status_code, Markup(answer.text).all("form")) == (200, [])
    assert responses(world) == [(ENGLISH, 4, "You told me first.", "web")]


def test_a_score_needs_no_comment(world: World, doors: TestClient) -> None:
    doors.post(link(world), data={"score": "5"})
    assert responses(world) == [(ENGLISH, 5, "", "web")]


def test_a_second_answer_is_told_so_and_counts_nothing(world: World, doors: TestClient) -> None:
    first = doors.post(link(world), data={"score": "4", "comment": "good"})
    before = front.tables(world.engine)
    second = doors.post(link(world), data={"score": "1", "comment": "bad"})
    words = world.templates.phrases(Locale.ENGLISH).survey
    assert Markup(first.text).text.count(words.thanks) == 1
    assert Markup(second.text).text.count(words.already_answered) == 1
    assert Markup(doors.get(link(world)).text).text.count(words.already_answered) == 1
    assert front.tables(world.engine) == before


@pytest.mark.parametrize("key", LANGUAGES)
def test_a_survey_that_has_ended_says_so_in_the_customers_language(
    world: World, doors: TestClient, key: int
) -> None:
    with writing(world.engine) as connection:
        connection.execute(update(t.incident).values(survey_closes_at=ASKED_AT))
    words = world.templates.phrases(Locale(LANGUAGES[key])).survey
    for page in (doors.get(link(world, key)), doors.post(link(world, key), data={"score": "5"})):
        assert words.closed in page.text
    assert responses(world) == []


def test_each_customer_answers_for_themselves(world: World, doors: TestClient) -> None:
    doors.post(link(world, URDU), data={"score": "2"})
    doors.post(link(world, TELUGU), data={"score": "5"})
    assert responses(world) == [(TELUGU, 5, "", "web"), (URDU, 2, "", "web")]


def test_after_its_end_the_survey_asks_and_takes_nothing(world: World, doors: TestClient) -> None:
    SteppedClock(world.engine).step_to(CLOSES_AT - timedelta(seconds=1))
    assert Markup(doors.get(link(world)).text).all("form")
    SteppedClock(world.engine).step_to(CLOSES_AT)
    assert not Markup(doors.get(link(world)).text).all("form")
    assert not Markup(doors.post(link(world), data={"score": "5"}).text).all("form")
    assert responses(world) == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"comment": "fine"},
        {"score": ""},
        {"score": "0"},
        {"score": "6"},
        {"score": "-1"},
        {"score": "x"},
        {"score": "4.5"},
        {"score": "5 stars"},
        {"score": "9" * 5_000},
        {"Score": "5"},
    ],
    ids=lambda form: str(form)[:24],
)
def test_what_is_no_score_is_refused_without_effect(
    world: World, doors: TestClient, form: dict[str, str]
) -> None:
    answer = doors.post(link(world), data=form)
    assert (answer.status_code, answer.json()["title"]) == (422, "no_score")
    assert responses(world) == []


def test_other_bodies_than_a_form_are_refused_without_effect(world: World, doors: TestClient) -> None:
    assert doors.post(link(world), json={"score": 5}).status_code == 422
    assert doors.post(link(world), files={"score": b"5"}).status_code == 422
    assert doors.post(link(world), content=b"\xff\xfe\x00").status_code == 422
    assert responses(world) == []


def test_a_form_without_an_end_is_not_read_to_its_end(world: World, doors: TestClient) -> None:
    answer = doors.post(link(world), data={"score": "5", "comment": "x" * FORM_LIMIT})
    assert answer.status_code == 413
    assert responses(world) == []


def test_the_longest_comment_a_browser_lets_through_is_kept_whole(world: World, doors: TestClient) -> None:
    comment = ("ఆపు\n" * COMMENT_LENGTH)[: COMMENT_LENGTH - 1] + "."
    sent = comment.replace("\n", "\r\n")
    assert doors.post(link(world), data={"score": "5", "comment": sent}).status_code == 200
    assert responses(world) == [(ENGLISH, 5, comment, "web")]


def test_a_longer_comment_is_cut_rather_than_lost(world: World, doors: TestClient) -> None:
    doors.post(link(world), data={"score": "5", "comment": "x" * (COMMENT_LENGTH + 1)})
    assert responses(world) == [(ENGLISH, 5, "x" * COMMENT_LENGTH, "web")]


@pytest.mark.parametrize(
    "comment", ["<script>alert(1)</script>", "{{ 7*7 }}", "=cmd|' /C calc'!A0", "a\x00b\u202e"]
)
def test_a_comment_is_kept_as_it_is_and_never_becomes_part_of_a_page(
    world: World, doors: TestClient, comment: str
) -> None:
    answer = doors.post(link(world), data={"score": "5", "comment": comment})
    assert comment not in answer.text
    assert "49" not in Markup(answer.text).text
    assert responses(world) == [(ENGLISH, 5, comment.replace("\x00", ""), "web")]


def test_what_stands_on_the_page_is_escaped(world: World, doors: TestClient) -> None:
    with writing(world.engine) as connection:
        connection.execute(update(t.incident).values(place='<img src=x onerror="alert(1)">{{ 7*7 }}'))
    page = Markup(doors.get(link(world)).text)
    assert page.all("img") == []
    assert '<img src=x onerror="alert(1)">{{ 7*7 }}' in page.text


def altered(url: str, delivery_id: int) -> list[str]:
    """The link with one sign changed, its signature cut or taken off; others that name the same delivery."""
    head, _, token = url.rpartition("/")
    payload, _, signature = token.partition(".")
    swapped = "A" if token[0] != "A" else "B"
    signs = [swapped + token[1:], token[:-1], token + "A", token.upper(), f"{payload}.", f".{signature}"]
    guessed = [str(delivery_id), "0", "-1", "%00", "%2e", "x" * 5_000]
    stranger = str(URLSafeSerializer("another secret", salt="survey").dumps(delivery_id))
    other_purpose = str(URLSafeSerializer(SECRET, salt="unsubscribe").dumps(delivery_id))
    assert str(URLSafeSerializer(SECRET, salt="survey").dumps(delivery_id)) == token
    return [f"{head}/{one}" for one in [*signs, *guessed, stranger, other_purpose]]


@pytest.mark.usefixtures("nobody_held_back")
def test_a_changed_link_opens_nothing_and_takes_nothing(world: World, doors: TestClient) -> None:
    before = front.tables(world.engine)
    genuine = link(world)
    sorry = world.templates.phrases(Locale.ENGLISH).survey.link_invalid
    for url in altered(genuine, world.links.read(genuine.rpartition("/")[2])):
        for answer in (doors.get(url), doors.post(url, data={"score": "5"})):
            assert answer.status_code == 404, url
            assert FIRST not in answer.text
            assert sorry in Markup(answer.text).text
    assert front.tables(world.engine) == before


@pytest.mark.parametrize("value", [-1, 0, "1", [1], {"id": 1}, None, True, 1.5], ids=str)
def test_a_link_of_ours_that_names_no_survey_opens_nothing(
    world: World, doors: TestClient, value: object
) -> None:
    token = URLSafeSerializer(SECRET, salt="survey").dumps(value)
    assert doors.get(f"{PUBLIC}/s/{token}").status_code == 404
    assert doors.post(f"{PUBLIC}/s/{token}", data={"score": "5"}).status_code == 404
    assert responses(world) == []


@pytest.mark.parametrize("occasion", ["first_word", "restored"])
def test_only_an_invitation_can_be_answered(world: World, doors: TestClient, occasion: str) -> None:
    assert doors.post(link(world, occasion=occasion), data={"score": "5"}).status_code == 404
    assert responses(world) == []


def test_who_was_never_told_was_never_asked_and_cannot_answer(world: World, doors: TestClient) -> None:
    assert doors.post(link(world, UNREACHED), data={"score": "1"}).status_code == 404
    assert responses(world) == []


@pytest.mark.parametrize(("key", "language"), LANGUAGES.items(), ids=LANGUAGES.values())
def test_the_page_speaks_the_customers_language(
    world: World, doors: TestClient, key: int, language: str
) -> None:
    page = Markup(doors.get(link(world, key)).text)
    assert page.all("html") == [{"lang": language, "dir": "rtl" if language == "ur" else "ltr"}]
    words = world.templates.phrases(Locale(language)).survey
    assert words.question in page.text
    assert all(label in page.text for label in words.scores.values())


@pytest.mark.parametrize("key", LANGUAGES, ids=LANGUAGES.values())
def test_the_page_is_small_and_needs_nobody_else(world: World, doors: TestClient, key: int) -> None:
    answer = doors.get(link(world, key))
    page = Markup(answer.text)
    assert len(answer.content) < 50_000
    assert page.all("script") == []
    assert not [name for _, found in page.tags for name in found if name.startswith("on")]
    assert all(address.startswith("/") and not address.startswith("//") for address in page.addresses())
    sheet = "/static/page.css"
    assert [one["href"] for one in page.all("link") if one["rel"] == "stylesheet"] == [sheet]
    assert doors.get(sheet).status_code == 200


def test_the_page_can_be_used_with_a_keyboard_and_read_aloud(world: World, doors: TestClient) -> None:
    page = Markup(doors.get(link(world)).text)
    [box] = page.all("textarea")
    assert {"for": box["id"]} in page.all("label")
    assert len(page.all("fieldset")) == len(page.all("legend")) == len(page.all("h1")) == 1
    assert page.all("meta")[1]["name"] == "viewport"


@pytest.mark.parametrize("score", [1, 5])
def test_one_tap_in_a_mail_shows_the_score_chosen_and_counts_nothing_yet(
    world: World, doors: TestClient, score: int
) -> None:
    before = front.tables(world.engine)
    page = Markup(doors.get(f"{link(world)}/{score}").text)
    assert [box["value"] for box in page.all("input") if "checked" in box] == [str(score)]
    assert world.templates.phrases(Locale.ENGLISH).survey.chosen.replace("{score}", str(score)) in page.text
    assert front.tables(world.engine) == before
    [form] = page.all("form")
    assert doors.post(PUBLIC + str(form["action"]), data={"score": str(score)}).status_code == 200
    assert responses(world) == [(ENGLISH, score, "", "web")]


@pytest.mark.parametrize("score", ["0", "6", "10", "x", "%00", "5" * 5_000])
def test_a_tap_on_a_score_there_is_not_chooses_none(world: World, doors: TestClient, score: str) -> None:
    page = Markup(doors.get(f"{link(world)}/{score}").text)
    assert len(page.all("form")) == 1
    assert not [box for box in page.all("input") if "checked" in box]


def test_a_low_score_is_told_by_when_somebody_calls(world: World, doors: TestClient) -> None:
    answer = doors.post(link(world), data={"score": "2", "comment": "I had to call you."})
    due_at = world.clock.now() + hyderabad.BOOK.asking.call_back_within
    assert clock_face(due_at, "Asia/Kolkata", world.clock.now()) in Markup(answer.text).text
    with reading(world.engine) as connection:
        columns = ("channel", "state", "queue", "answer_due_at", "body", "kind")
        assert rows(connection, t.contact, *columns) == [
            ("web", "waiting", "call_back", due_at, "I had to call you.", "complaint")
        ]


def test_a_good_score_is_followed_by_no_call(world: World, doors: TestClient) -> None:
    doors.post(link(world), data={"score": "3"})
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "id") == []


def _asks_for_0_to_10(world: World) -> None:
    book = replace(hyderabad.BOOK, asking=Asking(SurveyKind.NPS))
    with writing(world.engine) as connection:
        connection.execute(update(t.incident).values(playbook=playbook_copy.to_json(book)))


def test_a_survey_may_ask_for_0_to_10(world: World, doors: TestClient) -> None:
    _asks_for_0_to_10(world)
    page = Markup(doors.get(f"{link(world)}/0").text)
    assert [box["value"] for box in page.all("input")] == [str(score) for score in range(10, -1, -1)]
    assert [box["value"] for box in page.all("input") if "checked" in box] == ["0"]
    assert world.templates.phrases(Locale.ENGLISH).survey.nps_question in page.text
    assert doors.post(link(world), data={"score": "11"}).status_code == 422
    doors.post(link(world), data={"score": "0"})
    with reading(world.engine) as connection:
        assert rows(connection, t.response, "score", "kind") == [(0, "nps")]


def test_a_short_link_leads_to_the_same_survey_until_it_ends(world: World, doors: TestClient) -> None:
    delivery_id = world.links.read(link(world).rpartition("/")[2])
    url = world.links.short(delivery_id)
    assert len(url) < len(link(world)) - 15
    assert doors.get(url).status_code == 404
    with writing(world.engine) as connection:
        sms = t.delivery.c.id == delivery_id
        hyderabad.as_if(connection, sms, state="pending", handed_over_at=None)
        notice_id = rows(connection, t.notice, "id")[-1][0]
        assert short_links.keep(connection, world.links, notice_id, CLOSES_AT) == 1
        connection.execute(update(t.delivery).where(sms).values(state="sent", handed_over_at=ASKED_AT))
        [(kept,)] = rows(connection, t.link_token, "hash")
    assert url.rpartition("/")[2] not in kept
    assert len(Markup(doors.get(f"{url}/4").text).all("form")) == 1
    doors.post(url, data={"score": "4"})
    assert responses(world) == [(ENGLISH, 4, "", "web")]
    SteppedClock(world.engine).step_to(CLOSES_AT + AFTER_THE_SURVEY)
    assert doors.get(url).status_code == 404
