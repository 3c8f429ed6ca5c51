"""What WhatsApp asks beyond the form: its sender, and a template outside 24 hours after a customer wrote."""

import re
from typing import Any

import orjson

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.twilio.refusals import TwilioRefusal, refusal

WHATSAPP = "whatsapp:"
WINDOW_SECONDS = 24 * 3600

_PLACE = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")


def refusal_of_whatsapp(account: Account, form: dict[str, Any], now: float) -> TwilioRefusal | None:
    """Why the message is refused at `now` (unix seconds), or None."""
    to = form["To"]
    if form.get("From", WHATSAPP + account.twilio.sender) != WHATSAPP + account.twilio.sender:
        return refusal(63007, to, "From")
    if "ContentSid" not in form:
        is_open = account.whatsapp_windows.get(to, 0.0) > now
        return None if is_open else refusal(63016, to, "ContentSid")
    templates = account.twilio.whatsapp_templates
    if templates and form["ContentSid"] not in templates:
        return refusal(21655, to, "ContentSid")
    if "ContentVariables" in form and _variables(form["ContentVariables"]) is None:
        return refusal(21656, to, "ContentVariables")
    wanted = set(_PLACE.findall(templates.get(form["ContentSid"], "")))
    if wanted - (_variables(form.get("ContentVariables", "{}")) or {}).keys():
        return refusal(21656, to, "ContentVariables")
    return None


def rendered(account: Account, form: dict[str, Any]) -> str:
    """The template's text with its variables; of a template whose text is not known, SID and variables."""
    sid, given = form.get("ContentSid", ""), form.get("ContentVariables", "{}")
    template = account.twilio.whatsapp_templates.get(sid)
    if template is None:
        return f"{sid} {given}"
    variables = _variables(given) or {}
    return _PLACE.sub(lambda place: variables.get(place[1], ""), template)


def _variables(text: str) -> dict[str, str] | None:
    try:
        variables = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        return None
    return variables
