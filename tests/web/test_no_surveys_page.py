"""Surveys are ended by a link in the mail: looking changes nothing, one POST ends them, other words go on."""

from typing import Any

import asked
import pytest
from asked import ENGLISH, LANGUAGES, link, refusal_link
from front import PUBLIC, TestClient
from hyderabad import rows
from markup import Markup

from tellfirst.bootstrap import World
from tellfirst.carriers.sendgrid.request import mail_of
from tellfirst.carriers.sendgrid.settings import SendGridSettings
from tellfirst.delivery.intending import Addressed
from tellfirst.delivery.scripting import Texts
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Locale
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.refusals import FORM_LIMIT

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
story = asked.story


def refusals(world: World) -> list[tuple[Any, ...]]:
    with reading(world.engine) as connection:
        return rows(connection, t.survey_refusal, "customer_id", "source")


def test_looking_at_the_page_ends_nothing(world: World, doors: TestClient) -> None:
    answer = doors.get(refusal_link(world))
    assert answer.status_code == 200
    assert len(Markup(answer.text).all("form")) == 1
    assert refusals(world) == []


def test_one_post_without_cookies_or_a_person_ends_surveys(world: World, doors: TestClient) -> None:
    answer = doors.post(refusal_link(world), data=ONE_CLICK)
    assert (answer.status_code, answer.cookies, answer.history) == (200, {}, [])
    assert refusals(world) == [(ENGLISH, "web")]
    assert Markup(doors.get(refusal_link(world)).text).all("form") == []


def test_whoever_says_it_twice_has_said_it_once(world: World, doors: TestClient) -> None:
    for _ in range(2):
        assert doors.post(refusal_link(world)).status_code == 200
    assert refusals(world) == [(ENGLISH, "web")]


@pytest.mark.parametrize("customer_id", LANGUAGES)
def test_the_page_speaks_the_language_of_the_customer(
    world: World, doors: TestClient, customer_id: int
) -> None:
    page = doors.post(refusal_link(world, customer_id)).text
    language = Locale(LANGUAGES[customer_id])
    assert world.templates.phrases(language).no_surveys.done in page
    assert f'dir="{language.direction}"' in page


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_answers_a_survey_does_not_end_them(world: World, doors: TestClient, method: str) -> None:
    token = link(world).rpartition("/")[2]
    assert doors.request(method, f"{PUBLIC}/u/{token}").status_code == 404
    assert refusals(world) == []


def test_a_body_over_the_limit_is_refused(world: World, doors: TestClient) -> None:
    assert doors.post(refusal_link(world), content=b"x" * (FORM_LIMIT + 1)).status_code == 413
    assert refusals(world) == []


def test_a_survey_by_mail_can_be_ended_with_one_click_and_a_word_about_an_outage_cannot(world: World) -> None:
    """RFC 8058 for surveys. Nobody can leave the words about their own service by accident."""
    assert _headers(world, "survey") == {
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{refusal_link(world)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert _headers(world, "restored") is None


def _headers(world: World, occasion: str) -> Any:
    """Of the mail that SendGrid would be handed for one customer."""
    with reading(world.engine) as connection:
        notices = rows(connection, t.notice, "id", "occasion")
        [notice_id] = [key for key, why in notices if why == occasion]
        script = world.script(connection, notice_id, Channel.EMAIL)
    delivery_id = world.links.read_unsubscribe(refusal_link(world).rpartition("/")[2])
    reader = Reader("en", "Asia/Kolkata", "down")
    [mail], _ = Texts(script).written([Addressed(delivery_id, ENGLISH, "a@example.org", reader, None)])
    settings = SendGridSettings("SG.key", "notices@example.com", receipt_public_key="a key")
    return mail_of([mail], settings)["personalizations"][0].get("headers")
