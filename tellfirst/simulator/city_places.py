"""Where the people of the seeded city live, are registered and were seen last."""

from datetime import UTC, datetime, timedelta
from random import Random

from tellfirst.domain.audience import Location, Role
from tellfirst.simulator.city_network import Area, Row, Site

WITHOUT_LOCATION, MIDDLE_OF_THE_AREA, LOCATED_LONG_AGO = 0.08, 0.06, 0.05
REGISTERED_ELSEWHERE, VISITORS = 0.05, 0.04
AROUND_THE_SITE_DEGREES = 0.006
"""About 650 m."""
MORNING = datetime(2026, 11, 22, 5, tzinfo=UTC)
"""When the visitors were counted; half an hour before the story of the demo begins."""
LONGEST_SEEN_HOURS = 30

POSTCODES = {
    "Kukatpally": ("500072", "Medchal-Malkajgiri"),
    "Miyapur": ("500049", "Ranga Reddy"),
    "Secunderabad": ("500003", "Hyderabad"),
    "Gachibowli": ("500032", "Ranga Reddy"),
    "Madhapur": ("500081", "Ranga Reddy"),
    "Ameerpet": ("500016", "Hyderabad"),
    "Begumpet": ("500016", "Hyderabad"),
    "Uppal": ("500039", "Medchal-Malkajgiri"),
    "LB Nagar": ("500074", "Ranga Reddy"),
    "Dilsukhnagar": ("500060", "Hyderabad"),
    "Mehdipatnam": ("500028", "Hyderabad"),
    "Charminar": ("500002", "Hyderabad"),
    "Kondapur": ("500084", "Ranga Reddy"),
    "Banjara Hills": ("500034", "Hyderabad"),
    "Jubilee Hills": ("500033", "Hyderabad"),
}
DISTRICTS = sorted({district for _, district in POSTCODES.values()})


class Surveyor:
    """Adds to customers where they live. Its chances are its own: who lives in the city does not depend on them."""

    def __init__(self, seed: int, elements: list[Row], sites: list[Site]) -> None:
        self._rng = Random(f"places {seed}")  # noqa: S311 - a city must come out the same again
        self._at = {row["id"]: (row["lat"], row["lon"]) for row in elements}
        self._areas = {site.element_id: site.area for site in sites}
        self._sites = [site.element_id for site in sites]

    def locate(self, customer: Row, site: str) -> Row:
        """The customer's row with postcode, registered district and location."""
        area = self._areas[site]
        code, district = POSTCODES[area.name]
        if self._happens(REGISTERED_ELSEWHERE):
            district = self._rng.choice(DISTRICTS)
        return {**customer, "area_code": code, "district": district, **self._location(area, site)}

    def visits(self, customer: Row, site: str) -> list[Row]:
        """The cells a customer was seen in lately: most were at home all the time."""
        if not self._happens(VISITORS):
            return []
        seen_at = MORNING - timedelta(minutes=self._rng.randrange(LONGEST_SEEN_HOURS * 60))
        elsewhere = self._rng.choice([one for one in self._sites if one != site])
        role = Role.RECENT.value
        return [{"customer_id": customer["id"], "element_id": elsewhere, "role": role, "seen_at": seen_at}]

    def _location(self, area: Area, site: str) -> Row:
        if self._happens(WITHOUT_LOCATION):
            return {"lat": None, "lon": None, "location": None, "located_at": None}
        old = self._happens(LOCATED_LONG_AGO)
        located_at = MORNING - timedelta(
            days=self._rng.randrange(800, 2_000) if old else self._rng.randrange(700)
        )
        if self._happens(MIDDLE_OF_THE_AREA):
            return _row(area.lat, area.lon, Location.DEFAULT, located_at)
        lat, lon = (round(degrees + self._scatter(), 5) for degrees in self._at[site])
        return _row(lat, lon, Location.EXACT, located_at)

    def _scatter(self) -> float:
        return self._rng.uniform(-AROUND_THE_SITE_DEGREES, AROUND_THE_SITE_DEGREES)

    def _happens(self, share: float) -> bool:
        return self._rng.random() < share


def _row(lat: float, lon: float, location: Location, located_at: datetime) -> Row:
    return {"lat": lat, "lon": lon, "location": location.value, "located_at": located_at}
