"""An installation whose parts are processes of their own, as units of a system run them: each can be killed alone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
from installed import Installed, wait_until
from ruamel.yaml import YAML

from tellfirst import installation
from tellfirst.installation import POOL, Part, answers
from tellfirst.settings import PROJECT

READY_WITHIN = 150.0


def config_with(folder: Path, **changes: dict[str, Any]) -> Path:
    """The shipped configuration, with sections of the playbook `mobile_site_down` changed."""
    shutil.copytree(PROJECT / "config", folder)
    path = folder / "playbooks" / "mobile_site_down.yaml"
    yaml = YAML()
    book = yaml.load(path)
    for section, values in changes.items():
        book.setdefault(section, {}).update(values)
    yaml.dump(book, path)
    return folder


@dataclass
class Apart(Installed):
    """`kill` is kill -9 of one process, its children live on; `begin` starts a part again."""

    config: Path | None = None
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        ours = super().environment()
        if self.config:
            ours["TELLFIRST_CONFIG"] = str(self.config)
        return installation.environment(self.settings) | {
            # A killed tick is to keep the clock waiting no longer than Prefect allows.
            "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "30",
            **{name: value for name, value in ours.items() if name.startswith("TELLFIRST_")},
        }

    def start(self) -> None:
        """Runs start cold: a process of its own each is one that can be found and killed."""
        installation.lay_out_certificates(self.settings)
        for name in ("server", "web", "carriers"):
            self.begin(name)
        for name in ("server", "web", "carriers"):
            self.await_ready(name)
        self.python(f"from tellfirst import conductor; conductor.prepare_pool({POOL!r}, 4)")
        # One channel has a limit and the other none: both must send.
        self.prefect("/v2/concurrency_limits/", {"name": "tellfirst-sms", "limit": 2, "active": True})
        deployed = subprocess.run(
            installation.deploy(), cwd=PROJECT, env=self.environment(), capture_output=True, check=False
        )
        assert deployed.returncode == 0, deployed.stderr
        self.begin("worker")
        self.await_ready("worker")

    def python(self, statement: str) -> None:
        """What the installation's own code does with Prefect, in a process that knows its server."""
        subprocess.run(
            [sys.executable, "-c", statement], cwd=PROJECT, env=self.environment(), check=True, timeout=120
        )

    def begin(self, name: str) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self.part(name).command,
                cwd=PROJECT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def await_ready(self, name: str) -> None:
        wait_until(self.part(name).is_ready, READY_WITHIN, f"{name} is ready")

    def part(self, name: str) -> Part:
        made = {
            "server": lambda: installation.server(self.settings),
            "web": lambda: installation.web(self.settings),
            "carriers": lambda: installation.carriers(self.world),
            "worker": lambda: installation.worker(self._worker_is_online),
        }
        return made[name]()

    def order(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        """A change through the Prefect API that answers nothing; asked again while its SQLite is locked."""
        content = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"}
        url = f"{self.settings.prefect_url}/api{path}"

        def is_done() -> bool:
            try:
                with urlopen(Request(url, content, headers, method=method), timeout=30) as answer:
                    return bool(answer.status == HTTPStatus.NO_CONTENT)
            except HTTPError as refused:
                if refused.code != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
                return False

        wait_until(is_done, 60, f"Prefect's server takes {method} {path}")

    def kill(self, name: str) -> None:
        """kill -9; whatever it had started becomes an orphan."""
        process = self.running.pop(name)
        process.kill()
        process.wait(10)

    def stop(self) -> list[psutil.Process]:
        for process in self.running.values():
            _signal(process, signal.SIGTERM)
        time.sleep(1)
        for process in self.running.values():
            _signal(process, signal.SIGKILL)
            process.wait(10)
        for orphan in self.orphans():
            orphan.kill()
        return []

    def orphans(self) -> list[psutil.Process]:
        """Flow processes of this installation, with or without their worker."""
        return [one for one in psutil.process_iter() if self._runs_here(one)]

    def process_of(self, flow_run_id: str) -> psutil.Process | None:
        return next((one for one in self.orphans() if _run_of(one) == flow_run_id.replace("-", "")), None)

    def _runs_here(self, process: psutil.Process) -> bool:
        try:
            environment = process.environ()
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            return False
        return "PREFECT__FLOW_RUN_ID" in environment and environment.get("TELLFIRST_HOME") == str(
            self.home.resolve()
        )

    def _worker_is_online(self, pool: str) -> bool:
        workers = self.prefect(f"/work_pools/{pool}/workers/filter", {})
        return any(one["status"] == "ONLINE" for one in workers) and answers(
            f"{self.settings.prefect_url}/api/ready"
        )


def _run_of(process: psutil.Process) -> str:
    try:
        return process.environ().get("PREFECT__FLOW_RUN_ID", "").replace("-", "")
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return ""


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
