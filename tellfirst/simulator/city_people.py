"""The customers of the seeded city: households on sites, with the oddities real customer lists have."""

from datetime import UTC, datetime, timedelta
from random import Random

from tellfirst.domain.occasion import Channel
from tellfirst.simulator.city_network import AREAS, Row, Site
from tellfirst.simulator.city_phones import PhoneBook, mail_address

ZONE = "Asia/Kolkata"
LANGUAGES = {"te": 46, "en": 24, "ur": 22, "ms": 8}
WISHES = {Channel.SMS.value: 72, Channel.EMAIL.value: 22, None: 6}
SHARED_HOUSEHOLDS = 0.006
"""Share of households of two or three with one phone; about 1.5 % of customers live in them."""
NEITHER, NO_PHONE, NO_EMAIL = 0.007, 0.013, 0.193
OPTED_OUT, LIFE_SUPPORT, CHURNED, SECOND_SERVICE, SUSPENDED = 0.008, 0.006, 0.03, 0.08, 0.004
OPT_OUTS_SINCE = datetime(2026, 1, 1, tzinfo=UTC)

SPECIAL_AREAS = {area.label for area in AREAS[:2]}
SPECIAL_ENDINGS = ("0404", "0406", "0211", "0003", "0429")
BOUNCING = "bounce"
SPECIAL_COUNT = len(SPECIAL_ENDINGS) + 1
"""On every site of the special areas there is one customer of each fate, so that any site shows them all."""


class Settlers:
    """Fills three tables, site by site. All chance comes from one generator, in one order."""

    def __init__(self, rng: Random, sites: list[Site]) -> None:
        self.customers: list[Row] = []
        self.services: list[Row] = []
        self.opt_outs: list[Row] = []
        self._rng = rng
        self._phones = PhoneBook(rng)
        self._sites = sites

    def settle(self, site: Site, count: int) -> None:
        """Exactly `count` more customers, whose mobile service hangs on `site`."""
        full_at = len(self.customers) + count
        if site.area.label in SPECIAL_AREAS:
            self._settle_special(site)
        while (room := full_at - len(self.customers)) > 0:
            self._settle_household(site, room)

    def _settle_special(self, site: Site) -> None:
        for ending in SPECIAL_ENDINGS:
            self._add(site, phone=self._phones.draw(ending), email=None, wish=Channel.SMS.value)
        address = mail_address(self._rng, self._next_id(), BOUNCING)
        self._add(site, phone=self._phones.draw(), email=address, wish=Channel.EMAIL.value)

    def _settle_household(self, site: Site, room: int) -> None:
        shared = self._happens(SHARED_HOUSEHOLDS) and room > 1
        if not shared:
            phone, email = self._contact_points()
            self._settle_ordinary(site, phone, email)
            return
        phone = self._phones.draw()
        for _ in range(min(self._rng.choice((2, 3)), room)):
            email = None if self._happens(NO_EMAIL) else mail_address(self._rng, self._next_id())
            self._settle_ordinary(site, phone, email)

    def _contact_points(self) -> tuple[str | None, str | None]:
        drawn = self._rng.random()
        has_phone = drawn >= NEITHER + NO_PHONE
        has_email = drawn >= NEITHER + NO_PHONE + NO_EMAIL or NEITHER <= drawn < NEITHER + NO_PHONE
        phone = self._phones.draw() if has_phone else None
        return phone, mail_address(self._rng, self._next_id()) if has_email else None

    def _settle_ordinary(self, site: Site, phone: str | None, email: str | None) -> None:
        # A customer who left may keep an active service in the books: real lists do, and nobody must be told.
        customer_id = self._add(
            site,
            phone=phone,
            email=email,
            wish=self._rng.choices(list(WISHES), list(WISHES.values()))[0],
            status="churned" if self._happens(CHURNED) else "active",
            priority=int(self._happens(LIFE_SUPPORT)),
            service_status="suspended" if self._happens(SUSPENDED) else "active",
        )
        if self._happens(SECOND_SERVICE):
            elsewhere = self._rng.choice([one for one in self._sites if one != site])
            self._add_service(customer_id, elsewhere, "suspended" if self._happens(SUSPENDED) else "active")
        if phone and self._happens(OPTED_OUT):
            self._opt_out(phone)

    def _add(
        self,
        site: Site,
        *,
        phone: str | None,
        email: str | None,
        wish: str | None,
        status: str = "active",
        priority: int = 0,
        service_status: str = "active",
    ) -> int:
        customer_id = self._next_id()
        row = {
            "id": customer_id,
            "reference": f"C{customer_id:06d}",
            "status": status,
            "language": self._rng.choices(list(LANGUAGES), list(LANGUAGES.values()))[0],
            "zone": ZONE,
            "priority": priority,
            "phone": phone,
            "email": email,
            "wish": wish,
        }
        self.customers.append(row)
        self._add_service(customer_id, site, service_status)
        return customer_id

    def _add_service(self, customer_id: int, site: Site, status: str) -> None:
        self.services.append(
            {"customer_id": customer_id, "kind": "mobile", "element_id": site.element_id, "status": status}
        )

    def _opt_out(self, phone: str) -> None:
        if any(row["address"] == phone for row in self.opt_outs):
            return
        at = OPT_OUTS_SINCE + timedelta(minutes=self._rng.randrange(300 * 24 * 60))
        self.opt_outs.append({"channel": Channel.SMS.value, "address": phone, "at": at, "source": "city"})

    def _next_id(self) -> int:
        return len(self.customers) + 1

    def _happens(self, share: float) -> bool:
        return self._rng.random() < share
