"""`tellfirst check`: configuration, carriers and texts as a whole, before anything starts."""

from dataclasses import replace

from tellfirst.carriers.kinds import Ground
from tellfirst.carriers.lineup import load_lineup, unmakeable
from tellfirst.contacts.door_files import load_doors
from tellfirst.contacts.languages import load_languages
from tellfirst.contacts.queue_files import load_queues, load_sensing
from tellfirst.detect.sources import load_sources
from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.notices.linting import lint
from tellfirst.notices.pack_fields import unshown
from tellfirst.notices.samples import SAMPLE
from tellfirst.settings import Settings
from tellfirst.timelines.calendars import load_markets
from tellfirst.timelines.packs import load_policy
from tellfirst.timelines.playbooks import load_playbooks
from tellfirst.timelines.roles import load_roles, roles_missing


def check_everything(settings: Settings) -> None:
    """Raises SetupError with every mistake found, each with its file, line and cure."""
    if mistakes := find_mistakes(settings):
        raise SetupError("configuration or texts have mistakes; nothing was started", mistakes)


def find_mistakes(settings: Settings) -> tuple[Mistake, ...]:
    """Every mistake in playbooks, packs, sources, contact words and templates, not only the first."""
    # What an SMS costs depends on our own name in it.
    ours = replace(SAMPLE, company=settings.company, contact=settings.contact, page=settings.web_url)
    found: list[Mistake] = []
    overrides: set[tuple[str, str]] = set()
    try:
        for book in load_playbooks(settings.config / "playbooks", settings.templates).values():
            overrides |= {*book.wording.items(), *_asked_otherwise(book)}
    except SetupError as wrong:
        found += _mistakes_of(wrong, settings)
    found = [*lint(settings.templates, ours, overrides), *found]
    for load in (
        lambda: load_sources(settings.config),
        lambda: load_doors(settings.config),
        lambda: load_languages(settings.config),
        lambda: _staff(settings),
        lambda: _contacts(settings),
        lambda: _packs(settings),
    ):
        try:
            load()
        except SetupError as wrong:
            found += _mistakes_of(wrong, settings)
    # The calendars are read for the roles and for the packs: what is wrong there is said once.
    return (*dict.fromkeys(found), *_carriers(settings))


def _asked_otherwise(book: Playbook) -> set[tuple[str, str]]:
    """The texts of a survey that asks with a scale of its own."""
    folder = book.folder(Occasion.SURVEY)
    return {(Occasion.SURVEY, folder)} if folder != Occasion.SURVEY else set()


def _staff(settings: Settings) -> None:
    """Raises SetupError for calendars, roles, and playbooks that name a role nobody fills."""
    roles = load_roles(settings.config, load_markets(settings.config).names)
    folder = settings.config / "playbooks"
    try:
        books = load_playbooks(folder)
    except SetupError:
        return  # named already
    if mistakes := tuple(roles_missing(folder, books, roles)):
        raise SetupError("a playbook names a role that nobody fills", mistakes)


def _contacts(settings: Settings) -> None:
    """Who answers contacts and when they are a signal. Raises SetupError."""
    calendars = load_markets(settings.config).names
    load_queues(settings.config, calendars, load_roles(settings.config, calendars).rotas)
    load_sensing(settings.config, load_playbooks(settings.config / "playbooks"))


def _packs(settings: Settings) -> None:
    """Calendars, packs and which are on; and whether the texts show what they ask for. Raises SetupError."""
    policy = load_policy(settings.config)
    if mistakes := tuple(unshown(policy.packs, settings.config / "packs")):
        raise SetupError("the texts do not show what the policy packs require", mistakes)


def _carriers(settings: Settings) -> tuple[Mistake, ...]:
    """Of the file, and of what it expects to find in the environment; a demo uses neither."""
    try:
        lineup = load_lineup(settings.config)
    except SetupError as wrong:
        return _mistakes_of(wrong, settings)
    if settings.simulate:
        return ()
    ground = Ground(settings.variable, settings.web_url, settings.company)
    return tuple(unmakeable(settings.config, lineup, ground))


def _mistakes_of(wrong: SetupError, settings: Settings) -> tuple[Mistake, ...]:
    """Never none: what cannot be loaded is not in order, wherever the fault stands."""
    return wrong.mistakes or (Mistake(str(settings.config), 0, str(wrong), "nothing starts with it"),)
