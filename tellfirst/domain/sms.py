"""What a text costs: alphabets and parts of an SMS, and the mending of characters that double the price.

Source: 3GPP TS 23.038 (GSM 7 bit default alphabet and its extension table, UCS2), TS 23.040 (concatenated
messages: the header takes 7 septets or 3 UTF-16 units of every part). National shift tables are left out:
carriers seldom take them.
"""

import re
import unicodedata
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")

_LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009", " "),
        **dict.fromkeys("\u200a\u202f\u205f\u3000", " "),
        "…": "...",
    }
)
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85]")
_MARKS = re.compile("[\u200e\u200f\u061c]")


class Encoding(StrEnum):
    """The alphabet a whole text goes out in: one character outside GSM-7 moves all of it to UCS-2."""

    GSM7 = "gsm-7"
    UCS2 = "ucs-2"


_WHOLE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
_PART = {Encoding.GSM7: 153, Encoding.UCS2: 67}


def outside_gsm7(text: str) -> tuple[str, ...]:
    """The different characters of `text` that GSM-7 does not have, in the order they first stand there."""
    return tuple(char for char in dict.fromkeys(text) if char not in _BASIC and char not in _EXTENDED)


def encoding_of(text: str) -> Encoding:
    """The alphabet a carrier sends `text` in."""
    return Encoding.UCS2 if outside_gsm7(text) else Encoding.GSM7


def unit_count(text: str) -> int:
    """How long `text` is as carriers measure it: septets in GSM-7, UTF-16 units in UCS-2."""
    if encoding_of(text) is Encoding.GSM7:
        return len(text) + sum(text.count(char) for char in _EXTENDED)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def segment_count(text: str) -> int:
    """How many parts `text` is billed as; 0 for nothing.

    Neither an extension pair nor a surrogate pair is torn apart, so a part may stay one unit short.
    """
    encoding = encoding_of(text)
    units = unit_count(text)
    if units <= _WHOLE[encoding]:
        return min(1, len(text))
    if units == len(text):
        return -(-units // _PART[encoding])
    count, room = 1, _PART[encoding]
    for char in text:
        width = _width(char, encoding)
        if width > room:
            count, room = count + 1, _PART[encoding]
        room -= width
    return count


def normalise(text: str) -> str:
    """`text` with typographic quotes, dashes, spaces and ellipsis written as GSM-7 writes them.

    Controls and directional overrides go, so no value can turn the words after it around; line breaks stay.
    Direction marks stay only beside right-to-left letters: elsewhere they are unseen and double the price.
    Normalising twice changes nothing.
    """
    plain = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text)).translate(_LOOK_ALIKES)
    plain = _UNSEEN.sub("", plain)
    if not reads_right_to_left(plain):
        plain = _MARKS.sub("", plain)
    # Again, because an accent may have come to stand beside its letter.
    return unicodedata.normalize("NFC", plain)


def one_line(text: str) -> str:
    """`text` on one line and without controls or directional overrides; letters stay as they are."""
    return _UNSEEN.sub("", " ".join(text.split()))


def reads_right_to_left(text: str) -> bool:
    """Whether a letter of a right-to-left script stands in `text`."""
    if text.isascii():
        return False
    return any(unicodedata.bidirectional(char) in {"R", "AL"} for char in set(_MARKS.sub("", text)))


def _width(char: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM7:
        return 2 if char in _EXTENDED else 1
    return 2 if ord(char) > 0xFFFF else 1
