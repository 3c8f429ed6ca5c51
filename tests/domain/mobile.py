"""A playbook whose spans are all different, so that no rule can take one for another."""

from datetime import timedelta

from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.occasion import Channel
from tellfirst.domain.playbook import Playbook

BOOK = Playbook(
    name="mobile_site_down",
    version="0123456789ab",
    title="Mobile site down",
    service=ServiceKind.MOBILE,
    severity="S2",
    alerts=("CellSiteDown", "AreaMajorOutage"),
    channels=(Channel.SMS, Channel.EMAIL),
    emergency_calls=True,
    next_update_every=timedelta(minutes=30),
    warn_before=timedelta(minutes=5),
    overrun_before=timedelta(minutes=10),
    quiet_for=timedelta(minutes=15),
    receipt_within=timedelta(hours=1),
    survey_after=timedelta(hours=2),
    survey_open_for=timedelta(hours=24),
    survey=True,
)
