"""The people of a scenario at three doors of the real web app, through the simulated carriers, over HTTP."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import hyderabad
import pytest
import uvicorn
from carriers_under_test import LoopThread
from hyderabad import MINUTE, T0, phone, rows

from tellfirst import installation
from tellfirst.bootstrap import World
from tellfirst.contacts.replying import Sent, send_answers
from tellfirst.settings import Settings
from tellfirst.simulator import actors
from tellfirst.simulator.carriers.app import CarriersApp
from tellfirst.simulator.carriers.config import read_config
from tellfirst.simulator.loopback import get_json
from tellfirst.simulator.scenario import Call, Letter, Question
from tellfirst.simulator.timetable import timetable
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.migrate import migrate
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.web.app import create_app

MAILBOX = "asha@customers.example"


@pytest.fixture
def world(tmp_path: Path, loop_thread: LoopThread) -> Iterator[World]:
    """An installation with simulated carriers; Miyapur is down and its customers were told."""
    listener = socket.create_server(("127.0.0.1", 0))
    with socket.create_server(("127.0.0.1", 0)) as free:
        carriers_port = free.getsockname()[1]
    here = World(
        Settings(
            home=tmp_path,
            simulate=True,
            clock="stepped",
            web_port=listener.getsockname()[1],
            carriers_port=carriers_port,
        )
    )
    _tell_miyapur(here)
    config = tmp_path / "carriers.json"
    config.write_text(json.dumps(installation._carriers_config(here)))
    end_carriers, _ = loop_thread.run_carriers(CarriersApp(read_config(config)), carriers_port)
    server = uvicorn.Server(uvicorn.Config(create_app(here), log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    yield here
    server.should_exit = True
    thread.join(15)
    end_carriers()
    here.engine.dispose()


def _tell_miyapur(here: World) -> None:
    migrate(here.engine)
    with writing(here.engine) as connection:
        hyderabad.build(connection)
        hyderabad.add_customer(connection, 1, "HYD0004", wish="sms")
        hyderabad.add_customer(connection, 2, "HYD0004", wish="email", email=MAILBOX, phone=None)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    SteppedClock(here.engine).set(T0 + MINUTE)


def test_one_texts_one_calls_and_one_writes_and_all_hear_the_same(world: World) -> None:
    actors.ask(world, Question(place="Miyapur", says={"en": "no signal"}))
    actors.call(world, Call(place="Miyapur", keys=("1",)))
    actors.write(world, Letter(place="Miyapur", subject="No signal", says={"en": "Is there an outage?"}))
    now = world.clock.now()
    assert send_answers(world.engine, world.post, now, world.wall.now()) == Sent(taken=1)
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "channel", "customer_id", "answer_kind", "state") == [
            ("sms", 1, "known", "answered"),
            ("voice", 1, "known", "answered"),
            ("email", 2, "known", "answered"),
        ]
        came = [(row["told"], row["channels"], row["promise"]) for row in timetable(connection)[1:]]
    assert came == [
        ("they asked: known", "sms 1", "answered"),
        ("they asked: known", "voice 1", "answered"),
        ("they asked: known", "email 1", "answered"),
    ]
    [mail] = get_json(f"{world.settings.carriers_url}/truth/messages?to={quote(MAILBOX)}")
    assert "Miyapur" in mail["body"]
    assert mail["reference"] is None
    [text] = get_json(f"{world.settings.carriers_url}/truth/messages?to={quote(phone(1))}")
    assert text["kind"] == "reply"
