"""SendGrid's event webhook: receipts of many mails gathered into few signed posts."""

import asyncio
import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.receipts.posts import Guise, Post, posts_of
from tellfirst.simulator.carriers.receipts.signature import MailSigner
from tellfirst.simulator.carriers.special_recipients import fate_of_mail
from tellfirst.simulator.carriers.truth.entries import Channel, Mail

BATCH_COUNT_MAX = 500
GATHER_SECONDS = 0.05

Document = dict[str, object]

_OUTCOMES: dict[str, Document] = {
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
_OPPOSITES = {"processed": "dropped", "delivered": "bounce", "bounce": "delivered", "dropped": "delivered"}


@dataclass(frozen=True, slots=True)
class MailWebhook:
    """One signed post of receipts; each try carries its own time."""

    url: str
    documents: list[Document]
    signer: MailSigner
    content_type: str = "application/json"

    @property
    def receipt_count(self) -> int:
        return len(self.documents)

    def body(self) -> bytes:
        return orjson.dumps(self.documents, option=orjson.OPT_APPEND_NEWLINE)

    def headers(self, url: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        return {
            "X-Twilio-Email-Event-Webhook-Signature": self.signer.signature(timestamp, body),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }


def report(account: Account, mail: Mail, *, is_true: bool = True) -> "asyncio.Future[None] | None":
    """Plan the receipts of `mail`; the future, if any, is done when those before the answer were tried.

    Waiting receipts hold row and positions and read the mail again when due; what is not true has none to read.
    """
    if not mail.url:
        return None
    entry = None if is_true else mail
    waits: asyncio.Future[None] | None = None
    for post, positions in _planned(account, mail).items():
        parts = [
            _Part(account, mail.row, entry, post, positions[start : start + BATCH_COUNT_MAX])
            for start in range(0, len(positions), BATCH_COUNT_MAX)
        ]
        for part in parts:
            if post.before_answer:
                waits = account.receipts.post_before_answer(partial(_webhook, account, [part]), part.count)
            else:
                account.receipts.expect(post.due_at, part.count, partial(_send, account, part))
    return waits


def _planned(account: Account, mail: Mail) -> dict[Post, list[int]]:
    """The posts, each with the positions of the recipients it tells of."""
    dues = account.pace.due(mail.row, mail.at)
    plain = [Post(due_at, step) for step, due_at in enumerate(dues)]
    planned: dict[Post, list[int]] = {}
    for position, recipient in enumerate(mail.recipients):
        count = len(fate_of_mail(recipient.to))
        strikes = account.faults.strikes_receipts
        posts = posts_of(account.faults, Channel.EMAIL, dues[:count]) if strikes else plain[:count]
        for post in posts:
            planned.setdefault(post, []).append(position)
    return planned


def _send(account: Account, part: "_Part") -> None:
    """Gather true receipts for a moment, then post up to 500 together; others go by themselves."""
    if part.post.guise is not Guise.TRUE:
        account.receipts.post(partial(_webhook, account, [part]), part.count)
        return
    gathered = account.gathered_receipts
    if not gathered:
        account.receipts.then(time.time() + GATHER_SECONDS, partial(_flush, account))
    gathered.append(part)
    if len(gathered) >= BATCH_COUNT_MAX:
        _flush(account)


def _flush(account: Account) -> None:
    batch: list[_Part] = []
    count = 0
    for part in account.gathered_receipts:
        if batch and count + part.count > BATCH_COUNT_MAX:
            account.receipts.post(partial(_webhook, account, batch), count)
            batch, count = [], 0
        batch.append(part)
        count += part.count
    account.gathered_receipts.clear()
    if batch:
        account.receipts.post(partial(_webhook, account, batch), count)


@dataclass(frozen=True, slots=True)
class _Part:
    """Receipts of one mail that go together; written out only when posted, so that waiting costs little."""

    account: Account
    row: int
    mail: Mail | None
    """The mail, where no log holds it."""
    post: Post
    positions: list[int]

    @property
    def count(self) -> int:
        return len(self.positions)

    def documents(self) -> Iterator[Document]:
        mail = self.mail or self.account.truth.entry(self.row)
        assert isinstance(mail, Mail)
        second = int(self.account.pace.due(mail.row, mail.at)[self.post.step])
        return (_document(mail, position, self.post, second) for position in self.positions)


def _webhook(account: Account, parts: list[_Part]) -> MailWebhook:
    """Parts that go together are all true or all false."""
    signer = account.signer if parts[0].post.guise is Guise.TRUE else _stranger()
    documents = [document for part in parts for document in part.documents()]
    return MailWebhook(account.sendgrid.receipt_url, documents, signer)


def _document(mail: Mail, position: int, post: Post, second: int) -> Document:
    """SendGrid's shape: custom arguments stand beside the receipt's own fields, which win over them."""
    recipient = mail.recipients[position]
    outcome = fate_of_mail(recipient.to)[post.step]
    # The same for every try of the same receipt, so that a receiver can tell a repetition.
    number = f"{outcome}-{position}-{mail.carrier_ref}"
    if post.guise is not Guise.TRUE:
        outcome, number = _OPPOSITES[outcome], f"{post.guise}-{number}"
    document: Document = {
        **recipient.custom_args,
        "email": recipient.to,
        "timestamp": second,
        "smtp-id": f"<{mail.carrier_ref}@simulated>",
        "event": outcome,
        "sg_event_id": base64.urlsafe_b64encode(number.encode()).rstrip(b"=").decode("ascii"),
        "sg_message_id": f"{mail.carrier_ref}.recvd-simulated-{position}",
        **_OUTCOMES[outcome],
    }
    if mail.categories:
        document["category"] = mail.categories if len(mail.categories) > 1 else mail.categories[0]
    return document


@cache
def _stranger() -> MailSigner:
    """Signs with a key nobody knows: SendGrid's receipts name no account, so another's and a forger's look alike."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return MailSigner(pem.decode("ascii"))
