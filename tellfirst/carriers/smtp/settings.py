"""What must be known to send mail over a relay of one's own."""

from dataclasses import dataclass

from tellfirst.carriers.mail import MailSettings, RelaySettings


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mails go, and who writes them."""

    relay: RelaySettings
    mail: MailSettings
