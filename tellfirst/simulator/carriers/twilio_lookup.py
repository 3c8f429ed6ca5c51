"""Twilio's Messages resource: fetch one, list many."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlencode

from aiohttp import web

from tellfirst.simulator.carriers.answers import json_answer
from tellfirst.simulator.carriers.entries import Sms
from tellfirst.simulator.carriers.twilio import Twilio, row_of
from tellfirst.simulator.carriers.twilio_refusals import TwilioRefusal, not_found
from tellfirst.simulator.carriers.twilio_resource import resource, sent_at

PAGE_SIZE, PAGE_SIZE_MAX = 50, 1000
_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")
_PARAMETERS = frozenset([*_FILTERS, "PageSize", "Page", "PageToken"])


class TwilioLookup:
    """What Twilio answers about texts it took; only texts the log holds, newest first."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio

    async def fetch(self, request: web.Request) -> web.Response:
        """GET /2010-04-01/Accounts/{sid}/Messages/{sid}.json (Twilio, "Fetch a Message")."""
        if stranger := self._twilio.stranger(request):
            return json_answer(stranger.document(), stranger.status)
        sid = request.match_info["message_sid"]
        entry = self._twilio.truth.entry(row_of(sid) or 0)
        if not isinstance(entry, Sms) or entry.carrier_ref != sid:
            missing = not_found(request.path)
            return json_answer(missing.document(), missing.status)
        return json_answer(self._resource(entry, time.time()))

    async def page(self, request: web.Request) -> web.Response:
        """GET /2010-04-01/Accounts/{sid}/Messages.json?To=&DateSent=&PageSize= (Twilio, "List Messages")."""
        if stranger := self._twilio.stranger(request):
            return json_answer(stranger.document(), stranger.status)
        now = time.time()
        try:
            wanted, size, before = self._read(dict(request.query), now)
        except ValueError as error:
            return json_answer(TwilioRefusal(400, 20001, str(error)).document(), 400)
        found = list(islice(filter(wanted, self._newest_first(request.query.get("To"), before)), size + 1))
        return json_answer(self._page(request, found[:size], size, now, is_last=len(found) <= size))

    def _newest_first(self, to: str | None, before: int) -> Iterator[Sms]:
        truth = self._twilio.truth
        entries = truth.before(before) if to is None else map(truth.entry, reversed(truth.rows_of(to)))
        return (entry for entry in entries if isinstance(entry, Sms) and entry.row < before)

    def _read(self, query: dict[str, str], now: float) -> tuple[Callable[[Sms], bool], int, int]:
        """The filter, the page size, the row before which the page starts; ValueError has a sentence."""
        if unknown := sorted(query.keys() - _PARAMETERS):
            raise ValueError(f"{unknown[0]} is not a known parameter of the list of messages.")
        if not re.fullmatch("[0-9]{1,4}", query.get("PageSize", "1")):
            raise ValueError("PageSize must be a whole number.")
        if not re.fullmatch("PA[0-9a-f]{32}", query.get("PageToken", "PA" + "0" * 32)):
            raise ValueError("PageToken is not one this list gave out.")
        size = min(max(int(query.get("PageSize", PAGE_SIZE)), 1), PAGE_SIZE_MAX)
        before = int(query["PageToken"][2:], 16) if "PageToken" in query else self._twilio.truth.next_row
        dates = [(name, *_moment(query[name])) for name in _FILTERS[2:] if name in query]

        def wanted(sms: Sms) -> bool:
            if query.get("From", sms.sender) != sms.sender:
                return False
            left_at = sent_at(sms, self._twilio.pace, now)
            return all(left_at is not None and _matches(left_at, *date) for date in dates)

        return wanted, size, before

    def _page(
        self, request: web.Request, texts: list[Sms], size: int, now: float, *, is_last: bool
    ) -> dict[str, object]:
        number = int(request.query.get("Page", "0") if request.query.get("Page", "0").isdecimal() else 0)
        kept = {name: request.query[name] for name in _FILTERS if name in request.query} | {
            "PageSize": str(size)
        }
        following = kept | {"Page": str(number + 1)}
        if texts:
            following["PageToken"] = f"PA{texts[-1].row:032x}"
        return {
            "end": number * size + max(len(texts) - 1, 0),
            "first_page_uri": f"{request.path}?{urlencode(kept | {'Page': '0'})}",
            "messages": [self._resource(sms, now) for sms in texts],
            "next_page_uri": None if is_last else f"{request.path}?{urlencode(following)}",
            "page": number,
            "page_size": size,
            "previous_page_uri": None,
            "start": number * size,
            "uri": request.path_qs,
        }

    def _resource(self, sms: Sms, now: float) -> dict[str, object]:
        return resource(sms, self._twilio.account.account_sid, self._twilio.pace, now)


def _moment(text: str) -> tuple[float, float]:
    """The first and the last second a DateSent value means: a day in GMT, or one second of it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("DateSent must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.") from error
    first = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return first, first + (86400 if len(text) == 10 else 1)


def _matches(at: float, name: str, first: float, end: float) -> bool:
    """Twilio's inequalities include their bound ("DateSent<=", "DateSent>=")."""
    return (name == "DateSent<" or at >= first) and (name == "DateSent>" or at < end)
