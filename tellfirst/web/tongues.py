"""The switch of languages on a customer's pages: it changes the page that is shown and nothing else."""

from fastapi import Request

from tellfirst.domain.occasion import Locale
from tellfirst.notices.wording import language

NAMES = {
    Locale.ENGLISH: "English",
    Locale.TELUGU: "తెలుగు",
    Locale.MALAY: "Bahasa Melayu",
    Locale.URDU: "اردو",
}
"""Each in its own language, for whoever can read no other."""

Tongues = list[tuple[Locale, str, str]]


def spoken(request: Request, theirs: str) -> Locale:
    """What the address asks for, else the customer's own language."""
    wanted = request.query_params.get("lang", "")
    return Locale(wanted) if wanted in set(Locale) else language(theirs)


def tongues(path: str) -> Tongues:
    """Each language, its name and where this page is in it."""
    return [(tag, name, f"{path}?lang={tag}") for tag, name in NAMES.items()]
