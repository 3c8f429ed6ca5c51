"""Watch: ask the monitors how things stand, because what they send is not all they know; and look into the mailboxes
that customers write to."""

from prefect import flow

from tasks.refs import Counted
from tasks.watch import ask_source, due, look_into, mailboxes


@flow(name="watch", persist_result=False)
def watch() -> Counted:
    """Ask every source that is due: what was silenced, cut off or lost, what vanished, and what is really over. Then
    look into each mailbox, after all that could be an outage."""
    answered = [ask_source(name) for name in due()]
    looked = [look_into(name) for name in mailboxes()]
    counts = {"asked": len(answered), "silent": answered.count("silent")}
    return Counted(reason="watched", counts=counts | ({"mailboxes": len(looked)} if looked else {}))
