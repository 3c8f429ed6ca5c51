"""A backup is put back in the middle of a run: held, the carriers asked, and nobody is told twice."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import hyderabad
import pytest
from hyderabad import FIRST
from outage import INCIDENT, At

from tellfirst import crashpoints, installation
from tellfirst.bootstrap import World
from tellfirst.delivery import sending, standing
from tellfirst.delivery.leasing import channel_of
from tellfirst.delivery.sending import Sender
from tellfirst.notices import scripts
from tellfirst.notices.telling import tell_first
from tellfirst.settings import PROJECT, Settings
from tellfirst.store.engine import reading, writing

TEXTS, MAILS, WINDOW = 40, 6, 8
NOBODY_LISTENS = "9"
NOWHERE = "nowhere:///api"


class ThePlugIsPulled(Exception):
    """The process ends here."""


class Machine:
    """A home with its database, and the simulated carriers as a process that outlives every restore."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port
        self.world = self._world()
        self.now = datetime.now(UTC)
        part = installation.carriers(self.world)
        self.carriers = subprocess.Popen(part.command, cwd=PROJECT, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not part.is_ready():
            assert time.monotonic() < until
            assert self.carriers.poll() is None
            time.sleep(0.1)

    def _world(self) -> World:
        return World(
            Settings(home=self.home, carriers_port=self.port, web_port=9, prefect_port=9, clock="system")
        )

    def plan(self) -> None:
        with writing(self.world.engine) as connection:
            hyderabad.build(connection)
            for key in range(1, TEXTS + MAILS + 1):
                # No number on which the simulated carriers act specially.
                mail = {"wish": "email", "email": f"c{key}@customers.example"} if key > TEXTS else {}
                hyderabad.add_customer(connection, key, "HYD0004", phone=f"+9198480{key:05d}", **mail)
            hyderabad.strike(connection, "HYD0004", now=self.now)
            tell_first(connection, FIRST, hyderabad.voice(self.now))

    def send(self, later: timedelta = timedelta(0)) -> None:
        """Everything that may leave, texts first, to the simulated carriers; `later` is how much time has passed."""
        world = self.world
        wall = At(datetime.now(UTC) + later)
        with reading(world.engine) as connection:
            chunks = standing.open_chunks(connection, INCIDENT, wall.now())
        for chunk_id, notice_id in reversed(chunks):
            with reading(world.engine) as connection:
                channel = channel_of(connection, chunk_id)
                script = scripts.script(connection, notice_id, channel, world.templates, world.links)
            sender = Sender(world.engine, world.clock, wall, high_water=world.high_water, window=WINDOW)
            sending.send_chunk(sender, chunk_id, world.fleet.make(world.fleet.of(channel)[0].name), script)

    def backup(self, to: Path) -> None:
        with (
            closing(sqlite3.connect(self.home / "tellfirst.db")) as now,
            closing(sqlite3.connect(to)) as kept,
        ):
            now.backup(kept)

    def put_back(self, backup: Path) -> None:
        self.world.engine.dispose()
        for name in ("tellfirst.db-wal", "tellfirst.db-shm"):
            (self.home / name).unlink(missing_ok=True)
        shutil.copyfile(backup, self.home / "tellfirst.db")
        self.world = self._world()

    def accepted(self, channel: str) -> Counter[str]:
        """How often each delivery was accepted, by the carriers' own books."""
        url = f"http://127.0.0.1:{self.port}/truth/accepted?channel={channel}&since=0"
        with urlopen(url, timeout=10) as answer:
            return Counter(row["reference"] for row in json.load(answer))

    def tellfirst(self, *words: str) -> str:
        """A command as an engineer types it."""
        ours = {
            "TELLFIRST_HOME": str(self.home),
            "TELLFIRST_CARRIERS_PORT": str(self.port),
            "TELLFIRST_WEB_PORT": NOBODY_LISTENS,
            "TELLFIRST_PREFECT_PORT": NOBODY_LISTENS,
            "PREFECT_API_URL": NOWHERE,
        }
        done = subprocess.run(
            [sys.executable, "-m", "tellfirst", *words],
            cwd=PROJECT,
            env=os.environ | ours,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def machine(tmp_path: Path, migrated_file: Path, free_port: int) -> Iterator[Machine]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copyfile(migrated_file, home / "tellfirst.db")
    made = Machine(home, free_port)
    yield made
    crashpoints.arm(None)
    made.world.engine.dispose()
    made.carriers.terminate()
    made.carriers.wait(20)


def test_a_backup_put_back_in_the_middle_of_a_run_tells_nobody_twice(
    machine: Machine, tmp_path: Path
) -> None:
    machine.plan()
    backup = tmp_path / "backup.db"
    windows = 0

    def passage(name: str) -> None:
        nonlocal windows
        if name != "record: committed":
            return
        windows += 1
        if windows == 2:
            machine.backup(backup)
        if windows == 4:
            raise ThePlugIsPulled

    crashpoints.arm(passage)
    taken_at = datetime.now(UTC)
    with pytest.raises(ThePlugIsPulled):
        machine.send()
    crashpoints.arm(None)
    assert len(machine.accepted("sms")) == 4 * WINDOW

    machine.put_back(backup)
    # Its lease still runs by the books of the backup; minutes later somebody else takes the chunk.
    machine.send(later=timedelta(minutes=5))
    assert len(machine.accepted("sms")) == 4 * WINDOW
    assert "restored_backup" in machine.tellfirst("incident", "list")

    said = json.loads(machine.tellfirst("reconcile", "--since", taken_at.isoformat(), "--json"))
    by_channel = {one["channel"]: one for one in said["looked"]}
    counts = ("asked", "found", "absent", "cannot_say")
    waiting = TEXTS - 2 * WINDOW
    assert [by_channel["sms"][name] for name in counts] == [waiting, 2 * WINDOW, waiting - 2 * WINDOW, 0]
    assert [by_channel["email"][name] for name in counts] == [MAILS, 0, 0, MAILS]
    assert said["cannot_say"] == ["sendgrid"]
    assert said["would_leave"] == TEXTS - 4 * WINDOW + MAILS

    assert "go: everything was stopped for: restored_backup" in machine.tellfirst("go")
    machine.send(later=timedelta(minutes=5))
    texts, mails = machine.accepted("sms"), machine.accepted("email")
    assert (len(texts), set(texts.values())) == (TEXTS, {1})
    assert (len(mails), set(mails.values())) == (MAILS, {1})
