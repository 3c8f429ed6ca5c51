"""Schedules: accounts that are made and unmade while the carriers run, each with a truth of its own."""

from pathlib import Path
from typing import Any

import orjson

from tellfirst.simulator.carriers.account import Account, open_account
from tellfirst.simulator.carriers.accounts import UNKNOWN_SCHEDULE, Accounts, AccountTakenError
from tellfirst.simulator.carriers.config import ConfigError, TwilioAccount, read_conduct, read_sendgrid
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.receipts.queue import Posting
from tellfirst.simulator.carriers.receipts.signature import MailSigner
from tellfirst.simulator.carriers.schema import Schema

_SCHEMA = Schema(__package__, "schedule")
_RECEIPT_DELAY_SECONDS = [0.05, 0.3]


class Schedules:
    """Makes and unmakes accounts. Receipts of mails are signed with the configuration's key unless one is given."""

    def __init__(self, accounts: Accounts, posting: Posting) -> None:
        self._accounts = accounts
        self._posting = posting

    def create(self, request: Request) -> Answer:
        """POST /schedules: 201, or 400 and 409 with a sentence."""
        try:
            document = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return _refused("The schedule is not JSON.")
        if flaw := _SCHEMA.flaw(document):
            return _refused(flaw.sentence)
        try:
            account = self._opened(document)
        except (ConfigError, ValueError, OSError) as error:
            return _refused(str(error))
        try:
            self._accounts.add(document["name"], account)
        except AccountTakenError as error:
            account.close()
            return _refused(str(error), 409)
        return json_answer({"name": document["name"]}, 201)

    def list(self, request: Request) -> Answer:
        """GET /schedules: the names."""
        return json_answer({"schedules": self._accounts.names()})

    def delete(self, request: Request, name: str) -> Answer:
        """DELETE /schedules/{name}: 204; its receipts that wait are dropped, its memory is free."""
        return Answer(204) if self._accounts.remove(name) else UNKNOWN_SCHEDULE

    def _opened(self, document: dict[str, Any]) -> Account:
        default = self._accounts.default
        pem = document["sendgrid"].get("private_key_pem")
        sendgrid = {
            "private_key_pem": pem or default.sendgrid.private_key_pem,
            "receipt_url": document.get("receipt_url", ""),
        }
        return open_account(
            TwilioAccount(**document["twilio"]),
            read_sendgrid(sendgrid | document["sendgrid"]),
            read_conduct(_with_defaults(document)),
            self._posting,
            Path(document["truth_log"]) if "truth_log" in document else None,
            MailSigner(pem) if pem else default.signer,
        )


def _with_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """`rates` and `script` may stand in the schedule itself."""
    faults = {name: document[name] for name in ("rates", "script") if name in document}
    more = {"faults": document.get("faults", {}) | faults} if faults or "faults" in document else {}
    return {"receipt_delay_seconds": _RECEIPT_DELAY_SECONDS} | document | more


def _refused(sentence: str, status: int = 400) -> Answer:
    return json_answer({"error": sentence}, status)
