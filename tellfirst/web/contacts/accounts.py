"""The carriers' accounts behind the doors of customers."""

from tellfirst.bootstrap import World
from tellfirst.carriers.twilio import Listening
from tellfirst.domain.errors import Refused


def listening(here: World, carrier: str) -> Listening:
    """The Twilio account behind a door. Raises Refused (404)."""
    listener = here.fleet.listener(carrier)
    if not isinstance(listener, Listening):
        raise Refused("no_such_carrier", "no carrier of this name brings texts or calls from customers", 404)
    return listener
