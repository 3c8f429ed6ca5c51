"""`tellfirst prove`."""


def prove() -> None:
    """Run crash schedules against the truthful carriers."""
