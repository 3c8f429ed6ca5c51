"""Why an incident hurts a customer or does not, and why they were not told: closed reasons, each with its sentence."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Standing(StrEnum):
    """How a customer stands to an incident."""

    AFFECTED = "affected"
    AT_RISK = "at_risk"
    BACK = "back"
    WRONGLY_TOLD = "wrongly_told"
    NOT_AFFECTED = "not_affected"
    NOT_MATCHED = "not_matched"
    """Nobody's standing is known: the incident has no audience yet."""


STANDINGS = {
    Standing.AFFECTED: "{customer} is affected by {incident}",
    Standing.AT_RISK: "{customer} is only at risk in {incident}",
    Standing.BACK: "{customer} was affected by {incident} and is back",
    Standing.WRONGLY_TOLD: "{customer} was told wrongly of {incident}",
    Standing.NOT_AFFECTED: "{customer} is not affected by {incident}",
    Standing.NOT_MATCHED: "{customer}: nobody is matched yet in {incident}",
}


class Reason(StrEnum):
    """A rule of the matching, as it came out for one customer. Of several the first here tells most."""

    CUSTOMER_NOT_ACTIVE = "customer_not_active"
    REACHED_WRONGLY = "reached_wrongly"
    NO_LONGER_REACHED = "no_longer_reached"
    SERVICE_HIT = "service_hit"
    HOME_CELL_HIT = "home_cell_hit"
    SEEN_IN_HIT_CELL = "seen_in_hit_cell"
    LIVES_INSIDE = "lives_inside"
    HAS_AREA_CODE = "has_area_code"
    ELEMENT_INSIDE = "element_inside"
    STAYS_WITH_SHARED_CONTACT = "stays_with_shared_contact"
    RECORDS_CHANGED = "records_changed"
    CAUSE_OVER = "cause_over"
    CAUSE_WITHDRAWN = "cause_withdrawn"
    ONLY_AT_RISK = "only_at_risk"
    SERVICE_SUSPENDED = "service_suspended"
    SERVICE_ENDED = "service_ended"
    SERVICE_NOT_YET_VALID = "service_not_yet_valid"
    SERVICE_NO_LONGER_VALID = "service_no_longer_valid"
    NO_MOBILE_SERVICE = "no_mobile_service"
    SEEN_TOO_LONG_AGO = "seen_too_long_ago"
    NO_SERVICE_OF_KIND = "no_service_of_kind"
    AREA_WITHDRAWN = "area_withdrawn"
    AREA_OVER = "area_over"
    OUTSIDE_AREA = "outside_area"
    LOCATION_NOT_KNOWN = "location_not_known"
    NOTHING_ABOVE = "nothing_above"
    NO_SERVICE = "no_service"
    REGISTERED_IN_HIT_DISTRICT = "registered_in_hit_district"


HITTING = frozenset(
    {
        *(Reason.SERVICE_HIT, Reason.HOME_CELL_HIT, Reason.SEEN_IN_HIT_CELL),
        *(Reason.LIVES_INSIDE, Reason.HAS_AREA_CODE, Reason.ELEMENT_INSIDE),
    }
)
"""Reasons by which a customer belongs to the audience."""

