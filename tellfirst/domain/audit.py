"""What is audited: every act, and every look at customers; by whom and through which entrance."""

from dataclasses import dataclass
from enum import StrEnum


class Through(StrEnum):
    """Where somebody acted or looked."""

    ROOM = "room"
    API = "api"
    CLI = "cli"


class Audited(StrEnum):
    """What was done. Looks are at customers; counts may be seen unaudited."""

    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    LOGIN_REFUSED = "login_refused"
    ACCOUNT_ADDED = "account_added"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of an act
    ROLES_CHANGED = "roles_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    TOKEN_MADE = "token_made"  # noqa: S105  # the name of an act
    TOKEN_REVOKED = "token_revoked"  # noqa: S105  # the name of an act

    LOOKED_AT_UNTOLD = "looked_at_untold"
    LOOKED_AT_CONTACTS = "looked_at_contacts"
    LOOKED_AT_CONTACT = "looked_at_contact"
    LOOKED_AT_CUSTOMER = "looked_at_customer"
    LOOKED_AT_AUDIT = "looked_at_audit"

    CONTACT_BROUGHT = "contact_brought"
    CONTACT_TAKEN = "contact_taken"
    CONTACT_ANSWERED = "contact_answered"
    CONTACT_PASSED_ON = "contact_passed_on"
    CONTACT_CLOSED = "contact_closed"

    OPENED = "opened_incident"
    APPROVED = "approved"
    DECLINED = "declined"
    STOPPED = "stopped"
    LIFTED = "lifted"
    SAID = "said"
    RESTORED = "declared_restored"
    ACKNOWLEDGED = "acknowledged"
    WITHDREW = "withdrew"
    RETRIED = "looked_again"
    NOTICE_RESUMED = "notice_resumed"
    NOTICE_CANCELLED = "notice_cancelled"
    PLAYBOOK_ADOPTED = "playbook_adopted"
    EXEMPTED = "exempted"
    DECLARED_BOUND = "declared_bound"
    FULFILLED = "fulfilled"
    WORK_STATED = "work_stated"
    WORK_RESOLVED = "work_resolved"
    CIRCUIT_NAMED = "circuit_named"
    WORK_STARTED = "work_started"
    WORK_COMPLETED = "work_completed"
    WORK_EXTENDED = "work_extended"
    WORK_CANCELLED = "work_cancelled"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by the name of their account."""

    name: str
    through: Through
