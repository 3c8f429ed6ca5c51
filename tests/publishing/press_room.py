"""The press with the texts of the house, and boards as it prints them."""

from datetime import datetime

from sqlalchemy import Engine

from tellfirst.notices.rendering import Templates
from tellfirst.publishing.hearers import Memory
from tellfirst.publishing.press import Press
from tellfirst.publishing.published import Board, Story
from tellfirst.publishing.reading import board
from tellfirst.publishing.words import story
from tellfirst.settings import PROJECT
from tellfirst.store.engine import reading

SITE = "https://status.example"
TEXTS = PROJECT / "templates"
PRESS = Press(Templates(TEXTS, company="Asha Telecom", contact="198"), TEXTS, "Asha Telecom", "198", SITE)


def look(engine: Engine, now: datetime) -> Board:
    with reading(engine) as connection:
        return board(connection, now, Memory())


def read_story(engine: Engine, now: datetime, reference: str) -> Story:
    about = look(engine, now).find(reference)
    assert about is not None
    with reading(engine) as connection:
        return story(connection, about)
