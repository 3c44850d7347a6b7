"""The three Nexmark tables, names and columns in their standard order, and all events as one."""

from __future__ import annotations

from ....kernels.nexmark import AUCTION, BID, PERSON
from ....kernels.schema import Schema, schema_of
from ....kernels.types import INT8, TIMESTAMP, VARCHAR, struct_of

TABLES: dict[str, tuple[int, Schema]] = {
    "person": (
        PERSON,
        schema_of(
            ("id", INT8), ("name", VARCHAR), ("email_address", VARCHAR), ("credit_card", VARCHAR),
            ("city", VARCHAR), ("state", VARCHAR), ("date_time", TIMESTAMP), ("extra", VARCHAR),
        ),
    ),
    "auction": (
        AUCTION,
        schema_of(
            ("id", INT8), ("item_name", VARCHAR), ("description", VARCHAR), ("initial_bid", INT8),
            ("reserve", INT8), ("date_time", TIMESTAMP), ("expires", TIMESTAMP), ("seller", INT8),
            ("category", INT8), ("extra", VARCHAR),
        ),
    ),
    "bid": (
        BID,
        schema_of(
            ("auction", INT8), ("bidder", INT8), ("price", INT8), ("channel", VARCHAR), ("url", VARCHAR),
            ("date_time", TIMESTAMP), ("extra", VARCHAR),
        ),
    ),
}  # fmt: skip

EVENTS: Schema = schema_of(
    ("event_type", INT8),
    *((name, struct_of(*((f.name, f.type) for f in schema))) for name, (_, schema) in TABLES.items()),
)
