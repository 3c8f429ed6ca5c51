"""Everything that can go wrong, drawn as one tree.

TellFirstError
  SetupError           wrong before a customer is touched: a setting, playbook, template
  Refused              something from outside is refused: a forged receipt, a body of the wrong shape
    TooOften           it may come again, after `retry_after` seconds
  RuleBroken           the domain says no: a survey before the telling, an illegal transition
  NotFound             no such incident, customer, scenario
  LostRace             another worker did it first; normal and quiet
  CarrierError         carries carrier, code
    TemporaryFailure   nothing was accepted, try later
    PermanentFailure   never again to this contact point
    OutcomeUnknown     perhaps accepted: do not resend, reconcile by reference
"""

from dataclasses import dataclass


class TellFirstError(Exception):
    """The message is one sentence for the person who can mend it."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One fault in a file: where it stands, what is wrong and what to do. Line 0 is the file as a whole."""

    file: str
    line: int
    problem: str
    cure: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.problem} ({self.cure})"


class SetupError(TellFirstError):
    """Configuration or templates are wrong; `mistakes` names each with file, line and cure."""

    def __init__(self, message: str, mistakes: tuple[Mistake, ...] = ()) -> None:
        lines = [message, *(str(mistake) for mistake in mistakes)]
        super().__init__("\n  ".join(lines))
        self.mistakes = mistakes


class Refused(TellFirstError):
    """Bad input from outside; `reason` is a closed word that is counted, `status` the HTTP answer."""

    def __init__(self, reason: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status


class TooOften(Refused):
    """Not now: more than its share was asked for. `retry_after` is in seconds."""

    def __init__(self, reason: str, message: str, retry_after: float) -> None:
        super().__init__(reason, message, 429)
        self.retry_after = retry_after


class RuleBroken(TellFirstError):
    """The rules of the domain forbid what was asked."""


class NotFound(TellFirstError):
    """What was named does not exist."""


class LostRace(TellFirstError):
    """The row moved on before we did: someone else has done this step."""


class CarrierError(TellFirstError):
    """A carrier did not take a message; `code` is the carrier's own word."""

    def __init__(self, carrier: str, code: str, message: str) -> None:
        super().__init__(f"{carrier} answered {code}: {message}")
        self.carrier = carrier
        self.code = code


class TemporaryFailure(CarrierError):
    """Certainly not accepted; may be tried again, not before `retry_after` seconds."""

    def __init__(self, carrier: str, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(carrier, code, message)
        self.retry_after = retry_after


class PermanentFailure(CarrierError):
    """Certainly not accepted and never will be at this contact point."""


class OutcomeUnknown(CarrierError):
    """The answer was lost after the request had left."""
