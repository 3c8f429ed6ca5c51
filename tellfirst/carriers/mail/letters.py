"""One mail for one customer, as bytes for a relay or a file.

Sources: RFC 5322 (format), RFC 3834, 5 (Auto-Submitted), RFC 8058 (one-click).
"""

import html
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote

import idna

from tellfirst.carriers.mail.reference import References
from tellfirst.carriers.mail.settings import MailSettings
from tellfirst.carriers.port import Outbound
from tellfirst.carriers.unsubscribing import URL_LETTERS, unsubscribe_headers
from tellfirst.domain.message import PERSONAL_LINK

LONGEST_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""


class Unaddressable(Exception):
    """No mail can be written to this address; says no more, for the address is a customer's."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An envelope and what is in it. `message_id` stands without its angle brackets."""

    outbound: Outbound
    sender: str
    recipient: str = field(repr=False)
    message_id: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes along."""

    name: str
    content: bytes = field(repr=False)
    kind: str = "application/pdf"


def letter_of(
    outbound: Outbound,
    settings: MailSettings,
    references: References,
    now: datetime,
    to: str = "",
    enclosure: Enclosure | None = None,
) -> Letter:
    """The mail for one customer. `to` where the mailbox is not their address itself, as with a fax.

    Raises Unaddressable for what is no address a relay could be given.
    """
    recipient = mailbox(to or outbound.address)
    reference = references.of(outbound.delivery_id)
    message_id = f"{reference}@{settings.domain}"
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address(settings.sender_name, addr_spec=settings.sender_mail)
        mail["To"] = Address(addr_spec=recipient)
        # One line whatever a template made of it: a line break would begin a header of its own.
        mail["Subject"] = " ".join(outbound.message.subject.split())
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{message_id}>"
        mail["Auto-Submitted"] = "auto-generated"
        for name, value in unsubscribe_headers(outbound.unsubscribe).items():
            mail[name] = value
        _fill(mail, outbound, enclosure)
        if outbound.message.locale:
            mail["Content-Language"] = outbound.message.locale
        content = mail.as_bytes()
    except (ValueError, MessageError, LookupError, IndexError):
        raise Unaddressable from None
    sender = settings.bounce_mail.replace("{reference}", reference) or settings.sender_mail
    return Letter(outbound, sender, recipient, message_id, content)


def mailbox(address: str) -> str:
    """The address as a relay may be given it: ASCII, its domain in IDNA form. Raises Unaddressable.

    A part before the @ outside ASCII would need SMTPUTF8 (RFC 6531) from every server on the way.
    """
    local, at, domain = address.strip().rpartition("@")
    try:
        plain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise Unaddressable from None
    whole = f"{local}@{plain}"
    if not (at and local and plain) or len(whole) > LONGEST_ADDRESS:
        raise Unaddressable
    if not whole.isascii() or not whole.isprintable() or set(whole) & set(' <>,;:"()[]\\') or "@" in local:
        raise Unaddressable
    return whole


def _fill(mail: EmailMessage, outbound: Outbound, enclosure: Enclosure | None) -> None:
    link = quote(outbound.link, safe=URL_LETTERS)
    mail.set_content(outbound.message.text.replace(PERSONAL_LINK, link))
    if outbound.message.html:
        page = outbound.message.html.replace(PERSONAL_LINK, html.escape(link))
        mail.add_alternative(page, subtype="html")
    if enclosure is not None:
        main, _, sub = enclosure.kind.partition("/")
        mail.add_attachment(enclosure.content, maintype=main, subtype=sub, filename=enclosure.name)
