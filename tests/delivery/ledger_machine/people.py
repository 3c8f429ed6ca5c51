"""What people do: customers who want no more, and a company that stops, says a new word, ends it and asks."""

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import func, insert, select

from ledger_machine.hands import Hands
from tellfirst.detect.causes import clear_cause
from tellfirst.domain.delivery import StopEffect
from tellfirst.domain.errors import LostRace
from tellfirst.domain.facts import Cause
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.following import follow_up
from tellfirst.notices.words import say
from tellfirst.proof import town
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.surveys.asking import ask

RARELY = st.integers(1, 12)
IT = 9
"""Not the smallest: Hypothesis likes those."""


class People(Hands):
    """Rare, most of it: a stop ends all the rest."""

    @rule(customer=st.integers(1, town.FEW), chance=RARELY)
    def opt_out(self, customer: int, chance: int) -> None:
        if chance != IT:
            return
        a = t.audience.c
        with writing(self.bench.engine) as connection:
            row = connection.execute(select(a.channel, a.address).where(a.customer_id == customer)).one()
            known = connection.scalar(select(func.count()).where(t.opt_out.c.address == row.address))
            if not known:
                values = {
                    "channel": row.channel,
                    "address": row.address,
                    "at": self.bench.now(),
                    "source": "reply",
                }
                connection.execute(insert(t.opt_out).values(**values))

    @rule(chance=RARELY)
    def stop(self, chance: int) -> None:
        if chance != IT:
            return
        values = {"effect": StopEffect.CANCEL, "reason": "test", "actor": "asha", "at": self.bench.now()}
        with writing(self.bench.engine) as connection:
            connection.execute(insert(t.stop).values(**values))

    @rule(chance=RARELY)
    def new_update(self, chance: int) -> None:
        if chance % 3:
            return
        due = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
        with writing(self.bench.engine) as connection:
            it = incidents.by_reference(connection, town.REFERENCE)
            if it.verified_at or it.stage == "surveyed":
                return
            say(connection, town.REFERENCE, author="asha", now=self.bench.now(), cause=Cause.FIBRE_CUT)
            follow_up(connection, town.REFERENCE, due, self.bench.voice())

    @rule(chance=RARELY)
    def resolve(self, chance: int) -> None:
        if chance != IT:
            return
        due = Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED)
        with writing(self.bench.engine) as connection:
            it = incidents.by_reference(connection, town.REFERENCE)
            if it.verified_at:
                return
            gone_at = self.bench.now() - town.QUIET_FOR
            clear_cause(connection, it.id, town.SITE, gone_at, reason="engineer_says_so", actor="asha")
            follow_up(connection, town.REFERENCE, due, self.bench.voice())

    @rule()
    def survey(self) -> None:
        with writing(self.bench.engine) as connection:
            try:
                ask(connection, town.REFERENCE, self.bench.voice())
            except LostRace:
                connection.rollback()
