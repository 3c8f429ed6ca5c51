"""The words of a notice as a page shows them: those of its mail, without salutation, addresses and signature."""

import logging
from dataclasses import dataclass

from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.message import PERSONAL_LINK, Reader
from tellfirst.domain.occasion import Channel, Locale
from tellfirst.notices.rendering import Templates
from tellfirst.publishing.published import Published, Word

log = logging.getLogger(__name__)
Paragraph = tuple[str, ...]
"""Its lines."""
_MARKS = "\u200e\u200f"
_SALUTATION_ENDS = (",", "،")


@dataclass(frozen=True, slots=True)
class Said:
    """`title` is the subject without our name and the reference, which stand on the page already."""

    title: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def text(self) -> str:
        return "\n\n".join("\n".join(paragraph) for paragraph in self.paragraphs)


def said(templates: Templates, about: Published, word: Word, language: Locale) -> Said:
    """What customers were sent by `word`, in `language`."""
    return worded(templates, word, about.reader(language, word))


def title(templates: Templates, about: Published, language: Locale) -> str:
    """What an incident is called."""
    return said(templates, about, about.headline, language).title


def worded(templates: Templates, word: Word, reader: Reader) -> Said:
    """The same for any reader. A word that today's texts cannot say again keeps its place: one old word must not
    take away the page from everybody."""
    try:
        mail = templates.render(
            word.occasion, Channel.EMAIL, word.facts, reader, holding=word.holding, folder=word.folder
        )
    except (RuleBroken, SetupError) as wrong:
        log.error("%s, word %d, is shown without its words: %s", word.facts.reference, word.sequence, wrong)
        return Said(word.facts.place, ())
    return Said(_title(mail.subject, word.facts), _body(mail.text, word.facts))


def _title(subject: str, facts: FactRecord) -> str:
    plain = subject.strip(_MARKS).removeprefix(f"{facts.company}: ")
    title = plain.replace(f"({facts.reference})", "").strip(" " + _MARKS)
    return title[:1].upper() + title[1:]


def _body(text: str, facts: FactRecord) -> tuple[Paragraph, ...]:
    paragraphs = [tuple(part.split("\n")) for part in text.split("\n\n")]
    if len(paragraphs[0]) == 1 and paragraphs[0][0].rstrip(_MARKS).endswith(_SALUTATION_ENDS):
        paragraphs = paragraphs[1:]
    return tuple(one for one in paragraphs if not _is_of_the_letter(one, facts))


def _is_of_the_letter(paragraph: Paragraph, facts: FactRecord) -> bool:
    """Where to look for more, an own calendar entry, and who signs."""
    leads_on = any(facts.page in line or PERSONAL_LINK in line for line in paragraph)
    signs = paragraph[0].strip(_MARKS) == facts.company and any(facts.reference in line for line in paragraph)
    return leads_on or signs
