"""Where each page and feed is found: on the running site, or in a folder of files that any web server can show."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from tellfirst.domain.occasion import Locale

NATIVE = {
    Locale.ENGLISH: "English",
    Locale.TELUGU: "తెలుగు",
    Locale.MALAY: "Bahasa Melayu",
    Locale.URDU: "اردو",
}
"""Each language as it calls itself: whoever looks for theirs may read no other."""


class Addresses(Protocol):
    """As they are written into a page."""

    @property
    def root(self) -> str:
        """Of the folder that holds static/."""
        ...

    @property
    def affected(self) -> str:
        """Where customers ask whether they are affected; empty where nobody could answer."""
        ...

    @property
    def contact(self) -> str:
        """Where customers write to us; empty where nobody would read it."""
        ...

    def home(self, language: Locale) -> str: ...

    def incident(self, reference: str, language: Locale) -> str: ...

    def atom(self, language: Locale) -> str: ...

    def calendar(self, language: Locale) -> str: ...

    def json(self, language: Locale) -> str: ...

    def cap(self, reference: str) -> str: ...


@dataclass(frozen=True, slots=True)
class OnTheSite:
    """`site` is empty for addresses within it. What a reader has chosen stays in the address of every page."""

    site: str = ""
    place: str = ""
    service: str = ""

    @property
    def root(self) -> str:
        return f"{self.site}/"

    @property
    def affected(self) -> str:
        return f"{self.site}/affected"

    @property
    def contact(self) -> str:
        return f"{self.site}/contact"

    def home(self, language: Locale) -> str:
        chosen = {"area": self.place, "service": self.service}
        return f"{self.site}/?{urlencode({'lang': language.value, **{k: v for k, v in chosen.items() if v}})}"

    def incident(self, reference: str, language: Locale) -> str:
        return f"{self.site}/incident/{reference}?lang={language}"

    def atom(self, language: Locale) -> str:
        return f"{self.site}/feed.atom?lang={language}"

    def calendar(self, language: Locale) -> str:
        return f"{self.site}/planned.ics?lang={language}"

    def json(self, language: Locale) -> str:
        return f"{self.site}/status.json?lang={language}"

    def cap(self, reference: str) -> str:
        return f"{self.site}/cap/{reference}.xml"


@dataclass(frozen=True, slots=True)
class InAFolder:
    """Of a page that lies `depth` folders below the top; every address is relative."""

    depth: int

    @property
    def root(self) -> str:
        return "../" * self.depth or "./"

    @property
    def affected(self) -> str:
        return ""

    @property
    def contact(self) -> str:
        return ""

    def home(self, language: Locale) -> str:
        return f"{self.root}{language}/index.html"

    def incident(self, reference: str, language: Locale) -> str:
        return f"{self.root}{language}/incident/{reference}.html"

    def atom(self, language: Locale) -> str:
        return f"{self.root}{language}/feed.atom"

    def calendar(self, language: Locale) -> str:
        return f"{self.root}{language}/planned.ics"

    def json(self, language: Locale) -> str:
        return f"{self.root}{language}/status.json"

    def cap(self, reference: str) -> str:
        return f"{self.root}cap/{reference}.xml"
