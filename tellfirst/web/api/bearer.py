"""Whose token a request carries, and what its account may."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tellfirst.accounts import tokens
from tellfirst.accounts.keeping import Account
from tellfirst.bootstrap import World
from tellfirst.domain.account import Right
from tellfirst.domain.audit import Actor, Through
from tellfirst.domain.errors import Refused
from tellfirst.store.engine import reading

_scheme = HTTPBearer(auto_error=False, description="A token of `tellfirst account token`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may do what they ask for."""

    account: Account

    @property
    def actor(self) -> Actor:
        return Actor(self.account.name, Through.API)


class Bearing:
    """A request with the token of an account that has `right`."""

    def __init__(self, right: Right) -> None:
        self.right = right

    def __call__(self, request: Request, given: Credentials) -> Caller:
        """Raises Refused: 401 without a token that is worth something, 403 without the right."""
        here: World = request.app.state.world
        if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
            raise Refused("no_such_resource", "there is nothing of that name", 404)
        account = None
        if given is not None and len(given.credentials) <= 200:
            with reading(here.engine) as connection:
                account = tokens.bearer(connection, given.credentials, here.wall.now())
        if account is None:
            raise Refused("bad_token", "send the header `Authorization: Bearer TOKEN` of an account", 401)
        if not account.may(self.right):
            roles = ", ".join(sorted(account.roles))
            raise Refused("not_allowed", f"the roles of this account ({roles}) do not allow it", 403)
        return Caller(account)


Looks = Annotated[Caller, Depends(Bearing(Right.LOOK))]
LooksAtCustomers = Annotated[Caller, Depends(Bearing(Right.CUSTOMERS))]
Speaks = Annotated[Caller, Depends(Bearing(Right.SPEAK))]
Answers = Annotated[Caller, Depends(Bearing(Right.ANSWER))]
Stops = Annotated[Caller, Depends(Bearing(Right.STOP))]
Approves = Annotated[Caller, Depends(Bearing(Right.APPROVE))]
Audits = Annotated[Caller, Depends(Bearing(Right.AUDIT))]
