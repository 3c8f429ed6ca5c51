"""A playbook's own texts: rendered, checked and named like the usual ones of their occasion."""

import shutil
from dataclasses import replace
from pathlib import Path

import hyderabad
import pytest
from hyderabad import BOOK, T0, add_customer
from sqlalchemy import Engine, select

from tellfirst.bootstrap import World
from tellfirst.checking import find_mistakes
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.notices.linting import lint
from tellfirst.notices.samples import SAMPLE
from tellfirst.notices.scripts import script
from tellfirst.notices.speaking import Voice
from tellfirst.notices.telling import tell_first
from tellfirst.publishing.hearers import Memory
from tellfirst.publishing.reading import board
from tellfirst.settings import PROJECT, Settings
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

READER = Reader("en", "Asia/Kolkata", "down")
PAIR = ("first_word", "own/masts")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The texts of the house, and other first words in a folder of their own."""
    folder = tmp_path / "templates"
    shutil.copytree(PROJECT / "templates", folder)
    shutil.copytree(folder / "first_word", folder / "own" / "masts")
    for name in ("sms.en.j2", "email.en.j2"):
        own = folder / "own" / "masts" / name
        own.write_text(own.read_text().replace("{{ company }}:", "{{ company }} (masts):"))
    return folder


@pytest.fixture
def world(tree: Path) -> World:
    return World(Settings(templates=tree))


def test_the_folder_of_a_playbook_is_rendered_and_no_other(world: World) -> None:
    usual, own = (
        world.templates.render(Occasion.FIRST_WORD, Channel.SMS, SAMPLE, READER, folder=folder).text
        for folder in ("", "own/masts")
    )
    assert own == usual.replace("Deccan Mobile:", "Deccan Mobile (masts):")
    assert own != usual


def test_what_is_sent_shown_and_kept_is_the_playbooks_own(
    engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(BOOK, wording=dict([PAIR]))
    monkeypatch.setitem(hyderabad.BOOKS, "mobile_site_down", own)
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        tell_first(connection, hyderabad.FIRST, Voice(hyderabad.HOUSE, world.template_version, T0, T0))
        said = script(connection, 1, Channel.SMS, world.templates, world.links).render(READER).text
        assert said.startswith("Asha Telecom (masts):")
        [shown] = board(connection, T0, Memory()).incidents
        assert shown.last.folder == "own/masts"
        kept = connection.scalar(select(t.notice.c.template_version))
    assert kept == world.template_version("own/masts")
    assert kept != world.template_version("first_word")


def test_texts_that_a_playbook_chose_are_linted_and_others_are_left_alone(tree: Path) -> None:
    text = tree / "own" / "masts" / "sms.en.j2"
    text.write_text(text.read_text().replace("{{ reference }}", "{{ referense }}"))
    assert lint(tree) == ()
    [mistake] = lint(tree, overrides=[PAIR])
    assert mistake.file == text.as_posix()
    assert "{{ referense }}" in mistake.problem


def test_a_check_of_everything_reads_the_texts_of_playbooks(tree: Path, tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(PROJECT / "config", config)
    settings = Settings(templates=tree, config=config)
    assert find_mistakes(settings) == ()
    book = config / "playbooks" / "mobile_site_down.yaml"
    book.write_text(book.read_text() + "wording: {first_word: own/masts}\n")
    assert find_mistakes(settings) == ()
    text = tree / "own" / "masts" / "voice.ur.j2"
    text.write_text("{{ company }}")
    assert {mistake.file for mistake in find_mistakes(settings)} == {text.as_posix()}
    text.unlink()
    [mistake] = find_mistakes(settings)
    assert mistake.file == book.as_posix()
    assert "lacks voice.ur.j2" in mistake.problem
