"""A monitor that can be asked: Alertmanager, Prometheus or Icinga on 127.0.0.1, answering what a test says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Monitor:
    """`answers` by path without its query; `asked` is every request: path and headers."""

    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lists(self, *alerts: dict[str, Any], suppressed: bool = False) -> None:
        """Alertmanager's API v2 lists these; a webhook's alert has all that a listed one has but its status."""
        state = {"state": "suppressed" if suppressed else "active", "silencedBy": [], "inhibitedBy": []}
        rows = [alert | {"status": state, "endsAt": "2026-11-22T04:00:00Z"} for alert in alerts]
        self.answers["/api/v2/alerts"] = (200, json.dumps(rows).encode())

    def knows(self, *targets: tuple[str, bool]) -> None:
        """Prometheus knows these instances of the job cell-site, and whether each answers."""
        rows = [
            {
                "metric": {"__name__": "up", "job": "cell-site", "instance": instance},
                "value": [1795319818.1, "1" if is_up else "0"],
            }
            for instance, is_up in targets
        ]
        body = {"status": "success", "data": {"resultType": "vector", "result": rows}}
        self.answers["/api/v1/query"] = (200, json.dumps(body).encode())

    def falls_silent(self) -> None:
        self.answers.clear()


@contextmanager
def monitor() -> Iterator[Monitor]:
    """Up until the end of the block."""
    it = Monitor()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            it.asked.append((self.path, dict(self.headers)))
            status, body = it.answers.get(self.path.partition("?")[0], (503, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    it.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield it
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
