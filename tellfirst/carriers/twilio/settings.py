"""What must be known to reach customers over Twilio: the account, and each channel's own part."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tellfirst.carriers.twilio.speech import SpokenBy
from tellfirst.domain.errors import SetupError

MACHINE_DETECTION = ("", "Enable", "DetectMessageEnd")
"""Empty: whatever answers is spoken to at once. `DetectMessageEnd` waits for an answering machine's tone."""
RING_SECONDS = range(5, 601)
CONTENT_SID_LENGTH = 34


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """What calls need. Raises SetupError for what cannot work."""

    caller_id: str
    """Our number, E.164, as the customer's phone shows it: one of Twilio's, or one verified there."""
    voices: Mapping[str, SpokenBy] = field(default_factory=dict)
    """Voices by language, before those of the table: only here can a language be read by another's voice."""
    clips_url: str = ""
    """Folder of recorded clips, for languages without a voice; empty: there are none."""
    ring_seconds: int = 30
    machine_detection: str = ""

    def __post_init__(self) -> None:
        if not self.caller_id:
            raise SetupError("calls over Twilio need a caller id")
        if self.clips_url and not self.clips_url.startswith(("http://", "https://")):
            raise SetupError("the clips need a public address, starting with https://")
        if self.ring_seconds not in RING_SECONDS:
            raise SetupError("let a phone ring for 5 to 600 seconds")
        if self.machine_detection not in MACHINE_DETECTION:
            raise SetupError(f"machine detection is {' or '.join(filter(None, MACHINE_DETECTION))}, or empty")


class ContentTemplate(NamedTuple):
    """A text approved by WhatsApp, and the names of the values that go into {{1}}, {{2}} and so on."""

    sid: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhatsAppSettings:
    """What WhatsApp needs. Raises SetupError for what cannot work."""

    sender: str
    """Our number, E.164, as registered with WhatsApp."""
    templates: Mapping[tuple[str, str], tuple[ContentTemplate, ...]]
    """By occasion and language, the fullest first: the first whose values are all known is sent."""

    def __post_init__(self) -> None:
        if not self.sender or self.sender.startswith("whatsapp:"):
            raise SetupError("WhatsApp needs our number as its sender, like +914000000198")
        for (occasion, locale), templates in self.templates.items():
            for one in templates:
                if not (one.sid.startswith("HX") and len(one.sid) == CONTENT_SID_LENGTH and one.variables):
                    raise SetupError(
                        f"the WhatsApp template of {occasion} in {locale} needs a content SID (HX and 32 digits) "
                        "and the names of its values"
                    )


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """The account, with a sender for texts unless it only calls or uses WhatsApp.

    At most one of `sender` and `messaging_service_sid` is set. Raises SetupError for what cannot work.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    """Where Twilio reaches us, as customers' carriers see it: receipts are signed over this address."""
    sender: str = ""
    """Our number, E.164, or our alphanumeric name."""
    messaging_service_sid: str = ""
    """MG..., a pool of senders; Twilio then chooses the number."""
    base_url: str | None = None
    """Where the API is; None is the real one."""
    timeout: float = 10.0
    """Seconds for a whole call."""
    connect_timeout: float = 3.0
    """Seconds of it for name, connection and TLS; until then nothing has been sent."""
    voice: VoiceSettings | None = None
    whatsapp: WhatsAppSettings | None = None

    def __post_init__(self) -> None:
        if not (self.account_sid and self.auth_token):
            raise SetupError("Twilio needs an account SID and its auth token; set both")
        if self.sender and self.messaging_service_sid:
            raise SetupError("Twilio needs a sender or a messaging service SID, and not both")
        if not (self.voice or self.whatsapp):
            self.text_sender()
        if not self.public_url.startswith(("http://", "https://")):
            raise SetupError("Twilio needs the public address of this service, starting with https://")
        if not 0 < self.connect_timeout < self.timeout:
            raise SetupError("Twilio's connect timeout must be above zero and below the whole timeout")

    def text_sender(self) -> dict[str, str]:
        """What names us as the sender of texts. Raises SetupError when nothing does."""
        if self.messaging_service_sid:
            return {"messaging_service_sid": self.messaging_service_sid}
        if self.sender:
            return {"from_": self.sender}
        raise SetupError("Twilio needs a sender or a messaging service SID to send texts")

    def receipt_url(self, carrier: str, delivery_id: int) -> str:
        """Where the receipts of one delivery go: the only place where Twilio gives our reference back."""
        return f"{self.public_url.rstrip('/')}/receipts/{carrier}?delivery={delivery_id}"
