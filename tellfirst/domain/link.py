"""Links that belong to one customer: for what, for how long, and what of a contact point may be shown behind one."""

from datetime import datetime, timedelta
from enum import StrEnum


class Purpose(StrEnum):
    SURVEY = "survey"


LIVES_FOR = timedelta(days=30)
"""How long the link to somebody's own page works after the word that brought it, and while its incident goes on."""
AFTER_THE_SURVEY = timedelta(days=7)
"""How long the short link of a survey still says that it has ended."""


def still_works(made_at: datetime, *, goes_on: bool, revoked_until: datetime | None, now: datetime) -> bool:
    """Whether a link in a word of `made_at` still opens the customer's own page."""
    if revoked_until is not None and made_at <= revoked_until:
        return False
    return goes_on or now < made_at + LIVES_FOR


def masked(address: str) -> str:
    """Enough of a number or an address for its owner to know it, and too little for anybody else to use it."""
    name, sign, domain = address.partition("@")
    if sign:
        host, dot, top = domain.rpartition(".") if "." in domain else (domain, "", "")
        return f"{name[:1]}•••@{host[:1]}•••{dot}{top}"
    return f"•••{address[-2:]}" if len(address) > 4 else "•••"
