"""One row per affected customer: when they were told, when they asked, when we asked them."""

import pandas as pd

from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import TOLD_BY, Channel, Occasion
from tellfirst.review.frames import Frames

NOT_PLANNED = "no_first_word_planned"
NOT_SENT_YET = "not_sent_yet"
UNDELIVERED = "undelivered"
NEVER_LEFT = (DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.CANCELLED)


def members(frames: Frames) -> pd.DataFrame:
    """Indexed by customer, with the columns told_at, told_over_at, contacted_at, surveyed_at (NaT: never),
    surveyed, reachable, told_first and untold_reason (None for who was told).

    A customer who shares a contact point was told when the one was who carries the message for it. Who of
    them wrote from there cannot be known, so a contact counts for everybody behind the contact point.
    """
    table = frames.audience.set_index("customer_id")
    # Who was not reached on one channel has a row for each that was tried: the last says how it ended.
    words = _of(frames, *TOLD_BY).drop_duplicates("customer_id", keep="last")
    first = words.set_index("customer_id")
    table["state"] = first["state"].reindex(table.index)
    table["reason"] = first["reason"].reindex(table.index)
    table["told_at"] = _heard_at(frames, table, *TOLD_BY)
    table["told_over_at"] = _heard_at(frames, table, Occasion.RESTORED)
    table["contacted_at"] = _contacted_at(frames, table)
    asked = _of(frames, Occasion.SURVEY)
    asked = asked[~asked["state"].isin(NEVER_LEFT)]
    table["surveyed"] = table.index.isin(asked["customer_id"])
    table["surveyed_at"] = _earliest(asked).reindex(table.index)
    opted_out = table["reason"] == DeliveryReason.OPTED_OUT
    table["reachable"] = (table["channel"] != Channel.NONE) & ~opted_out
    table["told_first"] = _before(table["told_at"], table["contacted_at"]) & _before(
        table["told_at"], table["surveyed_at"]
    )
    table["untold_reason"] = _untold_reason(table)
    return table


def _of(frames: Frames, *occasions: Occasion) -> pd.DataFrame:
    return frames.deliveries[frames.deliveries["occasion"].isin(occasions)]


def _earliest(deliveries: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """Per customer the first hand-over. One whose answer stayed lost counts from when we stopped waiting."""
    at = deliveries["handed_over_at"].fillna(deliveries["final_at"])
    return at.groupby(deliveries["customer_id"]).min()


def _heard_at(frames: Frames, table: pd.DataFrame, *occasions: Occasion) -> "pd.Series[pd.Timestamp]":
    rows = _of(frames, *occasions)
    own = _earliest(rows[rows["state"].isin(HANDED_OVER)])
    through = _keepers(rows).reindex(table.index)
    return own.reindex(table.index).fillna(own.reindex(through).set_axis(table.index))


def _keepers(deliveries: pd.DataFrame) -> "pd.Series[int]":
    """By customer: who carries the messages for them, of those who share their contact point with others."""
    covered = deliveries[deliveries["covered_by"].notna()].drop_duplicates("customer_id")
    return covered.set_index("customer_id")["covered_by"]


def _contacted_at(frames: Frames, table: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    behind = _keepers(frames.deliveries).reindex(table.index).fillna(table.index.to_series())
    contacts = frames.contacts
    point = behind.reindex(contacts["customer_id"]).set_axis(contacts.index)
    earliest = contacts["received_at"].groupby(point).min()
    return earliest.reindex(behind).set_axis(table.index)


def _before(told_at: "pd.Series[pd.Timestamp]", other_at: "pd.Series[pd.Timestamp]") -> "pd.Series[bool]":
    return told_at.notna() & (other_at.isna() | (told_at < other_at))


def _untold_reason(table: pd.DataFrame) -> "pd.Series[str]":
    reason = table["reason"].where(~table["state"].isin(UNSETTLED), NOT_SENT_YET)
    reason = reason.where(table["state"] != DeliveryState.UNDELIVERED, UNDELIVERED)
    reason = reason.where(table["state"].notna(), NOT_PLANNED)
    return reason.where(table["told_at"].isna(), None)
