"""What the parts of an installation run under: a Prefect of its own, on this machine only, private files."""

import json
import os
import ssl
import stat
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from prefect.settings import get_current_settings

from tellfirst import conductor, installation, secrets
from tellfirst.bootstrap import World
from tellfirst.domain.errors import SetupError
from tellfirst.settings import PROJECT, Settings
from tellfirst.waking import nudge


@pytest.fixture
def under(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of the parts, where the caller's shell speaks to another Prefect."""
    monkeypatch.setenv("PREFECT_API_URL", "https://prefect.example/api")
    monkeypatch.setenv("PREFECT_API_KEY", "another-house's-key")
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "true")
    monkeypatch.setenv("PREFECT_PROFILE", "production")
    monkeypatch.setenv("TELLFIRST_COMPANY", "Asha Telecom")
    monkeypatch.setenv("PATH", os.environ["PATH"])
    return installation.environment(Settings(home=tmp_path / "home", prefect_port=4_711))


def test_the_callers_prefect_is_left_out(under: dict[str, str]) -> None:
    assert "PREFECT_API_KEY" not in under
    assert "PREFECT_PROFILE" not in under
    assert "prefect.example" not in " ".join(under.values())


def test_prefect_is_on_this_machine_with_a_home_of_its_own_and_tells_nobody(
    under: dict[str, str], tmp_path: Path
) -> None:
    assert under["PREFECT_API_URL"] == "http://127.0.0.1:4711/api"
    assert under["PREFECT_HOME"] == str(tmp_path / "home" / "prefect")
    assert under["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert under["PREFECT_SERVER_EPHEMERAL_ENABLED"] == "false"
    assert under["DO_NOT_TRACK"] == "1"


def test_our_own_settings_reach_the_parts(under: dict[str, str], tmp_path: Path) -> None:
    assert under["TELLFIRST_COMPANY"] == "Asha Telecom"
    assert under["TELLFIRST_HOME"] == str(tmp_path / "home")
    assert under["TELLFIRST_CLOCK"] == "system"
    # The deployments' command is `python`: the one that runs us, whatever the shell calls so.
    assert under["PATH"] == os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    assert under["PYTHONPATH"].split(os.pathsep)[0] == str(PROJECT)


def test_worker_and_preloaded_process_meet_at_one_socket_in_the_private_home(
    under: dict[str, str], tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home")
    part = installation.warm_start(settings)
    assert part.command[-1] == under["TELLFIRST_WARM_SOCKET"] == str(tmp_path / "home" / "warm" / "embedded")
    assert not part.is_ready()
    other = installation.warm(settings, "second")["TELLFIRST_WARM_SOCKET"]
    assert other != under["TELLFIRST_WARM_SOCKET"]


def test_the_parts_find_the_one_authority_that_prefects_clients_read(
    under: dict[str, str], tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    installation.lay_out_certificates(settings)
    context = ssl.create_default_context(cafile=under["PREFECT_API_SSL_CERT_FILE"])
    assert context.cert_store_stats()["x509_ca"] == 1


def test_a_home_named_from_here_is_the_same_home_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert installation.environment(Settings(home=Path("here")))["TELLFIRST_HOME"] == str(tmp_path / "here")


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A shell that names no Prefect, as one has in which an engineer types a command."""
    with monkeypatch.context() as patch:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        patch.setattr(os, "environ", variables)
        conductor.obey_environment()
        yield variables
    conductor.obey_environment()


def test_a_command_speaks_to_the_installations_prefect_and_starts_none(
    shell: dict[str, str], tmp_path: Path
) -> None:
    nudge(World(Settings(home=tmp_path, prefect_port=4_711)), [])
    prefect = get_current_settings()
    assert prefect.api.url == "http://127.0.0.1:4711/api"
    assert prefect.server.ephemeral.enabled is False
    assert prefect.home == tmp_path / "prefect"


def test_a_command_in_a_shell_that_names_a_prefect_speaks_to_that_one(
    shell: dict[str, str], tmp_path: Path
) -> None:
    shell["PREFECT_API_URL"] = "http://127.0.0.1:4712/api"
    conductor.obey_environment()
    nudge(World(Settings(home=tmp_path, prefect_port=4_711)), [])
    assert get_current_settings().api.url == "http://127.0.0.1:4712/api"


def test_every_part_listens_on_this_machine_only(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    command = installation.server(settings).command
    assert command[command.index("--host") + 1] == "127.0.0.1"
    for part in (
        installation.server(settings),
        installation.web(settings),
        installation.carriers(World(settings)),
    ):
        assert part.address.startswith("http://127.0.0.1:")


def test_the_simulated_carriers_share_our_keys_in_a_private_file(tmp_path: Path) -> None:
    world = World(Settings(home=tmp_path))
    installation.carriers(world)
    path = tmp_path / "carriers.json"
    shared = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert shared["twilio"]["auth_token"] == world.secrets.twilio_auth_token
    assert shared["twilio"]["inbound_url"] == f"{world.settings.web_url}/contacts/twilio/sms"
    assert shared["sendgrid"]["receipt_url"] == f"{world.settings.web_url}/receipts/sendgrid"


def test_what_is_written_privately_over_an_old_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    installation.write_privately(path, "a longer text")
    installation.write_privately(path, "short")
    assert path.read_text() == "short"


def test_secrets_are_made_once_and_nobody_else_can_read_them(tmp_path: Path) -> None:
    first, second = secrets.load_or_make(tmp_path / "home"), secrets.load_or_make(tmp_path / "home")
    other = secrets.load_or_make(tmp_path / "other")
    assert first == second
    assert first.signal_token != other.signal_token
    assert first.link_secret != other.link_secret
    assert stat.S_IMODE((tmp_path / "home" / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_secrets_do_not_show_when_they_are_printed(tmp_path: Path) -> None:
    made = secrets.load_or_make(tmp_path)
    hidden = (made.signal_token, made.link_secret, made.twilio_auth_token, made.sendgrid_api_key)
    assert not [secret for secret in hidden if secret in repr(made)]
    assert "PRIVATE KEY" not in repr(made)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"signal_token": "x"}', "\x00"])
def test_damaged_secrets_are_never_replaced_in_silence(tmp_path: Path, text: str) -> None:
    (tmp_path / "secrets.json").write_text(text)
    with pytest.raises(SetupError, match=r"secrets\.json is damaged; restore it from a backup"):
        secrets.load_or_make(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == text


@pytest.fixture(params=[200, 404, 500])
def answering(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """Something that answers every question with one status."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", request.param
        server.shutdown()


def test_a_part_is_ready_when_it_answers_with_success(answering: tuple[str, int]) -> None:
    url, status = answering
    assert installation.answers(url) is (status == 200)


def test_nobody_at_the_address_is_not_ready() -> None:
    assert installation.answers("http://127.0.0.1:9/ready") is False
