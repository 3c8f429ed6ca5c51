"""Faxes through a gateway that takes them by mail."""

from tellfirst.carriers.fax.fax import Fax
from tellfirst.carriers.fax.settings import FaxSettings

__all__ = ["Fax", "FaxSettings"]
