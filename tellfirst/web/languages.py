"""In which language a page is asked for: the one that was chosen, else the first of ours that the browser names."""

from collections.abc import Mapping

from tellfirst.domain.occasion import Locale

_OURS = frozenset(Locale)


def wanted(query: Mapping[str, str], accept_language: str) -> Locale:
    """`lang` of the address, else by RFC 9110, 12.5.4, without weights: browsers list languages in the order of
    their reader's wish. English when none of them is ours."""
    for part in (query.get("lang", ""), *accept_language.split(",")[:20]):
        tag = part.split(";")[0].strip().lower().split("-")[0]
        if tag in _OURS:
            return Locale(tag)
    return Locale.ENGLISH
