"""Staff are told over real HTTP by the library that Prefect ships; an address that takes nothing is no error."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tellfirst.carriers.staff import Apprise


class Room(ThreadingHTTPServer):
    """What a chat room was sent; `answer` is its status."""

    answer = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.heard: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_address[1]}/room"


class _Door(BaseHTTPRequestHandler):
    server: Room

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(json.loads(body))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal of tests."""


@pytest.fixture
def room() -> Iterator[Room]:
    server = Room()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_room_hears_the_title_and_the_sentence(room: Room) -> None:
    assert Apprise().tell([room.address], "S2 INC-2026-0007", "owes its customers a word")
    assert [(one["title"], one["message"]) for one in room.heard] == [
        ("S2 INC-2026-0007", "owes its customers a word")
    ]


def test_one_channel_of_several_is_enough(room: Room) -> None:
    dead = "json://127.0.0.1:9/nobody"
    assert Apprise().tell([dead, room.address], "t", "b")
    assert len(room.heard) == 1


@pytest.mark.parametrize("address", ["json://127.0.0.1:9/nobody", "no address", "ftp://what", ""])
def test_what_cannot_be_told_is_said_and_not_raised(address: str, caplog: pytest.LogCaptureFixture) -> None:
    assert not Apprise().tell([address], "t", "b")


def test_a_room_that_refuses_has_not_taken_it(room: Room) -> None:
    room.answer = 500
    assert not Apprise().tell([room.address], "t", "b")
