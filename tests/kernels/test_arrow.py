"""Batches over the Arrow C data interface: every type round-trips, other layouts are cast."""

import datetime
import decimal

import pyarrow as pa
import pytest
from sabot.kernels.arrow import batch_from_arrow, batch_to_arrow
from sabot.kernels.arrow_types import schema_from_arrow
from sabot.kernels.batch import Batch
from sabot.kernels.errors import UserError
from sabot.kernels.schema import schema_of
from sabot.kernels.types import (
    BOOL,
    BYTEA,
    DATE,
    FLOAT4,
    FLOAT8,
    INT2,
    INT4,
    INT8,
    INTERVAL,
    NUMERIC,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    SqlType,
    list_of,
    map_of,
    scalar,
    struct_of,
)

EVERY: list[tuple[SqlType, list[object]]] = [
    (BOOL, [True, None, False] * 7),
    (INT2, [1, None, -5] * 7),
    (INT4, [1, None, 2**31 - 1] * 7),
    (INT8, [1, None, -(2**63)] * 7),
    (FLOAT4, [1.5, None, -2.25] * 7),
    (FLOAT8, [1e300, None, -0.5] * 7),
    (NUMERIC, ["1.50", None, "-123456789012345678901234567890.000001"] * 7),
    (TEXT, ["", None, "zwölf"] * 7),
    (BYTEA, [b"\x00\xff", None, b""] * 7),
    (DATE, [0, None, -719162] * 7),
    (TIME, [0, None, 86399999999] * 7),
    (TIMESTAMP, [0, None, -1] * 7),
    (TIMESTAMPTZ, [0, None, 1700000000000000] * 7),
    (INTERVAL, [(1, 2, 3), None, (-1000, -2, -3)] * 7),
    (UUID, [bytes(range(16)), None, bytes(16)] * 7),
    (list_of(INT4), [[1, None], None, []] * 7),
    (list_of(list_of(TEXT)), [[["a"], None], None, [[]]] * 7),
    (struct_of(("a", INT4), ("b", TEXT)), [(1, "x"), None, (None, None)] * 7),
    (map_of(TEXT, NUMERIC), [[("k", "1.0")], None, []] * 7),
    (list_of(struct_of(("n", NUMERIC), ("flag", BOOL))), [[("1", True), None], None, []] * 7),
]


@pytest.mark.parametrize(("sql_type", "values"), EVERY, ids=[str(t) for t, _ in EVERY])
def test_every_type_survives_the_way_there_and_back(sql_type: SqlType, values: list[object]) -> None:
    batch = Batch.from_rows((sql_type,), [(v,) for v in values])
    schema = schema_of(("c", sql_type))
    arrow = batch_to_arrow(batch, schema)
    arrow.validate(full=True)
    assert batch_from_arrow(arrow, (sql_type,)).column_values(0) == values
    for start, length in ((1, 5), (3, 0), (5, 13), (9, 12)):  # offsets inside a byte of the bitmap
        again = batch_from_arrow(arrow.slice(start, length), (sql_type,))
        assert again.column_values(0) == values[start : start + length]
        piece = batch_to_arrow(batch.slice(start, length), schema)
        piece.validate(full=True)
        assert piece.equals(arrow.slice(start, length))
    table = pa.Table.from_batches([arrow, arrow.slice(2)])
    assert batch_from_arrow(table, (sql_type,)).column_values(0) == values + values[2:]


