"""Keys an embedded installation makes for itself once, readable by its owner only."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tellfirst.domain.errors import SetupError

FILE = "secrets.json"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Two for the doors, the rest is what simulated carriers share with us as real ones would."""

    signal_token: str = field(repr=False)
    link_secret: str = field(repr=False)
    twilio_account_sid: str
    twilio_auth_token: str = field(repr=False)
    sendgrid_api_key: str = field(repr=False)
    sendgrid_private_key_pem: str = field(repr=False)
    sendgrid_public_key: str


def load_or_make(home: Path) -> Secrets:
    """The secrets of the installation in `home`, made on the first start. Raises SetupError when unreadable."""
    path = home / FILE
    if path.exists():
        try:
            return Secrets(**json.loads(path.read_text()))
        except (ValueError, TypeError) as wrong:
            raise SetupError(
                f"{path} is damaged; restore it from a backup, or remove it to start anew"
            ) from wrong
    made = _make()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(made), file)
    return made


def _make() -> Secrets:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Secrets(
        signal_token=secrets.token_urlsafe(32),
        link_secret=secrets.token_urlsafe(32),
        twilio_account_sid="AC" + secrets.token_hex(16),
        twilio_auth_token=secrets.token_hex(16),
        sendgrid_api_key="SG." + secrets.token_urlsafe(32),
        sendgrid_private_key_pem=pem.decode(),
        sendgrid_public_key=base64.b64encode(public).decode(),
    )
