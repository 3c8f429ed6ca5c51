"""The carriers and the door as one schedule sees them: plain requests, from a process with no loop of its own."""

import json
from dataclasses import asdict
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from tellfirst.proof.account import Account
from tellfirst.proof.schedule import Schedule

WITHIN = 20
SERVES_WITHIN = 3
"""Requests after which the carriers have certainly read what reached their machine before the first of them."""


class Reach:
    """One connection to each, opened again when it was closed."""

    def __init__(self, carriers_url: str, door_url: str) -> None:
        self.carriers_url = carriers_url
        self.door_url = door_url
        self._connections: dict[str, HTTPConnection] = {}

    def open_account(self, account: Account, schedule: Schedule, books_url: str) -> None:
        """An account of its own at the carriers, and a door for its receipts."""
        lies = {"lies": schedule.lies, "lies_every": schedule.lies_every} if schedule.lies else {}
        told = {
            "name": account.name,
            "seed": schedule.seed,
            "twilio": {
                "account_sid": account.account_sid,
                "auth_token": account.auth_token,
                "sender": "+914012345678",
            },
            "sendgrid": {"api_key": account.api_key},
            "receipt_url": f"{account.public_url}/receipts/sendgrid",
            "receipt_delay_seconds": [0.0, 0.03],
            "faults": schedule.faults,
            **lies,
        }
        self._ask(self.carriers_url, "POST", "/schedules", told)
        inbox = {
            "url": books_url,
            "account": asdict(account),
            "seed": schedule.seed,
            "strikes_at": schedule.door_strike,
        }
        self._ask(self.door_url, "PUT", f"/{account.name}", inbox)

    def close_account(self, account: Account) -> dict[str, Any]:
        """What the door saw."""
        self._ask(self.carriers_url, "DELETE", f"/schedules/{account.name}")
        seen: dict[str, Any] = self._ask(self.door_url, "DELETE", f"/{account.name}")
        return seen

    def counts(self, account: Account) -> dict[str, Any]:
        counted: dict[str, Any] = self._ask(
            self.carriers_url, "GET", f"/schedules/{account.name}/truth/counts"
        )
        return counted

    def accepted(self, account: Account) -> list[dict[str, Any]]:
        """What the carriers took, a row for each message."""
        rows: list[dict[str, Any]] = []
        for channel in ("sms", "email"):
            path = f"/schedules/{account.name}/truth/accepted?channel={channel}"
            rows += self._ask(self.carriers_url, "GET", path)
        return rows

    def wait_until_read(self, account: Account) -> None:
        """Whatever had been sent to the carriers, by processes that have died since, has been read by them."""
        for _ in range(SERVES_WITHIN):
            self.counts(account)

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _ask(self, url: str, method: str, path: str, body: object = None) -> Any:
        text = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} if text else {}
        for last in (False, True):
            connection = self._connections.get(url) or HTTPConnection(urlsplit(url).netloc, timeout=WITHIN)
            self._connections[url] = connection
            try:
                connection.request(method, path, text, headers)
                reply = connection.getresponse()
                answer = reply.read()
            except (HTTPException, OSError):
                connection.close()
                del self._connections[url]
                if last:
                    raise
            else:
                if reply.status >= 400:
                    raise RuntimeError(f"{method} {path} was answered {reply.status}: {answer[:300]!r}")
                return json.loads(answer) if answer else None
        raise AssertionError("unreachable")
