"""A small deterministic data set in the shape of TPC-H: eight tables as Parquet files.

The value sets are narrower than the standard's, so that every query finds rows at a very small scale.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MONEY = "NUMERIC(15,2)"
TABLES: dict[str, str] = {
    "region": "r_regionkey INT, r_name VARCHAR, r_comment VARCHAR",
    "nation": "n_nationkey INT, n_name VARCHAR, n_regionkey INT, n_comment VARCHAR",
    "supplier": f"""s_suppkey INT, s_name VARCHAR, s_address VARCHAR, s_nationkey INT, s_phone VARCHAR,
        s_acctbal {MONEY}, s_comment VARCHAR""",
    "part": f"""p_partkey INT, p_name VARCHAR, p_mfgr VARCHAR, p_brand VARCHAR, p_type VARCHAR, p_size INT,
        p_container VARCHAR, p_retailprice {MONEY}, p_comment VARCHAR""",
    "partsupp": f"ps_partkey INT, ps_suppkey INT, ps_availqty INT, ps_supplycost {MONEY}, ps_comment VARCHAR",
    "customer": f"""c_custkey INT, c_name VARCHAR, c_address VARCHAR, c_nationkey INT, c_phone VARCHAR,
        c_acctbal {MONEY}, c_mktsegment VARCHAR, c_comment VARCHAR""",
    "orders": f"""o_orderkey INT, o_custkey INT, o_orderstatus VARCHAR, o_totalprice {MONEY}, o_orderdate DATE,
        o_orderpriority VARCHAR, o_clerk VARCHAR, o_shippriority INT, o_comment VARCHAR""",
    "lineitem": f"""l_orderkey INT, l_partkey INT, l_suppkey INT, l_linenumber INT, l_quantity {MONEY},
        l_extendedprice {MONEY}, l_discount {MONEY}, l_tax {MONEY}, l_returnflag VARCHAR, l_linestatus VARCHAR,
        l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, l_shipinstruct VARCHAR, l_shipmode VARCHAR,
        l_comment VARCHAR""",
}

REGIONS = ["AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"]
NATIONS = [("FRANCE", 3), ("GERMANY", 3), ("BRAZIL", 1), ("CANADA", 1), ("CHINA", 2), ("INDIA", 2), ("KENYA", 0),
           ("SAUDI ARABIA", 4)]  # fmt: skip
COLORS = ["green", "forest", "red", "blue", "ivory"]
WORDS = ["quickly", "special", "final", "requests", "pending", "deposits", "Customer", "Complaints", "ironic"]
FIRST_DAY, LAST_DAY = np.datetime64("1992-01-01"), np.datetime64("1998-08-02")


class Generator:
    """`scale` 1 is about 1,200 line items."""

    def __init__(self, scale: int, seed: int = 7) -> None:
        self.random = np.random.default_rng(seed)
        self.suppliers, self.parts, self.customers, self.orders = 12, 40 * scale, 30 * scale, 300 * scale

    def write(self, folder: Path) -> None:
        """`folder/TABLE.parquet` for every table."""
        for name, columns in self._tables().items():
            pq.write_table(pa.table(columns), folder / f"{name}.parquet")

    def _pick(self, values: list[str], count: int) -> list[str]:
        return [values[i] for i in self.random.integers(0, len(values), count)]

    def _money(self, low: int, high: int, count: int) -> pa.Array:
        return money(self.random.integers(low, high, count))

    def _text(self, count: int) -> list[str]:
        return [" ".join(self._pick(WORDS, 4)) for _ in range(count)]

    def _nations(self, count: int) -> np.ndarray:
        return self.random.integers(0, len(NATIONS), count, dtype=np.int32)

    def _phones(self, nations: np.ndarray) -> list[str]:
        return [f"{n + 10}-{p:07}" for n, p in zip(nations, self.random.integers(0, 10**7, len(nations)))]

    def _tables(self) -> dict[str, dict[str, object]]:
        tables: dict[str, dict[str, object]] = {
            "region": {
                "r_regionkey": keys(len(REGIONS), 0), "r_name": REGIONS, "r_comment": self._text(len(REGIONS)),
            },
            "nation": {
                "n_nationkey": keys(len(NATIONS), 0), "n_name": [n for n, _ in NATIONS],
                "n_regionkey": np.array([r for _, r in NATIONS], np.int32), "n_comment": self._text(len(NATIONS)),
            },
        }  # fmt: skip
        count = self.suppliers
        nations = self._nations(count)
        tables["supplier"] = {
            "s_suppkey": keys(count), "s_name": [f"Supplier#{i + 1:09}" for i in range(count)],
            "s_address": self._text(count), "s_nationkey": nations, "s_phone": self._phones(nations),
            "s_acctbal": self._money(-99_999, 999_999, count), "s_comment": self._text(count),
        }  # fmt: skip
        count = self.parts
        makers = self.random.integers(1, 3, count)
        tables["part"] = {
            "p_partkey": keys(count),
            "p_name": [f"{a} {b}" for a, b in zip(self._pick(COLORS, count), self._pick(COLORS, count))],
            "p_mfgr": [f"Manufacturer#{m}" for m in makers],
            "p_brand": [f"Brand#{m}{n}" for m, n in zip(makers, self.random.integers(1, 4, count))],
            "p_type": [
                f"{a} {b} {c}" for a, b, c in zip(
                    self._pick(["ECONOMY", "PROMO", "MEDIUM"], count), self._pick(["ANODIZED", "POLISHED"], count),
                    self._pick(["STEEL", "BRASS"], count),
                )
            ],
            "p_size": self.random.integers(1, 16, count, dtype=np.int32),
            "p_container": self._pick(["SM CASE", "SM BOX", "MED BAG", "MED BOX", "LG CASE"], count),
            "p_retailprice": self._money(90_000, 200_000, count), "p_comment": self._text(count),
        }  # fmt: skip
        suppliers_of = np.array([self.random.permutation(self.suppliers)[:4] + 1 for _ in range(count)], np.int32)
        tables["partsupp"] = {
            "ps_partkey": np.repeat(keys(count), 4), "ps_suppkey": suppliers_of.ravel(),
            "ps_availqty": self.random.integers(1, 10_000, count * 4, dtype=np.int32),
            "ps_supplycost": self._money(100, 100_000, count * 4), "ps_comment": self._text(count * 4),
        }  # fmt: skip
        count = self.customers
        nations = self._nations(count)
        tables["customer"] = {
            "c_custkey": keys(count), "c_name": [f"Customer#{i + 1:09}" for i in range(count)],
            "c_address": self._text(count), "c_nationkey": nations, "c_phone": self._phones(nations),
            "c_acctbal": self._money(-99_999, 999_999, count),
            "c_mktsegment": self._pick(["BUILDING", "AUTOMOBILE", "MACHINERY"], count), "c_comment": self._text(count),
        }  # fmt: skip
        tables["orders"], tables["lineitem"] = self._orders(suppliers_of)
        return tables

    def _orders(self, suppliers_of: np.ndarray) -> tuple[dict[str, object], dict[str, object]]:
        count = self.orders
        ordered = FIRST_DAY + self.random.integers(0, int((LAST_DAY - FIRST_DAY).astype(int)), count)
        # A third of the customers never order.
        customers = self.random.integers(0, self.customers * 2 // 3, count, dtype=np.int32) * 3 // 2 + 1
        lines = self.random.integers(1, 8, count)
        orders: dict[str, object] = {
            "o_orderkey": keys(count), "o_custkey": customers.astype(np.int32),
            "o_orderstatus": self._pick(["F", "O", "P"], count), "o_totalprice": self._money(10_000, 40_000_000, count),
            "o_orderdate": pa.array(ordered),
            "o_orderpriority": self._pick(["1-URGENT", "2-HIGH", "3-MEDIUM", "5-LOW"], count),
            "o_clerk": [f"Clerk#{i:09}" for i in self.random.integers(0, 9, count)],
            "o_shippriority": np.zeros(count, np.int32), "o_comment": self._text(count),
        }  # fmt: skip
        total = int(lines.sum())
        order = np.repeat(np.arange(count), lines)
        parts = self.random.integers(0, self.parts, total)
        shipped = ordered[order] + self.random.integers(1, 122, total)
        quantity = self.random.integers(1, 51, total)
        lineitem: dict[str, object] = {
            "l_orderkey": (order + 1).astype(np.int32), "l_partkey": (parts + 1).astype(np.int32),
            "l_suppkey": suppliers_of[parts, self.random.integers(0, 4, total)],
            "l_linenumber": (np.arange(total) - np.repeat(np.cumsum(lines) - lines, lines) + 1).astype(np.int32),
            "l_quantity": money(quantity * 100),
            "l_extendedprice": money(quantity * self.random.integers(90_000, 200_000, total)),
            "l_discount": self._money(0, 11, total), "l_tax": self._money(0, 9, total),
            "l_returnflag": self._pick(["R", "A", "N"], total), "l_linestatus": self._pick(["O", "F"], total),
            "l_shipdate": pa.array(shipped),
            "l_commitdate": pa.array(ordered[order] + self.random.integers(30, 91, total)),
            "l_receiptdate": pa.array(shipped + self.random.integers(1, 31, total)),
            "l_shipinstruct": self._pick(["DELIVER IN PERSON", "COLLECT COD", "NONE"], total),
            "l_shipmode": self._pick(["AIR", "AIR REG", "MAIL", "SHIP", "TRUCK"], total), "l_comment": self._text(total),
        }  # fmt: skip
        return orders, lineitem


def keys(count: int, first: int = 1) -> np.ndarray:
    return np.arange(first, count + first, dtype=np.int32)


def money(cents: np.ndarray) -> pa.Array:
    return pa.array([Decimal(int(c)).scaleb(-2) for c in cents], pa.decimal128(15, 2))
