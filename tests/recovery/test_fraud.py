"""The fraud demo end to end: Kafka in, views, Kafka out, killed in the middle; alerts equal a straight computation."""

from __future__ import annotations

import datetime
import json
import math
import random
import time
import uuid
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from sabot.executor.connectors.kafka.feed import Feed
from sabot.server.demo import run as demo
from sabot.server.demo.transactions import transactions

from ..broker import Broker
from ..serving import Served
from .outside import committed, eventually

EVENTS = 6_000
Alert = tuple[str, str, str, str]


def expected(records: list[dict[str, Any]]) -> set[Alert]:
    """(kind, card, subject, reason) of all alerts, one card at a time."""
    alerts: set[Alert] = set()
    cards: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        cards[record["card"]].append(record)
    for card, payments in cards.items():
        minutes: dict[str, int] = defaultdict(int)
        for p in payments:
            minutes[p["at"][:16] + ":00"] += 1
        alerts |= {("velocity", card, m, f"{n} payments in a minute") for m, n in minutes.items() if n >= 5}
        total = sum(Decimal(p["amount"]) for p in payments)
        for p in payments:
            amount, others = Decimal(p["amount"]), len(payments) - 1
            if len(payments) >= 6 and amount * others > 10 * (total - amount):
                usual = ((total - amount) / others).quantize(Decimal("0.01"), ROUND_HALF_UP)
                alerts.add(("amount", card, str(p["id"]), f"{amount} against {usual}"))
        for before, p in zip(payments, payments[1:]):
            if impossible(before, p):
                alerts.add(("travel", card, str(p["id"]), f"{before['city']} to {p['city']}"))
    return alerts


def impossible(a: dict[str, Any], b: dict[str, Any]) -> bool:
    lat1, lon1, lat2, lon2 = (math.radians(v) for v in (a["lat"], a["lon"], b["lat"], b["lon"]))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    kilometres = 2 * 6371 * math.asin(math.sqrt(h))
    return kilometres > 100 and kilometres * 3600 > 900 * (seconds(b) - seconds(a))


def seconds(record: dict[str, Any]) -> float:
    return datetime.datetime.fromisoformat(record["at"]).replace(tzinfo=datetime.UTC).timestamp()


def test_no_alert_is_lost_or_doubled(broker: Broker, tmp_path: Path, monkeypatch: Any) -> None:
    source, sink = (broker.create_topic(uuid.uuid4().hex[:8]) for _ in range(2))
    monkeypatch.setattr(demo, "TOPIC", source)
    monkeypatch.setattr(demo, "ALERTS", sink)
    records = list(islice(transactions(), EVENTS))
    wanted = expected(records)
    assert {kind for kind, *_ in wanted} == {"velocity", "amount", "travel"}
    chance = random.Random(5)
    feed = Feed(broker.address, source)
    server = Served(tmp_path / "data")
    try:
        server.run(demo.script("fraud", tmp_path, broker.address, 0))
        for start in range(0, EVENTS, EVENTS // 30):
            feed.send([json.dumps(r).encode() for r in records[start : start + EVENTS // 30]])
            time.sleep(0.05)
            if start in (EVENTS // 3, 2 * EVENTS // 3):
                time.sleep(chance.uniform(0, 1.5))
                server.kill()
        feed.close()
        eventually(lambda: set(server.run("SELECT * FROM alerts")), wanted)
        rows = server.run("SELECT * FROM alerts")
        assert len(rows) == len(set(rows))

        def standing() -> set[Alert]:
            newest = {tuple(sorted(key.items())): value for key, value in committed(broker, sink)}
            return {(v["kind"], v["card"], v["subject"], v["reason"]) for v in newest.values() if v is not None}

        eventually(standing, wanted)
        versions: dict[Any, list[Any]] = defaultdict(list)
        for key, value in committed(broker, sink):
            versions[tuple(sorted(key.items()))].append(value)
        repeated = [v for v in versions.values() if any(a == b for a, b in zip(v, v[1:]))]
        assert not repeated, f"sent twice: {repeated[:3]}"
    finally:
        server.close()
