"""Prints pages: escaped always, without scripts, in a reader's language and direction, within their size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Locale
from tellfirst.domain.promise import PromiseState
from tellfirst.notices.page_words import HOLDING
from tellfirst.notices.rendering import Templates
from tellfirst.publishing.addresses import NATIVE, Addresses, OnTheSite
from tellfirst.publishing.cards import Card, Entry, NextWord, Scribe, next_word
from tellfirst.publishing.moments import Clock, Moment
from tellfirst.publishing.published import Board, Phase, Published, Story

IN_FULL, SHORT, PLANNED, PAST, PLACES = 3, 8, 6, 10, 40
"""Incidents on the page, so that it stays below 50 kB in every script: with their words, without them, and in lists;
and places to choose from."""
HERE = OnTheSite()
"""Pages that belong to one reader stand nowhere else."""
WORDS_IN_FULL, WORDS_NAMED, PROMISES = 9, 40, 40
"""Words and times on the page of an incident, for the same."""


@dataclass(frozen=True, slots=True)
class Switch:
    """The same page in another language."""

    tag: str
    direction: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Press:
    """Who prints, with which texts. `folder` is that of the templates, `site` the address of the running pages."""

    templates: Templates
    folder: Path
    company: str
    contact: str
    site: str

    def page(
        self,
        name: str,
        language: Locale,
        *,
        at: Addresses = HERE,
        same: Mapping[Locale, str] | None = None,
        printed: Moment | None = None,
        public: bool = False,
        **values: Any,
    ) -> str:
        """The page `name` of templates/pages in the frame of all of them, templates/layout/page.html.j2.

        `same` is where it stands in each language, `printed` as of when it is true. What is `public` may be found by
        search engines, and leads to the feeds.
        """
        phrases = self.templates.phrases(language)
        framed: dict[str, Any] = {
            "phrases": phrases,
            "at": at,
            "switch": [Switch(one, one.direction, NATIVE[one], where) for one, where in (same or {}).items()],
            "printed": printed,
            "public": public,
            "locale": language,
            "language": language.value,
            "direction": language.direction,
            "company": self.company,
            "contact": self.contact,
        }
        return _environment(self.folder).get_template(f"pages/{name}").render(**framed, **values)

    def status(
        self,
        board: Board,
        language: Locale,
        at: Addresses,
        *,
        place: str = "",
        service: str = "",
        copied_at: datetime | None = None,
    ) -> str:
        """What is going on, is planned and is past; of one place or service alone where they are named."""
        scribe = Scribe(self.templates, language, board.at)
        seen = board.seen(place, service)
        now, planned, past = (seen.of(phase) for phase in Phase)
        return self._print(
            "status.html.j2",
            language,
            at,
            copied_at,
            {one: at.home(one) for one in Locale},
            zone=board.zone,
            made_at=board.as_of,
            next_word=_next_word(scribe, now),
            now=[
                scribe.card(one, in_full=number < IN_FULL)
                for number, one in enumerate(now[: IN_FULL + SHORT])
            ],
            planned=_cards(scribe, planned[:PLANNED]),
            past=_cards(scribe, past[:PAST]),
            left_out={
                Phase.NOW: max(0, len(now) - IN_FULL - SHORT),
                Phase.PLANNED: max(0, len(planned) - PLANNED),
                Phase.PAST: max(0, len(past) - PAST),
            },
            worst=_banner(now),
            services=[self._service(board, kind, scribe) for kind in board.services],
            # A file cannot choose.
            places=sorted({*board.places[:PLACES], *([place] if place else [])}) if at.affected else [],
            place=place,
            service=service,
        )

    def incident(
        self,
        story: Story,
        now: datetime,
        language: Locale,
        at: Addresses,
        *,
        as_of: datetime | None = None,
        copied_at: datetime | None = None,
    ) -> str:
        """Everything that customers were told of one incident, the newest word first, and the times they were given.

        `as_of` is what the page says of its own time, if not `now`.
        """
        scribe = Scribe(self.templates, language, now)
        about = story.about
        shown = story.given[-PROMISES:]
        closed = [one for one in story.given if one.state in (PromiseState.KEPT, PromiseState.BROKEN)]
        kept = sum(one.state is PromiseState.KEPT for one in closed)
        return self._print(
            "incident.html.j2",
            language,
            at,
            copied_at,
            {one: at.incident(about.reference, one) for one in Locale},
            zone=about.zone,
            made_at=as_of or now,
            card=scribe.card(about, in_full=False),
            entries=_timeline(scribe, story),
            left_out=max(0, len(story.words) - WORDS_NAMED),
            promises=[scribe.kept(story, one) for one in shown],
            kept=self.templates.phrases(language).status.kept.format(kept=kept, count=len(closed))
            if closed
            else "",
        )

    def affected(self, language: Locale, at: Addresses, **values: Any) -> str:
        """The page on which customers ask whether they are affected, and get their answer."""
        words = self.templates.phrases(language)
        return self.page("affected.html.j2", language, at=at, words=words.affected, **values)

    def _service(self, board: Board, kind: ServiceKind, scribe: Scribe) -> tuple[ServiceKind, str, str, str]:
        worst = board.worst(kind)
        return kind, scribe.words.services[kind], worst.word, scribe.words.impacts[worst.word]

    def _print(
        self,
        name: str,
        language: Locale,
        at: Addresses,
        copied_at: datetime | None,
        same: dict[Locale, str],
        *,
        zone: str,
        made_at: datetime,
        **values: Any,
    ) -> str:
        """A page for everybody. A copy says for itself when it was made, and where the live page is."""
        words = self.templates.phrases(language)
        made = Clock(zone, language, words, made_at).moment(copied_at or made_at)
        return self.page(
            name,
            language,
            at=at,
            same=same,
            printed=None if copied_at else made,
            public=True,
            words=words.status,
            copied=made if copied_at else None,
            site=self.site,
            **values,
        )


def _cards(scribe: Scribe, some: Sequence[Published]) -> list[Card]:
    return [scribe.card(one, in_full=False) for one in some]


def _next_word(scribe: Scribe, now: Sequence[Published]) -> NextWord | None:
    """The first that is due of what goes on."""
    due = [(one.next_word_at, one) for one in now if one.next_word_at]
    if not due:
        return None
    promised, about = min(due, key=lambda one: one[0])
    return next_word(promised, scribe.clock(about))


def _banner(now: Sequence[Published]) -> str:
    """The worst of what goes on, in the word of its colour; announced work alone is no trouble."""
    if not now:
        return Impact.OK.word
    if all(one.is_work for one in now):
        return "planned"
    return max(max(one.impact for one in now), Impact.AT_RISK).word


def _timeline(scribe: Scribe, story: Story) -> list[Entry]:
    """The newest first. What has no news is named alone, and so are the oldest when there are many."""
    newest = list(reversed(story.words))[:WORDS_NAMED]
    news = [one for one in newest if one.kind != HOLDING or one is newest[0]]
    full = {one.sequence for one in [*news[: WORDS_IN_FULL - 1], *news[-1:]]}
    return [scribe.entry(story.about, one, in_full=one.sequence in full) for one in newest]


@lru_cache(maxsize=4)
def _environment(folder: Path) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
