"""The reception as this installation has configured it, from config/contacts/."""

from collections.abc import Mapping
from pathlib import Path

from tellfirst.contacts.languages import load_languages
from tellfirst.contacts.queue_files import load_queues, load_sensing
from tellfirst.contacts.reception import NOBODY, Reception
from tellfirst.domain.playbook import Playbook
from tellfirst.notices.speaking import House
from tellfirst.timelines.calendars import Markets, load_markets
from tellfirst.timelines.playbooks import load_playbooks


def load_words(
    config: Path,
    *,
    books: Mapping[str, Playbook] | None = None,
    markets: Markets | None = None,
    house: House = NOBODY,
) -> Reception:
    """Raises SetupError with every mistake of the first part that has one. What is not given is read from `config`."""
    words, speeches = load_languages(config)
    calendars = markets or load_markets(config)
    playbooks = books if books is not None else load_playbooks(config / "playbooks")
    return Reception(
        words,
        speeches,
        load_queues(config, calendars.names),
        load_sensing(config, playbooks),
        calendars,
        playbooks,
        house,
    )
