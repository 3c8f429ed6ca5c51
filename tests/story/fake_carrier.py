"""The carrier of the stories; it lives beside the stage that replays share with them."""

from tellfirst.simulator.fake_carrier import INVALID, SILENT, UNREACHABLE, FakeCarrier, Message

__all__ = ["INVALID", "SILENT", "UNREACHABLE", "FakeCarrier", "Message"]
