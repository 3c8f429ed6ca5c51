"""`tellfirst doors`."""

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter
from sqlalchemy import func, select

from tellfirst.bootstrap import World, world
from tellfirst.carriers.lineup import Configured
from tellfirst.printing import show_json, show_table
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

HIDDEN = "…"
TWILIO = {
    "twilio_sms": ("sms", "sms"),
    "twilio_whatsapp": ("whatsapp", "whatsapp"),
    "twilio_voice": ("voice", "call"),
}
"""The door of contacts behind a kind of carrier, and the end of its address."""


def doors(
    *,
    secrets: Annotated[
        bool, Parameter(help="Show the token in an address, to enter it at the carrier.")
    ] = False,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """The doors through which customers come: the address to enter at each carrier, what proves that it is the
    carrier, and when somebody last came."""
    here = world()
    with reading(here.engine) as connection:
        c = t.contact.c
        last = connection.execute(select(c.channel, func.max(c.received_at)).group_by(c.channel)).all()
    came = {row[0]: row[1] for row in last}
    rows = [{**row, "last contact": came.get(row["door"])} for row in _doors(here, secrets=secrets)]
    if json:
        show_json(rows)
        return
    show_table("Doors", rows)


def _doors(here: World, *, secrets: bool) -> Iterator[dict[str, Any]]:
    url = here.settings.web_url.rstrip("/")
    calls = [one for one in here.fleet.all if one.kind == "twilio_voice"]
    for one in here.fleet.all:
        if one.kind in TWILIO:
            door, end = TWILIO[one.kind]
            yield _row(door, f"{url}/contacts/{one.name}/{end}", "Twilio's signature")
        if one.kind == "twilio_sms" and not calls:
            yield _row("voice", f"{url}/contacts/{one.name}/call", "Twilio's signature")
        if one.kind == "sendgrid":
            yield _mail(here, one, url, secrets=secrets)
    for name, box in here.doors.mailboxes.items():
        yield _row("email", f"{name}: {box.folder} at {box.host}", "is looked into every minute")
    fax = ", ".join(here.doors.mail.fax_gateways)
    yield _row("fax", f"mails of {fax}" if fax else "", "as mails" if fax else "closed: no gateway is named")
    yield _row("web", f"{url}/contact", "nothing: it acts in nobody's name")
    is_open = bool(here.settings.agent_token.get_secret_value())
    yield _row("agent", f"{url}/api/contacts", "bearer token" if is_open else "closed: no token is set")


def _mail(here: World, one: Configured, url: str, *, secrets: bool) -> dict[str, Any]:
    address = f"{url}/contacts/{one.name}/mail"
    if getattr(one.keys, "inbound_public_key", ""):
        return _row("email", address, "SendGrid's signature")
    token = here.mail_door_token if secrets else HIDDEN
    return _row("email", f"{address}/{token}", "the token in the address (--secrets shows it)")


def _row(door: str, address: str, proof: str) -> dict[str, Any]:
    return {"door": door, "address": address, "proof": proof}
