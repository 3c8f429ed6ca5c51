"""The pages in a real browser: the app on a port of this machine, and Debian's chromium before it.

`TELLFIRST_CHROMIUM` names another browser; without any the tests skip, and say so.
"""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import front
import hyderabad
import pytest
import room_staff as staff
import uvicorn
from playwright.sync_api import Browser, Error, sync_playwright
from seen import Site, Visitor

from tellfirst.accounts import keeping
from tellfirst.bootstrap import World
from tellfirst.domain.account import Role
from tellfirst.store.engine import writing
from tellfirst.web.app import create_app

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For one module only: while it runs, no other test of this process could start an event loop."""
    path = os.environ.get("TELLFIRST_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("there is no chromium here; install it, or name one in TELLFIRST_CHROMIUM")
    with sync_playwright() as play:
        try:
            # Run by root it refuses its own sandbox; it visits nothing but this machine.
            browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except Error as failure:
            pytest.skip(f"{path} does not start: {failure.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(happened: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The house after the story of the module, with its doors open."""
    home = tmp_path_factory.mktemp("house") / "home"
    home.mkdir(mode=0o700)
    shutil.copyfile(happened, home / "tellfirst.db")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    # The same house that wrote to its customers in the story.
    said = {"company": hyderabad.HOUSE.company, "contact": hyderabad.HOUSE.contact}
    here = World(front.settings(home).model_copy(update={"public_url": url, **said}))
    staff.hire(here.engine)
    with writing(here.engine) as connection:
        # Who sees every page: it is the pages that are tried here, not the roles.
        keeping.set_roles(connection, "admin", set(Role))
    config = uvicorn.Config(create_app(here), port=port, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    until = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < until, "the app does not start"
        time.sleep(0.02)
    yield Site(here, url)
    server.should_exit = True
    running.join(20)
    here.engine.dispose()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Visitor]:
    """Whoever opens a page on a telephone."""
    somebody = Visitor(chromium)
    yield somebody
    somebody.leave()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
