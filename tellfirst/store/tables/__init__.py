"""Every table, by who owns it. Keys and constraints make the lies impossible that code could tell.

In the order of the story: network, customers, imports; incidents, announced work, audiences, notices, deliveries,
stops, carriers;
contacts, reviews; and the clock that scenarios step.
"""

from tellfirst.store.tables.accounts import (
    account,
    api_answer,
    api_token,
    audit_entry,
    login_try,
    room_session,
)
from tellfirst.store.tables.affected import affected_question
from tellfirst.store.tables.approvals import approval
from tellfirst.store.tables.audiences import audience, audience_revision, impact_element
from tellfirst.store.tables.base import metadata
from tellfirst.store.tables.carriers import carrier_entry, carrier_standing, sender
from tellfirst.store.tables.clock import stepped_clock
from tellfirst.store.tables.confirmations import confirmation, incident_explanation, source_standing
from tellfirst.store.tables.contacts import contact, contact_answer, contact_file, response
from tellfirst.store.tables.customers import (
    contact_point,
    customer,
    opt_out,
    presence,
    service,
    survey_refusal,
)
from tellfirst.store.tables.deadlines import acknowledgement, deadline, incident_pack, incident_scope
from tellfirst.store.tables.deliveries import UNMET_STATES, anomaly, chunk, delivery, receipt
from tellfirst.store.tables.erasures import erasure, suppression
from tellfirst.store.tables.escalations import escalation
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
from tellfirst.store.tables.links import link_revocation, link_token
from tellfirst.store.tables.mails import contact_mail
from tellfirst.store.tables.network import edge, element, topology
from tellfirst.store.tables.notices import notice, promise, text_source
from tellfirst.store.tables.preferences import preference_change
from tellfirst.store.tables.provoked import provoked_alarm, provoked_text
from tellfirst.store.tables.reviews import review
from tellfirst.store.tables.samples import sample, sample_member, still_out
from tellfirst.store.tables.stops import ledger_mark, stop
from tellfirst.store.tables.ticks import tick
from tellfirst.store.tables.works import circuit, work, work_object, work_statement

__all__ = [
    "UNMET_STATES",
    "account",
    "acknowledgement",
    "affected_question",
    "anomaly",
    "api_answer",
    "api_token",
    "approval",
    "audience",
    "audience_revision",
    "audit_entry",
    "carrier_entry",
    "carrier_standing",
    "chunk",
    "circuit",
    "confirmation",
    "contact",
    "contact_answer",
    "contact_file",
    "contact_mail",
    "contact_point",
    "customer",
    "deadline",
    "delivery",
    "edge",
    "element",
    "erasure",
    "escalation",
    "gap_report",
    "impact_element",
    "import_batch",
    "import_reject",
    "incident",
    "incident_area",
    "incident_element",
    "incident_entry",
    "incident_explanation",
    "incident_pack",
    "incident_scope",
    "ledger_mark",
    "link_revocation",
    "link_token",
    "login_try",
    "metadata",
    "notice",
    "opt_out",
    "preference_change",
    "presence",
    "promise",
    "provoked_alarm",
    "provoked_text",
    "receipt",
    "response",
    "review",
    "room_session",
    "sample",
    "sample_member",
    "sender",
    "service",
    "signal",
    "source_standing",
    "stepped_clock",
    "still_out",
    "stop",
    "suppression",
    "survey_refusal",
    "text_source",
    "tick",
    "topology",
    "word",
    "work",
    "work_object",
    "work_statement",
]
