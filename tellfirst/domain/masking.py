"""Addresses of customers as they may stand where others read: enough to recognise one's own, too little to use it."""

import re

HIDDEN = "•" * 4
SHOWN_DIGITS = 2
_NUMBER = re.compile(r"(?:\+|%2[bB]|\b00)\d[\d \-]{5,16}\d")
"""As carriers write numbers: with their country. A bare row of digits is as likely a number of ours."""
_MAIL = re.compile(r"[\w.+\-]+(?:@|%40)[\w\-]+(?:\.[\w\-]+)+")
_TOKEN = re.compile(r"(?i)\b(bearer|basic) +[\w.~+/=\-]+")
_LINK = re.compile(r"(?<![\w.])/([a-z])/[\w.\-]{6,}")
"""The path of a link that only one customer has: a letter, then what opens it."""


def mask_number(number: str) -> str:
    """`+914055500017` as `+91••••17`: the country by its first two digits, and the last two."""
    digits = "".join(sign for sign in number if sign.isdigit())
    if len(digits) < 7:
        return HIDDEN
    return f"+{digits[:2]}{HIDDEN}{digits[-SHOWN_DIGITS:]}"


def mask_mail(address: str) -> str:
    """`padma@example.in` as `p••••@example.in`: the house is no secret, who lives there is."""
    name, at, house = address.rpartition("@")
    return f"{name[:1]}{HIDDEN}{at}{house}" if at else HIDDEN


def mask(address: str) -> str:
    """A number or a mail address, whichever it is."""
    return mask_mail(address) if "@" in address else mask_number(address)


def mask_within(text: str) -> str:
    """`text` with every number, mail address, key and personal link in it masked.

    The last net below whatever writes logs: texts of ours name none, those of libraries may.
    """
    text = _TOKEN.sub(lambda found: f"{found[1]} {HIDDEN}", text)
    text = _LINK.sub(lambda found: f"/{found[1]}/{HIDDEN}", text)
    text = _MAIL.sub(lambda found: mask_mail(found[0].replace("%40", "@")), text)
    return _NUMBER.sub(lambda found: mask_number(found[0]), text)
