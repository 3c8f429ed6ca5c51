"""A file of announced work, whatever it is: a calendar, a mail, a list."""

import re
from dataclasses import replace
from pathlib import Path

from tellfirst.domain.errors import Mistake
from tellfirst.domain.work import WorkSource
from tellfirst.works.mails import open_mail
from tellfirst.works.maintenance_notes import MARK, read_notes
from tellfirst.works.statements import MOST_BYTES, WorksRead, refused
from tellfirst.works.work_lists import read_list

_HEADER = re.compile(rb"\A(?:From |[A-Za-z][A-Za-z0-9-]{1,60}:[ \t])")


def read_file(path: Path, *, provider: str = "") -> WorksRead:
    """The works in a file. Raises Refused with every mistake and its cure, OSError, SetupError without an extra."""
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    return read_works(raw, path.name, provider=provider)


def read_works(raw: bytes, file: str, *, provider: str = "") -> WorksRead:
    """The same of bytes; `file` is what it is called in a refusal."""
    provider = provider.strip().lower()
    if len(raw) > MOST_BYTES:
        raise refused(file, [Mistake(file, 0, f"is larger than {MOST_BYTES // 1_000_000} MB", "split it")])
    begins = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begins[:15].upper() == b"BEGIN:VCALENDAR":
        return _calendar(raw, file, provider)
    if file.lower().endswith(".csv"):
        return read_list(raw, file, provider=provider)
    if file.lower().endswith(".eml") or _HEADER.match(begins):
        return _mail(raw, file, provider)
    kinds = "a calendar (.ics), a mail (.eml) or a list of works (.csv)"
    raise refused(file, [Mistake(file, 0, f"is none of {kinds}", "save the whole mail as .eml")])


def _calendar(raw: bytes, file: str, provider: str) -> WorksRead:
    if MARK not in raw.upper():
        cure = "import the whole mail it came in with --provider, or take the work over with `tellfirst work add`"
        raise refused(file, [Mistake(file, 0, "is a calendar without X-MAINTNOTE", cure)])
    return read_notes(raw, file, provider=provider)


def _mail(raw: bytes, file: str, provider: str) -> WorksRead:
    mail = open_mail(raw, file)
    if mail.calendar:
        read = read_notes(mail.calendar, file, provider=provider, sender=mail.sender)
        mailed = (replace(one, stated=replace(one.stated, source=WorkSource.MAIL)) for one in read.statements)
        return WorksRead(tuple(mailed))
    if not provider:
        cure = "say whose notice it is with --provider, like --provider zayo"
        raise refused(file, [Mistake(file, 0, "has no calendar with X-MAINTNOTE", cure)])
    # Here and not above: nobody else needs the extra.
    from tellfirst.works.circuit_mails import read_mail

    return read_mail(raw, file, provider)
