"""What becomes of a contact: what it has to do with what goes on, what is answered, and who has to look at it."""

from dataclasses import dataclass
from enum import StrEnum

from tellfirst.domain.contact import ContactKind, Match

OWN_BUSINESS = frozenset({ContactKind.ORDER, ContactKind.SERVICE_REQUEST, ContactKind.INVOICE_QUERY})
"""Not about what works or not, whatever goes on meanwhile."""
ABOUT_TROUBLE = frozenset({ContactKind.INCIDENT_REPORT, ContactKind.COMPLAINT})
ASKED_IF_FIXED = "asked_if_fixed"
"""The reason of a contact whose outage is over, and whose customer was asked whether theirs is fixed."""
A_SENTENCE = 2
"""Words from which on a person can make something of what we could not."""


class Hit(StrEnum):
    """How far an incident that hits the customer is."""

    NONE = "none"
    UNTOLD = "untold"
    """It hits them, and nobody has been told of it yet."""
    TOLD = "told"
    ANNOUNCED = "announced"
    OVER = "over"


class Care(StrEnum):
    """Who has to look at a contact, and when."""

    NOBODY = "nobody"
    QUEUE = "queue"
    WITH_OUTAGE = "with_outage"
    """Its queue keeps it, and it is the outage's until that is over: its time runs from then."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Everything the decision looks at. `kind` is None where nobody is sure."""

    kind: ContactKind | None
    speaks_of_trouble: bool
    word_count: int
    hit: Hit = Hit.NONE
    missed: bool = False
    """What hits them has been told to others, and nobody had counted them."""
    heard_it_is_over: bool = False
    """They were answered before that it is over, and write again."""
    there: bool = False
    """An incident is told of at the place they name; whether it hits them nobody knows."""
    can_be_opened: bool = False
    """We know what the service hangs on that they mean."""


@dataclass(frozen=True, slots=True)
class Handling:
    """`answer` is an AnswerKind; `reason` a closed word, stored with the contact."""

    match: Match
    answer: str
    care: Care
    reason: str


def handle(it: Circumstances) -> Handling:
    """What becomes of a contact.

    1. Who brings business of their own gets an answer to that, also while an outage goes on. 2. Whoever is hit by
    what was told hears the same facts; a complaint about it waits with the outage. 3. What hits them and was not
    told is noted, never told by an answer before the first word. 4. What is over is answered so once; who writes
    again is believed. 5. Nothing known hits them: what they report is opened for them. 6. Whatever is not understood
    goes to a person, unless there is too little of it: then we ask.
    """
    if it.kind in OWN_BUSINESS:
        return Handling(Match.NONE, "queued", Care.QUEUE, "business_of_their_own")
    if handling := _about_what_goes_on(it):
        return handling
    if it.kind is ContactKind.INCIDENT_REPORT and it.can_be_opened:
        return Handling(Match.OPENED, "opened", Care.QUEUE, "nothing_known_hits_them")
    if it.kind is ContactKind.ENQUIRY and it.speaks_of_trouble:
        return Handling(Match.NONE, "none_known", Care.NOBODY, "nothing_known_hits_them")
    if it.kind is None and it.word_count < A_SENTENCE:
        return Handling(Match.NONE, "not_understood", Care.NOBODY, "too_little_to_go_by")
    return Handling(Match.NONE, "queued", Care.QUEUE, "a_person_answers" if it.kind else "unsure")


def _about_what_goes_on(it: Circumstances) -> Handling | None:
    about_trouble = it.kind in ABOUT_TROUBLE or it.speaks_of_trouble
    complains = it.kind is ContactKind.COMPLAINT
    if it.hit is Hit.TOLD:
        return Handling(Match.KNOWN, "known", _care(it, complains), "hits_them")
    if it.missed and about_trouble:
        return Handling(Match.MISSED, "known", _care(it, complains), "hits_them_uncounted")
    if it.hit is Hit.UNTOLD and about_trouble:
        return Handling(Match.KNOWN, "noted", Care.QUEUE, "hits_them_untold")
    if it.hit is Hit.OVER and complains:
        return Handling(Match.OVER, "queued", Care.QUEUE, "complains_after_it")
    if it.hit is Hit.OVER and not (it.heard_it_is_over and it.kind is ContactKind.INCIDENT_REPORT):
        return Handling(Match.OVER, "restored_recently", Care.NOBODY, "was_over")
    if it.there and about_trouble and not complains:
        return Handling(Match.KNOWN, "known", Care.NOBODY, "at_the_place_they_name")
    if it.hit is Hit.ANNOUNCED and it.kind not in ABOUT_TROUBLE:
        return Handling(Match.ANNOUNCED, "announced", Care.NOBODY, "will_hit_them")
    return None


def _care(it: Circumstances, complains: bool) -> Care:
    if complains:
        return Care.WITH_OUTAGE
    understood = it.kind is not None or it.speaks_of_trouble or it.word_count < A_SENTENCE
    return Care.NOBODY if understood else Care.QUEUE
