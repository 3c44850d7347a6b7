"""The Nexmark source: deterministic, in the standard proportions, resumable anywhere."""

import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sabot.executor.connectors.base import SourceReader, SourceSpec
from sabot.executor.connectors.nexmark.parquet import write_parquet
from sabot.executor.connectors.nexmark.source import NexmarkSource
from sabot.executor.connectors.nexmark.tables import EVENTS, TABLES
from sabot.executor.connectors.registry import source_connector
from sabot.kernels.batch import Batch
from sabot.kernels.errors import UserError
from sabot.kernels.schema import Schema, schema_of
from sabot.kernels.types import INT4, INT8, TIMESTAMPTZ, VARCHAR, struct_of


def spec(table: str = "bid", columns: tuple[str, ...] | None = None, **options: object) -> SourceSpec:
    schema = TABLES[table][1]
    if columns is not None:
        schema = schema.select(tuple(schema.index(c) for c in columns))
    given = {"connector": "nexmark", "nexmark.table.type": table}
    given |= {"nexmark." + name.replace("_", "."): str(value) for name, value in options.items()}
    return SourceSpec("s", "nexmark", given, schema, (None,) * len(schema))


def read(reader: SourceReader, step: int = 10_000) -> Batch:
    parts = []
    while not reader.done:
        chunk = reader.poll(step, 0.1)
        if chunk is not None:
            assert chunk.rows.num_rows <= step
            parts.append(chunk.rows)
    return Batch.concat(parts)


def test_of_fifty_events_one_is_a_person_three_are_auctions_the_rest_bids() -> None:
    counts = {}
    for table in TABLES:
        reader = NexmarkSource().open(spec(table, event_num=5_020), None)
        counts[table] = read(reader, 77).num_rows
    assert counts == {"person": 101, "auction": 303, "bid": 4616}


@pytest.mark.parametrize("table", list(TABLES))
def test_any_cut_and_any_restart_gives_the_same_rows(table: str) -> None:
    source = NexmarkSource()
    whole = read(source.open(spec(table, event_num=2_000), None)).to_rows()
    assert read(source.open(spec(table, event_num=2_000), None), 7).to_rows() == whole
    reader = source.open(spec(table, event_num=2_000), None)
    first = reader.poll(13, 0)
    assert first is not None
    rest = source.open(spec(table, event_num=2_000), first.offsets)
    assert first.rows.to_rows() + read(rest).to_rows() == whole
    upto = source.open(spec(table, event_num=2_000), None, until=first.offsets)
    assert read(upto).to_rows() == first.rows.to_rows()


def test_columns_are_taken_by_name_and_do_not_depend_on_each_other() -> None:
    source = NexmarkSource()
    whole = read(source.open(spec(event_num=500), None)).to_rows()
    some = read(source.open(spec(columns=("price", "auction"), event_num=500), None)).to_rows()
    assert some == [(row[2], row[0]) for row in whole]


def test_values_are_in_their_ranges_and_keys_refer_to_what_exists() -> None:
    source = NexmarkSource()
    bids = read(source.open(spec(event_num=50_000), None)).to_rows()
    auctions = {row[0]: row for row in read(source.open(spec("auction", event_num=50_600), None)).to_rows()}
    people = {row[0] for row in read(source.open(spec("person", event_num=51_000), None)).to_rows()}
    assert all(bid[0] in auctions and bid[1] in people and 100 <= bid[2] <= 10**8 for bid in bids)
    assert sorted(auctions) == list(range(1000, 1000 + len(auctions)))
    assert all(a[4] >= a[3] and a[6] > a[5] and a[7] in people and 10 <= a[8] < 15 for a in auctions.values())
    assert 0.4 < sum(bid[0] % 100 == 0 for bid in bids) / len(bids) < 0.6
    assert [b[5] for b in bids] == sorted(b[5] for b in bids)
    average = sum(len(b[3]) + len(b[4]) + len(b[6]) + 32 for b in bids) / len(bids)
    assert 80 < average < 220