SENTENCES = {
    Reason.CUSTOMER_NOT_ACTIVE: "the customer is {status}; only active customers are matched",
    Reason.SERVICE_HIT: "{service} hangs on {element}, which {was} {impact}",
    Reason.HOME_CELL_HIT: "their home cell is {element}, which {was} {impact}",
    Reason.SEEN_IN_HIT_CELL: (
        "they were seen in {element} at {seen}, {before} before the matching; that counts for {limit}, "
        "and it {was} {impact}"
    ),
    Reason.LIVES_INSIDE: "they live inside {area}, which {was} {impact}",
    Reason.HAS_AREA_CODE: "their area code {code} is one of {area}, which {was} {impact}",
    Reason.ELEMENT_INSIDE: (
        "uncertain: {location}, so they are matched by the element: {element} stands inside {area}, "
        "which {was} {impact}"
    ),
    Reason.STAYS_WITH_SHARED_CONTACT: (
        "their own service may be back; nobody behind one contact point is told so before all of them are"
    ),
    Reason.REACHED_WRONGLY: (
        "revision {revision} reached them through {element}{because}, which was withdrawn at {at}: "
        "it was never part of it"
    ),
    Reason.NO_LONGER_REACHED: (
        "revision {revision} reached them through {element}{because}; by the records since then "
        "nothing of theirs was ever hit"
    ),
    Reason.RECORDS_CHANGED: (
        "by today's records {thing} is {impact}, but revision {revision} of {at} did not reach them: "
        "the records or the causes changed since, and the next matching decides"
    ),
    Reason.CAUSE_OVER: (
        "by today's records {thing} was {impact} until {until}, but no matching before that reached them: "
        "the records changed since"
    ),
    Reason.ONLY_AT_RISK: "{thing} {was} at most {impact}, and this playbook tells from {tell_from} on",
    Reason.SERVICE_SUSPENDED: "{service} would be {impact}, but the service is suspended",
    Reason.SERVICE_ENDED: "{service} would be {impact}, but the service is {status}{ended}",
    Reason.SERVICE_NOT_YET_VALID: "{service} would be {impact}, but the service begins only at {valid_from}",
    Reason.SERVICE_NO_LONGER_VALID: (
        "{service} would be {impact}, but the service was over at {valid_to}, before the incident began"
    ),
    Reason.NO_MOBILE_SERVICE: "{thing} is {impact}, but none of their mobile services runs",
    Reason.SEEN_TOO_LONG_AGO: (
        "they were seen in {element} at {seen}, {before} before the matching; only {limit} count"
    ),
    Reason.NO_SERVICE_OF_KIND: "they belong to {area}, but have no running {kind} service, which it hits",
    Reason.CAUSE_WITHDRAWN: "{thing} hangs below {cause}, which was withdrawn at {at}: it was never part of it",
    Reason.AREA_WITHDRAWN: "they belong to {area}, which was withdrawn at {at}: it was never part of it",
    Reason.AREA_OVER: "they belong to {area}, which was verified to be back at {at}",
    Reason.OUTSIDE_AREA: "they are outside {area}{distance}",
    Reason.LOCATION_NOT_KNOWN: ("{location}, and nothing that their services hang on stands inside {area}"),
    Reason.NOTHING_ABOVE: "{thing} hangs on {element}{above}; none of that is a cause",
    Reason.NO_SERVICE: "they have no service at all",
    Reason.REGISTERED_IN_HIT_DISTRICT: (
        "they are registered in the district {district}, where {affected} of {registered} customers are "
        "affected"
    ),
}


class Untold(StrEnum):
    """Why somebody who belongs to the books has had no first word."""

    BELOW_TELL_FROM = "below_tell_from"
    HELD = "held"
    WAITS_FOR_APPROVAL = "waits_for_approval"
    NOT_YET_SAID = "not_yet_said"
    NEVER_SAID = "never_said"


UNTOLD = {
    Untold.BELOW_TELL_FROM: "not told: this playbook tells from {tell_from} on",
    Untold.HELD: "not told yet: the incident is held ({held})",
    Untold.WAITS_FOR_APPROVAL: "not told yet: so large an audience waits for approval",
    Untold.NOT_YET_SAID: "not told yet: the first word is about to be made",
    Untold.NEVER_SAID: "was never told of it, and has nothing to be told any more",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason with its sentence filled in: references, times and counts, never a contact point."""

    reason: Reason
    sentence: str

    @classmethod
    def of(cls, reason: Reason, **values: object) -> "Finding":
        """Raises KeyError when the sentence names a value that is not given."""
        return cls(reason, SENTENCES[reason].format(**values))


def most_telling_first(findings: list[Finding]) -> list[Finding]:
    """In the order of `Reason`; equals stay as they were."""
    order = list(Reason)
    return sorted(findings, key=lambda one: order.index(one.reason))


def spelt(span: timedelta) -> str:
    """A span as people say it, to the minute: `2 h 10 min`, `3 d 4 h`, `less than a minute`."""
    minutes = int(span.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{minutes} min" if minutes else "less than a minute"
