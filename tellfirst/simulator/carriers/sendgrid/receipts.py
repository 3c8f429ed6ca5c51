"""SendGrid's event webhook: receipts of many mails gathered into few signed posts."""

import asyncio
import base64
import time
from collections.abc import Callable
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
        documents = partial(_documents, account, mail.row, entry, post, positions)
        if post.before_answer:
            make = partial(_webhook, account, post.guise, documents)
            waits = account.receipts.post_before_answer(make, len(positions))
        else:
            then = partial(_send, account, post.guise, documents, len(positions))
            account.receipts.expect(post.due_at, len(positions), then)
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


def _send(account: Account, guise: Guise, make: Callable[[], list[Document]], count: int) -> None:
    """Gather true receipts for a moment, then post up to 500 together; others go by themselves."""
    if guise is not Guise.TRUE:
        account.receipts.post(partial(_webhook, account, guise, make), count)
        return
    gathered = account.gathered_receipts
    if not gathered:
        account.receipts.then(time.time() + GATHER_SECONDS, partial(_flush, account))
    gathered += make()
    while len(gathered) > BATCH_COUNT_MAX:
        _post(account)


def _flush(account: Account) -> None:
    while account.gathered_receipts:
        _post(account)


def _post(account: Account) -> None:
    batch = account.gathered_receipts[:BATCH_COUNT_MAX]
    del account.gathered_receipts[:BATCH_COUNT_MAX]
    webhook = MailWebhook(account.sendgrid.receipt_url, batch, account.signer)
    account.receipts.post(lambda: webhook, len(batch))


def _webhook(account: Account, guise: Guise, make: Callable[[], list[Document]]) -> MailWebhook:
    signer = account.signer if guise is Guise.TRUE else _stranger()
    return MailWebhook(account.sendgrid.receipt_url, make(), signer)


def _documents(
    account: Account, row: int, entry: Mail | None, post: Post, positions: list[int]
) -> list[Document]:
    mail = entry or account.truth.entry(row)
    assert isinstance(mail, Mail)
    at = account.pace.due(mail.row, mail.at)[post.step]
    return [_document(mail, position, post, int(at)) for position in positions]


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
