"""The terms of the contract: what a carrier brings to be tested, and what each end of a call proves."""

from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web
from scripted_vendor import Handler, ScriptedVendor

from tellfirst.carriers.port import Carrier, Outbound, RawRequest, Verdict
from tellfirst.domain.message import PERSONAL_LINK, Message

Fault = Callable[[ScriptedVendor], Handler]
AGAIN, FINALLY, UNKNOWN = Verdict.REFUSED_AGAIN, Verdict.REFUSED_FINALLY, Verdict.UNKNOWN

ENDS: dict[str, tuple[Verdict, Fault]] = {
    "an unknown 400": (FINALLY, lambda vendor: vendor.answer(400)),
    "401": (AGAIN, lambda vendor: vendor.answer(401)),
    "403": (AGAIN, lambda vendor: vendor.answer(403)),
    "404": (AGAIN, lambda vendor: vendor.answer(404)),
    "429": (AGAIN, lambda vendor: vendor.answer(429)),
    "503 with Retry-After": (AGAIN, lambda vendor: vendor.answer(503, Retry_After="7")),
    "503 alone": (UNKNOWN, lambda vendor: vendor.answer(503)),
    "500": (UNKNOWN, lambda vendor: vendor.answer(500)),
    "502 in HTML": (UNKNOWN, lambda vendor: vendor.answer(502, "<html>Bad gateway</html>")),
    "a redirect": (UNKNOWN, lambda vendor: vendor.answer(307, Location="/elsewhere")),
    "a success in HTML": (UNKNOWN, lambda vendor: vendor.answer(201, "<html>Welcome</html>")),
    "a success of another shape": (UNKNOWN, lambda vendor: vendor.answer(201, '["yes"]')),
    "an empty success": (UNKNOWN, lambda vendor: vendor.answer(200, " ")),
    "a success with half the fields": (UNKNOWN, lambda vendor: vendor.answer(200, {"status": "queued"})),
    "no answer in time": (UNKNOWN, lambda vendor: vendor.hang),
    "a reset after reading": (UNKNOWN, lambda vendor: vendor.reset),
}


def end_of(house: "House", end: str) -> Verdict:
    """What the table says, or a house of its own kind says otherwise."""
    otherwise: dict[str, Verdict] = getattr(house, "otherwise", {})
    return otherwise.get(end, ENDS[end][0])


class House(Protocol):
    """One carrier with its vendor's side."""

    name: str
    secrets: tuple[str, ...]
    """What no log and no value may show.

    A house may have `otherwise`: ends of a call that mean something else where every customer answers for
    themselves, and no credentials of ours are at stake.
    """

    def address(self, number: int) -> str: ...

    def settings(self, base_url: str, timeout: float = 5.0) -> Any: ...

    def carrier(self, base_url: str, timeout: float = 5.0) -> Carrier: ...

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """The vendor takes what it is sent, and remembers it."""
        ...

    def references(self, body: bytes) -> list[int]:
        """The delivery ids in a request's body."""
        ...

    def receipt(self, delivery_id: int) -> RawRequest:
        """A genuine receipt: delivered."""
        ...

    def strangers_receipt(self, delivery_id: int) -> RawRequest:
        """The same, signed with another account's key."""
        ...


TEXT = "INC-2026-0007: no service in Gachibowli."
LINK = "https://notices.example/s/personal-and-secret-"


def batch_of(house: House, count: int) -> list[Outbound]:
    message = Message(
        f"{TEXT} {PERSONAL_LINK}",
        subject="No service",
        html=f"<p>{TEXT} {PERSONAL_LINK}</p>",
        locale="en",
        occasion="first_word",
        values=(
            ("company", "Deccan Mobile"),
            ("place", "Gachibowli"),
            ("reference", "INC-2026-0007"),
            ("link", PERSONAL_LINK),
        ),
    )
    return [
        Outbound(number, house.address(number), message, link=f"{LINK}{number}")
        for number in range(1, count + 1)
    ]
