"""How times stand in the control room: UTC, with a clock beside them that counts down or up."""

from datetime import datetime, timedelta


def face(at: datetime | None, now: datetime) -> str:
    """'16:30:05', with the day where it is another one; empty for no time."""
    if at is None:
        return ""
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%d %b %H:%M}"


def left(at: datetime, now: datetime) -> str:
    """'4 min 10 s left', or '1 h 12 min late'."""
    return f"{spelt(abs(at - now))} {'late' if at < now else 'left'}"


def spelt(span: timedelta) -> str:
    """The two greatest units of a span."""
    seconds = int(span.total_seconds())
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3_600)
    minutes, seconds = divmod(seconds, 60)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
