"""The Call resource and the call's status callback as Twilio writes them."""

from collections.abc import Sequence

from tellfirst.simulator.carriers.special_recipients import fate_of_call
from tellfirst.simulator.carriers.truth.entries import Call
from tellfirst.simulator.carriers.twilio.steps import API_VERSION, Step, rfc2822

_MOMENTS = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}
FINAL_STATUSES = frozenset({"completed", "busy", "no-answer", "failed"})


def reported_steps(call: Call, steps: Sequence[Step]) -> list[Step]:
    """The steps the status callback is asked for; every end is told as `completed` is, whatever it was."""
    wanted = call.told_of or ["completed"]
    return [step for step in steps if _MOMENTS.get(step.status, "completed") in wanted]


def call_callback(call: Call, account_sid: str, step: Step, number: int) -> dict[str, str]:
    """The form of one status callback (Twilio, "Call resource: StatusCallback parameters")."""
    fate = fate_of_call(call.to)
    form = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": call.carrier_ref,
        "CallStatus": step.status,
        "CallbackSource": "call-progress-events",
        "Called": call.to,
        "Caller": call.sender,
        "Direction": "outbound-api",
        "From": call.sender,
        "SequenceNumber": str(number),
        "Timestamp": rfc2822(int(step.at)),
        "To": call.to,
    }
    if step.status in FINAL_STATUSES:
        duration = fate.duration_seconds if step.status == "completed" else 0
        form |= {"CallDuration": str(duration), "Duration": str(-(-duration // 60))}
    if call.detects_machines and step.status in ("in-progress", "completed"):
        form["AnsweredBy"] = fate.answered_by
    return form


def call_resource(call: Call, account_sid: str, reached: Sequence[Step]) -> dict[str, object]:
    """The Call resource of `call` after the steps it has `reached`; none for one that is queued."""
    fate = fate_of_call(call.to)
    by_status = {step.status: step.at for step in reached}
    last = reached[-1] if reached else Step("queued", call.at)
    is_over, is_answered = last.status in FINAL_STATUSES, "in-progress" in by_status
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Calls/{call.carrier_ref}"
    return {
        "account_sid": account_sid,
        "annotation": None,
        "answered_by": fate.answered_by if call.detects_machines and is_answered else None,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": rfc2822(int(call.at)),
        "date_updated": rfc2822(int(last.at)),
        "direction": "outbound-api",
        "duration": str(fate.duration_seconds if is_answered else 0) if is_over else None,
        "end_time": rfc2822(int(last.at)) if is_over else None,
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.carrier_ref,
        "start_time": rfc2822(int(by_status["initiated"])) if "initiated" in by_status else None,
        "status": last.status if last.status != "initiated" else "queued",
        "subresource_uris": {"notifications": f"{uri}/Notifications.json"},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }
