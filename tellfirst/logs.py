"""Logs that name no customer: numbers, mail addresses and keys are masked, whatever a library writes into them."""

import logging

from tellfirst.domain.masking import mask_within

FORM = "%(levelname)s %(message)s"


class Masked(logging.Formatter):
    """Masks the finished line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        """As the usual one, then masked."""
        return mask_within(super().format(record))


def begin(level: int = logging.WARNING) -> None:
    """Have this process log to standard error, masked. Once; a second time changes nothing."""
    if logging.getLogger().handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(Masked(FORM))
    logging.basicConfig(level=level, handlers=[handler])