def test_another_seed_is_another_stream() -> None:
    source = NexmarkSource()
    assert read(source.open(spec(event_num=500, seed=1), None)).to_rows() != (
        read(source.open(spec(event_num=500), None)).to_rows()
    )


def test_a_rate_bounds_what_is_delivered() -> None:
    now = [0.0]
    reader = NexmarkSource(lambda: now[0]).open(spec(rate=5_000), None)
    assert reader.poll(100_000, 0) is None
    now[0] = 1.0
    chunk = reader.poll(100_000, 0)
    assert chunk is not None and chunk.rows.num_rows == 4600


def test_bad_options_and_columns_are_refused() -> None:
    source = source_connector("nexmark")
    with pytest.raises(UserError, match="has no option") as caught:
        source.validate(spec(event_nun=5))
    assert caught.value.sqlstate == "22023" and caught.value.hint == 'Did you mean "nexmark.event.num"?'
    for schema in (schema_of(("nope", INT8)), schema_of(("price", INT4))):
        with pytest.raises(UserError):
            source.validate(SourceSpec("s", "nexmark", {"nexmark.table.type": "bid"}, schema, (None,)))
    zoned = schema_of(("date_time", TIMESTAMPTZ))
    source.validate(SourceSpec("s", "nexmark", {"nexmark.table.type": "bid"}, zoned, (None,)))
    with pytest.raises(UserError, match="there is no source connector") as caught:
        source_connector("nexmrk")
    assert caught.value.hint == 'Did you mean "nexmark"?'


def test_parquet_files_hold_the_same_rows(tmp_path: Path) -> None:
    write_parquet(tmp_path, 1_000, files=3)
    table = pq.read_table(tmp_path / "bid")
    rows = read(NexmarkSource().open(spec(event_num=1_000), None)).column_values(0)
    assert table.column("auction").to_pylist() == rows
    assert len(list((tmp_path / "person").iterdir())) == 3


def test_a_million_events_cost_well_under_a_second() -> None:
    """Of several runs one counts: what else the machine does costs CPU time, too."""

    def cost() -> float:
        started = time.process_time()
        for table in TABLES:
            read(NexmarkSource().open(spec(table, event_num=200_000), None), 100_000)
        return time.process_time() - started

    assert any(cost() < 0.5 for _ in range(5))


def events(schema: Schema, **options: object) -> SourceSpec:
    given = {"connector": "nexmark"} | {"nexmark." + name.replace("_", "."): str(value) for name, value in options.items()}
    return SourceSpec("s", "nexmark", given, schema, (None,) * len(schema))


def test_without_a_table_every_event_is_a_row_with_the_columns_of_its_table() -> None:
    source = NexmarkSource()
    assert source.infer(events(EVENTS)) == EVENTS
    rows = read(source.open(events(EVENTS, event_num=1_000), None), 77).to_rows()
    assert [row[0] for row in rows[:6]] == [0, 1, 1, 1, 2, 2]
    for kind, table in enumerate(TABLES):
        of_table = [row for row in rows if row[0] == kind]
        assert all([value is None for value in row[1:]] == [i != kind for i in range(3)] for row in of_table)
        assert [row[1 + kind] for row in of_table] == read(source.open(spec(table, event_num=1_000), None)).to_rows()


def test_of_all_events_fields_are_taken_by_name() -> None:
    source = NexmarkSource()
    bid = struct_of(("price", INT8), ("auction", INT8))
    rows = read(source.open(events(schema_of(("bid", bid)), event_num=500), None)).to_rows()
    whole = read(source.open(spec(event_num=500), None)).to_rows()
    assert [row[0] for row in rows if row[0] is not None] == [(row[2], row[0]) for row in whole]
    for wrong, code in ((("prize", INT8), "42703"), (("price", VARCHAR), "42804")):
        with pytest.raises(UserError) as caught:
            source.validate(events(schema_of(("bid", struct_of(wrong)))))
        assert caught.value.sqlstate == code
