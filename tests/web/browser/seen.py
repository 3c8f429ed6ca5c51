"""Every page there is, and how to come to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import asked
from playwright.sync_api import Browser, BrowserContext

from tellfirst.bootstrap import World
from tellfirst.domain.occasion import Locale

CUSTOMER_OF = {Locale(language): key for key, language in asked.LANGUAGES.items()}


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


@dataclass
class Visitor:
    """Somebody with a telephone; every page they open is in a browser of their own language."""

    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def come(self, locale: Locale = Locale.ENGLISH, *, javascript: bool = True) -> BrowserContext:
        size = {"width": 390, "height": 844}
        context = self.browser.new_context(
            viewport=size,
            locale=locale.value,
            java_script_enabled=javascript,  # type: ignore[arg-type]  # a plain dict
        )
        self.contexts.append(context)
        return context

    def leave(self) -> None:
        for context in self.contexts:
            context.close()


PAGES = (
    Page("status", lambda _site, _locale: "/"),
    Page("survey", lambda site, locale: asked.link(site.world, CUSTOMER_OF[locale])),
    Page("no-surveys", lambda site, locale: asked.refusal_link(site.world, CUSTOMER_OF[locale])),
)
