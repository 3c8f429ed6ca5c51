"""`tellfirst demo`."""

import json as json_
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from tellfirst.accounts import keeping
from tellfirst.accounts.passwords import hash_of
from tellfirst.bootstrap import World
from tellfirst.domain.account import Role
from tellfirst.printing import ensure_writable, out, show_table
from tellfirst.settings import PROJECT, Settings, read_settings
from tellfirst.simulator import album
from tellfirst.simulator.city import build_city, load_city
from tellfirst.simulator.player import Player
from tellfirst.simulator.reckoning import Summary, reckon
from tellfirst.simulator.scenario import Scenario, load_scenario
from tellfirst.simulator.timetable import timetable
from tellfirst.store.engine import reading, writing
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.supervisor import installation_up, ports_are_free, prepare

SCENARIO = PROJECT / "config" / "scenarios" / "tower_outage.yaml"


def demo(
    *,
    scenario: Annotated[Path, Parameter(help="Which story to play.")] = SCENARIO,
    keep: Annotated[bool, Parameter(help="Leave everything up at the end, and say where to look.")] = False,
    json: Annotated[Path, Parameter(help="Where the summary is written.")] = Path("out/demo/summary.json"),
) -> int:
    """Break a mobile tower in a seeded city and watch the customers being told first.

    Starts everything `tellfirst up` starts, in a home of its own that begins empty, with simulated carriers
    and a clock that steps through the hours. Exit status 1 when anything promised does not hold.
    """
    began = time.monotonic()
    story = load_scenario(scenario)
    ensure_writable(json)
    world = World(_settings())
    # First of all: a demo that was left up must not have its home taken away under it.
    ports_are_free(world.settings, simulated=True)
    shutil.rmtree(world.settings.home, ignore_errors=True)
    prepare(world)
    _load_city(world, story, began)
    # The story's clock stands before any process looks at it.
    SteppedClock(world.engine).set(story.starts_at)
    with installation_up(world, lambda text: _say(began, "", text)) as running:
        player = Player(
            world,
            story,
            scenario.parent,
            lambda at, text: _say(began, f"{at:%d %b %H:%M:%S}", text),
            running.still_running,
        )
        player.play()
        summary = reckon(world, player.alerted_at, time.monotonic() - began)
        _write(world, json, summary)
        _show(world, summary, json)
        _show_where_to_look(world, json.parent / "pages", keep=keep)
        if keep:
            running.watch()
    return 1 if summary.violations else 0


def _settings() -> Settings:
    """A demo never reaches a customer: real carriers in the environment are left aside."""
    for name in [one for one in os.environ if one.startswith(("TELLFIRST_TWILIO", "TELLFIRST_SENDGRID"))]:
        del os.environ[name]
    os.environ["TELLFIRST_SIMULATE"] = "true"
    os.environ["TELLFIRST_CLOCK"] = "stepped"
    # Its customers say where they are, as a proxy would: all of them sit behind one address of this machine.
    os.environ["TELLFIRST_TRUSTED_PROXIES"] = "1"
    os.environ["TELLFIRST_DATABASE_URL"] = ""
    os.environ["TELLFIRST_HOME"] = str(read_settings().home / "demo")
    return read_settings()


def _load_city(world: World, story: Scenario, began: float) -> None:
    counts = load_city(world.engine, build_city(story.seed, story.customers))
    _say(
        began,
        "",
        f"a city of {counts.customer_count:,} customers on {counts.element_count} elements is loaded",
    )


def _say(began: float, at: str, text: str) -> None:
    out.print(f"[dim]{time.monotonic() - began:6.1f} s[/]  {at:15}  {text}")


def _write(world: World, path: Path, summary: Summary) -> None:
    path.write_text(json_.dumps(summary.to_json(), indent=2) + "\n")
    with reading(world.engine) as connection:
        rows = timetable(connection)
    (path.parent / "timetable.json").write_text(json_.dumps(rows, indent=2, ensure_ascii=False) + "\n")


def _show(world: World, summary: Summary, path: Path) -> None:
    with reading(world.engine) as connection:
        show_table("Timetable (UTC)", timetable(connection))
    values = summary.to_json()
    figures = [{"figure": name, "value": _figure(values[name])} for name in values if name != "violations"]
    show_table("Summary", figures)
    out.print(f"written to {path} and {path.parent / 'timetable.json'}")
    for violation in summary.violations:
        out.print(f"[bold red]does not hold:[/] {violation}")
    if not summary.violations:
        out.print(
            "[bold green]holds:[/] none lost, none told twice, none asked before told, ledger = carriers"
        )


def _figure(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return f"{value:,}"


def _show_where_to_look(world: World, folder: Path, *, keep: bool) -> None:
    """A link to each page: as a file, which stands when all is down, and where it is while all is up."""
    name, password = _guest(world)
    site = world.settings.web_url.rstrip("/")
    shutil.rmtree(folder, ignore_errors=True)
    pages = [
        {"page": one.what, "as it stood": (folder / one.file).absolute().as_uri()}
        | ({"now": f"{site}{one.path}"} if keep else {})
        for one in album.keep(world, name, password, folder)
    ]
    show_table("Pages", pages)
    if not keep:
        out.print("all of it is down again; `make demo KEEP=1` leaves it up, with Prefect and its steps")
        return
    _show_while_up(world)
    out.print(f"the control room lets in {name} with {password}; Ctrl-C stops all of it")


def _show_while_up(world: World) -> None:
    settings = world.settings
    show_table(
        "Where to look",
        [
            {"what": "incidents, step by step", "where": f"{settings.prefect_url}/runs"},
            {"what": "artifacts", "where": f"{settings.prefect_url}/artifacts"},
            {
                "what": "one incident",
                "where": f"TELLFIRST_HOME={settings.home} TELLFIRST_CLOCK=stepped tellfirst incident list",
            },
            {"what": "what carriers saw", "where": f"{settings.carriers_url}/truth/counts"},
        ],
    )


def _guest(world: World) -> tuple[str, str]:
    """An account of this demo alone: its home is thrown away by the next one, and its password stands nowhere else."""
    password = secrets.token_urlsafe(16)
    with writing(world.engine) as connection:
        roles = (Role.OPERATOR, Role.APPROVER, Role.ADMIN)
        it = keeping.add(connection, "guest", hash_of(password), roles, world.wall.now())
    return it.name, password
