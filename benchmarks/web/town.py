"""A million customers, a tenth of whom an outage hits: its first word is planned and about to leave."""

import base64
import hashlib
import hmac
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Engine, func, select, update

from benchmarks.contestants import match_once
from benchmarks.delivery import books
from benchmarks.ground import prepared
from benchmarks.outage import INCIDENT, PLAYBOOK, PLAYBOOKS, REFERENCE, break_anew, open_incident
from benchmarks.scenarios import scenarios
from benchmarks.seeding import seed_base
from tellfirst.domain.delivery import DeliveryState
from tellfirst.domain.ramp import Canary
from tellfirst.notices.telling import tell_first
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.timelines.playbooks import load_playbooks

WORDS = (
    "No signal since this morning, is there a problem?",
    "ఇక్కడ సిగ్నల్ లేదు, ఏమైనా సమస్య ఉందా?",
    "Tiada isyarat di sini.",
    "یہاں سگنل نہیں ہے",
    "how much is my bill",
)


@dataclass(frozen=True, slots=True)
class Town:
    """`callers` are numbers: every other one of a customer whom the outage hits."""

    engine: Engine
    customer_count: int
    told_count: int
    callers: list[str]

    def sent(self) -> int:
        """Deliveries that are no longer waiting."""
        d = t.delivery.c
        with reading(self.engine) as connection:
            return int(
                connection.execute(
                    select(func.count()).select_from(t.delivery).where(d.handed_over_at.is_not(None))
                ).scalar_one()
            )

    def waiting(self) -> int:
        with reading(self.engine) as connection:
            pending = t.delivery.c.state == DeliveryState.PENDING
            return int(
                connection.execute(select(func.count()).select_from(t.delivery).where(pending)).scalar_one()
            )

    def contacts(self) -> tuple[int, int]:
        """How many were kept, and how many of them answered."""
        c = t.contact.c
        with reading(self.engine) as connection:
            row = connection.execute(select(func.count(c.id), func.count(c.answered_at))).one()
        return int(row[0]), int(row[1])


@contextmanager
def town(seed: int, customer_count: int, folder: Path, caller_count: int) -> Iterator[Town]:
    """A copy that goes afterwards; the seeded file is kept in `folder`."""
    seeded = seed_base(seed, customer_count)
    with prepared("sqlite", seeded, folder) as ground:
        with writing(ground.engine) as connection:
            open_incident(connection)
            book = replace(
                load_playbooks(PLAYBOOKS)[PLAYBOOK],
                canary=Canary(start=customer_count),
                quiet_hours=None,
                approve_above=1.0,
            )
            connection.execute(update(t.incident).values(playbook=playbook_copy.to_json(book)))
        break_anew(ground.engine, scenarios(seeded)[1])
        match_once(ground.engine)
        with writing(ground.engine) as connection:
            spoken = tell_first(connection, REFERENCE, books.voice(datetime.now(UTC)))
        assert spoken is not None
        yield Town(ground.engine, customer_count, _told(ground.engine), _callers(ground.engine, caller_count))


def _told(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(t.delivery)).scalar_one())


def _callers(engine: Engine, count: int) -> list[str]:
    """Each once: a customer who texts twenty times an hour is a machine."""
    c, a = t.customer.c, t.audience.c
    hit = select(a.customer_id).where(a.incident_id == INCIDENT, a.affected_revision.is_not(None))
    with reading(engine) as connection:
        known = connection.scalars(
            select(c.phone).where(c.id.in_(hit), c.phone.is_not(None)).group_by(c.phone).limit(count // 2)
        ).all()
        others = connection.scalars(
            select(c.phone)
            .where(c.id.not_in(hit), c.phone.is_not(None))
            .group_by(c.phone)
            .limit(count - len(known))
        ).all()
    mixed = [one for pair in zip(known, others, strict=False) for one in pair if one]
    assert len(mixed) >= count * 0.9, "there are too few customers with a number"
    return mixed


def text(token: str, url: str, number: int, sender: str) -> bytes:
    """A customer's text as Twilio posts it (Twilio, "Webhooks Security"); one in five asks about a bill."""
    form = {
        "AccountSid": "AC" + "0" * 32,
        "Body": WORDS[number % len(WORDS)],
        "From": sender,
        "MessageSid": f"SM{number:032x}",
        "NumMedia": "0",
        "To": "+914000000198",
    }
    signed = url + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()
    body = urlencode(form).encode()
    head = (
        f"POST {urlsplit(url).path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Twilio-Signature: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def sending(environment: dict[str, str]) -> Iterator[None]:
    """The pump: what sends a notice without Prefect, as in production."""
    with subprocess.Popen(
        [sys.executable, "-m", "tellfirst", "pump"],
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
