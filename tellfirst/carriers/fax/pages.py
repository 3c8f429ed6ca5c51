"""A message as the pages of a fax: black on white, big type, one PDF.

Source: ITU-T T.4 and T.30, the fine resolution of Group 3: 1728 dots a line, 204 by 196 dots an inch.
"""

import threading
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from time import gmtime

from PIL import Image, ImageDraw

from tellfirst.carriers.fax.setting import Measure
from tellfirst.carriers.fax.typefaces import NoFont, Typefaces, direction_of

__all__ = ["NoFont", "Pages", "TooManyPages"]

WIDTH, HEIGHT = 1728, 2292
DOTS = (204, 196)
MARGIN = 130
HOUSE, HEADING, BODY, FOOT = 40, 62, 46, 34
"""Sizes of letters in dots: the body is about 17 points, for what a worn machine leaves of them."""
LEADING = 1.5
"""Heights of a letter from line to line; Telugu and Urdu build above and below."""
KEPT = 64
"""Pages kept: messages without a personal link are the same for many."""
UNDATED = gmtime(0)
"""Stands where a PDF says when it was made: equal pages are equal bytes."""


class TooManyPages(Exception):
    """The text does not fit the pages a fax may have."""


class Pages:
    """Draws pages. Raises SetupError where letters could not be shaped; may be called from any thread."""

    def __init__(self, house: str, most: int, fonts: Mapping[str, Path]) -> None:
        self._house = house
        self._most = most
        self._typefaces = Typefaces(fonts)
        self._drawing = threading.Lock()
        self._kept = lru_cache(maxsize=KEPT)(self._draw)

    def pdf(self, subject: str, text: str, language: str) -> bytes:
        """The pages as a PDF of bilevel pictures. Raises NoFont and TooManyPages."""
        with self._drawing:
            return self._kept(subject, text, language)

    def _draw(self, subject: str, text: str, language: str) -> bytes:
        sheets = _Sheets(self._typefaces, language, self._most)
        sheets.write(self._house, HOUSE, "Medium")
        sheets.rule()
        sheets.write(subject, HEADING, "Bold")
        sheets.skip(BODY)
        sheets.write(text, BODY, "Medium")
        return _pdf(sheets.finished())


class _Sheets:
    """Pages that fill from the top; a new one begins when a line no longer fits."""

    def __init__(self, typefaces: Typefaces, language: str, most: int) -> None:
        self._typefaces = typefaces
        self._language = language
        self._direction = direction_of(language)
        self._most = most
        self._sheets: list[Image.Image] = []
        self._turn()

    def write(self, text: str, size: int, weight: str) -> None:
        font = self._typefaces.for_text(self._language, text, size, weight)
        height = int(size * LEADING)
        for line in Measure(font, self._language, WIDTH - 2 * MARGIN).lines(text):
            if self._y + height > HEIGHT - MARGIN - 2 * FOOT:
                self._turn()
            self._line(line, self._y + size, font)
            self._y += height

    def rule(self) -> None:
        self._pen.line((MARGIN, self._y, WIDTH - MARGIN, self._y), fill=0, width=5)
        self.skip(40)

    def skip(self, dots: int) -> None:
        self._y += dots

    def finished(self) -> list[Image.Image]:
        """With numbers at the foot where there is more than one page."""
        total = len(self._sheets)
        font = self._typefaces.open("en", FOOT, "Medium")
        for number, sheet in enumerate(self._sheets, 1):
            if total > 1:
                place = (WIDTH // 2, HEIGHT - MARGIN + FOOT)
                ImageDraw.Draw(sheet).text(place, f"{number} / {total}", font=font, fill=0, anchor="ms")
        return self._sheets

    def _line(self, line: str, baseline: int, font: object) -> None:
        rtl = self._direction == "rtl"
        place = (WIDTH - MARGIN if rtl else MARGIN, baseline)
        anchor = "rs" if rtl else "ls"
        self._pen.text(
            place,
            line,
            font=font,  # type: ignore[arg-type]  # the stubs know the old bitmap fonts only
            fill=0,
            anchor=anchor,
            direction=self._direction,
            language=self._language,
        )

    def _turn(self) -> None:
        if len(self._sheets) == self._most:
            raise TooManyPages
        sheet = Image.new("1", (WIDTH, HEIGHT), 1)
        self._sheets.append(sheet)
        self._pen = ImageDraw.Draw(sheet)
        self._pen.fontmode = "1"
        self._y = MARGIN


def _pdf(sheets: list[Image.Image]) -> bytes:
    out = BytesIO()
    first, *others = sheets
    first.save(
        out,
        "PDF",
        dpi=DOTS,
        save_all=True,
        append_images=others,
        creationDate=UNDATED,
        modDate=UNDATED,
    )
    return out.getvalue()
