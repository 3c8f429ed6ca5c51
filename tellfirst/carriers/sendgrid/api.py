"""SendGrid's mail/send, typed: the one place where its untyped client is called."""

import json
from http.client import HTTPException
from typing import Any

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from urllib3.exceptions import ConnectTimeoutError
from urllib3.exceptions import HTTPError as PoolError

from tellfirst.carriers.sendgrid.codes import BAD_MAIL, BAD_ROW, BY_STATUS, DOUBT, UNREACHABLE, Meaning
from tellfirst.carriers.sendgrid.settings import SendGridSettings
from tellfirst.carriers.sendgrid.transport import PooledClient, connection_pool
from tellfirst.domain.errors import CarrierError, OutcomeUnknown, TemporaryFailure

CARRIER = "sendgrid"
ACCEPTED = 202


class MailRefused(CarrierError):
    """SendGrid answered with an error; `status` and `headers` are HTTP's, `meaning` is ours."""

    def __init__(self, status: int, headers: dict[str, str], meaning: Meaning) -> None:
        super().__init__(CARRIER, str(status), meaning.sense)
        self.status = status
        self.headers = headers
        self.meaning = meaning


class MailApi:
    """Posts requests from any thread; each call is one try."""

    def __init__(self, settings: SendGridSettings, connections: int) -> None:
        self._pool = connection_pool(settings.timeout, settings.connect_timeout, connections)
        self._client = SendGridAPIClient(
            settings.api_key, **({"host": settings.host} if settings.host else {})
        )
        stock = self._client.client
        self._client.client = PooledClient(
            self._pool, host=stock.host, version=3, request_headers=stock.request_headers
        )

    def post(self, mail: dict[str, Any]) -> str:
        """SendGrid's id of the accepted request.

        Raises TemporaryFailure when there was no connection, MailRefused when SendGrid answered with an error
        and OutcomeUnknown for a lost answer or a success that is not 202.
        """
        try:
            reply = self._client.send(mail)
        except HTTPError as refused:
            headers = {str(name).lower(): str(value) for name, value in refused.headers.items()}
            raise MailRefused(refused.status_code, headers, _meaning(refused, headers)) from None
        except ConnectTimeoutError:
            raise TemporaryFailure(CARRIER, UNREACHABLE, "no connection could be made") from None
        except (PoolError, HTTPException, OSError) as lost:
            raise OutcomeUnknown(CARRIER, type(lost).__name__, "the answer was lost") from None
        reference = reply.headers.get("X-Message-Id")
        if reply.status_code != ACCEPTED or not reference:
            raise OutcomeUnknown(CARRIER, str(reply.status_code), "this is not SendGrid's way to accept")
        return str(reference)

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.clear()


def _meaning(refused: HTTPError, headers: dict[str, str]) -> Meaning:
    if refused.status_code == 400:
        return BAD_MAIL if _blames_what_all_share(refused.body) else BAD_ROW
    if refused.status_code == 503 and "retry-after" in headers:
        return BY_STATUS[429]
    return BY_STATUS.get(refused.status_code, DOUBT)


def _blames_what_all_share(body: bytes) -> bool:
    """True when every fault SendGrid names lies outside the personalizations: then no row is to blame."""
    try:
        fields = [error["field"] for error in json.loads(body)["errors"]]
    except (ValueError, TypeError, LookupError):
        return False
    return bool(fields) and all(
        isinstance(field, str) and not field.startswith("personalizations") for field in fields
    )