@pytest.mark.parametrize(
    ("array", "sql_type", "expected"),
    [
        (pa.array([1, None], pa.uint8()), INT4, [1, None]),
        (pa.array(["a", None], pa.large_string()), TEXT, ["a", None]),
        (pa.array(["a", None], pa.string_view()), TEXT, ["a", None]),
        (pa.array(["a", None, "a"]).dictionary_encode(), TEXT, ["a", None, "a"]),
        (pa.array([None, None]), INT8, [None, None]),
        (pa.array([1500, -1], pa.timestamp("ns")), TIMESTAMP, [1, 0]),
        (pa.array([7], pa.timestamp("s", "Europe/Berlin")), TIMESTAMPTZ, [7_000_000]),
        (pa.array([datetime.date(1970, 1, 2)], pa.date64()), DATE, [1]),
        (pa.array([5], pa.time32("s")), TIME, [5_000_000]),
        (pa.array([decimal.Decimal("-1.20"), None]), NUMERIC, ["-1.20", None]),
        (pa.array([decimal.Decimal("-1e40")], pa.decimal256(50, 2)), NUMERIC, ["-1" + "0" * 40 + ".00"]),
        (pa.array([2**64 - 1], pa.uint64()), NUMERIC, [str(2**64 - 1)]),
        (pa.array([-3], pa.int16()), NUMERIC, ["-3"]),
        (pa.array([0.1, float("nan")]), NUMERIC, ["0.1", "NaN"]),
        (pa.array(["1e3"]), NUMERIC, ["1000"]),
        (pa.array([1.005, -2.5]), scalar("numeric", 5, 1), ["1.0", "-2.5"]),
        (pa.array([decimal.Decimal("1.255")]), scalar("numeric", 5, 2), ["1.26"]),
        (pa.array([[1, 2], None], pa.large_list(pa.int64())), list_of(INT4), [[1, 2], None]),
        (pa.array([[1, 2]], pa.list_(pa.int32(), 2)), list_of(NUMERIC), [["1", "2"]]),
        (pa.array([{"x": 1, "y": "t"}]), struct_of(("x", NUMERIC), ("y", TEXT)), [("1", "t")]),
    ],
)
def test_other_layouts_are_cast(array: pa.Array, sql_type: SqlType, expected: list[object]) -> None:
    arrow = pa.RecordBatch.from_arrays([array], names=["c"])
    assert batch_from_arrow(arrow, (sql_type,)).column_values(0) == expected


def test_weights_travel_as_an_extra_column() -> None:
    batch = Batch.from_rows((INT4,), [(1,), (2,)], [2, -1])
    arrow = batch_to_arrow(batch, schema_of(("c", INT4)), weights="w")
    assert arrow.to_pydict() == {"c": [1, 2], "w": [2, -1]}
    assert batch_from_arrow(arrow, (INT4,), weights="w").weights() == [2, -1]


def test_constants_and_nulls_are_written_out() -> None:
    batch = Batch.repeat(TEXT, "x", 3).hstack(Batch.unit(3).scatter((), 1))
    arrow = batch_to_arrow(batch, schema_of(("a", TEXT), ("b", INT4)))
    assert arrow.to_pydict() == {"a": ["x"] * 3, "b": [None] * 3}


def test_values_that_do_not_fit_are_errors() -> None:
    narrow = scalar("numeric", 3, 1)
    for array, sql_type in (
        (pa.array([70000]), INT2),
        (pa.array([1000]), narrow),
        (pa.array(["x"]), NUMERIC),
        (pa.array(["x"]), INT4),
    ):
        with pytest.raises(UserError):
            batch_from_arrow(pa.RecordBatch.from_arrays([array], names=["c"]), (sql_type,))


def test_memory_is_shared_and_kept_alive() -> None:
    batch = batch_from_arrow(pa.record_batch({"c": pa.array(range(1000), pa.int64())}), (INT8,))
    assert sum(batch.column_values(0)) == 499500
    arrow = batch_to_arrow(batch, schema_of(("c", INT8)))
    del batch
    assert arrow.column(0)[999].as_py() == 999


def test_schema_of_arrow_types() -> None:
    columns = {"a": pa.int32(), "d": pa.decimal128(10, 2), "t": pa.timestamp("ns", "UTC")}
    schema = schema_from_arrow(pa.schema(columns))
    assert [str(f.type) for f in schema] == ["integer", "numeric(10,2)", "timestamp with time zone"]
