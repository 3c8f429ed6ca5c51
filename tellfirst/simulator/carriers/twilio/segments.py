"""How many SMS segments a text takes (3GPP TS 23.038 default alphabet with its extension, else UCS-2)."""

from collections.abc import Iterable

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")


def segment_count(text: str) -> int:
    """Segments of `text`: 160 or 153 septets each if all characters are GSM-7, else 70 or 67 UTF-16 units."""
    if _BASIC.issuperset(text):
        return _parts([1] * len(text), whole=160, part=153)
    if all(character in _BASIC or character in _EXTENSION for character in text):
        return _parts((2 if character in _EXTENSION else 1 for character in text), whole=160, part=153)
    return _parts((2 if ord(character) > 0xFFFF else 1 for character in text), whole=70, part=67)


def _parts(widths: Iterable[int], *, whole: int, part: int) -> int:
    """A character of two units is never cut in two, so a part may stay one unit short."""
    widths = list(widths)
    if sum(widths) <= whole:
        return 1
    count, filled = 1, 0
    for width in widths:
        if filled + width > part:
            count, filled = count + 1, 0
        filled += width
    return count
