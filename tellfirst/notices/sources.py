"""Where the texts stand on disk, and the sandbox they are rendered in."""

import re
from collections.abc import Mapping
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.domain.occasion import Channel, Locale

LAYOUT = "layout/email.html.j2"
WRITTEN = (Channel.SMS, Channel.EMAIL, Channel.VOICE)
"""The channels that texts are written for."""
_WORDED_AS = {Channel.WHATSAPP: Channel.SMS, Channel.FAX: Channel.EMAIL, Channel.WEBHOOK: Channel.EMAIL}
"""Channels that say what another one says."""


def notice_name(folder: str, channel: Channel, locale: Locale) -> str:
    """The template of a notice, named below the directory of templates; `folder` is its occasion's, or another one
    that its playbook chose."""
    return f"{folder}/{worded_as(channel)}.{locale}.j2"


def worded_as(channel: Channel) -> Channel:
    """The channel whose texts a channel has: one of WRITTEN, except for `none`."""
    return _WORDED_AS.get(channel, channel)


def answer_name(kind: str, locale: Locale) -> str:
    """The template of an answer to an inbound text."""
    return f"answer/{kind}.{locale}.j2"


def phrases_name(locale: Locale) -> str:
    """The word list of a language."""
    return f"phrases/{locale}.yaml"


def environment(sources: Mapping[str, str]) -> Environment:
    """The sandbox every template runs in; only the HTML layout escapes, an SMS must not say `&amp;`."""
    return ImmutableSandboxedEnvironment(
        loader=DictLoader(sources),
        undefined=StrictUndefined,
        auto_reload=False,
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
    )


def read_sources(directory: Path) -> dict[str, str]:
    """Every template and word list below `directory` by its relative name.

    Raises SetupError for a directory that is not there and for a file that is not UTF-8.
    """
    if not directory.is_dir():
        raise SetupError(f"there is no directory of templates at {directory}; set where it is")
    paths = sorted(path for path in directory.rglob("*") if path.suffix in {".j2", ".yaml"})
    return {path.relative_to(directory).as_posix(): _read(path) for path in paths}


def missing_text(path: str) -> Mistake:
    """What is wrong where a text should be and is not."""
    english = re.sub(r"\b[a-z]{2}(?=\.(?:j2|yaml)$)", "en", path)
    return Mistake(path, 1, "this text does not exist", f"write it; {english} shows what it must say")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        mistake = Mistake(path.as_posix(), line, "this is not UTF-8", "save the file as UTF-8")
        raise SetupError("a text cannot be read", (mistake,)) from error
