"""How much one client may ask of us: by address for every route, by number or account where a route says so.

Kept in this process: with several of them a client has as many shares, which is what a flood is held against, not
what money hangs on. What must hold over all processes is counted in the database (contacts/provoked.py).
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from threading import Lock

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tellfirst.bootstrap import World
from tellfirst.domain import rates
from tellfirst.domain.errors import Refused, TooOften
from tellfirst.domain.rates import Allowance
from tellfirst.web.door import BODY_LIMIT, TooLarge, is_over
from tellfirst.web.errors import say_no

REMEMBERED = 100_000
"""Clients of whom a share is kept, about 20 MB; of more the longest silent are forgotten first."""
SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one address may do at paths that `pattern` matches from their beginning; `None`: as much as it likes."""

    name: str
    pattern: re.Pattern[str]
    methods: frozenset[str] | None
    allowance: Allowance | None
    body_limit: int | None = BODY_LIMIT
    """Bytes; None where the door counts by itself."""


def _rule(
    name: str,
    pattern: str,
    allowance: Allowance | None,
    methods: set[str] | None = None,
    body_limit: int | None = BODY_LIMIT,
) -> Rule:
    return Rule(name, re.compile(pattern), frozenset(methods) if methods else None, allowance, body_limit)


RULES = (
    # Whoever signs, or holds our token, is believed: a city's receipts and a storm's alerts come from one address.
    _rule("signed", r"/(receipts|signals|contacts)/", None, body_limit=None),
    _rule("watching", r"/(ready|health)(/|$)|/static/", None),
    # A password is tried by hand; ten wrong ones are somebody else's.
    _rule("sign in", r"/([\w-]+/)*(login|sign-?in|session)(/|$)", Allowance(10, 1 / 30), {"POST"}),
    # One call for each customer on the line, from a helpdesk behind one address.
    _rule("api", r"/api/", Allowance(300, 20)),
    # A number or a place looked up, and codes tried: thirty at once, because a whole town shares an operator's
    # address (RFC 6888) just when its lines are down.
    _rule("look up", r"/([\w-]+/)*(affected|am-i-affected|lookup|code|verify)(/|$)", Allowance(30, 0.5)),
    # Links that only one customer has: as many as a household opens, and too few to guess.
    _rule("personal", r"/[a-z]/", Allowance(120, 2), SAFE),
    # Pages that are the same for everybody are kept by caches and cost nothing: an outage is no time to limit them.
    _rule("read", r"/", None, SAFE),
    _rule("write", r"/", Allowance(60, 1)),
)
"""The first that matches counts."""


class Shares:
    """Who has used how much of what. For threads and for the event loop."""

    def __init__(self, now: Callable[[], float] = time.monotonic, remembered: int = REMEMBERED) -> None:
        self._now = now
        self._remembered = remembered
        self._whole_at: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._turn = Lock()

    def take(self, what: str, whose: str, allowance: Allowance) -> None:
        """One of `whose` share of `what`. Raises TooOften when it is used up."""
        key, now = (what, whose), self._now()
        with self._turn:
            asked = rates.ask(allowance, self._whole_at.get(key, 0.0), now)
            self._whole_at[key] = asked.whole_at
            self._whole_at.move_to_end(key)
            while len(self._whole_at) > self._remembered:
                self._whole_at.popitem(last=False)
        if asked.wait:
            sentence = f"too often ({what}); it may be tried again in {asked.wait:.0f} s"
            raise TooOften("too_often", sentence, asked.wait)


class Limited:
    """Stands before the pages: answers who asks too often or sends too much, and lets everybody else through."""

    def __init__(self, app: ASGIApp, world: World, shares: Shares) -> None:
        self._app = app
        self._world = world
        self._shares = shares
        self._proxies = world.settings.trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any ASGI app."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rule = rule_of(scope["method"], scope["path"])
        try:
            if rule.allowance:
                self._shares.take(rule.name, client(scope, self._proxies), rule.allowance)
            announced = Headers(scope=scope).get("content-length", "")
            if rule.body_limit is not None and is_over(announced, rule.body_limit):
                raise TooLarge(rule.body_limit).refused
        except Refused as refused:
            await say_no(self._world, scope, rule.name, refused)(scope, receive, send)
            return
        await self._app(scope, _counted(receive, rule.body_limit), send)


def rule_of(method: str, path: str) -> Rule:
    """What counts for a request."""
    for rule in RULES:
        if (rule.methods is None or method in rule.methods) and rule.pattern.match(path):
            return rule
    return RULES[-1]


def client(scope: Scope, proxies: int) -> str:
    """Whose share it is: the address that spoke to the outermost of our own proxies, else to us.

    Each proxy adds one address to the end of `X-Forwarded-For`; what stands further left a stranger wrote. Of an
    IPv6 address the network counts (RFC 6177: a household has a /64 at the least).
    """
    peer = str((scope.get("client") or ("unknown", 0))[0])
    if proxies:
        listed = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
        hops = [one.strip() for one in listed if one.strip()]
        peer = hops[-proxies] if len(hops) >= proxies else peer
    return _network(peer)


def _network(text: str) -> str:
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        # Not one: all who send such share one share.
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)


def _counted(receive: Receive, limit: int | None) -> Receive:
    """Raises TooLarge into whoever reads on after `limit` bytes."""
    if limit is None:
        return receive
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge(limit)
        return message

    return counted
