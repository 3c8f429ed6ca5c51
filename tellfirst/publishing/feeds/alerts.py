"""An incident as an alert for everybody in every language. Source: CAP 1.2 (OASIS; ITU-T X.1303).

Each word is one alert; the newest references all before it, so that whoever has one of them knows that it is replaced.
"""

from urllib.parse import urlsplit

from tellfirst.carriers.webhook.cap import Alert, Certainty, MessageType, Urgency, Words, alert_xml, cap_time
from tellfirst.carriers.webhook.renderings import EVENT, SEVERITY
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Locale, Occasion
from tellfirst.publishing.addresses import OnTheSite
from tellfirst.publishing.press import Press
from tellfirst.publishing.published import Ending, Phase, Published, Story, Word
from tellfirst.publishing.said import said


def alert(press: Press, story: Story) -> str:
    """The alert of the newest word that is true for everybody."""
    about, [*before, last] = story.about, story.to_all
    facts, is_over = last.facts, about.phase is Phase.PAST
    expires = facts.next_update_at
    at = OnTheSite(press.site)
    return alert_xml(
        Alert(
            identifier=_identifier(about, last),
            sender=f"notices@{urlsplit(press.site).hostname or 'localhost'}",
            sender_name=press.company,
            sent=last.said_at,
            kind=_kind(about, before),
            restriction="",
            incident=about.reference,
            urgency=_urgency(about),
            severity=SEVERITY[about.impact],
            certainty=_certainty(about),
            words=tuple(_words(press, about, last, language) for language in Locale),
            references=tuple((_identifier(about, one), one.said_at) for one in before),
            all_clear=is_over and last.occasion is Occasion.RESTORED,
            onset=about.began_at,
            expires=expires if expires and expires > last.said_at and not is_over else None,
            web=at.incident(about.reference, Locale.ENGLISH),
            contact=press.contact,
            parameters=tuple(_parameters(about, last)),
        )
    )


def _identifier(about: Published, word: Word) -> str:
    """Not the one of the alert that customers' own systems get: this one says less."""
    return f"public.{about.reference}.{word.sequence}"


def _kind(about: Published, before: list[Word]) -> MessageType:
    if not before:
        return MessageType.ALERT
    undone = about.ending in (Ending.CANCELLED, Ending.CORRECTED)
    return MessageType.CANCEL if undone else MessageType.UPDATE


def _urgency(about: Published) -> Urgency:
    return {
        Phase.NOW: Urgency.IMMEDIATE,
        Phase.PLANNED: Urgency.EXPECTED,
        Phase.PAST: Urgency.PAST,
    }[about.phase]


def _certainty(about: Published) -> Certainty:
    if about.impact is Impact.AT_RISK:
        return Certainty.POSSIBLE
    return Certainty.LIKELY if about.phase is Phase.PLANNED else Certainty.OBSERVED


def _words(press: Press, about: Published, word: Word, language: Locale) -> Words:
    told = said(press.templates, about, word, language)
    services = " and ".join(about.services or (word.facts.service,))
    return Words(
        language=language.value,
        event=f"{services} {EVENT[about.impact]}",
        area=about.place,
        headline=told.title,
        description=told.text,
    )


def _parameters(about: Published, word: Word) -> list[tuple[str, str]]:
    moments = {"next_update_at": about.next_word_at, "estimate_at": word.facts.estimate_at}
    return [
        ("impact", about.impact.word),
        ("cause", word.facts.cause),
        *((name, cap_time(moment)) for name, moment in moments.items() if moment),
    ]
