"""An incident in Kukatpally, as a fact record: what texts, calls and posts are tried with."""

from datetime import UTC, datetime

from tellfirst.domain.facts import Action, Cause, FactRecord, ServiceKind

FACTS = FactRecord(
    reference="INC-2026-0007",
    sequence=1,
    company="Deccan Mobile",
    service=ServiceKind.MOBILE,
    place="Kukatpally",
    started_at=datetime(2026, 11, 22, 3, 37, tzinfo=UTC),
    cause=Cause.FIBRE_CUT,
    action=Action.REPAIRING,
    emergency_calls=False,
    contact="198",
    page="https://status.example",
    stated_at=datetime(2026, 11, 22, 3, 50, tzinfo=UTC),
    next_update_at=datetime(2026, 11, 22, 4, 10, tzinfo=UTC),
)
