"""One account at the carriers: its secrets, its truth, and how the carriers behave towards it."""

from dataclasses import dataclass, field
from pathlib import Path

from tellfirst.simulator.carriers.config import Conduct, SendGridAccount, TwilioAccount
from tellfirst.simulator.carriers.faults.faults import Faults
from tellfirst.simulator.carriers.lies import Lies
from tellfirst.simulator.carriers.limits import Permits
from tellfirst.simulator.carriers.receipts.pace import Pace
from tellfirst.simulator.carriers.receipts.queue import Posting, ReceiptQueue
from tellfirst.simulator.carriers.receipts.signature import MailSigner
from tellfirst.simulator.carriers.truth.log import TruthLog


@dataclass(frozen=True, slots=True)
class Account:
    """Everything of one account; no two accounts share anything but the connections."""

    twilio: TwilioAccount
    sendgrid: SendGridAccount
    signer: MailSigner
    truth: TruthLog
    receipts: ReceiptQueue
    pace: Pace
    faults: Faults
    permits: Permits
    lies: Lies
    throttled: set[str] = field(default_factory=set)
    """Special recipients that were put off once."""
    whatsapp_windows: dict[str, float] = field(default_factory=dict)
    """Until when (unix seconds) each customer who wrote by WhatsApp may be answered freely."""
    gathered_receipts: list[dict[str, object]] = field(default_factory=list)
    """Receipts of mails that wait a moment for company in one post."""

    def close(self) -> None:
        """Stop its receipts and let go of its truth; a log with a name stays on disk."""
        self.receipts.close()
        self.truth.close()


def open_account(
    twilio: TwilioAccount,
    sendgrid: SendGridAccount,
    conduct: Conduct,
    posting: Posting,
    truth_log: Path | None,
    signer: MailSigner,
) -> Account:
    """An account at work; raises ValueError or OSError when its truth log cannot be used."""
    return Account(
        twilio=twilio,
        sendgrid=sendgrid,
        signer=signer,
        truth=TruthLog(truth_log, finds_references=sendgrid.email_activity),
        receipts=ReceiptQueue(posting),
        pace=Pace(conduct.seed, conduct.receipt_delay_seconds),
        faults=Faults(conduct.faults),
        permits=Permits(conduct.permitted_per_second),
        lies=Lies(conduct.lies, conduct.lies_every),
    )
