"""Answers over the Messages resource."""

from tellfirst.carriers.answering import Written
from tellfirst.carriers.port import Outcome
from tellfirst.carriers.twilio.api import FAILURES, how_it_ended, how_it_was_taken
from tellfirst.carriers.twilio.messages import Messages


async def answered(messages: Messages, written: Written, to: str) -> Outcome:
    """How handing over one answer ended."""
    try:
        made = await messages.answer(to, written.text)
    except FAILURES as failure:
        return how_it_ended(written.answer_id, failure)
    return how_it_was_taken(written.answer_id, to, made)
