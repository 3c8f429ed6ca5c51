"""SMTP as the contract of mail sees it: the carrier, signed bounces."""

import hmac
from dataclasses import replace
from hashlib import sha256
from typing import Any

from scripted_relay import PASSWORD

from tellfirst.carriers.mail import MailSettings, References, RelaySettings, Security
from tellfirst.carriers.port import Outbound, RawRequest
from tellfirst.carriers.smtp import SmtpMail, SmtpSettings
from tellfirst.domain.message import PERSONAL_LINK, Message

SECRET = "the-bounce-secret-of-the-tests"
MAIL = MailSettings(
    "notices@example.com",
    "notices.example.com",
    SECRET,
    sender_name="Deccan Mobile",
    bounce_mail="bounces+{reference}@example.com",
)
BOUNCE = """\
From: MAILER-DAEMON@relay.example
To: {to}
Subject: Delivery report
Date: Wed, 25 Nov 2026 10:00:00 +0000
Message-ID: <report-{number}@relay.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain

The mail to somebody went astray, or not.

--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
{envelope}
Final-Recipient: rfc822; somebody@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <somebody@example.com> unknown

--=b
Content-Type: text/rfc822-headers

From: notices@example.com
{original}Subject: No service

--=b--
"""


def bounce(
    number: int,
    action: str = "failed",
    status: str = "5.1.1",
    to: str = "notices@example.com",
    envelope: str = "",
    original: str | None = None,
) -> bytes:
    """A report as relays write it; our reference stands where the arguments put it, else in the original."""
    message_id = f"Message-ID: <{References(SECRET).of(number)}@notices.example.com>\n"
    text = BOUNCE.format(
        number=number,
        action=action,
        status=status,
        to=to,
        envelope=envelope + "\n" if envelope else "",
        original=message_id if original is None else original,
    )
    return text.replace("\n", "\r\n").encode()


def posted(body: bytes, secret: str = SECRET) -> RawRequest:
    """What the relay's pipe posts."""
    signature = hmac.new(secret.encode(), body, sha256).hexdigest()
    return RawRequest("https://notices.example/receipts/smtp", {"x-tellfirst-signature": signature}, body)


class SmtpHouse:
    name = "smtp"
    secrets: tuple[str, ...] = (PASSWORD, SECRET)

    def address(self, number: int) -> str:
        return f"customer{number:05d}@example.com"

    def mailbox(self, number: int) -> str:
        """Where the relay is told to bring it."""
        return self.address(number)

    def settings(self, port: int, timeout: float = 5.0, **relay: Any) -> SmtpSettings:
        return SmtpSettings(relay_settings(port, timeout, **relay), MAIL)

    def carrier(self, port: int | str, timeout: float = 5.0, **relay: Any) -> SmtpMail:
        return SmtpMail(self.settings(port if isinstance(port, int) else 9, timeout, **relay))

    def receipt(self, delivery_id: int) -> RawRequest:
        return posted(bounce(delivery_id, "delivered", "2.0.0"))

    def strangers_receipt(self, delivery_id: int) -> RawRequest:
        return posted(bounce(delivery_id, "delivered", "2.0.0"), "the-secret-of-another-relay")


def relay_settings(port: int, timeout: float = 5.0, **fields: Any) -> RelaySettings:
    return replace(
        RelaySettings("127.0.0.1", port, Security.NONE, timeout=timeout, connect_timeout=timeout), **fields
    )


def letters(house: SmtpHouse, count: int) -> list[Outbound]:
    text = "INC-2026-0007: no service in Gachibowli."
    message = Message(f"{text} {PERSONAL_LINK}", "No service", f"<p>{text} {PERSONAL_LINK}</p>", locale="en")
    return [
        Outbound(
            number, house.address(number), message, f"https://notices.example/s/personal-and-secret-{number}"
        )
        for number in range(1, count + 1)
    ]
