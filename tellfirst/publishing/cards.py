"""What a page shows of one incident, ready to be printed: titles, states and times in one language."""

from dataclasses import dataclass
from datetime import datetime

from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.domain.promise import PromiseState
from tellfirst.notices.phrases import Phrases
from tellfirst.notices.rendering import Templates
from tellfirst.publishing.moments import Clock, Moment
from tellfirst.publishing.published import Ending, Given, Phase, Published, Story, Word
from tellfirst.publishing.said import Paragraph, said, title

Row = tuple[str, tuple[Moment | str, ...]]
"""What it is called, and what it is."""


@dataclass(frozen=True, slots=True)
class NextWord:
    """By when more will be said; `late`: that was before now."""

    by: Moment
    late: bool


def next_word(promised: datetime | None, clock: Clock) -> NextWord | None:
    """As every page says it; None where nothing more was promised."""
    return NextWord(clock.moment(promised), promised < clock.now) if promised else None


@dataclass(frozen=True, slots=True)
class Card:
    """`state` is the class of its colour, `state_word` the same for whoever sees none."""

    reference: str
    title: str
    place: str
    state: str
    state_word: str
    rows: tuple[Row, ...]
    paragraphs: tuple[Paragraph, ...] = ()
    next_word: NextWord | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A word of a timeline; without paragraphs it is named alone."""

    at: Moment
    what: str
    tone: str
    paragraphs: tuple[Paragraph, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A time that was given: what for, when it was due, and what became of it."""

    kind: str
    due: Moment
    state: str
    broken: bool


@dataclass(frozen=True, slots=True)
class Scribe:
    """Writes in one language what is published at `now`."""

    templates: Templates
    language: Locale
    now: datetime

    @property
    def words(self) -> Phrases:
        return self.templates.phrases(self.language)

    def card(self, one: Published, *, in_full: bool) -> Card:
        """An incident with its facts; `in_full` with the words that stand now, too."""
        told = said(self.templates, one, one.last, self.language)
        return Card(
            reference=one.reference,
            title=title(self.templates, one, self.language),
            place=one.place,
            state=self._state(one),
            state_word=self._state_word(one),
            rows=tuple(self._rows(one)),
            paragraphs=told.paragraphs if in_full else (),
            next_word=next_word(one.next_word_at, self.clock(one)),
        )

    def entry(self, about: Published, word: Word, *, in_full: bool) -> Entry:
        """One word of the timeline."""
        told = said(self.templates, about, word, self.language)
        over = word.occasion in (Occasion.RESTORED, Occasion.CANCELLED) and not word.to_some
        tone = "over" if over else "late" if word.occasion is Occasion.OVERRUN else "plain"
        return Entry(
            self.moment(about, word.said_at),
            named(self.words, word),
            tone,
            told.paragraphs if in_full else (),
        )

    def kept(self, story: Story, one: Given) -> Kept:
        """One line of the account of what we promised."""
        words = self.words.status
        return Kept(
            words.promise_kinds[one.kind],
            self.moment(story.about, one.due_at),
            words.promise_states[one.state],
            one.state is PromiseState.BROKEN,
        )

    def moment(self, about: Published, at: datetime) -> Moment:
        return self.clock(about).moment(at)

    def clock(self, about: Published) -> Clock:
        """On which the times of an incident are read: that of the place."""
        return Clock(about.zone, self.language, self.words, self.now)

    def _rows(self, one: Published) -> list[Row]:
        words, facts = self.words.status, one.last.facts
        rows: list[Row]
        if one.phase is Phase.PLANNED or (one.is_work and one.phase is Phase.NOW and facts.window_until):
            rows = [(words.window, self._window(one))]
        else:
            rows = [(words.since, (self.moment(one, one.began_at),))]
        if one.ended_at:
            return [*rows, (words.ended, (self.moment(one, one.ended_at),))]
        if one.phase is Phase.NOW:
            estimate = self.moment(one, facts.estimate_at) if facts.estimate_at else words.no_estimate
            rows.append((words.estimate, (estimate,)))
        return rows

    def _window(self, one: Published) -> tuple[Moment, ...]:
        facts = one.last.facts
        begins, ends = facts.window_from or one.began_at, facts.window_until
        clock = self.clock(one)
        return clock.span(begins, ends) if ends else (clock.moment(begins),)

    def _state(self, one: Published) -> str:
        match one.phase:
            case Phase.PLANNED:
                return "planned"
            case Phase.PAST:
                return "ok" if one.ending is Ending.OVER else "planned"
        return Impact.DEGRADED.word if one.impact is Impact.OK else one.impact.word

    def _state_word(self, one: Published) -> str:
        words = self.words.status
        if one.ending:
            return {
                Ending.OVER: words.over,
                Ending.CANCELLED: words.cancelled,
                Ending.CORRECTED: words.corrected,
            }[one.ending]
        return words.announced if one.phase is Phase.PLANNED else self.words.impacts[one.impact.word]


def named(words: Phrases, word: Word) -> str:
    """What kind of word it is, and that it was for some alone where it was."""
    kind = words.status.said[word.kind]
    return f"{kind} ({words.status.for_some})" if word.to_some else kind
