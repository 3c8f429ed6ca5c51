"""What a life is told before it begins."""

import json
from dataclasses import asdict, dataclass

from tellfirst.proof.account import Account
from tellfirst.proof.schedule import Blow, Meddling, Policy, Strike


@dataclass(frozen=True, slots=True)
class Order:
    """All that a life is told; plain, so that a fresh process can be handed it on its command line."""

    url: str
    folder: str
    account: Account
    seat: int
    skew_seconds: float
    window: int
    chunk_size: int
    concurrency: int
    seed: int
    policy: Policy
    blows: tuple[Blow, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Order":
        told = json.loads(text)
        blows = tuple(
            Blow(
                Strike(one["strike"]),
                one["point"],
                one["nth"],
                Meddling(one["meddling"]) if one["meddling"] else None,
            )
            for one in told["blows"]
        )
        return cls(
            **told | {"account": Account(**told["account"]), "policy": Policy(told["policy"]), "blows": blows}
        )
