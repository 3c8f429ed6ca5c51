"""What differs by channel: how values are written on it, and which of them it can carry."""

from tellfirst.domain.facts import FactRecord
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.notices.aloud import NOT_ALOUD, SpokenPen
from tellfirst.notices.phrases import Phrases
from tellfirst.notices.wording import Pen, Unknown, language, notice_values


def values_on(
    channel: Channel,
    occasion: Occasion,
    facts: FactRecord,
    reader: Reader,
    words: Phrases,
    *,
    holding: bool = False,
) -> dict[str, object]:
    """Every placeholder a notice of `occasion` may use on `channel`, with its value.

    What is said aloud names whose clock is meant once, in `local_time`, where the others write a zone each time.
    """
    locale, zone, now = language(reader.locale), reader.zone, facts.stated_at
    if channel is not Channel.VOICE:
        values = notice_values(occasion, facts, reader, Pen(locale, zone, now), words, holding=holding)
        # A fax lies open, another system has no person at it, and a text has no room.
        own_page = {"mine": Unknown(name="mine")} if "mine" in values and channel is not Channel.EMAIL else {}
        return values | own_page
    pen = SpokenPen(locale, zone, now, words.spoken)
    values = notice_values(occasion, facts, reader, pen, words, holding=holding)
    heard = {name: value for name, value in values.items() if name not in NOT_ALOUD}
    return heard | {"local_time": words.spoken.local_time}


def as_words(values: dict[str, object]) -> tuple[tuple[str, str], ...]:
    """The known values that are words, by name: what a template that somebody else has approved may use."""
    return tuple((name, value) for name, value in values.items() if isinstance(value, str) and value)
