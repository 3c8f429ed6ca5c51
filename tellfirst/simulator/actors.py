"""The customers of a scenario: they text, call, write mails and answer surveys, through the carriers and the web."""

import re
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, select

from tellfirst.bootstrap import World
from tellfirst.carriers.usual import SIMULATED_SENDER, SIMULATED_SENDER_MAIL
from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.errors import NotFound
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.survey import read_score
from tellfirst.simulator.loopback import get_json, post_form, post_json
from tellfirst.simulator.scenario import Answers, Call, Letter, Question, Scenario, Work
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

_LINK = re.compile(r"https?://[^\s/]+/s/[\w.-]+")


def incident_at(world: World, place: str) -> str:
    """The latest incident at a place. Raises NotFound."""
    i = t.incident.c
    with reading(world.engine) as connection:
        found: str | None = connection.scalar(
            select(i.reference).where(i.place == place).order_by(i.id.desc()).limit(1)
        )
    if found is None:
        raise NotFound(f"no incident has been opened at {place}")
    return found


def filled_in(scenario: Scenario, work: Work) -> dict[str, Any]:
    """The form of `announce_work` as somebody fills it in who looks at a clock of the work's zone."""
    zone = ZoneInfo(work.zone)
    begins, ends = (scenario.starts_at + after for after in (work.begins, work.ends))
    return {
        "number": work.number,
        "elements": list(work.elements),
        "begins": begins.astimezone(zone).replace(tzinfo=None).isoformat(),
        "ends": ends.astimezone(zone).replace(tzinfo=None).isoformat(),
        "zone": work.zone,
        "impact": work.impact,
        "reason": work.reason.value,
    }


def ask(world: World, question: Question) -> None:
    """One customer per language texts the company."""
    with reading(world.engine) as connection:
        phones = {
            language: _reached_at(connection, t.customer.c.phone, question.place, question.among, language)
            for language in question.says
        }
    for language, text in question.says.items():
        _text(world, phones[language], text)


def call(world: World, it: Call) -> None:
    """One customer calls the company and presses keys. Raises NotFound where it breaks off."""
    with reading(world.engine) as connection:
        phone = _reached_at(connection, t.customer.c.phone, it.place, it.among, it.language)
    told = post_json(
        f"{world.settings.carriers_url}/customers/call",
        {"from": phone, "to": SIMULATED_SENDER, "keys": list(it.keys)},
    )
    if len(told["heard"]) != 1 + len(it.keys):
        raise NotFound(f"the call from {it.place} broke off after {len(told['heard'])} answers")


def write(world: World, letter: Letter) -> None:
    """One customer per language writes a mail to the company."""
    with reading(world.engine) as connection:
        mailboxes = {
            language: _reached_at(connection, t.customer.c.email, letter.place, letter.among, language)
            for language in letter.says
        }
    for language, text in letter.says.items():
        mail = {"from": mailboxes[language], "to": SIMULATED_SENDER_MAIL}
        told = post_json(
            f"{world.settings.carriers_url}/customers/mail",
            mail | {"subject": letter.subject, "text": text},
        )
        if told["status"] != 204:
            raise NotFound(f"a mail from {letter.place} was not taken: {told['status']}")


def answer_survey(world: World, answers: Answers) -> None:
    """Every n-th invited customer answers: by a reply to the SMS, or on the page the mail's link opens."""
    reference = incident_at(world, answers.place)
    with reading(world.engine) as connection:
        invited = _invited(connection, reference)[:: answers.every]
    for number, (channel, address) in enumerate(invited):
        reply = answers.sms[number % len(answers.sms)]
        if channel == Channel.SMS:
            _text(world, address, reply)
        elif link := _link_in_mail(world, address):
            score = read_score(reply)
            assert score is not None, "the loader refuses replies without a score"
            # Each from a home of their own, as it is (RFC 2544 keeps these addresses for trials).
            home = f"198.18.{number // 256}.{number % 256}"
            post_form(link, {"score": str(score.value), "comment": answers.comment}, home)


def _text(world: World, phone: str, body: str) -> None:
    sms = {"from": phone, "to": SIMULATED_SENDER, "body": body}
    post_json(f"{world.settings.carriers_url}/customers/sms", sms)


def _reached_at(
    connection: Connection, point: ColumnElement[str | None], place: str, among: str, language: str
) -> str:
    """Somebody of that place and language with a telephone, or a mailbox, of their own."""
    a, i, c = t.audience.c, t.incident.c, t.customer.c
    anywhere = select(a.customer_id)
    there = anywhere.join(t.incident, i.id == a.incident_id).where(i.place == place)
    wish = "email" if point is c.email else "sms"
    wanted = (
        select(point)
        .where(c.language == language, point.is_not(None), c.status == "active", c.wish == wish)
        .order_by(c.id)
        .limit(1)
    )
    wanted = wanted.where(c.id.in_(there) if among == "affected" else c.id.not_in(anywhere))
    found: str | None = connection.scalar(wanted)
    if found is None:
        raise NotFound(f"nobody in {place} with the language {language} can reach us like that")
    return found


def _invited(connection: Connection, reference: str) -> list[tuple[str, str]]:
    d, a, i = t.delivery.c, t.audience.c, t.incident.c
    rows = connection.execute(
        select(d.channel, a.address)
        .join(t.audience, and_(a.incident_id == d.incident_id, a.customer_id == d.customer_id))
        .join(t.incident, i.id == d.incident_id)
        .where(i.reference == reference, d.occasion == Occasion.SURVEY, d.state.in_(HANDED_OVER))
        .order_by(d.id)
    )
    return [(row.channel, row.address) for row in rows]


def _link_in_mail(world: World, address: str) -> str | None:
    """What a customer finds in their mailbox, which the carriers keep."""
    mails = get_json(f"{world.settings.carriers_url}/truth/messages?to={quote(address)}")
    links = [link for mail in mails for link in _LINK.findall(mail["body"])]
    return links[-1] if links else None
