"""Fax as the contract of mail sees it: the same relay, a gateway's mailbox for every number."""

from typing import Any

import pytest
from smtp_house import MAIL, SmtpHouse, relay_settings

from tellfirst.carriers.fax import Fax, FaxSettings

features = pytest.importorskip("PIL.features", reason="pages are drawn with Pillow (the extra `fax`)")
GATEWAY = "{number}@fax.example"


def can_draw() -> bool:
    """Whether letters can be shaped on this machine; libfribidi comes from the system."""
    return bool(features.check("raqm") and features.check("fribidi"))


class FaxHouse(SmtpHouse):
    name = "fax"

    def __init__(self) -> None:
        if not can_draw():
            pytest.skip("no libfribidi on this machine: pages in Urdu cannot be drawn")

    def address(self, number: int) -> str:
        return f"+9140987{number:05d}"

    def mailbox(self, number: int) -> str:
        return f"{self.address(number)[1:]}@fax.example"

    def settings(self, port: int, timeout: float = 5.0, **relay: Any) -> FaxSettings:
        return FaxSettings(relay_settings(port, timeout, **relay), MAIL, GATEWAY)

    def carrier(self, port: int | str, timeout: float = 5.0, **relay: Any) -> Fax:
        return Fax(self.settings(port if isinstance(port, int) else 9, timeout, **relay))
