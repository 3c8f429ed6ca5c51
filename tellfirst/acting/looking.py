"""With which texts and prices a look is made, before anything is said."""

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from tellfirst.bootstrap import World

if TYPE_CHECKING:
    from tellfirst.review.estimating import Prices
    from tellfirst.review.previewing import Speaker

# What previews needs numpy and shapely: they would cost the start of every command and every web process.


def prices(here: World) -> "Prices":
    """What messages cost, as it is set."""
    from tellfirst.review.estimating import Prices

    settings = here.settings
    return Prices(settings.sms_segment_price, settings.mail_price, settings.currency)


def speaker(here: World, connection: Connection) -> "Speaker":
    """Who would speak, and over which carriers."""
    from tellfirst.review.previewing import Speaker

    return Speaker(here.templates, here.house, prices(here), here.senders(connection))
