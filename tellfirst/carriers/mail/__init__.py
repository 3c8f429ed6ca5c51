"""What carriers that send mail share: letters, a company's own relay, bounces. No carrier itself."""

from tellfirst.carriers.mail.answers import answer_letter
from tellfirst.carriers.mail.bounces import Bounces
from tellfirst.carriers.mail.letters import Enclosure, Letter, Unaddressable, letter_of
from tellfirst.carriers.mail.reference import References
from tellfirst.carriers.mail.relay import Relay
from tellfirst.carriers.mail.settings import MailSettings, RelaySettings, Security

__all__ = [
    "Bounces",
    "Enclosure",
    "Letter",
    "MailSettings",
    "References",
    "Relay",
    "RelaySettings",
    "Security",
    "Unaddressable",
    "answer_letter",
    "letter_of",
]
