"""Every table, by who owns it. Keys and constraints make the lies impossible that code could tell.

In the order of the story: network, customers, imports; incidents, announced work, audiences, notices, deliveries,
stops, carriers;
contacts, reviews; and the clock that scenarios step.
"""

from tellfirst.store.tables.approvals import approval
from tellfirst.store.tables.audiences import audience, audience_revision, impact_element
from tellfirst.store.tables.base import metadata
from tellfirst.store.tables.carriers import carrier_entry, carrier_standing, sender
from tellfirst.store.tables.clock import stepped_clock
from tellfirst.store.tables.contacts import contact, response
from tellfirst.store.tables.customers import (
    contact_point,
    customer,
    opt_out,
    presence,
    service,
    survey_refusal,
)
from tellfirst.store.tables.deliveries import UNMET_STATES, anomaly, chunk, delivery, receipt
from tellfirst.store.tables.gap_reports import gap_report
from tellfirst.store.tables.imports import import_batch, import_reject
from tellfirst.store.tables.incidents import (
    incident,
    incident_area,
    incident_element,
    incident_entry,
    signal,
    word,
)
from tellfirst.store.tables.network import edge, element, topology
from tellfirst.store.tables.notices import notice, promise
from tellfirst.store.tables.reviews import review
from tellfirst.store.tables.stops import ledger_mark, stop
from tellfirst.store.tables.ticks import tick
from tellfirst.store.tables.works import work, work_object, work_statement

__all__ = [
    "UNMET_STATES",
    "anomaly",
    "approval",
    "audience",
    "audience_revision",
    "carrier_entry",
    "carrier_standing",
    "chunk",
    "contact",
    "contact_point",
    "customer",
    "delivery",
    "edge",
    "element",
    "gap_report",
    "impact_element",
    "import_batch",
    "import_reject",
    "incident",
    "incident_area",
    "incident_element",
    "incident_entry",
    "ledger_mark",
    "metadata",
    "notice",
    "opt_out",
    "presence",
    "promise",
    "receipt",
    "response",
    "review",
    "sender",
    "service",
    "signal",
    "stepped_clock",
    "stop",
    "survey_refusal",
    "tick",
    "topology",
    "word",
    "work",
    "work_object",
    "work_statement",
]
