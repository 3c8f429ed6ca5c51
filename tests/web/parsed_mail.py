"""A mail as SendGrid's Inbound Parse posts it: a multipart form, written and signed without any library of ours."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

BOUNDARY = "xYzZY"
US = "service@notices.example"


def fields(
    sender: str,
    text: str,
    subject: str = "No signal",
    *,
    html: str = "",
    message_id: str = "<1@customer.example>",
    more_headers: str = "",
    return_path: str | None = None,
    charset: str = "utf-8",
) -> dict[str, bytes]:
    """The fields of the usual, parsed form of the webhook."""
    headers = f"From: {sender}\nTo: {US}\nSubject: {subject}\nMessage-ID: {message_id}\n{more_headers}"
    envelope = {"to": [US], "from": sender if return_path is None else return_path}
    return {
        "headers": headers.encode(),
        "from": sender.encode(),
        "to": US.encode(),
        "subject": subject.encode(),
        "text": text.encode(charset),
        "html": html.encode(charset),
        "envelope": json.dumps(envelope).encode(),
        "charsets": json.dumps({"text": charset, "html": charset, "from": "utf-8"}).encode(),
        "SPF": b"pass",
    }


def form(
    parts: Mapping[str, bytes], files: list[tuple[str, str, bytes]] | None = None, *, end: bool = True
) -> bytes:
    """The body; without its `end` it breaks off."""
    body = b""
    for name, content in parts.items():
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        body += content + b"\r\n"
    for number, (name, kind, content) in enumerate(files or (), start=1):
        head = f'Content-Disposition: form-data; name="attachment{number}"; filename="{name}"'
        body += f"--{BOUNDARY}\r\n{head}\r\nContent-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"
    return body + (f"--{BOUNDARY}--\r\n".encode() if end else b"")


def posted(body: bytes, *, age: float = 0, key: ec.EllipticCurvePrivateKey | None = None) -> dict[str, Any]:
    """What is posted; with a `key` it is signed, `age` seconds ago."""
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    if key is not None:
        stamp = str(int(time.time() - age))
        signature = key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        headers |= {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        }
    return {"content": body, "headers": headers}
