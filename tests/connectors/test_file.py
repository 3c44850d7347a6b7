"""File sources and sinks."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sabot.executor.connectors.base import Offsets, SinkSpec, SourceReader, SourceSpec
from sabot.executor.connectors.registry import sink_connector, source_connector
from sabot.kernels.batch import Batch
from sabot.kernels.errors import Unsupported, UserError
from sabot.kernels.schema import schema_of
from sabot.kernels.types import INT4, NUMERIC, TEXT, scalar

SCHEMA = schema_of(("a", INT4), ("b", TEXT))


def spec(path: Path, include: bool = False, **options: str) -> SourceSpec:
    schema = schema_of(("a", INT4), ("f", TEXT), ("b", TEXT)) if include else SCHEMA
    includes = (None, "file", None) if include else (None, None)
    return SourceSpec(
        "s", "file", {"connector": "file", "path": str(path), **options}, schema, includes, encode="native"
    )


def drain(reader: SourceReader, step: int = 100) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]], Offsets]:
    rows: list[tuple[object, ...]] = []
    errors: list[tuple[object, ...]] = []
    offsets: Offsets = {}
    for _ in range(1000):
        chunk = reader.poll(step, 0.0)
        if chunk is None:
            break
        rows += chunk.rows.to_rows()
        errors += chunk.errors.to_rows() if chunk.errors is not None else []
        offsets = chunk.offsets
    return rows, errors, offsets


FILES = source_connector("file")


def write_parquet(path: Path, first: int, rows: int) -> None:
    table = pa.table(
        {"b": [f"v{i}" for i in range(first, first + rows)], "x": [0] * rows, "a": range(first, first + rows)}
    )
    pq.write_table(table, path, row_group_size=10)


@pytest.mark.parametrize("kind", ["parquet", "json", "csv"])
def test_every_cut_resumes_where_it_was(tmp_path: Path, kind: str) -> None:
    for name, first in (("2", 25), ("1", 0)):
        path = tmp_path / f"{name}.{kind}"
        if kind == "parquet":
            write_parquet(path, first, 25)
        elif kind == "json":
            path.write_text("".join(f'{{"a":{i},"b":"v{i}"}}\n' for i in range(first, first + 25)))
        else:
            path.write_text("b,z,a\n" + "".join(f"v{i},,{i}\n" for i in range(first, first + 25)))
    expected = [(i, f"v{i}") for i in range(50)]
    assert drain(FILES.open(spec(tmp_path), None))[0] == expected
    reader = FILES.open(spec(tmp_path), None)
    seen: list[tuple[object, ...]] = []
    while (chunk := reader.poll(7, 0)) is not None:
        seen += chunk.rows.to_rows()
        assert seen == expected[: len(seen)]
        rest = FILES.open(spec(tmp_path), chunk.offsets)
        assert seen + drain(rest)[0] == expected
        assert rest.done
        upto = FILES.open(spec(tmp_path), None, chunk.offsets)
        assert drain(upto, 4)[0] == seen and upto.done
        bounded = FILES.open(spec(tmp_path), None, FILES.open(spec(tmp_path), None).end())
        assert drain(bounded)[0] == expected and bounded.done
    assert reader.done and len(seen) == 50


def test_a_text_source_bounded_by_offsets_stops_there(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("".join(f'{{"a":{i}}}\n' for i in range(10)))
    chunk = FILES.open(spec(tmp_path), None).poll(4, 0)
    assert chunk is not None
    assert [r[0] for r in drain(FILES.open(spec(tmp_path), None, chunk.offsets))[0]] == [0, 1, 2, 3]


def test_following_notices_growth_new_files_and_half_lines(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text('{"a":1}\n{"a":2}\n{"a"')
    reader = FILES.open(spec(tmp_path, mode="follow", format="json"), None)
    assert [r[0] for r in drain(reader)[0]] == [1, 2]
    with path.open("a") as file:
        file.write(':3}\n{"a":4}\n')
    (tmp_path / "a.json").write_text('{"a":9}\n')
    assert [r[0] for r in drain(reader)[0]] == [9, 3, 4]
    assert not reader.done and drain(reader)[0] == []
    end = reader.end()
    assert sorted(r[0] for r in drain(FILES.open(spec(tmp_path, mode="follow", format="json"), None, end))[0]) == [
        1,
        2,
        3,
        4,
        9,
    ]


def test_following_parquet_waits_for_whole_files(tmp_path: Path) -> None:
    reader = FILES.open(spec(tmp_path, mode="follow", format="parquet"), None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1 half")
    assert drain(reader)[0] == []
    write_parquet(tmp_path / "a.parquet", 0, 3)
    assert len(drain(reader)[0]) == 3
    assert drain(reader)[0] == []
    write_parquet(tmp_path / "b.parquet", 3, 3)
    assert len(drain(reader)[0]) == 3


def test_a_bad_line_is_one_error_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a":1}\n\n{"a":"x"}\nnonsense\n{"a":5}')
    rows, errors, _ = drain(FILES.open(spec(path), None), 2)
    assert rows == [(1, None), (5, None)]
    assert [(e[0], e[2]) for e in errors] == [
        ("22P02", f"file {path} line 3"),
        ("22P02", f"file {path} line 4"),
    ]


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('B,A\n"x ""y""\nz",1\n,2\n"",3\nonly\n"q",nope\r\nlast,6')
    rows, errors, _ = drain(FILES.open(spec(path), None))
    assert rows == [(1, 'x "y"\nz'), (2, None), (3, ""), (6, "last")]
    assert [(e[0], e[2]) for e in errors] == [
        ("22P04", f"file {path} line 6"),
        ("22P02", f"file {path} line 7"),
    ]
    path.write_text("1;x\n2;y\n")
    assert drain(FILES.open(spec(path, without_header="true", delimiter=";"), None))[0] == [
        (1, "x"),
        (2, "y"),
    ]
    path.write_text("x,y\n")
    with pytest.raises(UserError, match='has no column "a"'):
        drain(FILES.open(spec(path), None))


def test_include_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a":1,"b":"x"}\n')
    assert drain(FILES.open(spec(path, include=True), None))[0] == [(1, str(path), "x")]


def test_globs_hidden_files_and_columns_of_parquet(tmp_path: Path) -> None:
    for name in ("1.parquet", "2.parquet", ".3.parquet", "_4.parquet"):
        write_parquet(tmp_path / name, 0, 1)
    assert len(drain(FILES.open(spec(tmp_path), None))[0]) == 2
    assert len(drain(FILES.open(spec(tmp_path / "1*"), None))[0]) == 1
    inferred = FILES.infer(spec(tmp_path))
    assert inferred is not None and [f"{f.name} {f.type}" for f in inferred] == [
        "b text",
        "x bigint",
        "a bigint",
    ]


def test_bad_options(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no file"):
        FILES.validate(spec(tmp_path / "nope.json"))
    with pytest.raises(UserError, match="is not known"):
        FILES.validate(spec(tmp_path / "nope"))
    with pytest.raises(UserError, match="can't be"):
        FILES.validate(spec(tmp_path, mode="twice", format="json"))


def test_the_sink_writes_one_file_per_epoch(tmp_path: Path) -> None:
    schema = schema_of(("a", INT4), ("n", NUMERIC))
    sink = sink_connector("file")
    out = SinkSpec("s", 1, "file", {"path": str(tmp_path / "out")}, schema, (), encode="parquet")
    sink.validate(out, True)
    with pytest.raises(UserError, match="updated or deleted"):
        sink.validate(out, False)
    writer = sink.open(out)
    assert writer.delivered() is None
    batch = Batch.from_rows((INT4, NUMERIC), [(1, "1.50"), (2, None)], [1, 2])
    writer.deliver(7, batch)
    writer.deliver(7, batch)
    writer.deliver(9, Batch.from_rows((INT4, NUMERIC), [(3, "2")]))
    assert sink.open(out).delivered() == 9
    assert pq.read_table(tmp_path / "out").to_pylist() == [
        {"a": 1, "n": "1.50"}, {"a": 2, "n": None}, {"a": 2, "n": None}, {"a": 3, "n": "2"},
    ]  # fmt: skip
    changes = SinkSpec("s", 1, "file", {"path": str(tmp_path / "log"), "type": "changelog"}, schema, (), encode="parquet")
    sink.validate(changes, False)
    sink.open(changes).deliver(1, Batch.from_rows((INT4, NUMERIC), [(1, "1")], [-1]))
    assert pq.read_table(tmp_path / "log").to_pylist() == [{"a": 1, "n": "1", "op": -1}]


def test_the_sink_writes_json_lines(tmp_path: Path) -> None:
    schema, sink = schema_of(("a", INT4), ("n", NUMERIC)), sink_connector("file")
    out = SinkSpec("s", 1, "file", {"path": str(tmp_path), "type": "changelog"}, schema, (), "plain", "json")
    sink.open(out).deliver(1, Batch.from_rows((INT4, NUMERIC), [(1, "1.5"), (2, None)], [-1, 1]))
    assert sink.open(out).delivered() == 1
    [written] = tmp_path.glob("*.json")
    assert written.read_text() == '{"a":1,"n":1.5,"op":-1}\n{"a":2,"n":null,"op":1}\n'


def test_parquet_reads_only_the_columns_that_are_needed(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": pa.array([1, 2], pa.int32()), "f": ["p", "q"], "b": ["x", "y"]}), path)
    wide = replace(spec(path), schema=schema_of(("a", INT4), ("f", TEXT), ("b", TEXT)), include=(None, None, None))
    for needed, expected in (({2}, [(None, None, "x"), (None, None, "y")]), ({0, 1}, [(1, "p", None), (2, "q", None)])):
        rows, _, _ = drain(FILES.open(replace(wide, needed=frozenset(needed)), None))
        assert rows == expected
    rows, _, _ = drain(FILES.open(replace(wide, needed=frozenset()), None))
    assert len(rows) == 2


def test_a_type_without_arrow_form_is_refused_when_the_sink_is_made(tmp_path: Path) -> None:
    made = SinkSpec("s", 1, "file", {"path": str(tmp_path)}, schema_of(("a", scalar("int4range"))), ())
    with pytest.raises(Unsupported, match="int4range has no Arrow form"):
        sink_connector("file").validate(made, True)
