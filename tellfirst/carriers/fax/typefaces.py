"""Fonts by language, and whether they can write a text at all."""

import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Literal

import fontpkg
from PIL import ImageFont, features

from tellfirst.domain.errors import SetupError
from tellfirst.domain.occasion import Locale

FAMILIES = {
    Locale.ENGLISH.value: "Noto Sans",
    Locale.MALAY.value: "Noto Sans",
    Locale.TELUGU.value: "Noto Sans Telugu",
    Locale.URDU.value: "Noto Sans Arabic",
}
"""All under the SIL Open Font License, from the packages of the extra `fax`."""
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "sd", "ur"})
NOWHERE = "\U0010fffe"
"""No font has this letter: what is drawn for it is what is drawn for every missing one."""

Direction = Literal["ltr", "rtl"]


class NoFont(Exception):
    """No font has the letters of a text's language."""


class Typefaces:
    """Opens fonts by language. Raises SetupError where letters could not be joined and ordered."""

    def __init__(self, own: Mapping[str, Path]) -> None:
        for part, package in (("raqm", "Pillow's wheels bring it"), ("fribidi", "on Debian: libfribidi0")):
            if not features.check(part):
                raise SetupError(
                    f"faxes in Telugu and Urdu need {part} for their letters to be shaped ({package}); install it"
                )
        for language, file in own.items():
            if not file.is_file():
                raise SetupError(f"the font for faxes in {language!r} is not there: {file}")
        self._own = dict(own)
        self.open = lru_cache(maxsize=32)(self._open)

    def for_text(self, language: str, text: str, size: int, weight: str) -> ImageFont.FreeTypeFont:
        """A font that has every letter of `text`; `size` in dots. Raises NoFont."""
        font = self.open(language, size, weight)
        missing = _picture(font, NOWHERE)
        for letter in set(text):
            if unicodedata.category(letter)[0] in "LMN" and _picture(font, letter) == missing:
                raise NoFont
        return font

    def _open(self, language: str, size: int, weight: str) -> ImageFont.FreeTypeFont:
        try:
            file = self._own.get(language) or fontpkg.path(FAMILIES[language])
            font = ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.RAQM)
        except (KeyError, OSError, fontpkg.FontpkgError):
            raise NoFont from None
        # A file with one weight only is drawn in it.
        with suppress(OSError, ValueError):
            font.set_variation_by_name(weight)
        return font


def direction_of(language: str) -> Direction:
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def _picture(font: ImageFont.FreeTypeFont, letter: str) -> tuple[bytes, tuple[int, int]]:
    mask = font.getmask(letter)
    return bytes(mask), mask.size
