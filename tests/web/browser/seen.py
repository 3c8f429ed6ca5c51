"""Every page there is, and how to come to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asked
from afternoon import HIT
from hyderabad import FIRST, SECOND, rows
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, StorageState
from playwright.sync_api import Page as Tab

from tellfirst.bootstrap import World
from tellfirst.domain.occasion import Locale
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

CUSTOMER_OF = {Locale(language): key for key, language in asked.LANGUAGES.items()}
HIT_OF = dict(zip(map(Locale, asked.LANGUAGES.values()), HIT, strict=True))


@dataclass(frozen=True, slots=True)
class Site:
    """The house while it is open."""

    world: World
    url: str

    def at(self, link: str) -> str:
        """A link of ours, under the address where the house stands now."""
        parts = urlsplit(link)
        return f"{self.url}{parts.path}{'?' if parts.query else ''}{parts.query}"


@dataclass(frozen=True, slots=True)
class Page:
    """`link` to it, for a reader of a language."""

    name: str
    link: Callable[[Site, Locale], str]


def take_picture(tab: Tab, path: Path) -> None:
    """The whole page, in as few colours as it needs: the pictures stand in the repository."""
    tab.screenshot(path=path, full_page=True)
    with Image.open(path) as whole:
        few = whole.convert("RGB").quantize(64, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    assert path.stat().st_size > 1_000


@dataclass
class Visitor:
    """Somebody with a telephone; every page they open is in a browser of their own language."""

    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def come(
        self,
        locale: Locale = Locale.ENGLISH,
        *,
        javascript: bool = True,
        wide: bool = False,
        kept: StorageState | None = None,
    ) -> BrowserContext:
        size = {"width": 1280, "height": 900} if wide else {"width": 390, "height": 844}
        context = self.browser.new_context(
            viewport=size,  # type: ignore[arg-type]  # a plain dict
            locale=locale.value,
            java_script_enabled=javascript,
            storage_state=kept,
        )
        self.contexts.append(context)
        return context

    def leave(self) -> None:
        for context in self.contexts:
            context.close()


def _own(site: Site, locale: Locale) -> str:
    """A page of the customer whose outage goes on."""
    with reading(site.world.engine) as connection:
        found = rows(connection, t.delivery, "id", "customer_id", "incident_id")
    [delivery_id] = [key for key, customer, incident in found if (customer, incident) == (HIT_OF[locale], 2)]
    return site.world.personal_links.link(int(delivery_id))


PAGES = (
    Page("status", lambda _site, _locale: "/"),
    Page("incident", lambda _site, _locale: f"/incident/{SECOND}"),
    Page("affected", lambda _site, _locale: "/affected"),
    Page("place", lambda _site, _locale: "/affected?place=Kukatpally"),
    Page("contact", lambda _site, _locale: "/contact"),
    Page("own", _own),
    Page("preferences", lambda site, locale: f"{_own(site, locale)}/preferences"),
    Page("survey", lambda site, locale: asked.link(site.world, CUSTOMER_OF[locale])),
    Page("no-surveys", lambda site, locale: asked.refusal_link(site.world, CUSTOMER_OF[locale])),
)
"""For customers, each in four languages."""
ROOMS = (
    Page("room-login", lambda _site, _locale: "/room/login"),
    Page("room", lambda _site, _locale: "/room"),
    Page("room-incident", lambda _site, _locale: f"/room/incidents/{SECOND}"),
    Page("room-untold", lambda _site, _locale: f"/room/incidents/{FIRST}/untold"),
    Page("room-contacts", lambda _site, _locale: "/room/contacts"),
    Page("room-contact", lambda _site, _locale: "/room/contacts/CON-000001"),
    Page("room-open", lambda _site, _locale: "/room/open"),
    Page("room-preview", lambda _site, _locale: f"/room/incidents/{SECOND}/preview"),
    Page("room-promises", lambda _site, _locale: "/room/promises"),
    Page("room-customer", lambda _site, _locale: "/room/customers/C6"),
    Page("room-accounts", lambda _site, _locale: "/room/accounts"),
    Page("room-audit", lambda _site, _locale: "/room/audit"),
)
"""For staff, in English."""
