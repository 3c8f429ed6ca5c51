"""Phone numbers and mail addresses: what one text may be, and how it is kept."""

import re
import unicodedata
from functools import cache

from tellfirst.audience.importing.rules import Note, Rule, Verdict, rejected
from tellfirst.audience.importing.texts import Judge, broken
from tellfirst.domain.errors import RuleBroken

PLAIN_PHONE = r"^\+[1-9][0-9]{6,14}$"
"""E.164: https://www.itu.int/rec/T-REC-E.164, with the shortest number that any country has."""
_ATOM = r"[A-Za-z0-9!#$%&'*/?^_`{|}~+=-]"
_LABEL = r"[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*"
PLAIN_MAIL = (
    rf"^[A-Za-z0-9!#$%&'*/?^_`{{|}}~]{_ATOM}{{0,63}}(?:\.{_ATOM}+)*"
    rf"@(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])$"
)
"""An addr-spec of RFC 5322 without quotes and comments; what begins like a formula is looked at again."""
LONGEST_MAIL, LONGEST_LOCAL_PART = 254, 64  # RFC 5321, 4.5.3.1
LONGEST_SHORT_NUMBER = 6
LONGEST_ADDRESS = 2_000
PLAIN_HTTPS = (
    rf"^https://(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9](?::[0-9]{{1,5}})?(?:/[!$-;=?-Z_a-z~]*)?$"
)
"""A public host by its name, never by a number: an address of our own network must not be called for a customer."""

_E164 = re.compile(PLAIN_PHONE)
_MAIL = re.compile(PLAIN_MAIL)
_FLOAT = re.compile(r"^\+?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+$|^\+?[0-9]+[.,]0+$")
_EXTENSION = re.compile(r"(?:ext|x|#|;|,)\.?\s*[0-9]+$", re.IGNORECASE)
_BETWEEN = re.compile(r"\(0\)|[\s().\-/\u2010-\u2015\u00a0]")


@cache
def phone_judge(region: str | None) -> Judge:
    """A judge of phone numbers whose national forms are those of `region`, like IN.

    Raises RuleBroken for a region that has no numbering plan.
    """
    import phonenumbers  # a tenth of a second that only files with national forms need

    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        raise RuleBroken(f"{region} is no region with phone numbers; write one like IN or MY")

    def judge(text: str) -> Verdict:
        if rule := broken(text, signed=True) or _misread(text):
            return rejected(rule)
        digits = _plain_digits(text)
        if not re.fullmatch(r"\+?[0-9]+", digits):
            return rejected(Rule.NOT_A_PHONE)
        if not digits.startswith(("+", "00")):
            return _national(digits)
        return _international(text, "+" + digits.lstrip("+").removeprefix("00"))

    def _national(digits: str) -> Verdict:
        if len(digits) <= LONGEST_SHORT_NUMBER:
            emergency = phonenumbers.is_emergency_number(digits, region or "ZZ") or digits in ("112", "911")
            return rejected(Rule.EMERGENCY_NUMBER if emergency else Rule.SHORT_NUMBER)
        if region is None:
            return rejected(Rule.NATIONAL_FORM)
        try:
            parsed = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            return rejected(Rule.NOT_A_PHONE)
        if not phonenumbers.is_possible_number(parsed):
            return rejected(Rule.WRONG_LENGTH)
        form = phonenumbers.PhoneNumberFormat.E164
        return Verdict(phonenumbers.format_number(parsed, form), Note.PHONE_REWRITTEN)

    return judge


def _international(text: str, number: str) -> Verdict:
    if not _E164.match(number):
        return rejected(Rule.WRONG_LENGTH)
    return Verdict(number, Note.PHONE_REWRITTEN if number != text else None)


def _misread(text: str) -> Rule | None:
    if text.startswith("-"):
        return Rule.FORMULA
    if _FLOAT.match(text):
        return Rule.NUMBER_AS_FLOAT
    if _EXTENSION.search(text) and re.match(r"^[^A-Za-z]*[0-9]", text):
        return Rule.EXTENSION
    return Rule.LETTERS_IN_PHONE if any(one.isalpha() for one in text) else None


def _plain_digits(text: str) -> str:
    """ASCII digits and nothing between them; digits of any script count."""
    bare = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    return "".join(str(unicodedata.decimal(one, one)) for one in bare)


def judge_mail(text: str) -> Verdict:
    """Exactly one address, as it can be handed to a carrier."""
    if "\n" in text or "\r" in text:
        return rejected(Rule.LINE_BREAK)  # a header of its own, once it stands in a mail
    if rule := broken(text):
        return rejected(rule)
    if any(mark in text for mark in '<>"()'):
        return rejected(Rule.DISPLAY_NAME)
    if text.count("@") > 1 or any(mark in text for mark in ",; \t"):
        return rejected(Rule.TWO_ADDRESSES if text.count("@") > 1 else Rule.NOT_AN_ADDRESS)
    local, _, domain = text.partition("@")
    if local.endswith(".") or domain.endswith("."):
        return rejected(Rule.TRAILING_DOT)
    try:
        address = text if domain.isascii() else f"{local}@{_in_ascii(domain)}"
    except ValueError:
        return rejected(Rule.NOT_AN_ADDRESS)
    if len(address) > LONGEST_MAIL or len(local) > LONGEST_LOCAL_PART:
        return rejected(Rule.TOO_LONG)
    if not _MAIL.match(address):
        return rejected(Rule.NOT_AN_ADDRESS)
    return Verdict(address, Note.DOMAIN_IN_ASCII if address != text else None)


def judge_other(text: str) -> Verdict:
    """A contact point of another channel: a number or an address; which of them, its row says."""
    if "\n" in text or "\r" in text:
        return rejected(Rule.LINE_BREAK)
    if rule := broken(text, signed=True):
        return rejected(rule)
    return rejected(Rule.TOO_LONG) if len(text) > LONGEST_ADDRESS else Verdict(text)


def _in_ascii(domain: str) -> str:
    import idna

    # Not the codec of the standard library: its rules of 2003 turn ß into ss, which is another domain.
    return idna.encode(domain, uts46=True).decode("ascii")
