"""The processes of a measurement: started with what they need, asked over pipes and loopback, ended by us."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tellfirst.secrets import Secrets, load_or_make

PROJECT = Path(__file__).parents[2]
LONGEST = 1_800.0
"""Seconds after which a worker is taken for dead."""
WAIT = "TELLFIRST_BENCH_WAIT"
PATIENCE = 90.0
"""Seconds until a server must answer on a busy machine."""
CONNECTIONS = 32
"""On which a vendor posts its receipts."""


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answer_of(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON that a contestant's process prints. Raises CalledProcessError when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.delivery.{module}", *arguments],
        cwd=PROJECT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def answers_of(
    count: int, module: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """What `count` such processes print that were made ready first and begin at the same moment."""
    command = [sys.executable, "-m", f"benchmarks.delivery.{module}", *arguments]
    ready = {**os.environ, **(environment or {}), WAIT: "1"}
    started = [
        subprocess.Popen(
            command, cwd=PROJECT, env=ready, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(count)
    ]
    for one in started:
        assert one.stdout is not None
        one.stdout.readline()
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [one.communicate(timeout=LONGEST)[0] for one in started]
    if any(one.returncode for one in started):
        raise subprocess.SubprocessError(f"a worker of {module} failed")
    return [dict(json.loads(one.splitlines()[-1])) for one in told]


def wait_for_go() -> None:
    """In a contestant: says that it is ready and waits for the word, if that was asked for."""
    if os.environ.get(WAIT):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()


@dataclass(frozen=True, slots=True)
class VendorProcess:
    """Where the vendor is."""

    plain: str
    secured: str
    certificate: Path

    def counts(self) -> dict[str, Any]:
        """What it accepted since it was last asked."""
        with urlopen(Request(f"{self.plain}/counts", method="DELETE"), timeout=30) as answer:  # noqa: S310  # loopback
            return dict(json.load(answer))


@contextmanager
def vendor(folder: Path, **config: Any) -> Iterator[VendorProcess]:
    """A vendor in a process of its own; `config` as its module reads it."""
    certificate = _certificate(folder)
    file = folder / "vendor.json"
    file.write_text(
        json.dumps({"certificate": str(certificate), "connections": CONNECTIONS, **config}), encoding="utf-8"
    )
    with _running(["-m", "benchmarks.delivery.vendor", str(file)], {}) as process:
        assert process.stdout is not None
        plain, secured = process.stdout.readline().split()
        yield VendorProcess(f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secured}", certificate)


@contextmanager
def web(environment: Mapping[str, str], port: int) -> Iterator[int]:
    """The web app in a process of its own, ready to answer; its process id."""
    with _running(["-m", "tellfirst.web"], {**environment, "TELLFIRST_WEB_PORT": str(port)}) as process:
        wait_until_ready(f"http://127.0.0.1:{port}/ready")
        yield process.pid


def processor_seconds(pid: int) -> float:
    """What a process has used so far, in its own name and in the system's. Of Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_ready(url: str) -> None:
    """Until it answers. Raises TimeoutError."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urlopen(url, timeout=10):  # noqa: S310  # loopback
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {PATIENCE:.0f} s")


def house(home: Path) -> Secrets:
    """The keys of an installation in `home`."""
    return load_or_make(home)


def settings_of(home: Path, database_url: str, vendor_url: str, web_port: int) -> dict[str, str]:
    """The environment of a process of this installation, whose carriers are the vendor's doors."""
    return {
        "TELLFIRST_HOME": str(home),
        "TELLFIRST_DATABASE_URL": database_url,
        # Whatever this machine is configured for, no message of a measurement may reach a real vendor.
        "TELLFIRST_SIMULATE": "true",
        "TELLFIRST_CARRIERS_PORT": vendor_url.rpartition(":")[2],
        "TELLFIRST_WEB_PORT": str(web_port),
    }


@contextmanager
def _running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def _certificate(folder: Path) -> Path:
    """Key and certificate of our own making for 127.0.0.1, in one file."""
    file = folder / "vendor.pem"
    if file.exists():
        return file
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vendor")]),
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(certificate.public_bytes(pem) + private)
    return file
