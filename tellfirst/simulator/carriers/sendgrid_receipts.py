"""SendGrid's event webhook: receipts of many mails gathered into few signed posts."""

import asyncio
import base64
import time
from dataclasses import dataclass

import orjson

from tellfirst.simulator.carriers.receipts import ReceiptQueue
from tellfirst.simulator.carriers.signature import MailSigner

BATCH_COUNT_MAX = 500
GATHER_SECONDS = 0.05

_OUTCOMES: dict[str, dict[str, object]] = {
    "processed": {},
    "delivered": {"response": "250 OK", "tls": 1},
    "bounce": {
        "reason": "550 5.1.1 The email account that you tried to reach does not exist.",
        "status": "5.1.1",
        "type": "bounce",
        "bounce_classification": "Invalid Address",
        "tls": 1,
    },
    "dropped": {"reason": "Bounced Address", "status": "5.0.0"},
}


@dataclass(frozen=True, slots=True)
class MailReceipt:
    """One thing that became of one mail at `at` (unix seconds)."""

    email: str
    outcome: str
    at: float
    message_id: str
    position: int
    custom_args: dict[str, str]
    categories: list[str]

    def document(self) -> dict[str, object]:
        """SendGrid's shape: custom arguments stand beside the receipt's own fields, which win over them."""
        document: dict[str, object] = {
            **self.custom_args,
            "email": self.email,
            "timestamp": int(self.at),
            "smtp-id": f"<{self.message_id}@simulated>",
            "event": self.outcome,
            "sg_event_id": self._receipt_id(),
            "sg_message_id": f"{self.message_id}.recvd-simulated-{self.position}",
            **_OUTCOMES[self.outcome],
        }
        if self.categories:
            document["category"] = self.categories if len(self.categories) > 1 else self.categories[0]
        return document

    def _receipt_id(self) -> str:
        """The same for every try of the same receipt, so that a receiver can tell a repetition."""
        text = f"{self.outcome}-{self.position}-{self.message_id}"
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class MailWebhook:
    """One signed post of receipts; each try carries its own time."""

    url: str
    receipts: list[MailReceipt]
    signer: MailSigner
    content_type: str = "application/json"

    @property
    def receipt_count(self) -> int:
        return len(self.receipts)

    def body(self) -> bytes:
        return orjson.dumps(
            [receipt.document() for receipt in self.receipts], option=orjson.OPT_APPEND_NEWLINE
        )

    def headers(self, url: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        return {
            "X-Twilio-Email-Event-Webhook-Signature": self.signer.signature(timestamp, body),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }


class MailReceipts:
    """Gathers due receipts for a moment, then posts up to 500 together."""

    def __init__(self, url: str, signer: MailSigner, queue: ReceiptQueue) -> None:
        self._url = url
        self._signer = signer
        self._queue = queue
        self._gathered: list[MailReceipt] = []
        self._flush_soon: asyncio.TimerHandle | None = None

    def post_at(self, due_at: float, receipts: list[MailReceipt]) -> None:
        """Post `receipts` from `due_at` (unix seconds) on."""
        if receipts:
            self._queue.expect(due_at, len(receipts), lambda: self._gather(receipts))

    def _gather(self, receipts: list[MailReceipt]) -> None:
        self._gathered += receipts
        while len(self._gathered) >= BATCH_COUNT_MAX:
            self._post()
        if self._gathered and self._flush_soon is None:
            self._flush_soon = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flush_soon = None
        if self._gathered:
            self._post()

    def _post(self) -> None:
        batch, self._gathered = self._gathered[:BATCH_COUNT_MAX], self._gathered[BATCH_COUNT_MAX:]
        self._queue.post(MailWebhook(self._url, batch, self._signer))
