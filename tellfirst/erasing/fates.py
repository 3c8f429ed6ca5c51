"""What becomes of each table. Whoever adds one says it here; a test asks for it.

A table that nobody has spoken for is treated with care: rows that point to the customer, or to what is theirs, are
removed, and mentions elsewhere are replaced.
"""

from collections.abc import Mapping

from tellfirst.domain.erasing import Fate

OWN: Mapping[str, Fate] = {
    "contact_file": Fate.REMOVED,
    "contact_mail": Fate.REMOVED,
    "affected_question": Fate.REMOVED,
    "contact_answer": Fate.EMPTIED,
    "contact": Fate.EMPTIED,
    "response": Fate.EMPTIED,
    "receipt": Fate.REMOVED,
    "anomaly": Fate.EMPTIED,
    "delivery": Fate.EMPTIED,
    "audience": Fate.EMPTIED,
    "service": Fate.REMOVED,
    "presence": Fate.REMOVED,
    "contact_point": Fate.REMOVED,
    "survey_refusal": Fate.REMOVED,
    "link_token": Fate.REMOVED,
    "link_revocation": Fate.REMOVED,
    "preference_change": Fate.REMOVED,
    "opt_out": Fate.REMOVED,
    "customer": Fate.EMPTIED,
}
"""Theirs; erasing/emptying.py does it, in this order."""

SWEPT = frozenset(
    {
        *("incident_entry", "incident", "signal", "word", "notice", "review", "gap_report", "import_reject"),
        *(
            "import_batch",
            "approval",
            "stop",
            "escalation",
            "acknowledgement",
            "incident_pack",
            "incident_area",
        ),
        *("incident_scope", "deadline", "promise", "carrier_entry", "carrier_standing", "source_standing"),
        *("confirmation", "work", "work_object", "work_statement", "circuit", "contact_answer", "contact"),
        *("contact_file", "response", "element", "api_answer"),
    }
)
"""Written by people, monitors and providers, who may have named anybody in it."""

NUMBERS_ALONE: Mapping[str, str] = {
    "audience_revision": "counts of a revision",
    "impact_element": "elements of the network",
    "incident_element": "elements of the network",
    "incident_explanation": "elements of the network",
    "edge": "elements of the network",
    "topology": "the network, compiled",
    "chunk": "leases of parts of a notice",
    "text_source": "our own texts, before anything was put into them",
    "sender": "moments on the line of a carrier",
    "ledger_mark": "one number",
    "stepped_clock": "one time",
    "tick": "one time",
    "sample": "how many were asked",
    "sample_member": "who was asked, by a number that leads to nobody any more",
    "still_out": "who said so, by a number that leads to nobody any more",
    "account": "staff",
    "room_session": "staff",
    "api_token": "staff",
    "login_try": "names of accounts that somebody tried, and addresses, as hashes",
    "audit_entry": "who looked and did, and at whom by a number that leads to nobody any more",
    "erasure": "counts of an erasure",
    "suppression": "what keeps them from coming back",
    "provoked_text": "hashes, beginnings of numbers, countries",
    "provoked_alarm": "beginnings of numbers, countries",
}
"""Nothing there is anybody's, and why."""

DECLARED = frozenset({*OWN, *SWEPT, *NUMBERS_ALONE})
