"""Many schedules, several side by side, on one set of servers."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from pathlib import Path

from tellfirst.bootstrap import World
from tellfirst.proof import servers, town
from tellfirst.proof.books import Books, PostgresBooks, SqliteBooks, write_template
from tellfirst.proof.reach import Reach
from tellfirst.proof.running import Ground, Ran
from tellfirst.proof.schedule import Schedule
from tellfirst.proof.watching import one_at_a_time
from tellfirst.settings import read_settings

Found = Callable[[Ran], None]
STOPS_WITHIN = 10


@dataclass(frozen=True, slots=True)
class Site:
    """Where schedules can be run: the servers, and books to copy."""

    backend: str
    folder: Path
    carriers_url: str
    door_url: str
    receipt_key: str
    template: Path
    postgres: servers.Postgres | None
    customers: int
    spawn: bool

    def ground(self, number: int, world: World) -> Ground:
        """Books of its own for one of those side by side."""
        folder = self.folder / f"ground-{self.customers}-{number}"
        folder.mkdir(exist_ok=True)
        books: Books
        restart = None
        if self.postgres is None:
            books = SqliteBooks(self.template, folder)
        else:
            books = PostgresBooks(
                self.postgres.create(f"books_{self.customers}_{number}", _name(self.customers))
            )
            restart = one_at_a_time(self.postgres.restart, self.folder / "restart")
        reach = Reach(self.carriers_url, self.door_url)
        return Ground(self.backend, books, folder, world, reach, self.receipt_key, restart, self.spawn)


@contextmanager
def site(backend: str, *, customers: int = town.CUSTOMERS, spawn: bool = False) -> Iterator[Site]:
    """Everything that runs beside the schedules, for as long as the block lasts."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tellfirst-prove-")))
        # Forked before anything else is open here.
        door_url = stack.enter_context(servers.door())
        carriers_url, key = stack.enter_context(servers.carriers(folder))
        template, postgres = folder / "template.db", None
        if backend == "postgresql":
            postgres = stack.enter_context(servers.postgresql())
            write_template(postgres.create(_name(customers)), customers)
        else:
            write_template(f"sqlite:///{template}", customers)
        yield Site(backend, folder, carriers_url, door_url, key, template, postgres, customers, spawn)


def _name(customers: int) -> str:
    return f"town_{customers}"


def run_all(here: Site, schedules: Sequence[tuple[str, Schedule]], jobs: int, found: Found) -> None:
    """Run them, `jobs` at a time; `found` gets each result as it comes. Raises RuntimeError when a runner dies."""
    pipes: dict[Pipe, servers.Runner] = {}
    coming = iter(schedules)
    try:
        for number in range(min(jobs, len(schedules))):
            ours, theirs = servers.FORK.Pipe()
            runner = servers.FORK.Process(target=_work, args=(theirs, here, number))
            runner.start()
            theirs.close()
            pipes[ours] = runner
        busy = {pipe: name for pipe in pipes if (name := _hand_out(pipe, coming))}
        while busy:
            for pipe in wait(list(busy)):
                assert isinstance(pipe, Pipe)
                name = busy.pop(pipe)
                try:
                    ran = pipe.recv()
                except (EOFError, ConnectionError):
                    raise RuntimeError(f"the process that ran {name} ended by itself") from None
                found(ran)
                if following := _hand_out(pipe, coming):
                    busy[pipe] = following
    finally:
        for pipe in pipes:
            _let_go(pipe)
        for runner in pipes.values():
            runner.join(STOPS_WITHIN)
            if runner.is_alive():
                runner.kill()
                runner.join()


def _let_go(pipe: Pipe) -> None:
    """Told, because a closed pipe says nothing: each runner holds the ends of those that were forked before it."""
    with suppress(OSError):
        pipe.send(None)
    pipe.close()


def _hand_out(pipe: Pipe, coming: Iterator[tuple[str, Schedule]]) -> str:
    """The name of the schedule; empty when there is none left."""
    one = next(coming, None)
    if one is None:
        return ""
    pipe.send(one)
    return one[0]


def _work(pipe: Pipe, here: Site, number: int) -> None:
    """A runner: one schedule after the other, each in lives that it forks."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ground = here.ground(number, World(read_settings()))
    ground.warm_up(f"{here.backend}-warm-{here.customers}-{number}")
    while True:
        try:
            told = pipe.recv()
        except (EOFError, OSError):
            told = None
        if told is None:
            os._exit(0)
        name, schedule = told
        pipe.send(ground.run(schedule, name))
