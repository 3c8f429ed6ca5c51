"""config/doors.yaml: the doors that need to be told something. Without the file they are as the defaults say."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from tellfirst.strict_yaml import StrictModel, read

FILE = "doors.yaml"
NUMBER = r"^\+[1-9][0-9]{6,14}$"
VARIABLE = r"^TELLFIRST_[A-Z0-9_]+$"


def _lower(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one.strip().lower() for one in values)


Lowered = Annotated[tuple[str, ...], AfterValidator(_lower)]


class Telephone(StrictModel):
    """`person` is whom callers are connected with; without one they are called back."""

    person: str = Field("", pattern=rf"{NUMBER}|^$")


class Mail(StrictModel):
    """`ours` are our own addresses, to which nothing is answered; `fax_gateways` the domains whose mails are faxes."""

    ours: Lowered = ()
    fax_gateways: Lowered = ()


class Mailbox(StrictModel):
    """One mailbox that is looked into over IMAP with TLS (RFC 3501, RFC 8314). Secrets are names of variables."""

    host: str = Field(min_length=1)
    port: int = Field(993, gt=0, lt=65_536)
    username: str = Field(min_length=1)
    password: str = Field(pattern=VARIABLE)
    folder: str = "INBOX"
    ca_file: str = ""
    timeout: float = Field(20.0, gt=0, le=120)
    at_once: int = Field(20, ge=1, le=200)


class Doors(StrictModel):
    """The keys of config/doors.yaml, each explained in docs/how-to/connect-the-doors.md."""

    telephone: Telephone = Telephone()
    mail: Mail = Mail()
    mailboxes: dict[str, Mailbox] = Field(default_factory=dict)


def load_doors(config: Path) -> Doors:
    """Raises SetupError with every mistake in the file; there need not be one."""
    return read(config / FILE, Doors) if (config / FILE).exists() else Doors()
