"""Notices in each network's own words, through the package circuit-maintenance-parser (extra `circuits`).

The one place that imports it, and only when such a notice comes.
"""

import email
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tellfirst.domain.errors import Mistake, Refused, RuleBroken, SetupError
from tellfirst.domain.impact import Impact
from tellfirst.domain.work import UNSAID, StatedWork, Window, WorkSource, WorkStatus
from tellfirst.works.maintenance_notes import IMPACTS, STATUSES
from tellfirst.works.statements import WorksRead, refused, statements_of

EXTRA = "circuits"
CALENDAR = "text/calendar"


def known_providers() -> tuple[str, ...]:
    """Whose notices can be read. Raises SetupError without the extra."""
    return tuple(sorted(_package().SUPPORTED_PROVIDER_NAMES))


def read_mail(raw: bytes, file: str, provider: str) -> WorksRead:
    """The works in a mail of this provider. Raises Refused, and SetupError without the extra."""
    package = _package()
    parts = package.NotificationData.init_from_email_bytes(_with_date(raw))
    if parts is None:
        raise refused(file, [Mistake(file, 0, "cannot be read as a mail", "save the mail again as .eml")])
    return _works(raw, file, provider, parts)


def read_calendar(raw: bytes, file: str, provider: str = "genericprovider") -> WorksRead:
    """The works in a calendar, as the package reads it: a second reading beside ours."""
    return _works(raw, file, provider, _package().NotificationData.init_from_raw(CALENDAR, raw))


def _package() -> Any:
    try:
        import circuit_maintenance_parser
    except ImportError:
        raise SetupError(
            f"notices of this kind need the extra {EXTRA}: run `pip install 'tellfirst[{EXTRA}]'`; calendars "
            "with X-MAINTNOTE, CSV files and `tellfirst work add` do without it"
        ) from None
    # It logs whole mails, in which addresses stand.
    logging.getLogger("circuit_maintenance_parser").setLevel(logging.CRITICAL)
    return circuit_maintenance_parser


def _with_date(raw: bytes) -> bytes:
    """The package drops a whole mail for want of a subject or a date."""
    message = email.message_from_bytes(raw)
    lacking = [f"{name}: {usual}\n" for name, usual in _USUAL if name not in message]
    return "".join(lacking).encode() + raw


_USUAL = (("Subject", "-"), ("Date", "Thu, 01 Jan 1970 00:00:00 +0000"))


def _works(raw: bytes, file: str, provider: str, parts: Any) -> WorksRead:
    package = _package()
    reader = package.init_provider(provider.lower())
    if reader is None:
        known = ", ".join(known_providers())
        raise Refused("unknown_provider", f"nobody reads the notices of {provider}; known are {known}")
    found = _parsed(reader, parts)
    if not found:
        raise refused(file, [_unread(file, provider)])
    try:
        return statements_of(raw, [_stated(one, provider) for one in _together(found)])
    except RuleBroken as broken:
        raise refused(file, [Mistake(file, 0, str(broken), "ask its sender")]) from None


def _parsed(reader: Any, parts: Any) -> Sequence[Any]:
    """What the first parser makes of it that understands it; nothing when none does.

    Not its own `get_maintenances`: where a certain variable is set, that hands the mail to a language model.
    """
    if reader.exclude_filter_check(parts) or not reader.include_filter_check(parts):
        return []
    for processor in reader._processors:
        try:
            found: Sequence[Any] = processor.process(parts, reader.get_extended_data())
        except Exception:  # noqa: BLE001, S112  # its parsers fail in every way there is
            continue
        return found
    return []


def _unread(file: str, provider: str) -> Mistake:
    cure = "look whether it is a notice of work; if so, take it over with `tellfirst work add`"
    return Mistake(file, 0, f"cannot be read as a notice of {provider}", cure)


def _together(found: Sequence[Any]) -> list[Any]:
    """Each work once: some notices state it anew for each circuit."""
    return list({one.to_json(): one for one in found}.values())


def _stated(one: Any, provider: str) -> StatedWork:
    from circuit_maintenance_parser.output import Status

    hit = {circuit.circuit_id.strip(): IMPACTS[circuit.impact.value] for circuit in one.circuits}
    worst = max(hit.values(), default=Impact.DOWN)
    said = one.status is not Status.NO_CHANGE
    # Where a notice has no sequence, the package writes 1.
    sequence = one.sequence if "ICal" in one._metadata.parsers else UNSAID
    return StatedWork(
        provider=provider,
        external_id=one.maintenance_id.strip(),
        sequence=sequence,
        status=STATUSES[one.status.value] if said else WorkStatus.CONFIRMED,
        window=Window(datetime.fromtimestamp(one.start, UTC), datetime.fromtimestamp(one.end, UTC)),
        objects=tuple(hit),
        impact=worst,
        source=WorkSource.MAIL,
        reason=one.summary.strip(),
        account=one.account.strip(),
        status_is_said=said,
        stamp=datetime.fromtimestamp(one.stamp, UTC) if one.stamp > 0 else None,
        object_impacts=tuple((key, impact) for key, impact in hit.items() if impact is not worst),
        organizer=one.organizer,
    )
