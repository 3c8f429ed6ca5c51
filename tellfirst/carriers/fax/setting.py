"""A text broken into lines that fit a width."""

from collections.abc import Iterator

from PIL import ImageFont

from tellfirst.carriers.fax.typefaces import direction_of


class Measure:
    """Widths in dots of a text in one font and language, as it will be drawn: shaped and ordered."""

    def __init__(self, font: ImageFont.FreeTypeFont, language: str, width: int) -> None:
        self._font = font
        self._language = language
        self._direction = direction_of(language)
        self._width = width

    def lines(self, text: str) -> Iterator[str]:
        """The lines of a text; an empty one for each empty line in it."""
        for paragraph in text.splitlines():
            yield from self._wrapped(paragraph.split()) if paragraph.strip() else ("",)

    def _wrapped(self, words: list[str]) -> Iterator[str]:
        line = ""
        for word in words:
            longer = f"{line} {word}" if line else word
            if self._fits(longer):
                line = longer
                continue
            if line:
                yield line
            *whole, line = self._cut(word)
            yield from whole
        yield line

    def _cut(self, word: str) -> list[str]:
        """A word in pieces that fit: most often one, but an address on the web may be longer than a line."""
        pieces = []
        while not self._fits(word):
            end = self._longest_start(word)
            pieces.append(word[:end])
            word = word[end:]
        return [*pieces, word]

    def _longest_start(self, word: str) -> int:
        low, high = 1, len(word)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._fits(word[:middle]) else (low, middle - 1)
        return low

    def _fits(self, text: str) -> bool:
        length = self._font.getlength(text, direction=self._direction, language=self._language)
        return len(text) <= 1 or length <= self._width
