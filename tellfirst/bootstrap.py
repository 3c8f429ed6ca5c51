"""The one chooser of implementations: builds the world from the settings, once per process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256

from sqlalchemy import Connection, Engine

from tellfirst.carriers.port import Carrier
from tellfirst.carriers.sendgrid import SendGridMail, SendGridSettings
from tellfirst.carriers.twilio import TwilioSettings, TwilioSms
from tellfirst.contacts.words import load_words
from tellfirst.delivery import brake
from tellfirst.delivery.brake import Brake
from tellfirst.delivery.pumping import Pump
from tellfirst.delivery.sending import Script, Sender
from tellfirst.detect.sources import Sources, load_sources
from tellfirst.domain.contact import Wordlist
from tellfirst.domain.errors import SetupError
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.times import Clock, SteadyClock, SystemClock
from tellfirst.notices import scripts
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.rendering import Templates
from tellfirst.notices.speaking import House, Voice
from tellfirst.secrets import Secrets, load_or_make
from tellfirst.settings import Settings, read_settings
from tellfirst.store.database_clock import DatabaseClock
from tellfirst.store.engine import connect
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.surveys.links import SurveyLinks
from tellfirst.timelines.playbooks import load_playbooks

SIMULATED_SENDER = "+914000000198"
SIMULATED_SENDER_MAIL = "service@tellfirst.example"


@dataclass(frozen=True)
class World:
    """Everything a task, a page or a command needs of the outside. Parts are built when first used."""

    settings: Settings

    @cached_property
    def engine(self) -> Engine:
        return connect(self.settings.store_url)

    @cached_property
    def secrets(self) -> Secrets:
        return load_or_make(self.settings.home)

    @cached_property
    def clock(self) -> Clock:
        """Time for promises and deadlines."""
        return SteppedClock(self.engine) if self.settings.clock == "stepped" else SystemClock()

    @cached_property
    def wall(self) -> Clock:
        """Time for leases: whether a process is alive is no matter of any scenario.

        On PostgreSQL it is the database's, one for all machines; on SQLite the machine's, which never runs back.
        """
        if self.engine.dialect.name == "postgresql":
            return DatabaseClock(self.engine)
        return SteadyClock(SystemClock())

    @cached_property
    def templates(self) -> Templates:
        settings = self.settings
        return Templates(settings.templates, company=settings.company, contact=settings.contact)

    @cached_property
    def playbooks(self) -> Mapping[str, Playbook]:
        return load_playbooks(self.settings.config / "playbooks")

    @cached_property
    def sources(self) -> Sources:
        return load_sources(self.settings.config)

    @cached_property
    def contact_words(self) -> Wordlist:
        return load_words(self.settings.config)

    @cached_property
    def house(self) -> House:
        return House(self.settings.company, self.settings.contact, self.settings.web_url)

    @cached_property
    def links(self) -> SurveyLinks:
        secret = self.settings.link_secret.get_secret_value() or self.secrets.link_secret
        return SurveyLinks(secret, self.settings.web_url)

    @cached_property
    def signal_token(self) -> str:
        return self.settings.signal_token.get_secret_value() or self.secrets.signal_token

    @property
    def simulated(self) -> bool:
        """No carrier is configured: messages go to the simulated ones.

        Raises SetupError for half a configuration: a city told on one channel is not told.
        """
        settings = self.settings
        real = {
            "TELLFIRST_TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
            "TELLFIRST_TWILIO_AUTH_TOKEN": settings.twilio_auth_token.get_secret_value(),
            "TELLFIRST_TWILIO_SENDER": settings.twilio_sender,
            "TELLFIRST_SENDGRID_API_KEY": settings.sendgrid_api_key.get_secret_value(),
            "TELLFIRST_SENDGRID_SENDER": settings.sendgrid_sender,
            "TELLFIRST_SENDGRID_RECEIPT_KEY": settings.sendgrid_receipt_key,
        }
        missing = [name for name, value in real.items() if not value]
        if missing and len(missing) < len(real):
            raise SetupError(
                f"carriers are only half configured; set {', '.join(missing)} too, or none of "
                f"{', '.join(real)} to work with simulated ones"
            )
        return bool(missing)

    def twilio(self) -> TwilioSms:
        """A new SMS carrier; its connections belong to the event loop that first uses them."""
        settings = self.settings
        if self.simulated:
            return TwilioSms(
                TwilioSettings(
                    account_sid=self.secrets.twilio_account_sid,
                    auth_token=self.secrets.twilio_auth_token,
                    sender=SIMULATED_SENDER,
                    base_url=settings.carriers_url,
                    public_url=settings.web_url,
                )
            )
        is_service = settings.twilio_sender.startswith("MG")
        return TwilioSms(
            TwilioSettings(
                account_sid=settings.twilio_account_sid,
                auth_token=settings.twilio_auth_token.get_secret_value(),
                sender="" if is_service else settings.twilio_sender,
                messaging_service_sid=settings.twilio_sender if is_service else "",
                base_url=settings.twilio_base_url or None,
                public_url=settings.web_url,
            )
        )

    def sendgrid(self) -> SendGridMail:
        """A new mail carrier."""
        settings = self.settings
        simulated = self.simulated
        return SendGridMail(
            SendGridSettings(
                api_key=self.secrets.sendgrid_api_key
                if simulated
                else settings.sendgrid_api_key.get_secret_value(),
                host=settings.carriers_url if simulated else settings.sendgrid_base_url or None,
                sender_mail=settings.sendgrid_sender or SIMULATED_SENDER_MAIL,
                sender_name=settings.company,
                receipt_public_key=settings.sendgrid_receipt_key or self.secrets.sendgrid_public_key,
            )
        )

    def carrier(self, channel: Channel) -> Carrier:
        """The carrier of a channel. Raises KeyError for `none`, which nothing is ever sent on."""
        return self._carriers[channel]()

    @property
    def _carriers(self) -> Mapping[Channel, Callable[[], Carrier]]:
        return {Channel.SMS: self.twilio, Channel.EMAIL: self.sendgrid}

    @cached_property
    def sender(self) -> Sender:
        """What sending needs, whoever is the carrier."""
        return Sender(self.engine, self.clock, self.wall, self.brake)

    @cached_property
    def pump(self) -> Pump:
        """What brings waiting messages on their way, in a flow or in a process of its own."""
        return Pump(self.sender, self.carrier, tuple(self._carriers), self.script, conclude_all)

    def script(self, connection: Connection, notice_id: int, channel: Channel) -> Script:
        """What a notice says on a channel."""
        return scripts.script(connection, notice_id, channel, self.templates, self.links.link)

    @cached_property
    def brake(self) -> Brake:
        return Brake(self.settings.home / brake.FILE, self.settings.stop)

    def voice(self) -> Voice:
        """Who speaks, as of now."""
        return Voice(self.house, self.template_version, self.clock.now(), self.wall.now())

    def template_version(self, occasion: Occasion) -> str:
        """One hash over the texts of an occasion in all channels and languages."""
        parts = (
            self.templates.version(occasion, channel, locale)
            for channel in (Channel.SMS, Channel.EMAIL)
            for locale in Locale
        )
        return sha256("".join(parts).encode()).hexdigest()[:12]


@lru_cache(maxsize=1)
def world() -> World:
    """The world of this process. Raises SetupError when the environment is wrong."""
    return World(read_settings())
