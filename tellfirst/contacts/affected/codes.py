"""Codes, and what is kept of them: hashes under the secret of the installation, which no list of codes undoes."""

import hmac
import secrets
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

import phonenumbers
from itsdangerous import BadSignature, URLSafeSerializer

from tellfirst.domain.errors import Refused
from tellfirst.domain.one_time_code import DIGITS


class Codes:
    """Draws codes under one secret. What a form hands on is signed, with a salt that no other link has."""

    def __init__(self, secret: str) -> None:
        self._key = sha256(b"affected\0" + secret.encode()).digest()
        self._forms = URLSafeSerializer(secret, salt="affected")

    def draw(self) -> str:
        """A new code, any as likely as any other."""
        return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"

    def digest(self, *parts: str) -> str:
        """A hash of these parts."""
        return hmac.new(self._key, "\0".join(parts).encode(), sha256).hexdigest()

    def form(self, question_id: int, number: str) -> str:
        """What the form of a code hands on: the books hold no number of somebody we do not know."""
        return str(self._forms.dumps([question_id, number]))

    def read(self, form: str) -> tuple[int, str]:
        """The question and the number. Raises Refused for a form that was changed or made elsewhere."""
        try:
            question_id, number = self._forms.loads(form)
        except (BadSignature, ValueError, TypeError):
            raise Refused("bad_form", "this form is not one of ours, or it was changed", 400) from None
        return int(question_id), str(number)


def whole_number(written: str) -> str | None:
    """What a person wrote as a number in E.164; None when it is none that can be called from anywhere."""
    plain = written.strip()
    plain = f"+{plain[2:]}" if plain.startswith("00") else plain
    try:
        number = phonenumbers.parse(plain, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def network_of(address: str) -> str:
    """The part of an address that one household has: of IPv6 the first half (RFC 6177)."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(ip.exploded[:19]) if isinstance(ip, IPv6Address) else str(ip)
