"""The demo begins with an empty home; one that is still up keeps its own."""

import socket
from pathlib import Path

import pytest
from teletype import Terminal


def test_a_demo_that_is_still_up_keeps_its_home(
    terminal: Terminal, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = home / "demo" / "tellfirst.db"
    kept.parent.mkdir()
    kept.write_text("what the other demo is working on")
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("TELLFIRST_WEB_PORT", str(other.getsockname()[1]))
        assert "is in use" in terminal("demo").sentence
    assert kept.read_text() == "what the other demo is working on"
