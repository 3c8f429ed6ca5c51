"""SendGrid's Email Activity (GET /v3/messages), the paid add-on by which mails can be looked up."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.sendgrid.rules import MailRefusal, error_answer
from tellfirst.simulator.carriers.special_recipients import fate_of_mail
from tellfirst.simulator.carriers.truth.entries import Channel, Mail, Recipient

LIMIT_DEFAULT, LIMIT_MAX = 10, 1000

FORBIDDEN = MailRefusal(403, "access forbidden")
_STATUSES = {
    "processed": "processing",
    "delivered": "delivered",
    "bounce": "not_delivered",
    "dropped": "not_delivered",
}

_TERM = re.compile(
    r"""\s*(?:\(\s*)?(?:
        (?:unique_args|custom_args)\[\s*['"](?P<argument>[^'"]+)['"]\s*\]\s*=\s*"(?P<wanted>[^"]*)"
        |(?P<field>to_email|from_email|subject|status|msg_id)\s*=\s*"(?P<value>[^"]*)"
        |msg_id\s+LIKE\s+"(?P<opening>[^"%]*)%"
        |last_event_time\s+BETWEEN\s+TIMESTAMP\s+"(?P<first>[^"]+)"\s+AND\s+TIMESTAMP\s+"(?P<end>[^"]+)"
    )(?:\s*\))?\s*(?:AND\b|$)""",
    re.VERBOSE | re.IGNORECASE,
)

Found = dict[str, object]
Term = Callable[[Mail, Recipient, Found], bool]


def search(request: Request, account: Account) -> Answer:
    """GET /v3/messages?query=&limit= (SendGrid, "Filter all messages"); 403 for an account without the add-on.

    `query` joins with AND any of: unique_args['name']="value", to_email, from_email, subject, status, msg_id
    (also msg_id LIKE "opening%"), last_event_time BETWEEN TIMESTAMP "..." AND TIMESTAMP "...".
    """
    if not account.sendgrid.email_activity:
        return FORBIDDEN.answer()
    return account.faults.on_lookup(Channel.EMAIL, error_answer, lambda: _search(request, account))


def _search(request: Request, account: Account) -> Answer:
    query = request.query
    limit = query.get("limit", str(LIMIT_DEFAULT))
    if unknown := sorted(query.keys() - {"query", "limit"}):
        return MailRefusal(400, f"{unknown[0]} is not a known parameter.", unknown[0]).answer()
    if not re.fullmatch("[0-9]{1,4}", limit) or not 1 <= int(limit) <= LIMIT_MAX:
        return MailRefusal(400, f"limit must be between 1 and {LIMIT_MAX}.", "limit").answer()
    try:
        terms, rows = _read(query.get("query", ""), account)
    except ValueError as error:
        return MailRefusal(400, str(error), "query").answer()
    now = time.time()
    matching = (
        found
        for mail, position in _mails(account, rows, now)
        if (found := _message(account, mail, position, now))
        if all(term(mail, mail.recipients[position], found) for term in terms)
    )
    return json_answer({"messages": list(islice(matching, int(limit)))})


def _read(query: str, account: Account) -> tuple[list[Term], Iterator[int]]:
    """The terms of a query, and the rows that may match it, newest first; ValueError has a sentence."""
    terms: list[Term] = []
    rows: Iterator[int] | None = None
    at = 0
    while at < len(query) or not terms:
        term = _TERM.match(query, at)
        if term is None:
            raise ValueError("The query is not one that can be answered.")
        terms.append(_term(term))
        if term["argument"] == "delivery":
            rows = account.truth.rows_of_reference(term["wanted"])
        elif term["field"] and term["field"].lower() == "to_email" and rows is None:
            rows = account.truth.rows_of(term["value"])
        at = term.end()
    return terms, iter(range(account.truth.next_row - 1, 0, -1)) if rows is None else rows


def _term(term: re.Match[str]) -> Term:
    if argument := term["argument"]:
        return lambda mail, recipient, found: recipient.custom_args.get(argument) == term["wanted"]
    if field := term["field"]:
        return lambda mail, recipient, found: str(found[field.lower()]).lower() == term["value"].lower()
    if term["opening"] is not None:
        return lambda mail, recipient, found: str(found["msg_id"]).startswith(term["opening"])
    first, end = datetime.fromisoformat(term["first"]), datetime.fromisoformat(term["end"])
    return lambda mail, recipient, found: (
        first <= datetime.fromisoformat(str(found["last_event_time"])) <= end
    )


def _mails(account: Account, rows: Iterator[int], now: float) -> Iterator[tuple[Mail, int]]:
    for row in rows:
        mail = account.truth.entry(row)
        if not isinstance(mail, Mail) or account.lies.is_denied(mail.row):
            continue
        if account.faults.is_listed(mail.at, now):
            yield mail, row - mail.row


def _message(account: Account, mail: Mail, position: int, now: float) -> Found:
    recipient = mail.recipients[position]
    dues = account.pace.due(mail.row, mail.at)
    reached = [
        (outcome, at) for outcome, at in zip(fate_of_mail(recipient.to), dues, strict=False) if at <= now
    ]
    outcome, at = reached[-1] if reached else ("processed", mail.at)
    return {
        "from_email": mail.sender,
        "msg_id": f"{mail.carrier_ref}.recvd-simulated-{position}",
        "subject": recipient.subject or mail.subject,
        "to_email": recipient.to,
        "status": _STATUSES[outcome],
        "opens_count": 0,
        "clicks_count": 0,
        "last_event_time": datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
