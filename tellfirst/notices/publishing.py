"""Publish: the page's word is renewed, without a message to anybody."""

from dataclasses import replace

from sqlalchemy import Connection, insert

from tellfirst.delivery.planning import Plan
from tellfirst.domain.audience import Whom
from tellfirst.domain.occasion import Occasion, Reach
from tellfirst.domain.promise import PromiseKind
from tellfirst.notices.kept import keep
from tellfirst.notices.speaking import Spoken, Voice, facts_of, page_word_at
from tellfirst.notices.words import Words
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.timelines import promises


def publish(connection: Connection, reference: str, reason: str, voice: Voice) -> Spoken | None:
    """Say where customers look what is known now, and by when there is more. None when nobody waits for it.

    It is a notice without deliveries: nobody is told by it, and what was promised by text stays owed.
    """
    it = incidents.held(connection, reference)
    assert it.playbook is not None, "an incident without a playbook has promised nothing"
    if promises.next_page_word_due.run(connection, incident_id=it.id).scalar() is None:
        return None
    owed = promises.open_promises(connection, it.id)
    stated = facts_of(connection, it, Occasion.UPDATE, Whom.EVERYONE, Words(), voice)
    # Where a newer playbook has no rhythm for the page, it goes on at that of the texts until one of them speaks.
    page_at = page_word_at(it, voice.now) or voice.now + it.playbook.next_update_every
    facts = replace(
        stated.as_of(voice.now), next_update_at=owed.get(PromiseKind.NEXT_UPDATE), next_page_update_at=page_at
    )
    published = connection.execute(
        insert(t.notice)
        .values(
            incident_id=it.id,
            sequence=facts.sequence,
            occasion=Occasion.UPDATE,
            whom=Whom.EVERYONE,
            reach=Reach.PULL,
            reason=reason,
            holding=True,
            facts=facts.to_json(),
            template_version=voice.version(it.playbook.folder(Occasion.UPDATE)),
            audience_revision=it.audience_revision,
            author=Words().author,
            created_at=voice.now,
            spoken_at=voice.now,
            next_update_at=page_at,
            estimate_at=facts.estimate_at,
        )
        .returning(t.notice.c.id)
    ).scalar_one()
    folder = it.playbook.folder(Occasion.UPDATE)
    keep(connection, voice.version(folder), lambda: voice.texts(folder))
    promises.settle_page(connection, it.id, published, voice.now)
    promises.make(connection, it.id, published, PromiseKind.PAGE_UPDATE, page_at, voice.now)
    incidents.note(connection, it.id, voice.now, "notice", reason, reach=Reach.PULL, sequence=facts.sequence)
    return Spoken(
        published, facts.sequence, Occasion.UPDATE, Plan(0, 0, 0), facts.next_update_at, facts.estimate_at
    )
