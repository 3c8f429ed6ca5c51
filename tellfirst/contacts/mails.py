"""Mails, and the faxes among them: kept whoever wrote them, answered where a person did.

A sender's address proves nothing. So a customer is found by it and nothing is done in their name, and the answer goes
to that address alone, never to another that the mail asks for: it says what is known about that customer.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from tellfirst.carriers.mail.incoming import IncomingMail
from tellfirst.contacts import files, replying
from tellfirst.contacts.answering import Desk, Said, take
from tellfirst.contacts.inbound import Attached, Inbound
from tellfirst.contacts.pdf_text import text_of_pdf
from tellfirst.contacts.receiving import BODY_LENGTH, Reply
from tellfirst.contacts.to_a_person import to_a_person
from tellfirst.domain.automatic_mail import MOST_ANSWERS, WITHIN, Silence, silence
from tellfirst.domain.contact import ContactState, Door, Intent
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.store.inserting import insert_into

UNREADABLE_FAX = "fax_without_text"
NO_NUMBER = "fax_without_a_number"
LEFT_OUT = "files_left_out"
LONGEST_SUBJECT = 250
PDF = "application/pdf"
_NUMBER = re.compile(r"\+?[0-9][0-9 ().\-/]{5,20}[0-9]")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a mail: what was said, or why nothing was."""

    said: Said | None = None
    silence: Silence | None = None


@dataclass(frozen=True, slots=True)
class MailRules:
    """What the house knows of mails: its own addresses, and the domains whose mails are faxes; all in lower case."""

    ours: frozenset[str] = frozenset()
    fax_gateways: tuple[str, ...] = ()

    def is_fax(self, sender: str) -> bool:
        """By the domain of a gateway, or one below it."""
        domain = sender.lower().rpartition("@")[2]
        return any(domain == one or domain.endswith(f".{one}") for one in self.fax_gateways)


def take_mail(desk: Desk, mail: IncomingMail, rules: MailRules, now: datetime) -> Taken:
    """Keep a mail and promise its answer, once, whichever door it comes through; what nobody must answer is kept and
    closed with the reason. PDFs are read before anything is written."""
    is_fax = rules.is_fax(mail.sender)
    why = None if is_fax else silence(mail.headers, mail.sender, mail.return_path, rules.ours)
    it = _fax(mail) if is_fax else _letter(mail)
    if why is not None:
        return Taken(silence=_keep_silently(desk, it, why, now))
    reason = _for_a_person(it)

    def keep(connection: Connection, contact_id: int) -> None:
        _remember(connection, contact_id, it, mail)

    def give(connection: Connection, reply: Reply, text: str, moment: datetime) -> None:
        if _too_many(connection, it, moment):
            to_a_person(connection, reply.contact_id, Silence.LOOP, moment)
        elif reason in (UNREADABLE_FAX, NO_NUMBER):
            to_a_person(connection, reply.contact_id, reason, moment)
        else:
            replying.promise(
                connection, reply.contact_id, reply.kind, text, moment, subject=_subject(reply, it)
            )
            if reason:
                to_a_person(connection, reply.contact_id, reason, moment)

    return Taken(take(desk, it, now, give=give, keep=keep))


def _letter(mail: IncomingMail) -> Inbound:
    # A tenth of a second that only whoever reads mails needs.
    from tellfirst.contacts.mail_text import written_text

    body = written_text(mail.text, mail.html)
    return Inbound(
        mail.identity,
        mail.sender.lower() or "unknown",
        body,
        Door.EMAIL,
        mail.subject[:LONGEST_SUBJECT],
        files=files.within_limits([*_whole(body), *_attached(mail)]),
    )


def _fax(mail: IncomingMail) -> Inbound:
    """A gateway's mail is no word of the customer's; the pages are, and the number stands before the gateway's @, in
    the name, or in the subject."""
    read = [replace(one, text=text_of_pdf(one.content)) if _is_pdf(one) else one for one in _attached(mail)]
    body = "\n".join(one.text for one in read if one.text)
    return Inbound(
        mail.identity,
        _number(mail) or "unknown",
        body,
        Door.FAX,
        mail.subject[:LONGEST_SUBJECT],
        files=files.within_limits([*_whole(body), *read]),
    )


def _attached(mail: IncomingMail) -> list[Attached]:
    return [Attached(one.name, one.media_type, one.content) for one in mail.files]


def _whole(body: str) -> list[Attached]:
    """A long letter is kept as a whole: the contact itself has room for its beginning."""
    return (
        [Attached("whole.txt", "text/plain", body.encode(errors="replace"))]
        if len(body) > BODY_LENGTH
        else []
    )


def _is_pdf(one: Attached) -> bool:
    return one.media_type == PDF or one.content.startswith(b"%PDF-")


def _number(mail: IncomingMail) -> str:
    for place in (mail.sender.partition("@")[0], mail.sender_name, mail.subject):
        if found := _NUMBER.search(place):
            return "+" + re.sub(r"[^0-9]", "", found.group()).removeprefix("00")
    return ""


def _for_a_person(it: Inbound) -> str:
    """Why a person has to look at it, whatever was understood; empty when they need not."""
    if it.door is Door.FAX and it.address == "unknown":
        return NO_NUMBER
    if it.door is Door.FAX and not it.body.strip():
        return UNREADABLE_FAX
    return LEFT_OUT if any(one.left_out for one in it.files) else ""


def _subject(reply: Reply, it: Inbound) -> str:
    """Theirs for a customer. A stranger's words are not sent on in our name to an address that may not be theirs."""
    mine = reply.facts.reference if reply.facts else ""
    theirs = it.subject if reply.is_customer else ""
    whole = theirs if theirs.lower().startswith("re:") else f"Re: {theirs}".strip() if theirs else ""
    return f"{whole} [{mine}]".strip() if mine and mine not in whole else whole


def _too_many(connection: Connection, it: Inbound, now: datetime) -> bool:
    c, a = t.contact.c, t.contact_answer.c
    had = connection.scalar(
        select(func.count())
        .select_from(t.contact_answer)
        .join(t.contact, c.id == a.contact_id)
        .where(c.address == it.address, c.received_at > now - WITHIN, c.channel == it.door)
    )
    return int(had or 0) >= MOST_ANSWERS


def _remember(connection: Connection, contact_id: int, it: Inbound, mail: IncomingMail) -> None:
    c = t.contact
    connection.execute(update(c).where(c.c.id == contact_id).values(subject=it.subject.replace("\x00", "")))
    row = {"contact_id": contact_id, "message_id": mail.message_id, "thread": mail.references}
    connection.execute(t.contact_mail.insert().values(**row))


def _keep_silently(desk: Desk, it: Inbound, why: Silence, now: datetime) -> Silence:
    with writing(desk.engine) as connection:
        kept = connection.execute(
            insert_into(connection, t.contact)
            .values(
                channel=it.door,
                carrier_event=it.event_id,
                address=it.address,
                intent=Intent.OTHER,
                subject=it.subject.replace("\x00", ""),
                body=it.body[:BODY_LENGTH],
                received_at=now,
                state=ContactState.CLOSED,
                state_reason=why,
                closed_at=now,
            )
            .on_conflict_do_nothing()
            .returning(t.contact.c.id)
        ).scalar_one_or_none()
        if kept is not None:
            files.keep(connection, kept, it.files)
    return why
