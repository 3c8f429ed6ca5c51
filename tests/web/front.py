"""The house as monitors, carriers and customers find it: its address, its keys, and who signs what they send."""

import base64
import hashlib
import hmac
import json
import time
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from sqlalchemy import Engine, func, select

from tellfirst.settings import Settings
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

with warnings.catch_warnings():
    # It asks for a successor of httpx; Prefect brings httpx, and both serve it alike.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient as TestClient

PUBLIC = "https://notices.example"
TOKEN = "the-monitors-token"
LINK_SECRET = "the-secret-of-the-links"
AUTH_TOKEN = "the-auth-token-of-the-tests"
SENDER = "+15005550006"
MAIL_KEY = ec.generate_private_key(ec.SECP256R1())
STRANGERS_KEY = ec.generate_private_key(ec.SECP256R1())
NOBODY_LISTENS = 9
"""A port."""
NOWHERE = "nowhere:///api"
"""A Prefect that cannot be dialled; at a port where nobody listens its client tries for a second and a half."""


def settings(home: Any) -> Settings:
    """An installation with carriers of its own, reached under `PUBLIC`."""
    return Settings(
        home=home,
        clock="stepped",
        company="Deccan Mobile",
        public_url=PUBLIC,
        prefect_port=NOBODY_LISTENS,
        signal_token=SecretStr(TOKEN),
        link_secret=SecretStr(LINK_SECRET),
        twilio_account_sid="AC" + "a" * 32,
        twilio_auth_token=SecretStr(AUTH_TOKEN),
        twilio_sender=SENDER,
        sendgrid_api_key=SecretStr("SG.the-api-key-of-the-tests"),
        sendgrid_sender="notices@example.com",
        sendgrid_receipt_key=public_key(MAIL_KEY),
    )


def public_key(key: ec.EllipticCurvePrivateKey) -> str:
    """As SendGrid shows it: base64 of the DER form."""
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def signed_form(url: str, form: Mapping[str, str], token: str = AUTH_TOKEN) -> dict[str, Any]:
    """What Twilio posts to `url`, its signature made without Twilio's library."""
    text = url + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return {"content": urlencode(form).encode(), "headers": headers}


def signed_mail(rows: object, age: float = 0, key: ec.EllipticCurvePrivateKey = MAIL_KEY) -> dict[str, Any]:
    """What SendGrid posted `age` seconds ago, its signature made without SendGrid's library."""
    body, stamp = json.dumps(rows).encode() + b"\r\n", str(int(time.time() - age))
    signature = key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        "Content-Type": "application/json",
    }
    return {"content": body, "headers": headers}


def counts(engine: Engine) -> dict[str, int]:
    """How many rows every table has."""
    with reading(engine) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in t.metadata.sorted_tables
        }


def tables(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for the clock's."""
    with reading(engine) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in t.metadata.sorted_tables
            if table is not t.stepped_clock
        }
