"""Lists of Twilio's classic API: filters, dates, pages, newest first."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlencode

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.truth.entries import Call, Entry, Text
from tellfirst.simulator.carriers.twilio.refusals import TwilioRefusal

PAGE_SIZE, PAGE_SIZE_MAX = 50, 1000
_PAGING = frozenset({"PageSize", "Page", "PageToken"})

Listed = Text | Call


@dataclass(frozen=True, slots=True)
class Listing:
    """One kind of list: its name in the answer, its date filter, its further filters, and how to tell of one entry.

    `resource_of` gives None for an entry the list does not show; `date_of` the moment the date filter is about.
    """

    name: str
    date: str
    filters: frozenset[str]
    resource_of: Callable[[Entry], dict[str, object] | None]
    date_of: Callable[[Listed], float | None]

    def page(self, request: Request, account: Account) -> Answer:
        """One page, newest first (Twilio, "List Messages", "List Calls")."""
        query = request.query
        try:
            wanted, size, before = self._read(query, account.truth.next_row)
        except ValueError as error:
            return TwilioRefusal(400, 20001, str(error)).answer()
        resources = (
            (entry.row, resource)
            for entry in _newest_first(account, query.get("To"), before)
            if isinstance(entry, Text | Call) and wanted(entry) and (resource := self.resource_of(entry))
            if _passes(resource, query, self.filters)
        )
        found = list(islice(resources, size + 1))
        return json_answer(self._document(request, query, found[:size], size, is_last=len(found) <= size))

    def _read(self, query: dict[str, str], next_row: int) -> tuple[Callable[[Listed], bool], int, int]:
        """The filter by date, the page size, the row before which the page starts; ValueError has a sentence."""
        dates = (self.date, f"{self.date}<", f"{self.date}>")
        if unknown := sorted(query.keys() - {"To", *dates} - self.filters - _PAGING):
            raise ValueError(f"{unknown[0]} is not a known parameter of the list of {self.name}.")
        if not re.fullmatch("[0-9]{1,4}", query.get("PageSize", "1")):
            raise ValueError("PageSize must be a whole number.")
        if not re.fullmatch("PA[0-9a-f]{32}", query.get("PageToken", "PA" + "0" * 32)):
            raise ValueError("PageToken is not one this list gave out.")
        size = min(max(int(query.get("PageSize", PAGE_SIZE)), 1), PAGE_SIZE_MAX)
        before = int(query["PageToken"][2:], 16) if "PageToken" in query else next_row
        bounds = [(name, *_moment(self.date, query[name])) for name in dates if name in query]

        def wanted(entry: Listed) -> bool:
            at = self.date_of(entry) if bounds else None
            return all(at is not None and _matches(at, *bound) for bound in bounds)

        return wanted, size, before

    def _document(
        self,
        request: Request,
        query: dict[str, str],
        found: list[tuple[int, dict[str, object]]],
        size: int,
        *,
        is_last: bool,
    ) -> dict[str, object]:
        number = int(query["Page"]) if query.get("Page", "").isdecimal() else 0
        kept = {name: text for name, text in query.items() if name not in _PAGING} | {"PageSize": str(size)}
        following = kept | {"Page": str(number + 1)}
        if found:
            following["PageToken"] = f"PA{found[-1][0]:032x}"
        return {
            "end": number * size + max(len(found) - 1, 0),
            "first_page_uri": f"{request.path}?{urlencode(kept | {'Page': '0'})}",
            self.name: [resource for _, resource in found],
            "next_page_uri": None if is_last else f"{request.path}?{urlencode(following)}",
            "page": number,
            "page_size": size,
            "previous_page_uri": None,
            "start": number * size,
            "uri": request.target,
        }


def _newest_first(account: Account, to: str | None, before: int) -> Iterator[Entry]:
    truth = account.truth
    if to is None:
        yield from truth.before(before)
        return
    for row in truth.rows_of(to):
        entry = truth.entry(row) if row < before else None
        if entry is not None:
            yield entry


def _passes(resource: dict[str, object], query: dict[str, str], filters: frozenset[str]) -> bool:
    return all(resource[name.lower()] == query[name] for name in filters if name in query)


def _moment(name: str, text: str) -> tuple[float, float]:
    """The first and the last second a date means: a day in GMT, or one second of it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{name} must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.") from error
    first = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return first, first + (86400 if len(text) == 10 else 1)


def _matches(at: float, name: str, first: float, end: float) -> bool:
    """Twilio's inequalities include their bound ("DateSent<=", "DateSent>=")."""
    return (name.endswith("<") or at >= first) and (name.endswith(">") or at < end)
