"""The one chooser of implementations: builds the world from the settings, once per process."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256

from sqlalchemy import Connection, Engine

from tellfirst.carriers import usual
from tellfirst.carriers.fleet import Fleet
from tellfirst.carriers.kinds import Ground
from tellfirst.carriers.lineup import Lineup, load_lineup
from tellfirst.carriers.staff import Apprise, Pager
from tellfirst.contacts.affected.codes import Codes
from tellfirst.contacts.answering import Desk
from tellfirst.contacts.door_files import Doors, load_doors
from tellfirst.contacts.forms import Forms
from tellfirst.contacts.happened import Entry, Happened
from tellfirst.contacts.history import History, history
from tellfirst.contacts.links import PersonalLinks
from tellfirst.contacts.mails import MailRules
from tellfirst.contacts.reception import Reception
from tellfirst.contacts.replying import Post
from tellfirst.contacts.words import load_words
from tellfirst.delivery import brake, high_water
from tellfirst.delivery.brake import Brake
from tellfirst.delivery.dispatching import Options
from tellfirst.delivery.high_water import HighWater
from tellfirst.delivery.pacing import Pace
from tellfirst.delivery.pumping import Pump
from tellfirst.delivery.roster import Candidate
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.senders import senders
from tellfirst.delivery.sending import Sender
from tellfirst.delivery.trust import Trust
from tellfirst.detect.sources import Sources, load_sources
from tellfirst.domain.hand_over import Sender as SenderAtHand
from tellfirst.domain.occasion import Channel, Locale
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.times import Clock, SteadyClock, SystemClock
from tellfirst.notices import scripts
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.rendering import Templates
from tellfirst.notices.sources import WRITTEN
from tellfirst.notices.speaking import House, Voice
from tellfirst.publishing.press import Press
from tellfirst.review.compensated import Owed, owed_to
from tellfirst.secrets import Secrets, load_or_make
from tellfirst.settings import Settings, read_settings
from tellfirst.store.database_clock import DatabaseClock
from tellfirst.store.engine import connect
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.surveys.links import SurveyLinks
from tellfirst.timelines.calendars import Markets, load_markets
from tellfirst.timelines.packs import Policy, load_policy
from tellfirst.timelines.playbooks import load_playbooks
from tellfirst.timelines.roles import Roles, load_roles
from tellfirst.works.links import WorkLinks


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
    def press(self) -> Press:
        """What prints pages."""
        settings = self.settings
        site = settings.web_url.rstrip("/")
        return Press(self.templates, settings.templates, settings.company, settings.contact, site)

    @cached_property
    def playbooks(self) -> Mapping[str, Playbook]:
        return load_playbooks(self.settings.config / "playbooks", self.settings.templates)

    @cached_property
    def markets(self) -> Markets:
        """The working calendars."""
        return load_markets(self.settings.config)

    @cached_property
    def roles(self) -> Roles:
        return load_roles(self.settings.config, self.markets.names)

    @cached_property
    def pager(self) -> Pager:
        return Apprise()

    @cached_property
    def policy(self) -> Policy:
        return load_policy(self.settings.config)

    @cached_property
    def sources(self) -> Sources:
        return load_sources(self.settings.config)

    @cached_property
    def contact_words(self) -> Reception:
        """How contacts are understood, and what becomes of them."""
        return load_words(self.settings.config, books=self.playbooks, markets=self.markets, house=self.house)

    @cached_property
    def house(self) -> House:
        return House(self.settings.company, self.settings.contact, self.settings.web_url)

    @cached_property
    def links(self) -> SurveyLinks:
        secret = self.settings.link_secret.get_secret_value() or self.secrets.link_secret
        return SurveyLinks(secret, self.settings.web_url)

    @cached_property
    def work_links(self) -> WorkLinks:
        secret = self.settings.link_secret.get_secret_value() or self.secrets.link_secret
        return WorkLinks(secret, self.settings.web_url)

    @cached_property
    def suppression_key(self) -> bytes:
        """Under it those who were erased are recognised: a key of its own, made of the secret of the links."""
        secret = self.settings.link_secret.get_secret_value() or self.secrets.link_secret
        return hmac.digest(secret.encode(), b"suppression", "sha256")

    @cached_property
    def personal_links(self) -> PersonalLinks:
        secret = self.settings.link_secret.get_secret_value() or self.secrets.link_secret
        return PersonalLinks(secret, self.settings.web_url)

    @cached_property
    def forms(self) -> Forms:
        secret = self.settings.link_secret.get_secret_value() or self.secrets.link_secret
        return Forms(secret)

    @cached_property
    def signal_token(self) -> str:
        return self.settings.signal_token.get_secret_value() or self.secrets.signal_token

    @cached_property
    def codes(self) -> Codes:
        """What draws the codes that prove a number."""
        return Codes(self.settings.link_secret.get_secret_value() or self.secrets.link_secret)

    @cached_property
    def doors(self) -> Doors:
        return load_doors(self.settings.config)

    @property
    def desk(self) -> Desk:
        """Where contacts are kept and answered, whatever door they come through."""
        return Desk(self.engine, self.contact_words, self.templates)

    @cached_property
    def mail_rules(self) -> MailRules:
        """Our own addresses and the gateways of faxes."""
        ours = frozenset(filter(None, (*self.doors.mail.ours, self.settings.sendgrid_sender.lower())))
        return MailRules(ours, self.doors.mail.fax_gateways)

    @cached_property
    def mail_door_token(self) -> str:
        """Made of the secret of the links unless it is set, so that it stays the same."""
        secret = self.settings.link_secret.get_secret_value() or self.secrets.link_secret
        made = hmac.new(secret.encode(), b"the door for mails", sha256).hexdigest()[:32]
        return self.settings.mail_door_token.get_secret_value() or made

    @property
    def post(self) -> Post:
        """What brings answers that could not be given in the same breath."""
        fleet = self.fleet
        return Post(
            lambda channel: [one.name for one in fleet.of(channel)] if channel in fleet.channels else [],
            fleet.make,
        )

    @property
    def simulated(self) -> bool:
        """No carrier is configured, or none may be used: messages go to the simulated ones.

        Raises SetupError for half a configuration: a city told on one channel is not told.
        """
        return self.settings.simulate or not (
            load_lineup(self.settings.config) or usual.is_configured(self.settings)
        )

    @cached_property
    def fleet(self) -> Fleet:
        """Every configured carrier. Raises SetupError."""
        return Fleet(self.lineup, self.ground)

    @cached_property
    def lineup(self) -> Lineup:
        """The carriers of each channel: those of the file, else those of the environment, else simulated ones."""
        if self.simulated:
            return usual.simulated(self.settings, self.secrets)
        return load_lineup(self.settings.config) or usual.of_the_environment(self.settings)

    def candidates(self, channel: Channel) -> Sequence[Candidate]:
        """A channel's carriers as the ledger chooses among them. Raises SetupError when it has none."""
        fleet = self.fleet
        return [
            Candidate(one.name, channel, one.share, fleet.capabilities(one.name).receipts)
            for one in fleet.of(channel)
        ]

    def senders(self, connection: Connection) -> list[SenderAtHand]:
        """Every carrier as it stands now, for a reckoning of when a notice will have been taken."""
        candidates = [one for channel in self.fleet.channels for one in self.candidates(channel)]
        rates = {one.name: one.segments_per_second for one in self.fleet.all}
        return senders(connection, candidates, rates, self.wall.now())

    def pace(self, name: str) -> Pace:
        """The place of one pass in the line of a carrier's messages."""
        rate = self.fleet.configured(name).segments_per_second
        return Pace(self.engine, self.wall, name, rate, self.fleet.capabilities(name).segments)

    def options(self, channel: Channel) -> Options:
        """What a chunk of this channel may go through. Raises SetupError when there is nothing."""
        return Options(self.candidates(channel), self.fleet.make, self.pace)

    @property
    def ground(self) -> Ground:
        settings = self.settings
        keys = usual.shared_keys(self.secrets) if self.simulated else {}
        return Ground(
            lambda name: keys.get(name) or settings.variable(name), settings.web_url, settings.company
        )

    @cached_property
    def sender(self) -> Sender:
        """What sending needs, whoever is the carrier."""
        return Sender(
            self.engine, self.clock, self.wall, self.brake, trust=Trust(), high_water=self.high_water
        )

    @cached_property
    def pump(self) -> Pump:
        """What brings waiting messages on their way, in a flow or in a process of its own."""
        texts = [one for one in self.fleet.all if one.channel is Channel.SMS]
        no_texts = frozenset().union(*(self.fleet.capabilities(one.name).no_texts for one in texts))
        channels = self.fleet.channels
        return Pump(self.sender, self.options, channels, self.script, conclude_all, no_texts=no_texts)

    def history(self, connection: Connection, reference: str, page: int | None = None) -> History:
        """All that one customer was told, promised, answered and is due. Raises NotFound."""
        owed = owed_to(connection, reference, self.policy, self.clock.now())
        return history(connection, reference, page=page, compensated=[_compensated(one) for one in owed])

    def script(self, connection: Connection, notice_id: int, channel: Channel) -> Script:
        """What a notice says on a channel."""
        calendar = self.work_links.link
        personal = self.personal_links.link
        return scripts.script(connection, notice_id, channel, self.templates, self.links, calendar, personal)

    @cached_property
    def brake(self) -> Brake:
        return Brake(self.settings.home / brake.FILE, self.settings.stop)

    @cached_property
    def high_water(self) -> HighWater:
        return HighWater(self.settings.home / high_water.FILE)

    def voice(self) -> Voice:
        """Who speaks, as of now."""
        now, wall = self.clock.now(), self.wall.now()
        return Voice(self.house, self.template_version, now, wall, self.templates.texts)

    def template_version(self, folder: str) -> str:
        """One hash over the texts of an occasion in all languages; every channel has one of the WRITTEN texts.

        `folder` is the occasion's own, or the one that a playbook chose for it.
        """
        parts = (self.templates.version(folder, channel, locale) for channel in WRITTEN for locale in Locale)
        return sha256("".join(parts).encode()).hexdigest()[:12]


def _compensated(owed: Owed) -> Entry:
    claimed = "on claim" if owed.claim else "without a claim"
    return Entry(
        *(owed.since, f"compensated: {owed.rule}", owed.incident, ""),
        *(f"{owed.amount} {owed.currency}, {claimed}: {owed.reckoning}", Happened.COMPENSATED, owed.pack),
        state=f"{owed.amount} {owed.currency}",
    )


@lru_cache(maxsize=1)
def world() -> World:
    """The world of this process. Raises SetupError when the environment is wrong."""
    return World(read_settings())
