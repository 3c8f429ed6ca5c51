"""The Message resource as Twilio writes it, at any moment of a text's way."""

from collections.abc import Sequence

from tellfirst.simulator.carriers.truth.entries import Kind, Text
from tellfirst.simulator.carriers.twilio.steps import API_VERSION, Step, rfc2822


def message_resource(text: Text, account_sid: str, reached: Sequence[Step]) -> dict[str, object]:
    """The Message resource of `text` after the steps it has `reached`; none for one that is queued."""
    last = reached[-1] if reached else Step("queued", text.at)
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{text.carrier_ref}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": rfc2822(int(text.at)),
        "date_sent": rfc2822(int(reached[0].at)) if reached else None,
        "date_updated": rfc2822(int(last.at)),
        "direction": "outbound-reply" if text.kind is Kind.REPLY else "outbound-api",
        "error_code": last.error_code,
        "error_message": None,
        # Until it is sent, a messaging service has not chosen the number.
        "from": text.sender if text.messaging_service is None or reached else None,
        "messaging_service_sid": text.messaging_service,
        "num_media": "0",
        "num_segments": str(text.segments),
        "price": None,
        "price_unit": "USD",
        "sid": text.carrier_ref,
        "status": last.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }
