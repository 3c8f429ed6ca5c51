"""How many of what is measured."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Sizes:
    """Whole numbers of messages, unless said otherwise."""

    rounds: int = 3
    texts: int = 6_000
    stock_texts: int = 600
    prefect_texts: int = 600
    mails: int = 40_000
    stock_mails: int = 60
    booked: int = 30_000
    text_receipts: int = 20_000
    mail_receipts: int = 60_000
    receipts_per_second: int = 5_500
    """Offered: a tenth more than is asked for."""
    many: int = 100_000
    most: int = 1_000_000
    paced: int = 6_000
    pace: int = 800
    """Segments a second that the throttled vendor permits: most texts have two."""
    together: int = 8_000

    @classmethod
    def quick(cls) -> "Sizes":
        """For trying out: targets are not to be judged by it."""
        return cls(
            rounds=1,
            texts=1_000,
            stock_texts=50,
            prefect_texts=30,
            mails=3_000,
            stock_mails=10,
            booked=3_000,
            text_receipts=1_000,
            mail_receipts=5_000,
            receipts_per_second=1_000,
            many=2_000,
            most=6_000,
            paced=800,
            together=2_000,
        )

    def scaled(self, by: float) -> "Sizes":
        """The largest two, by this factor."""
        return replace(self, many=int(self.many * by), most=int(self.most * by))
