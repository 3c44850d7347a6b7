"""Card transactions for the fraud demo: mostly ordinary, some of each kind of fraud; deterministic by seed."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from typing import Any

CITIES = {
    "Lisbon": (38.72, -9.14), "Madrid": (40.42, -3.70), "Paris": (48.86, 2.35), "Berlin": (52.52, 13.40),
    "Warsaw": (52.23, 21.01), "Athens": (37.98, 23.73), "Oslo": (59.91, 10.75), "Tokyo": (35.68, 139.69),
    "Lima": (-12.05, -77.04), "Toronto": (43.65, -79.38),
}
CARDS = 200


def transactions(seed: int = 1, start: datetime.datetime | None = None) -> Iterator[dict[str, Any]]:
    """Endless records {id, card, amount, city, lat, lon, at}, about one second of event time apart."""
    random_ = random.Random(seed)
    at = start or datetime.datetime(2026, 1, 1)
    home = {f"card-{n:04d}": random_.choice(list(CITIES)) for n in range(CARDS)}
    number = 0
    while True:
        card = random_.choice(list(home))
        kind = random_.random()
        burst = random_.randint(5, 8) if kind < 0.005 else 1
        city = home[card] if kind > 0.01 else random_.choice(list(CITIES))
        for _ in range(burst):
            at += datetime.timedelta(milliseconds=random_.randint(200, 1800))
            number += 1
            amount = random_.randint(500, 9_000) / 100
            if 0.01 < kind < 0.015:
                amount *= 60
            lat, lon = CITIES[city]
            yield {
                "id": number, "card": card, "amount": f"{amount:.2f}", "city": city, "lat": lat, "lon": lon,
                "at": at.isoformat(sep=" "),
            }
