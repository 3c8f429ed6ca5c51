"""What somebody has written in a mail: its text, or its HTML as text, without the history that it quotes."""

import re
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from bs4.exceptions import ParserRejectedMarkup
from mailparser_reply import EmailReplyParser

LONGEST_HTML = 60_000
"""Characters that are looked at: the parser takes seconds for more that is made to keep it busy."""
LONGEST = 20_000
"""Characters of a letter."""
LOOKED_AT = 3_000
"""Characters in which a quotation is looked for: its rules are expressions whose time grows with the square of a text
made to keep them busy. Who writes more than that above a quotation gets it kept with their words."""
_NOT_TEXT = ("script", "style", "head", "title", "template", "noscript", "svg", "iframe", "object")
_BLOCKS = ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table")
_BLOCK_ENDS = re.compile(rf"(?i)</(?:{'|'.join(_BLOCKS)})\b")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
"""What HTML shows as one blank; the line separator that marks the end of a block is none."""
_PARSER = EmailReplyParser(languages=["en", "de", "fr", "es"])


def written_text(text: str, html: str) -> str:
    """The newest words of a mail; all of it where nothing would be left."""
    whole = _even(text if text.strip() else of_html(html))
    head = whole[:LOOKED_AT]
    try:
        reply = (_PARSER.parse_reply(head) or "").strip()
    except (AttributeError, IndexError, TypeError, ValueError, RecursionError):
        reply = head
    return whole if reply in ("", head.strip()) else reply


def _even(text: str) -> str:
    """Without what no reader sees, like a thousand empty lines."""
    lines = (" ".join(line.split()) for line in text[: 4 * LONGEST].replace("\x00", "").splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST]


def of_html(html: str) -> str:
    """What a reader of it sees, line by line, without what it quotes; nothing where it cannot be read."""
    try:
        page = BeautifulSoup(_BLOCK_ENDS.sub("\u2028\\g<0>", html[:LONGEST_HTML]), "html.parser")
        lines = (" ".join(line.split()) for line in "".join(_seen(page)).splitlines())
        return "\n".join(line for line in lines if line)
    except (ParserRejectedMarkup, RecursionError, ValueError, AssertionError):
        return ""


def _seen(page: BeautifulSoup) -> Iterator[str]:
    """The strings in order, a line for each block. By steps from one to the next: a tree may be as deep as it is
    long."""
    one: Any = page.contents[0] if page.contents else None
    while one is not None:
        if isinstance(one, Tag):
            if one.name in _NOT_TEXT or _is_quoted(one):
                # What comes after all that is inside of it.
                last: Any = one._last_descendant(accept_self=True)
                one = last.next_element
                continue
            if one.name in _BLOCKS:
                yield "\n"
        elif type(one) is NavigableString:
            yield _BLANKS.sub(" ", one)
        one = one.next_element


def _is_quoted(tag: Tag) -> bool:
    return tag.name == "blockquote" or "gmail_quote" in (tag.get("class") or ())
