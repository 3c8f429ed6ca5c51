"""Twilio's signature: HMAC-SHA1 over the address and the sorted form, keyed by the auth token.

Source: Twilio, Webhooks Security.
"""

import hmac
from urllib.parse import parse_qs

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
    form = Form(parse_qs(request.body.decode("utf-8", errors="replace"), keep_blank_values=True))
    signature = request.headers.get(HEADER)
    if signature and _signed(RequestValidator(auth_token), request.url, form, signature):
        return form
    raise Refused(
        "bad_signature",
        "Twilio's signature is missing or does not match; if Twilio sent this, the public address or the "
        "auth token configured here is not the one Twilio uses",
        status=403,
    )


def _signed(validator: RequestValidator, url: str, form: Form, signature: str) -> bool:
    """Over the address as it is configured here, which is what Twilio signs; else with and without its port."""
    as_configured = validator.compute_signature(url, form, HMAC_SHA1)
    if hmac.compare_digest(as_configured.encode(), signature.encode()):
        return True
    return bool(validator.validate(url, form, signature, HMAC_SHA1))
