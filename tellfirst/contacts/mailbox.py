"""Mails are fetched from a mailbox and taken like those that are posted to us."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

from tellfirst.carriers.mail.incoming import read_mail
from tellfirst.carriers.mail.mailbox import MailboxAway, MailboxPlace, Unread, opened
from tellfirst.contacts import files
from tellfirst.contacts.answering import Desk, take
from tellfirst.contacts.door_files import Mailbox
from tellfirst.contacts.inbound import Attached, Inbound
from tellfirst.contacts.mails import MailRules, take_mail
from tellfirst.contacts.receiving import Reply
from tellfirst.contacts.to_a_person import to_a_person
from tellfirst.domain.contact import Door
from tellfirst.domain.errors import Refused, SetupError

log = logging.getLogger(__name__)
UNREADABLE = "mail_unreadable"
TOO_LARGE = "mail_too_large"


@dataclass(frozen=True, slots=True)
class Looked:
    """One look into a mailbox: how many mails were taken, and why no more could be."""

    taken: int = 0
    fault: str = ""


def look(
    name: str,
    mailbox: Mailbox,
    variable: Callable[[str], str],
    desk: Desk,
    rules: MailRules,
    now: Callable[[], datetime],
) -> Looked:
    """Take what nobody has seen, each mail stored for good before it is flagged. Raises SetupError without a password;
    whatever else keeps it from being read is a fault, for the next look may go well."""
    password = variable(mailbox.password)
    if not password:
        raise SetupError(f"{mailbox.password} is not set; it holds the password of the mailbox {name}")
    place = MailboxPlace(
        *(mailbox.host, mailbox.port, mailbox.username, password, mailbox.folder),
        *(mailbox.ca_file, mailbox.timeout),
    )
    taken = 0
    try:
        with opened(place) as box:
            for one in box.unread(mailbox.at_once):
                _take(one, desk, rules, now())
                box.seen(one.uid)
                taken += 1
    except MailboxAway as away:
        log.warning("the mailbox %s could not be read: %s", name, away)
        return Looked(taken, str(away))
    return Looked(taken)


def _take(one: Unread, desk: Desk, rules: MailRules, now: datetime) -> None:
    try:
        mail = read_mail(one.content)
    except Refused:
        _keep_unread(one, UNREADABLE, desk, now)
        return
    if one.is_whole:
        take_mail(desk, mail, rules, now)
    else:
        _keep_unread(one, TOO_LARGE, desk, now)


def _keep_unread(one: Unread, why: str, desk: Desk, now: datetime) -> None:
    """A person reads what we cannot: it is kept as it came."""
    once = sha256(one.content).hexdigest()[:40]
    attached = files.within_limits([Attached("mail.eml", "message/rfc822", one.content)])
    it = Inbound(f"mailbox:{once}", "unknown", "", Door.EMAIL, files=attached)

    def give(connection: Connection, reply: Reply, _text: str, moment: datetime) -> None:
        to_a_person(connection, reply.contact_id, why, moment)

    take(desk, it, now, give=give)
