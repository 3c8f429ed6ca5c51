"""An installation for one turn: fresh books with a planned notice, a vendor, and the web app where it is needed."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi

from benchmarks.delivery import books, processes
from benchmarks.delivery.books import Books
from benchmarks.delivery.processes import VendorProcess
from benchmarks.postgres import postgres_engine
from tellfirst.domain.occasion import Channel

SENDER_MAIL = "service@tellfirst.example"


@dataclass(frozen=True, slots=True)
class Installation:
    """`environment` is what any process of it needs; `planned_seconds` is how long planning took."""

    books: Books
    vendor: VendorProcess
    environment: dict[str, str]
    notice_id: int
    planned_seconds: float

    def sends(self, channel: str, *more: str, workers: int = 1) -> list[dict[str, Any]]:
        """Each worker's own account of sending the notice."""
        arguments = (str(self.notice_id), channel, *more)
        return processes.answers_of(workers, "ours", *arguments, environment=self.environment)


@contextmanager
def installation(
    customer_count: int,
    channel: Channel,
    *,
    postgres: bool = False,
    receipts: bool = False,
    secured: bool = False,
    rate: float = 0.0,
) -> Iterator[Installation]:
    """`receipts`: the web app runs and the vendor reports every text; `secured`: over TLS; `rate`: the vendor's,
    in segments a second.
    """
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tellfirst-bench-")))
        keys = processes.house(home)
        if postgres:
            filled = books.written(stack.enter_context(postgres_engine()), customer_count, channel)
        else:
            filled = stack.enter_context(books.sqlite_books(customer_count, channel))
        spoken, seconds = books.plan_timed(filled)
        web_port = processes.free_port()
        nobody = processes.settings_of(home, filled.url, "http://127.0.0.1:1", web_port)
        if receipts:
            stack.enter_context(processes.web(nobody, web_port))
        reports = {"receipts_to": web_port, "auth_token": keys.twilio_auth_token} if receipts else {}
        vendor = stack.enter_context(processes.vendor(home, rate=rate, **reports))
        environment = processes.settings_of(home, filled.url, vendor.plain, web_port)
        if secured:
            environment |= _configured(vendor, keys.sendgrid_public_key, trusted(vendor, home))
        yield Installation(filled, vendor, environment, spoken.notice_id, seconds)


def trusted(vendor: VendorProcess, folder: Path) -> Path:
    """The bundle of authorities every system has, with the vendor's own certificate at its end."""
    bundle = folder / "bundle.pem"
    own = vendor.certificate.read_text(encoding="utf-8").partition("-----BEGIN PRIVATE KEY-----")[0]
    bundle.write_text(Path(certifi.where()).read_text(encoding="utf-8") + own, encoding="utf-8")
    return bundle


def _configured(vendor: VendorProcess, receipt_key: str, bundle: Path) -> dict[str, str]:
    """Carriers are configured as real ones are, and live at the vendor's secured door."""
    return {
        "SSL_CERT_FILE": str(bundle),
        "TELLFIRST_SIMULATE": "false",
        "TELLFIRST_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TELLFIRST_TWILIO_AUTH_TOKEN": "token",
        "TELLFIRST_TWILIO_SENDER": "+914000000198",
        "TELLFIRST_TWILIO_BASE_URL": vendor.secured,
        "TELLFIRST_SENDGRID_API_KEY": "SG.key",
        "TELLFIRST_SENDGRID_BASE_URL": vendor.secured,
        "TELLFIRST_SENDGRID_SENDER": SENDER_MAIL,
        "TELLFIRST_SENDGRID_RECEIPT_KEY": receipt_key,
    }
