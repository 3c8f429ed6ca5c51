"""Twilio's signature: HMAC-SHA1 over the address and the sorted form, keyed by the auth token.

Source: Twilio, Webhooks Security. What is signed as it should be is recognised here, for it comes thousands of times
a second and the vendor's library and the general parser of forms took a quarter of all that a receipt needs; before
anything is refused the vendor's own validator has the last word.
"""

import hmac
from base64 import b64encode
from urllib.parse import unquote_plus

from twilio.request_validator import HMAC_SHA1, RequestValidator

from tellfirst.carriers.port import RawRequest
from tellfirst.domain.errors import Refused

HEADER = "x-twilio-signature"


class Form(dict[str, list[str]]):
    """The fields of a form, each perhaps several times."""

    def getall(self, name: str) -> list[str]:
        """All values of a field; the validator asks by this name."""
        return self[name]

    def required(self, name: str) -> str:
        """The first value of a field. Raises Refused when it is missing or empty."""
        if value := self.get(name, [""])[0]:
            return value
        raise Refused("malformed", f"the request from Twilio has no field {name}")


def verified_form(auth_token: str, request: RawRequest) -> Form:
    """The form of a request that Twilio signed. Raises Refused (403) otherwise.

    The algorithm is fixed: one named by a header would be the attacker's choice. The signature holds no time,
    so a replay verifies too; whoever takes the effect must make it harmless.
    """
    form = read_fields(request.body.decode("utf-8", errors="replace"))
    signature = request.headers.get(HEADER)
    if signature and _signed(auth_token, request.url, form, signature):
        return form
    raise Refused(
        "bad_signature",
        "Twilio's signature is missing or does not match; if Twilio sent this, the public address or the "
        "auth token configured here is not the one Twilio uses",
        status=403,
    )


def read_fields(text: str) -> Form:
    """The fields of a form or query in their order, empty ones too, as parse_qs reads them."""
    form = Form()
    for field in text.split("&"):
        if not field:
            continue
        name, _, value = field.partition("=")
        form.setdefault(_plain(name), []).append(_plain(value))
    return form


def _plain(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text


def _signed(auth_token: str, url: str, form: Form, signature: str) -> bool:
    """Over the address as it is configured here, which is what Twilio signs; else with and without its port."""
    if hmac.compare_digest(_signature(auth_token, url, form), signature.encode()):
        return True
    return bool(RequestValidator(auth_token).validate(url, form, signature, HMAC_SHA1))


def _signature(auth_token: str, url: str, form: Form) -> bytes:
    parts = [url]
    for name in sorted(form):
        values = form[name]
        for value in values if len(values) == 1 else sorted(set(values)):
            parts += (name, value)
    return b64encode(hmac.digest(auth_token.encode(), "".join(parts).encode(), "sha1"))
