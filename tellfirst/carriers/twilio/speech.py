"""Which voice reads which language aloud, and the TwiML it is told to read.

Source: Twilio, TwiML Voice: `<Say>`, its languages and voices. There is no voice for Urdu. A voice handed another
language's text reads it wrongly without any error, so a language that is not listed here is never read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from twilio.twiml.voice_response import VoiceResponse

LONGEST_TWIML = 4_000
"""Characters Twilio takes in the parameter Twiml of a new call."""
PAUSE = 1
"""Seconds between the two readings: who lifts the receiver late hears the beginning again."""


class SpokenBy(NamedTuple):
    """A voice of Twilio and the language it is told to read in."""

    language: str
    voice: str


VOICES: Mapping[str, SpokenBy] = {
    "en": SpokenBy("en-IN", "Google.en-IN-Standard-A"),
    "te": SpokenBy("te-IN", "Google.te-IN-Standard-A"),
    "ms": SpokenBy("ms-MY", "Google.ms-MY-Standard-A"),
}


@dataclass(frozen=True, slots=True)
class Voices:
    """How one account speaks: a voice by language, and the folder of recordings for those that have none."""

    by_language: Mapping[str, SpokenBy]
    clips_url: str = ""

    def can_say(self, locale: str) -> bool:
        """Whether anything can be said in this language: read, or played."""
        return locale in self.by_language or bool(self.clips_url)


def read_aloud(text: str, by: SpokenBy) -> str:
    """TwiML that says `text` twice; once where twice is too long."""
    twice, once = VoiceResponse(), VoiceResponse()
    for reading in (twice, once):
        reading.say(text, voice=by.voice, language=by.language)
    twice.pause(length=PAUSE)
    twice.say(text, voice=by.voice, language=by.language)
    return _shorter(str(twice), str(once))


def played(addresses: Sequence[str]) -> str:
    """TwiML that plays these recordings one after another, twice; once where twice is too long."""
    twice, once = VoiceResponse(), VoiceResponse()
    for playing in (twice, once):
        for address in addresses:
            playing.play(address)
    twice.pause(length=PAUSE)
    for address in addresses:
        twice.play(address)
    return _shorter(str(twice), str(once))


def _shorter(twice: str, once: str) -> str:
    return twice if len(twice) <= LONGEST_TWIML else once
