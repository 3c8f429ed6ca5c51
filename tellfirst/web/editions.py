"""An edition: all pages and feeds as of one state of the books, each made when it is first asked for."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from tellfirst.bootstrap import World
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.occasion import Locale
from tellfirst.publishing import reading as books
from tellfirst.publishing import words
from tellfirst.publishing.addresses import OnTheSite
from tellfirst.publishing.feeds.alerts import alert
from tellfirst.publishing.feeds.atom import AT_MOST, atom
from tellfirst.publishing.feeds.summary import summary
from tellfirst.publishing.feeds.works import calendar
from tellfirst.publishing.hearers import Memory
from tellfirst.publishing.published import Board, Phase, Story
from tellfirst.store.engine import reading
from tellfirst.web.answers import headers
from tellfirst.web.kept import Kept, kept
from tellfirst.web.languages import wanted

HOLDS_FOR = timedelta(seconds=60)
"""After which it is made anew although nothing was written: time alone changes what is true."""
AT_MOST_KEPT = 300
"""Answers, of 20 kB on average; what is chosen beyond them is made for each request."""
AT_MOST_UNDERSTOOD = 1_000
"""Ways of asking that are not taken apart again; an address or a header of a stranger is 16 kB at most."""
STORIES = 20
"""Incidents whose every word stands in the JSON feed, besides those that go on."""
HTML, ATOM, ICAL, JSON, CAP = (
    f"{kind}; charset=utf-8"
    for kind in (
        "text/html",
        "application/atom+xml",
        "text/calendar",
        "application/json",
        "application/cap+xml",
    )
)


_FOR_EVERY_SITE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Other sites may show what our feeds say."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request is for; what it names and we do not have is left out."""

    path: str
    language: Locale
    place: str = ""
    service: str = ""


@dataclass(slots=True)
class Edition:
    """`marker` is the state of the books, `board` what is published in it."""

    here: World
    marker: str
    board: Board
    answers: dict[Wanted, Kept] = field(default_factory=dict)
    _understood: dict[tuple[str, str, str], Wanted] = field(default_factory=dict)

    def wanted(self, path: str, query: str, accept_language: str) -> Wanted:
        """What a request for one of our paths is for. Most ask in the same few ways."""
        asked = (path, query, accept_language)
        if asked not in self._understood:
            if len(self._understood) >= AT_MOST_UNDERSTOOD:
                self._understood.clear()
            self._understood[asked] = self._understand(path, query, accept_language)
        return self._understood[asked]

    def _understand(self, path: str, query: str, accept_language: str) -> Wanted:
        asked = _query(query)
        place, service = asked.get("area", ""), asked.get("service", "")
        chosen = path == "/"
        return Wanted(
            path,
            wanted(asked, accept_language),
            place if chosen and place in self.board.places else "",
            service if chosen and service in set(ServiceKind) else "",
        )

    def make(self, one: Wanted) -> Kept | None:
        """The answer; None where there is nothing under this path. Reads the books, so not on the loop."""
        made = self._made(one)
        if made is None:
            return None
        text, media_type = made
        carried = dict(headers(self.here.settings.web_url))
        carried |= {} if media_type == CAP else {"Content-Language": one.language.value}
        carried |= {} if media_type == HTML else _FOR_EVERY_SITE
        answer = kept(text, media_type, min(self.board.changed_at, self.here.wall.now()), carried)
        if len(self.answers) < AT_MOST_KEPT:
            self.answers[one] = answer
        return answer

    def _made(self, one: Wanted) -> tuple[str, str] | None:
        press, board, language = self.here.press, self.board, one.language
        match one.path:
            case "/":
                at = OnTheSite(place=one.place, service=one.service)
                return press.status(board, language, at, place=one.place, service=one.service), HTML
            case "/feed.atom":
                with reading(self.here.engine) as connection:
                    news = words.news(connection, board, AT_MOST)
                return atom(press, news, language, board.changed_at), ATOM
            case "/planned.ics":
                return calendar(press, board, language), ICAL
            case "/status.json":
                return summary(press, board, self._stories(), language), JSON
        folder, _, name = one.path[1:].partition("/")
        story = self._story(name.removesuffix(".xml") if folder == "cap" else name)
        if story is None or not story.to_all:
            return None
        if folder == "cap":
            return alert(press, story), CAP
        return press.incident(story, board.at, language, OnTheSite(), as_of=board.as_of), HTML

    def _story(self, reference: str) -> Story | None:
        about = self.board.find(reference)
        if about is None:
            return None
        with reading(self.here.engine) as connection:
            return words.story(connection, about)

    def _stories(self) -> dict[int, Story]:
        goes_on = [one for one in self.board.incidents if one.phase is not Phase.PAST]
        over = list(self.board.of(Phase.PAST))[:STORIES]
        with reading(self.here.engine) as connection:
            return {one.id: words.story(connection, one) for one in [*goes_on, *over]}


def next_edition(here: World, last: Edition | None, memory: Memory) -> Edition:
    """The edition of now: the last one while neither the books nor the time have changed anything."""
    now = here.clock.now()
    with reading(here.engine) as connection:
        marker = books.marker(connection)
        if last and last.marker == marker and _holds(last.board.at, now):
            return last
        board = books.board(connection, now, memory)
    if last and _holds(last.board.at, now) and _same(last.board, board):
        last.marker = marker
        return last
    return Edition(here, marker, board)


def _holds(made_at: datetime, now: datetime) -> bool:
    return made_at <= now < made_at + HOLDS_FOR


def _same(one: Board, other: Board) -> bool:
    return one.incidents == other.incidents and one.services == other.services


def _query(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, max_num_fields=10))
    except ValueError:
        return {}
