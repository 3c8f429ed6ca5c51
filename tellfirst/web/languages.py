"""In which language a page is shown, and where the same page stands in the others."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Request

from tellfirst.domain.occasion import Locale
from tellfirst.notices.wording import language

_OURS = frozenset(Locale)


def wanted(query: Mapping[str, str], accept_language: str) -> Locale:
    """`lang` of the address, else by RFC 9110, 12.5.4, without weights: browsers list languages in the order of
    their reader's wish. English when none of them is ours."""
    for part in (query.get("lang", ""), *accept_language.split(",")[:20]):
        tag = part.split(";")[0].strip().lower().split("-")[0]
        if tag in _OURS:
            return Locale(tag)
    return Locale.ENGLISH


def of_stranger(request: Request) -> Locale:
    """The language of whoever reads a page that is nobody's own."""
    return wanted(request.query_params, request.headers.get("accept-language", ""))


def spoken(request: Request, theirs: str) -> Locale:
    """What the address asks for, else the customer's own language."""
    asked = request.query_params.get("lang", "")
    return Locale(asked) if asked in _OURS else language(theirs)


def same(path: str, **chosen: str) -> dict[Locale, str]:
    """Where the page at `path` stands in each language, with what was `chosen` on it."""
    kept = {name: value for name, value in chosen.items() if value}
    return {one: f"{path}?{urlencode({'lang': one.value, **kept})}" for one in Locale}
