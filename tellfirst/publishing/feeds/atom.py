"""The newest words as an Atom feed. Source: RFC 4287; an entry keeps its id for ever."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from html import escape
from xml.etree.ElementTree import Element, SubElement, tostring

from tellfirst.carriers.webhook.cap import plain_text
from tellfirst.domain.occasion import Locale
from tellfirst.publishing.addresses import OnTheSite
from tellfirst.publishing.moments import iso
from tellfirst.publishing.press import Press
from tellfirst.publishing.published import Published, Word
from tellfirst.publishing.said import Said, said

NAMESPACE = "http://www.w3.org/2005/Atom"
AT_MOST = 40
"""Entries."""


def atom(press: Press, news: Iterable[tuple[Published, Word]], language: Locale, changed_at: datetime) -> str:
    """The feed of `news`, the newest first; `changed_at` is when the last of it was said, or it became empty."""
    at = OnTheSite(press.site)
    words = press.templates.phrases(language).status
    root = Element("feed", {"xmlns": NAMESPACE, "xml:lang": language.value})
    _add(root, "title", f"{press.company} – {words.title}")
    _add(root, "id", at.atom(language))
    _add(root, "updated", iso(changed_at))
    _link(root, "self", at.atom(language), "application/atom+xml")
    _link(root, "alternate", at.home(language), "text/html")
    _add(SubElement(root, "author"), "name", press.company)
    for about, word in list(news)[:AT_MOST]:
        told = said(press.templates, about, word, language)
        if word.to_some:
            told = replace(told, title=f"{told.title} ({words.for_some})")
        _entry(root, about, word, told, at, language)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _entry(root: Element, about: Published, word: Word, told: Said, at: OnTheSite, language: Locale) -> None:
    entry = SubElement(root, "entry")
    _add(entry, "title", told.title)
    _add(entry, "id", f"{at.site}/incident/{about.reference}#{word.sequence}")
    _add(entry, "published", iso(word.said_at))
    _add(entry, "updated", iso(word.said_at))
    _link(entry, "alternate", at.incident(about.reference, language), "text/html")
    _link(entry, "related", at.cap(about.reference), "application/cap+xml")
    SubElement(entry, "category", {"term": word.kind})
    for kind in about.services:
        SubElement(entry, "category", {"term": kind.value})
    content = SubElement(entry, "content", {"type": "html"})
    content.text = plain_text(_html(told))


def _html(told: Said) -> str:
    return "".join(f"<p>{'<br>'.join(map(escape, lines))}</p>" for lines in told.paragraphs)


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = plain_text(text)


def _link(parent: Element, relation: str, href: str, kind: str) -> None:
    SubElement(parent, "link", {"rel": relation, "type": kind, "href": href})
