"""Turns one fact record into the words of one occasion, channel and language."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from jinja2 import TemplateError, TemplateNotFound, UndefinedError, meta

from tellfirst.domain.errors import Mistake, RuleBroken, SetupError
from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.message import LINK_LENGTH, PERSONAL_LINK, Message, Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.domain.reading import Reading
from tellfirst.domain.sms import normalise, segment_count
from tellfirst.notices.channels import as_words, values_on
from tellfirst.notices.phrases import Phrases, read_phrases
from tellfirst.notices.sources import (
    LAYOUT,
    WRITTEN,
    answer_name,
    environment,
    missing_text,
    notice_name,
    phrases_name,
    read_sources,
    worded_as,
)
from tellfirst.notices.wording import Pen, Unknown, answer_values, laid_out, language

READ_BY_MACHINES = frozenset({Channel.VOICE, Channel.WEBHOOK})
"""Channels whose messages carry the facts beside the words; on calls, for languages that recordings speak."""
_SUBJECT = "Subject: "
_SEGMENTS = {Locale.ENGLISH: 2, Locale.MALAY: 2, Locale.TELUGU: 3, Locale.URDU: 3}


class Templates:
    """All texts of the house, read once: what is rendered and what `version` names cannot drift apart.

    `company` and `contact` speak in answers that belong to no incident. `sources` are texts by name, instead of
    those that `directory` holds now. A text in the wrong state (no such
    file, bad syntax, no subject) raises SetupError; facts that cannot fill it raise RuleBroken.
    """

    def __init__(
        self,
        directory: Path,
        *,
        company: str = "",
        contact: str = "",
        sources: Mapping[str, str] | None = None,
    ) -> None:
        self._directory = directory
        self._sources = dict(sources) if sources is not None else read_sources(directory)
        self._environment = environment(self._sources)
        self._phrases: dict[Locale, Phrases] = {}
        # Found once: to read all texts of an occasion for what they include takes a tenth of a second.
        self._includes: dict[str, frozenset[str]] = {}
        self._house = {"company": company, "contact": contact}

    def render(
        self,
        occasion: Occasion,
        channel: Channel,
        facts: FactRecord,
        reader: Reader,
        holding: bool = False,
        folder: str = "",
    ) -> Message:
        """The message of `occasion` as `reader` gets it; `holding` adds that there is no news yet.

        `folder` is where its texts stand; empty: in the occasion's own.

        A note that would push an SMS past its budget stays out of it; mail and page carry it. One that is
        still too long is said tersely: in its template `terse` leaves out courtesies, never a fact.
        """
        locale = language(reader.locale)
        words = self.phrases(locale)
        values = values_on(channel, occasion, facts, reader, words, holding=holding)
        said = self._said(channel, notice_name(folder or occasion, channel, locale), values, locale, facts)
        known = as_words(values) if channel is Channel.WHATSAPP else ()
        reading = Reading.of(occasion, holding, facts, replace(reader, locale=locale.value))
        told = reading.to_text() if channel in READ_BY_MACHINES else ""
        return replace(said, occasion=occasion.value, locale=locale.value, values=known, facts=told)

    def answer(
        self,
        kind: str,
        locale: str,
        facts: FactRecord | None,
        zone: str,
        now: datetime,
        impact: str = "down",
        services: tuple[ServiceKind, ...] = (),
    ) -> str:
        """The SMS that answers an inbound text; `kind` is an AnswerKind, `facts` those of its incident.

        `services` are the asker's affected ones; empty: the fact record's own. It may become terse, as a
        notice may. An estimate that has lapsed by `now` is not said as if it stood.
        """
        pen = Pen(language(locale), zone, now)
        facts = facts.as_of(now) if facts else None
        values = answer_values(kind, facts, pen, self.phrases(locale), impact, services, self._house)
        emergency_calls = facts is not None and facts.emergency_calls
        return self._within_budget(answer_name(kind, pen.locale), values, pen.locale, emergency_calls)

    def phrases(self, locale: str) -> Phrases:
        """The word list of a language; English for one we do not write."""
        spoken = language(locale)
        if spoken not in self._phrases:
            name = phrases_name(spoken)
            self._phrases[spoken] = read_phrases(self._path(name), self._source(name))
        return self._phrases[spoken]

    def version(self, folder: str, channel: Channel, locale: str) -> str:
        """Twelve hex digits that change when the template, what it includes or its word list changes."""
        spoken = language(locale)
        names = {notice_name(folder, channel, spoken), phrases_name(spoken)}
        names |= {LAYOUT} if worded_as(channel) is Channel.EMAIL else set()
        digest = sha256()
        for name in sorted(self._with_included(names)):
            digest.update(f"{name}\0{self._source(name)}\0".encode())
        return digest.hexdigest()[:12]

    def texts(self, folder: str) -> dict[str, str]:
        """Everything that a notice worded by `folder` can be made of, by name."""
        names = {notice_name(folder, channel, locale) for channel in WRITTEN for locale in Locale}
        names |= {LAYOUT, *(phrases_name(locale) for locale in Locale)}
        return {name: self._source(name) for name in sorted(self._with_included(names))}

    def _with_included(self, names: set[str]) -> set[str]:
        found = set(names)
        for name in names:
            if name.endswith(".j2"):
                found |= self._with_included(self._included_by(name) - found)
        return found

    def _included_by(self, name: str) -> set[str]:
        if name not in self._includes:
            tree = self._environment.parse(self._source(name))
            self._includes[name] = frozenset(other for other in meta.find_referenced_templates(tree) if other)
        return set(self._includes[name])

    def _said(
        self, channel: Channel, name: str, values: Mapping[str, object], locale: Locale, facts: FactRecord
    ) -> Message:
        """The words of a message, in the form of the channel whose texts it has."""
        match worded_as(channel):
            case Channel.EMAIL:
                mail = self._mail(name, values, locale)
                return mail if channel is Channel.EMAIL else replace(mail, html="")
            case Channel.VOICE:
                return Message(normalise(" ".join(self._rendered(name, values).split())))
        return Message(self._within_budget(name, values, locale, facts.emergency_calls))

    def _within_budget(
        self, name: str, values: Mapping[str, object], locale: Locale, emergency_calls: bool
    ) -> str:
        """The fullest wording that keeps to the budget; the tersest where none does."""
        budget = segment_budget(locale, emergency_calls)
        noteless = {**values, "note": Unknown(name="note")}
        for wording in (values, noteless) if values.get("note") else (values,):
            text = self._sms(name, wording, locale)
            if segment_count(at_full_length(text)) <= budget:
                return text
        return self._sms(name, {**noteless, "terse": True}, locale)

    def _sms(self, name: str, values: Mapping[str, object], locale: Locale) -> str:
        words = " ".join(self._rendered(name, values).split())
        return normalise(laid_out(words, locale))

    def _mail(self, name: str, values: Mapping[str, object], locale: Locale) -> Message:
        head, _, body = self._rendered(name, values).strip().partition("\n\n")
        if not head.startswith(_SUBJECT) or "\n" in head:
            cure = f"begin the mail with one line '{_SUBJECT}...' and an empty line after it"
            mistake = Mistake(self._path(name), 1, "the mail has no subject of one line", cure)
            raise SetupError("a mail cannot be made", (mistake,))
        subject = laid_out(head.removeprefix(_SUBJECT).strip(), locale)
        text = laid_out(_paragraphed(body), locale)
        page = {
            "subject": subject,
            "paragraphs": [paragraph.split("\n") for paragraph in text.split("\n\n")],
            "locale": locale.value,
            "direction": locale.direction,
            # Texts that were kept from before the pieces have a layout that looks for addresses itself.
            "addresses": _addresses(values),
            "pieces": _pieces(text, _addresses(values)),
        }
        return Message(text=text, subject=subject, html=self._rendered(LAYOUT, page))

    def _rendered(self, name: str, values: Mapping[str, object]) -> str:
        path = self._path(name)
        try:
            return self._environment.get_template(name).render(values)
        except TemplateNotFound as missing:
            raise SetupError(f"there is no template {self._path(str(missing.name))}; write it") from missing
        except UndefinedError as error:
            raise RuleBroken(f"{path} cannot be filled: {error.message}; state that fact first") from error
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise SetupError(f"{path} cannot be rendered: {error}; run tellfirst check") from error

    def _source(self, name: str) -> str:
        if name not in self._sources:
            raise SetupError(
                f"there is no file {self._path(name)}; write it", (missing_text(self._path(name)),)
            )
        return self._sources[name]

    def _path(self, name: str) -> str:
        return (self._directory / name).as_posix()


def at_full_length(text: str) -> str:
    """`text` as a customer gets it at its longest, with room for their personal link."""
    return text.replace(PERSONAL_LINK, "x" * LINK_LENGTH)


def segment_budget(locale: Locale, emergency_calls: bool) -> int:
    """How many parts an SMS may cost: at ten million customers each is ten million bills.

    One more where emergency calls are hit, for that line may save a life.
    """
    return _SEGMENTS[locale] + emergency_calls


def _paragraphed(text: str) -> str:
    lines = "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines)


def _pieces(text: str, addresses: list[str]) -> list[list[list[tuple[str, bool]]]]:
    """The paragraphs of a mail by line, each line in pieces of which a reader can follow some.

    A personal link may be followed by the score it stands for: `/5`.
    """
    known = "|".join(re.escape(one) + (r"(?:/\d+)?" if one == PERSONAL_LINK else "") for one in addresses)
    follow = re.compile(f"({known})") if known else None
    return [
        [
            [
                (piece, number % 2 == 1)
                for number, piece in enumerate(follow.split(line) if follow else [line])
            ]
            for line in paragraph.split("\n")
        ]
        for paragraph in text.split("\n\n")
    ]


def _addresses(values: Mapping[str, object]) -> list[str]:
    places = [str(values["page"]), *(str(values.get(name) or "") for name in ("link", "calendar", "mine"))]
    return [place for place in places if place.startswith(("https://", "http://", PERSONAL_LINK))]
