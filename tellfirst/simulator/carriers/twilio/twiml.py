"""TwiML of a call, checked as the vendor would find it at call time, only at once."""

import json
import re
import xml.etree.ElementTree as ET
from importlib.resources import files

TWIML_CHARACTERS_MAX = 4000

_ATTRIBUTES = {
    "Response": frozenset[str](),
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Hangup": frozenset[str](),
    "Gather": frozenset(
        {"action", "method", "numDigits", "timeout", "finishOnKey", "input", "language", "hints"}
        | {"actionOnEmptyResult", "speechTimeout"}
    ),
}
_INSIDE = {
    "Response": frozenset({"Say", "Play", "Pause", "Gather", "Hangup"}),
    "Gather": frozenset({"Say", "Play", "Pause"}),
}
_VOICES: dict[str, list[str]] = json.loads(files(__package__).joinpath("voices.json").read_text("utf-8"))[
    "voices"
]
_LANGUAGES_OF = {
    voice: {language for language, voices in _VOICES.items() if voice in voices}
    for voice in {voice for voices in _VOICES.values() for voice in voices}
}
_URL = re.compile(r"https?://[!-~]+")


def fault_of_twiml(text: str) -> str | None:
    """The first fault of a call's TwiML as a sentence without its text, or None."""
    if len(text) > TWIML_CHARACTERS_MAX:
        return f"Twiml is longer than {TWIML_CHARACTERS_MAX} characters."
    if "<!DOCTYPE" in text.upper():
        return "Twiml must hold no document type."
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities, size is bounded
    except ET.ParseError:
        return "Twiml is not well-formed XML."
    if root.tag != "Response":
        return "The root element of Twiml is not <Response>."
    return _fault_of_element(root)


def _fault_of_element(element: ET.Element) -> str | None:
    name = element.tag
    unknown = sorted(set(element.attrib) - _ATTRIBUTES[name])
    if unknown:
        return f"<{name}> has no attribute {unknown[0]}."
    if fault := _fault_of_content(element):
        return fault
    for child in element:
        if child.tag not in _INSIDE.get(name, ()):
            return f"<{name}> cannot hold <{child.tag}>."
        if fault := _fault_of_element(child):
            return fault
    return None


def _fault_of_content(element: ET.Element) -> str | None:
    content = (element.text or "").strip()
    match element.tag:
        case "Say" if not content:
            return "<Say> says nothing."
        case "Say":
            return _fault_of_voice(element.get("voice"), element.get("language"))
        case "Play" if not _URL.fullmatch(content) and not element.get("digits"):
            return "<Play> needs the address of a recording."
        case "Pause" if not re.fullmatch("[0-9]{1,3}", element.get("length", "1")):
            return "The length of <Pause> is not a number of seconds."
        case "Response" | "Gather" | "Pause" | "Hangup" if content:
            return f"<{element.tag}> cannot hold text of its own."
    return None


def _fault_of_voice(voice: str | None, language: str | None) -> str | None:
    """A voice speaks its own languages only; without one, the language must have any."""
    if language is not None and language not in _VOICES:
        return f"<Say> has no voice for the language {language}."
    if voice is None:
        return None
    if voice not in _LANGUAGES_OF:
        return f"<Say> knows no voice {voice}."
    if language is not None and language not in _LANGUAGES_OF[voice]:
        return f"The voice {voice} does not speak {language}."
    return None
