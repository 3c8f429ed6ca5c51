"""Watch: ask the monitors how things stand, because what they send is not all they know."""

from prefect import flow

from tasks.refs import Counted
from tasks.watch import ask_source, due


@flow(name="watch", persist_result=False)
def watch() -> Counted:
    """Ask every source that is due: what was silenced, cut off or lost, what vanished, and what is really over."""
    answered = [ask_source(name) for name in due()]
    return Counted(reason="watched", counts={"asked": len(answered), "silent": answered.count("silent")})
