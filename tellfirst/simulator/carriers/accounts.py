"""All accounts, and which of them a request or an oracle's question is about."""

from collections.abc import Callable, Coroutine
from typing import Any

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import basic_authorization, json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.http.router import Handler
from tellfirst.simulator.carriers.sendgrid import rules as sendgrid_rules
from tellfirst.simulator.carriers.twilio import refusals as twilio_refusals

AccountHandler = Callable[..., Answer | Coroutine[Any, Any, Answer]]
"""Takes the request, the account, then the places of the path."""

UNKNOWN_SCHEDULE = json_answer({"error": "There is no schedule of this name."}, 404)


class AccountTakenError(ValueError):
    """Another account has this name, account SID or API key; the text is a sentence."""


class Accounts:
    """The account of the configuration, and one for every schedule."""

    def __init__(self, default: Account) -> None:
        self.default = default
        self._named: dict[str, Account] = {}
        self._by_authorization: dict[str, Account] = {}
        self._know(default)

    def add(self, name: str, account: Account) -> None:
        """Take in `account`; raises AccountTakenError when it could not be told from another."""
        if name in self._named:
            raise AccountTakenError("There is a schedule of this name already.")
        if any(header in self._by_authorization for header in _authorizations(account)):
            raise AccountTakenError(
                "Another account has the same account SID and token, or the same API key."
            )
        self._named[name] = account
        self._know(account)

    def remove(self, name: str) -> bool:
        """Forget a schedule with its truth; whether there was one."""
        account = self._named.pop(name, None)
        if account is None:
            return False
        for header in _authorizations(account):
            del self._by_authorization[header]
        account.close()
        return True

    def close(self) -> None:
        for account in (self.default, *self._named.values()):
            account.close()

    def names(self) -> list[str]:
        return list(self._named)

    def for_default(self, handler: AccountHandler) -> Handler:
        """`handler` for the account of the configuration."""
        return lambda request, *places: handler(request, self.default, *places)

    def for_schedule(self, handler: AccountHandler) -> Handler:
        """`handler` for the schedule that the first place of the path names."""

        def handle(request: Request, name: str, *places: str) -> Answer | Coroutine[Any, Any, Answer]:
            account = self._named.get(name)
            return UNKNOWN_SCHEDULE if account is None else handler(request, account, *places)

        return handle

    def for_twilio(self, handler: AccountHandler) -> Handler:
        """`handler` for the account whose SID is the path's first place. Strangers are no part of the truth."""

        def handle(request: Request, sid: str, *places: str) -> Answer | Coroutine[Any, Any, Answer]:
            account = self._asking(request)
            if account is None:
                return twilio_refusals.UNAUTHORIZED.answer()
            if account.twilio.account_sid != sid:
                return twilio_refusals.not_found(request.path).answer()
            return handler(request, account, *places)

        return handle

    def for_sendgrid(self, handler: AccountHandler) -> Handler:
        """`handler` for the account whose API key the request carries."""

        def handle(request: Request, *places: str) -> Answer | Coroutine[Any, Any, Answer]:
            account = self._asking(request)
            if account is None:
                return sendgrid_rules.UNAUTHORIZED.answer()
            return handler(request, account, *places)

        return handle

    def _asking(self, request: Request) -> Account | None:
        return self._by_authorization.get(request.headers.get("authorization", ""))

    def _know(self, account: Account) -> None:
        for header in _authorizations(account):
            self._by_authorization[header] = account


def _authorizations(account: Account) -> tuple[str, str]:
    """The two Authorization headers by which an account is known; they cannot be taken for each other."""
    twilio = basic_authorization(account.twilio.account_sid, account.twilio.auth_token)
    return twilio, f"Bearer {account.sendgrid.api_key}"
