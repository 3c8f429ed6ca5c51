"""What is posted: a notice as JSON in the shape Standard Webhooks proposes: type, timestamp, data."""

import json
from typing import Any

from yarl import URL

from tellfirst.carriers.port import Outbound
from tellfirst.carriers.webhook.renderings import calendar_of, cap_of
from tellfirst.carriers.webhook.told import Told, values_in
from tellfirst.domain.message import PERSONAL_LINK


def body_of(outbound: Outbound, url: URL, sender: str) -> bytes:
    """The same bytes however often one message is posted. Raises NoFacts for facts that are none.

    A message without facts (its text was not made from a fact record) goes out with its words alone.
    """
    message = outbound.message
    text = message.text.replace(PERSONAL_LINK, outbound.link)
    posted: dict[str, Any] = {"type": "notice", "data": {"delivery": outbound.delivery_id}}
    data = posted["data"]
    data |= {"locale": message.locale, "subject": message.subject, "text": text}
    if message.facts:
        values = values_in(message.facts)
        told = Told.of(values)
        posted |= {"type": f"notice.{told.occasion}", "timestamp": told.facts.stated_at.isoformat()}
        data |= {"occasion": told.occasion, "facts": values}
        if cap := cap_of(told, message, sender):
            data["cap"] = cap
        if calendar := calendar_of(told, message, sender, account=url.host or ""):
            data["calendar"] = calendar
    return json.dumps(posted, ensure_ascii=False, separators=(",", ":")).encode()
