"""A mailbox over IMAP with TLS, as far as a reader of new mails needs one (RFC 3501)."""

import ipaddress
import re
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USERNAME, PASSWORD = "service", "the-password-of-the-mailbox"


class MailServer:
    """Serves `mails` until `close`. `seen` are the numbers of those that were flagged; `says` is every command."""

    def __init__(self, folder: Path, *mails: bytes) -> None:
        self.mails = list(mails)
        self.seen: set[int] = set()
        self.says: list[str] = []
        self.breaks_at = ""
        self.ca_file = str(folder / "ca.pem")
        self._trust = _context(folder)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            # Closing alone would not wake whoever waits for a caller.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            try:
                plain.settimeout(10)
                with self._trust.wrap_socket(plain, server_side=True) as line:
                    self._talk(line)
            except (OSError, ssl.SSLError, EOFError):
                plain.close()

    def _talk(self, line: ssl.SSLSocket) -> None:
        line.sendall(b"* OK ready\r\n")
        reader = line.makefile("rb")
        while said := reader.readline():
            tag, _, rest = said.decode().strip().partition(" ")
            self.says.append(rest)
            if self.breaks_at and self.breaks_at in rest:
                raise EOFError
            for piece in self._answers(rest):
                line.sendall(piece + b"\r\n")
            verdict = b"NO wrong" if rest.startswith("LOGIN") and PASSWORD not in rest else b"OK done"
            line.sendall(tag.encode() + b" " + verdict + b"\r\n")
            if rest == "LOGOUT":
                return

    def _answers(self, said: str) -> list[bytes]:
        if said == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1"]
        if said.startswith("SELECT"):
            return [b"* %d EXISTS" % len(self.mails)]
        if said.startswith("UID SEARCH"):
            new = [str(uid) for uid in range(1, len(self.mails) + 1) if uid not in self.seen]
            return [("* SEARCH " + " ".join(new)).strip().encode()]
        if found := re.match(r"UID FETCH (\d+) \((.*)\)", said):
            return [self._fetched(int(found[1]), found[2])]
        if found := re.match(r"UID STORE (\d+) \+FLAGS", said):
            self.seen.add(int(found[1]))
        return [b"* BYE bye"] if said == "LOGOUT" else []

    def _fetched(self, uid: int, parts: str) -> bytes:
        mail = self.mails[uid - 1]
        content = mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in parts else mail
        size = f"RFC822.SIZE {self.size(uid)} FLAGS () " if "SIZE" in parts else ""
        head = f"* {uid} FETCH (UID {uid} {size}BODY[] {{{len(content)}}}\r\n"
        return head.encode() + content + b")"

    def size(self, uid: int) -> int:
        """What it says of a mail's size; a mail says otherwise in a header of its own."""
        said = re.search(rb"X-Size: (\d+)", self.mails[uid - 1])
        return int(said[1]) if said else len(self.mails[uid - 1])


def _context(folder: Path) -> ssl.SSLContext:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mailbox")]),
    )
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "both.pem").write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context
