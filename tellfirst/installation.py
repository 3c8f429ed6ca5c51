"""The parts of an embedded installation as processes: what is run, and how it is known to be ready."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import certifi

from tellfirst.bootstrap import World
from tellfirst.carriers.usual import SIMULATED_SENDER
from tellfirst.settings import PROJECT, Settings

POOL = "tellfirst"
EMBEDDED = "embedded"
"""The worker of an embedded installation."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process. `is_ready` is asked until it says so."""

    name: str
    command: list[str]
    is_ready: Callable[[], bool]
    address: str = ""
    is_vital: bool = True
    """Whether the others cannot do without it. What they can do without is started again when it ends."""


def environment(settings: Settings) -> dict[str, str]:
    """What every part runs under: a Prefect home of our own, nothing sent to anyone, our settings.

    Prefect settings of the caller's shell are left out: this installation must not speak to another server.
    """
    home = settings.home.resolve()
    ours = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
    python_path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    return ours | {
        "PYTHONPATH": python_path,
        "TELLFIRST_HOME": str(home),
        "TELLFIRST_PROJECT": str(PROJECT),
        "TELLFIRST_CLOCK": settings.clock,
        **warm(settings, EMBEDDED),
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"{settings.prefect_url}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_API_SSL_CERT_FILE": str(_one_authority(settings)),
        "PREFECT_WORKER_QUERY_SECONDS": "0.5",
        # A run fetched earlier holds its place until its time comes: ten seconds of the clock's every thirty.
        "PREFECT_WORKER_PREFETCH_SECONDS": "1",
        # Its SQLite has one writer at a time: fewer, larger writes of what nobody waits for; see decision 22.
        "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "120",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
        # Our server asks for no such token, and each of a run's clients would fetch one before its first request.
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
        "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "60",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "tellfirst",
        "PREFECT_CLI_PROMPT": "false",
    }


def lay_out_certificates(settings: Settings) -> None:
    """One certificate authority, where Prefect's clients look for all of them.

    Our server is on this machine and speaks plain HTTP: none is ever asked. But each client reads the whole list
    when it is made, 20 ms, and a run makes half a dozen.
    """
    end = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text(encoding="ascii").partition(end)
    write_privately(_one_authority(settings), first + end)


def _one_authority(settings: Settings) -> Path:
    return settings.home.resolve() / "authority.pem"


def point_at_our_server(settings: Settings) -> bool:
    """Let this process speak to the installation's Prefect server, unless the shell names another.

    Without an address Prefect would start a server of its own for the length of a command. Whether that
    changed the environment.
    """
    if "PREFECT_API_URL" in os.environ:
        return False
    ours = environment(settings)
    for name in ("PREFECT_API_URL", "PREFECT_HOME", "PREFECT_SERVER_EPHEMERAL_ENABLED", "DO_NOT_TRACK"):
        os.environ[name] = ours[name]
    return True


def prefect_api(settings: Settings) -> str:
    """The server this process would speak to: the shell's, else the installation's own."""
    return os.environ.get("PREFECT_API_URL", f"{settings.prefect_url}/api")


def server(settings: Settings) -> Part:
    port = str(settings.prefect_port)
    command = [sys.executable, "-m", "tellfirst.prefect_server", "--host", "127.0.0.1", "--port", port]
    return Part(
        "Prefect server", command, lambda: answers(f"{settings.prefect_url}/api/ready"), settings.prefect_url
    )


def worker(is_online: Callable[[str], bool], name: str = EMBEDDED) -> Part:
    # No --limit: the worker's own limiter dies on a run that is resumed while its last process still ends
    # ("this borrower is already holding one of this CapacityLimiter's tokens"). The pool has the limit.
    command = [
        *(sys.executable, "-m", "prefect", "worker", "start"),
        *("--pool", POOL, "--type", "process", "--name", name),
    ]
    return Part("Prefect worker", command, lambda: is_online(POOL))


def warm(settings: Settings, worker_name: str) -> dict[str, str]:
    """What a worker and its preloaded process must both know, so that runs start warm.

    The deployments' command is `python` and a file: it must be this Python, which has our packages.
    """
    return {
        "TELLFIRST_WARM_SOCKET": str(_warm_socket(settings, worker_name)),
        "PATH": os.pathsep.join(filter(None, [str(Path(sys.executable).parent), os.environ.get("PATH", "")])),
    }


def warm_start(settings: Settings, worker_name: str = EMBEDDED) -> Part:
    """The process that a worker's runs are forked from; without it they start cold."""
    path = _warm_socket(settings, worker_name)
    command = [sys.executable, "-m", "tellfirst.warm_start", str(path)]
    return Part("warm start", command, path.is_socket, is_vital=False)


def _warm_socket(settings: Settings, worker_name: str) -> Path:
    return settings.home.resolve() / "warm" / worker_name


def web(settings: Settings) -> Part:
    command = [sys.executable, "-m", "tellfirst.web"]
    return Part("web", command, lambda: answers(f"{settings.web_url}/ready"), settings.web_url)


def carriers(world: World) -> Part:
    """The simulated carriers; they share keys with us as real ones would."""
    settings = world.settings
    path = settings.home.resolve() / "carriers.json"
    write_privately(path, json.dumps(_carriers_config(world)))
    command = [sys.executable, "-m", "tellfirst.simulator.carriers", "--config", str(path)]
    url = settings.carriers_url
    return Part("simulated carriers", command, lambda: answers(f"{url}/truth/counts"), url)


def deploy() -> list[str]:
    """The command that registers every flow of prefect.yaml."""
    return [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]


def _carriers_config(world: World) -> Mapping[str, object]:
    settings, keys = world.settings, world.secrets
    return {
        "port": settings.carriers_port,
        "truth_log": str(settings.home.resolve() / "carriers-truth.jsonl"),
        "seed": 7,
        "public_url": settings.carriers_url,
        "twilio": {
            "account_sid": keys.twilio_account_sid,
            "auth_token": keys.twilio_auth_token,
            "sender": SIMULATED_SENDER,
            "inbound_url": f"{settings.web_url}/contacts/twilio/sms",
            "voice_url": f"{settings.web_url}/contacts/twilio/call",
        },
        "sendgrid": {
            "api_key": keys.sendgrid_api_key,
            "private_key_pem": keys.sendgrid_private_key_pem,
            "receipt_url": f"{settings.web_url}/receipts/sendgrid",
            "inbound_url": f"{settings.web_url}/contacts/sendgrid/mail",
        },
        "receipt_delay_seconds": [0.05, 0.3],
    }


def write_privately(path: Path, text: str) -> None:
    """Only the owner may read it, from its first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def answers(url: str) -> bool:
    """Whether something at a loopback address answers with success."""
    try:
        with urlopen(url, timeout=2) as response:  # noqa: S310  # our own loopback addresses only
            return bool(response.status < 400)
    except (URLError, OSError):
        return False
