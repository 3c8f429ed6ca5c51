"""What somebody has written in a mail: its text, or its HTML as text, without the history that it quotes."""

import re

from bs4 import BeautifulSoup
from bs4.exceptions import ParserRejectedMarkup
from mailparser_reply import EmailReplyParser

LONGEST_HTML = 300_000
"""Characters that are looked at."""
LONGEST = 20_000
"""Characters of a letter."""
LOOKED_AT = 3_000
"""Characters in which a quotation is looked for: its rules are expressions whose time grows with the square of a text
made to keep them busy. Who writes more than that above a quotation gets it kept with their words."""
_NOT_TEXT = ("script", "style", "head", "title", "template", "noscript", "svg", "iframe", "object")
_BLOCKS = ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table")
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
    """What a reader of it sees, line by line; nothing where it cannot be read."""
    try:
        page = BeautifulSoup(html[:LONGEST_HTML], "html.parser")
        for part in page(_NOT_TEXT):
            part.decompose()
        for quoted in page.select("blockquote, .gmail_quote, #divRplyFwdMsg"):
            quoted.decompose()
        for block in page(_BLOCKS):
            block.append("\n")
        lines = (" ".join(line.split()) for line in page.get_text().splitlines())
    except (ParserRejectedMarkup, RecursionError, ValueError, AssertionError):
        return ""
    return "\n".join(line for line in lines if line)
