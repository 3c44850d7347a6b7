"""Generated rows: as described, deterministic, resumable."""

import pytest
from sabot.executor.connectors.base import SourceSpec
from sabot.executor.connectors.datagen.source import DatagenSource
from sabot.executor.connectors.registry import source_connector
from sabot.kernels.batch import Batch
from sabot.kernels.errors import Unsupported, UserError
from sabot.kernels.schema import Schema, schema_of
from sabot.kernels.types import BOOL, DATE, FLOAT8, INT2, INT4, INT8, JSONB, NUMERIC, TEXT, TIMESTAMP

SCHEMA = schema_of(
    ("id", INT4), ("small", INT2), ("x", FLOAT8), ("n", NUMERIC), ("t", TEXT), ("at", TIMESTAMP), ("b", BOOL), ("d", DATE)
)  # fmt: skip
FIELDS = {
    "fields.id.kind": "sequence",
    "fields.id.start": "5",
    "fields.small.min": "-2",
    "fields.small.max": "2",
    "fields.x.min": "10",
    "fields.x.max": "11",
    "fields.n.max": "0.05",
    "fields.t.length": "3",
    "fields.at.kind": "sequence",
    "fields.at.start": "1970-01-01 00:00:01",
    "fields.at.step": "500 ms",
}


def spec(schema: Schema = SCHEMA, **options: str) -> SourceSpec:
    given = {"connector": "datagen", "datagen.rows.per.second": "0", **(FIELDS if schema is SCHEMA else {})}
    given |= {k.replace("__", "."): v for k, v in options.items()}
    return SourceSpec("s", "datagen", given, schema, (None,) * len(schema))


def rows(source: SourceSpec, step: int = 1000, first: int = 0) -> list[tuple[object, ...]]:
    reader = DatagenSource().open(source, {"0": first})
    parts: list[Batch] = []
    while not reader.done:
        chunk = reader.poll(step, 0)
        assert chunk is not None
        parts.append(chunk.rows)
    return [row for part in parts for row in part.to_rows()]


def test_values_are_as_described() -> None:
    found = rows(spec(event_num="500"))
    assert [r[0] for r in found] == list(range(5, 505))
    assert {r[1] for r in found} == {-2, -1, 0, 1, 2}
    assert all(10 <= r[2] < 11 for r in found)  # type: ignore[operator]
    assert {r[3] for r in found} == {f"0.0{i}" for i in range(6)}
    assert all(len(str(r[4])) == 3 for r in found) and len({r[4] for r in found}) > 400
    assert [r[5] for r in found[:2]] == [1_000_000, 1_500_000]
    assert {r[6] for r in found} == {True, False}


def test_any_cut_and_restart_gives_the_same_rows() -> None:
    whole = rows(spec(event_num="300"))
    assert rows(spec(event_num="300"), 7) == whole
    assert rows(spec(event_num="300"), 50, first=123) == whole[123:]
    assert rows(spec(event_num="300", fields__x__seed="9")) != whole


def test_a_sequence_ends_the_source() -> None:
    assert len(rows(spec(fields__id__end="14"))) == 10


def test_full_ranges_do_not_overflow() -> None:
    schema = schema_of(("a", INT8))
    wide = spec(schema, event_num="100", fields__a__min=str(-(2**63)), fields__a__max=str(2**63 - 1))
    assert len({r[0] for r in rows(wide)}) == 100


def test_a_rate_bounds_what_comes() -> None:
    now = [0.0]
    reader = DatagenSource(lambda: now[0]).open(spec(datagen__rows__per__second="100"), None)
    assert reader.poll(1000, 0) is None
    now[0] = 0.5
    chunk = reader.poll(1000, 0)
    assert chunk is not None and chunk.rows.num_rows == 50


def test_bad_settings_are_refused() -> None:
    source = source_connector("datagen")
    for options in (
        {"fields__nope__kind": "random"},
        {"fields__id__colour": "red"},
        {"fields__id__kind": "wild"},
        {"fields__small__min": "x"},
        {"fields__small__max": "70000"},
        {"fields__at__step": "3 fortnights"},
    ):
        with pytest.raises(UserError) as caught:
            source.validate(spec(**options))
        assert caught.value.sqlstate == "22023", options
    with pytest.raises(Unsupported):
        source.validate(spec(schema_of(("j", JSONB))))
    with pytest.raises(Unsupported, match="endless"):
        source.open(spec(schema_of(("a", INT8))), None).end()
