"""What a customer who calls us hears, as TwiML: how things stand, then the keys they may press.

Source: Twilio, TwiML Voice: `<Gather>` (`action` is asked with Digits; without input the call goes on below it),
`<Dial>`, `<Say>`, `<Play>`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from twilio.twiml.voice_response import Gather, VoiceResponse

from tellfirst.carriers.twilio.clips import EXTENSION, names_of
from tellfirst.carriers.twilio.speech import Voices
from tellfirst.domain.reading import Reading

WAIT = 8
"""Seconds in which a key may be pressed after the last word."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something to be said. Where a language is played and not read it is `clip`, or what `facts` (a Reading) has."""

    text: str = field(repr=False)
    clip: str = ""
    facts: str = field(default="", repr=False)


def said_to_caller(
    lines: Sequence[Line],
    menu: Line | None,
    locale: str,
    voices: Voices,
    *,
    keys_url: str = "",
    dial: str = "",
) -> str:
    """TwiML that says `lines`, then offers `menu` and asks `keys_url` what to do; or connects to the number `dial`.

    The menu is offered twice, for a hand may be busy. `locale` is one that `voices.can_say`.
    """
    response = VoiceResponse()
    if menu is None:
        for line in lines:
            _speak(response, line, locale, voices)
    else:
        for part in (tuple(lines), ()):
            gather = Gather(action=keys_url, method="POST", num_digits=1, timeout=WAIT)
            for line in (*part, menu):
                _speak(gather, line, locale, voices)
            response.append(gather)
    if dial:
        response.dial(dial)
    return str(response)


def _speak(where: VoiceResponse | Gather, line: Line, locale: str, voices: Voices) -> None:
    by = voices.by_language.get(locale)
    if by is not None:
        where.say(line.text, voice=by.voice, language=by.language)
        return
    folder = f"{voices.clips_url.rstrip('/')}/{locale}"
    for name in names_of(Reading.from_text(line.facts)) if line.facts else (line.clip,):
        where.play(f"{folder}/{name}.{EXTENSION}")
