"""One answer as a letter. Sources: RFC 3834, 3.1 (headers and envelope of a response), RFC 5322, 3.6.4 (threads)."""

import hmac
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from tellfirst.carriers.answering import Written
from tellfirst.carriers.mail.letters import Enclosure, Letter, Unaddressable, mailbox
from tellfirst.carriers.mail.settings import MailSettings
from tellfirst.carriers.port import Outbound
from tellfirst.domain.message import Message


def answer_letter(
    written: Written,
    settings: MailSettings,
    now: datetime,
    to: str = "",
    enclosure: Enclosure | None = None,
) -> Letter:
    """The mail that brings an answer. `to` where the mailbox is not the customer's own, as with a fax.

    Sent again it bears the same Message-ID, so that mailboxes can show it once. Raises Unaddressable.
    """
    recipient = mailbox(to or written.address)
    message_id = f"answer-{written.answer_id}-{_tag(written.answer_id, settings)}@{settings.domain}"
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address(settings.sender_name, addr_spec=settings.sender_mail)
        mail["To"] = Address(addr_spec=recipient)
        mail["Subject"] = " ".join(written.subject.split())
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{message_id}>"
        for name, value in written.headers.items():
            mail[name] = value
        if written.language:
            mail["Content-Language"] = written.language
        mail.set_content("" if enclosure else written.text)
        if enclosure is not None:
            main, _, sub = enclosure.kind.partition("/")
            mail.add_attachment(enclosure.content, maintype=main, subtype=sub, filename=enclosure.name)
        content = mail.as_bytes()
    except (ValueError, MessageError, LookupError, IndexError):
        raise Unaddressable from None
    outbound = Outbound(written.answer_id, written.address, Message(written.text, written.subject))
    return Letter(outbound, settings.sender_mail, recipient, message_id, content)


def _tag(answer_id: int, settings: MailSettings) -> str:
    """Like the tag of a delivery, and never equal to one."""
    return hmac.new(settings.receipt_secret.encode(), f"answer:{answer_id}".encode(), sha256).hexdigest()[:20]
