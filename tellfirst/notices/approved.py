"""Templates that somebody else has approved, such as WhatsApp's: do they say what each notice owes its reader?"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from tellfirst.domain.errors import Mistake
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.notices.channels import as_words, values_on
from tellfirst.notices.proofs import notice_names
from tellfirst.notices.rendering import Templates
from tellfirst.notices.required import required
from tellfirst.notices.samples import SAMPLE, cases

Approved = Mapping[tuple[str, str], Sequence[Sequence[str]]]
"""By occasion and language: the names of the values of each template, the fullest first."""
MAY_BE_FIXED = frozenset({"company", "contact", "stop_word"})
"""What stays the same in every notice may stand in the approved words themselves."""


def check_approved(
    file: str, approved: Approved, templates: Templates, sample: FactRecord = SAMPLE
) -> Iterator[Mistake]:
    """Each value nobody gives, each turn of a notice that no template fits, each required fact that is left out.

    `file` is where `approved` stands; lines are not known. What is not in `approved` at all is not looked for: there
    the next channel goes.
    """
    for (occasion, locale), variants in approved.items():
        yield from _check(file, Occasion(occasion), Locale(locale), variants, templates, sample)


def _check(
    file: str,
    occasion: Occasion,
    locale: Locale,
    variants: Sequence[Sequence[str]],
    templates: Templates,
    sample: FactRecord,
) -> Iterator[Mistake]:
    where = f"WhatsApp's {occasion} in {locale}"
    known = notice_names(occasion, Channel.WHATSAPP, locale, templates, sample)
    unknown = dict.fromkeys(name for variant in variants for name in variant if name not in known)
    for name in unknown:
        near = get_close_matches(name, known, n=1)
        yield Mistake(file, 1, f"{where} asks for a value {name} that nobody gives", _instead(near, known))
    unfit, unsaid = False, dict[str, None]()
    for case in cases(occasion, locale, templates.phrases(locale), sample):
        words = templates.phrases(locale)
        values = values_on(Channel.WHATSAPP, occasion, case.facts, case.reader, words, holding=case.holding)
        told = {name for name, _ in as_words(values)}
        said = next((set(variant) for variant in variants if told.issuperset(variant)), None)
        unfit = unfit or said is None
        owed = set(required(occasion, Channel.WHATSAPP, values)) - MAY_BE_FIXED
        unsaid |= dict.fromkeys(sorted(owed - (said if said is not None else owed)))
    if unfit and not unknown:
        cure = "add one with fewer values after it, for when the estimate or the effect on emergency calls is not known"
        yield Mistake(file, 1, f"{where} has no template for every turn it can take", cure)
    for name in unsaid:
        cure = "put a template that says it before the others"
        yield Mistake(file, 1, f"{where} does not always tell the reader {name}", cure)


def _instead(near: Sequence[str], known: set[str]) -> str:
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(sorted(known))}"
