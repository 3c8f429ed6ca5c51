"""What somebody has written in a mail: its text, or its HTML as text, without the history that it quotes."""

from bs4 import BeautifulSoup
from bs4.exceptions import ParserRejectedMarkup
from mailparser_reply import EmailReplyParser

LONGEST_HTML = 300_000
"""Characters that are looked at."""
LONGEST = 20_000
"""Characters in which a quotation is looked for: its rules are expressions that long texts keep busy."""
_NOT_TEXT = ("script", "style", "head", "title", "template", "noscript", "svg", "iframe", "object")
_BLOCKS = ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table")
_PARSER = EmailReplyParser(languages=["en", "de", "fr", "es"])


def written_text(text: str, html: str) -> str:
    """The newest words of a mail; all of it where nothing would be left."""
    whole = (
        (text if text.strip() else of_html(html))[:LONGEST].replace("\r\n", "\n").replace("\x00", "").strip()
    )
    try:
        reply = _PARSER.parse_reply(whole)
    except (AttributeError, IndexError, TypeError, ValueError, RecursionError):
        reply = None
    return (reply or "").strip() or whole


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
