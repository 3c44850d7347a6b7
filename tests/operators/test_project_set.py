"""Set-returning functions beside their input rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import laws
import pytest
from hypothesis import given
from sabot.executor.operators import project_set
from sabot.executor.operators.project_set import ProjectSetOperator
from sabot.kernels import types as t
from sabot.kernels.batch import Batch
from sabot.kernels.errors import RowError, UserError
from sabot.kernels.expr.spec import Col, Lit
from sabot.kernels.limits import PIECE_ROWS
from sabot.kernels.schema import schema_of
from sabot.kernels.types import SqlType, list_of, struct_of
from sabot.planner.functions.table_functions import FUNCTIONS, innermost
from sabot.planner.physical.node import ProjectSet, TableCall, Values

DAY = 86_400_000_000


def rows_of(function: str, args: list[tuple[Any, SqlType]], *results: SqlType) -> list[Any]:
    """The rows of one call over constants; single columns as plain values."""
    call = TableCall(function, tuple(Lit(v, ty) for v, ty in args), results)
    source = schema_of()
    plan = ProjectSet(Values((), source), (call,), False, schema_of(*((f"c{i}", r) for i, r in enumerate(results))))
    out = laws.once(ProjectSetOperator(1, plan, one_shot=True), [Batch.unit(1)], laws.context(strict=True))
    if out is None:
        return []
    return [row[0] if len(row) == 1 else row for row in out.to_rows()]


def series(*args: Any, type: SqlType = t.INT4, step: SqlType | None = None, name: str = "generate_series") -> list[Any]:
    types = [type, type, step or type]
    return rows_of(name, list(zip(args, types)), type)


def test_integer_series() -> None:
    assert series(1, 3) == [1, 2, 3]
    assert series(3, 1) == []
    assert series(5, 1, -2, type=t.INT8) == [5, 3, 1]
    assert series(2**31 - 2, 2**31 - 1) == [2**31 - 2, 2**31 - 1]
    assert series(1, None) == []
    assert series(1, 4, name="range") == [1, 2, 3]
    assert series(3, name="range") == [0, 1, 2]
    with pytest.raises(RowError, match="step size cannot equal zero"):
        series(1, 3, 0)


def test_numeric_series_keep_their_scale() -> None:
    assert series("1", "2", "0.25", type=t.NUMERIC) == ["1", "1.25", "1.50", "1.75", "2.00"]
    with pytest.raises(RowError, match="start value cannot be NaN"):
        series("NaN", "2", type=t.NUMERIC)


def test_series_of_times_step_by_calendar() -> None:
    january_31 = 18292 * DAY  # 2020-01-31
    got = series(january_31, january_31 + 60 * DAY, (0, 0, 1), type=t.TIMESTAMP, step=t.INTERVAL)
    assert [(v - january_31) // DAY for v in got] == [0, 29, 58]
    assert series(0, -DAY, (0, -1, 0), type=t.TIMESTAMPTZ, step=t.INTERVAL) == [0, -DAY]


def test_unnest_flattens_arrays_of_arrays() -> None:
    nested = list_of(list_of(t.INT4))
    assert rows_of("unnest", [([[1, 2], [None], None, []], nested)], t.INT4) == [1, 2, None]
    assert rows_of("unnest", [([[1, 2], [3]], nested)], list_of(t.INT4)) == [[1, 2], [3]]
    assert rows_of("unnest", [(None, list_of(t.INT4))], t.INT4) == []
    assert innermost((nested,)) == t.INT4
    assert rows_of("_pg_expandarray", [(["a", "b"], list_of(t.TEXT))], t.TEXT, t.INT4) == [("a", 1), ("b", 2)]


def test_subscripts() -> None:
    array = (["a", "b", "c"], list_of(t.TEXT))
    assert rows_of("generate_subscripts", [array, (1, t.INT4)], t.INT4) == [1, 2, 3]
    assert rows_of("generate_subscripts", [array, (1, t.INT4), (True, t.BOOL)], t.INT4) == [3, 2, 1]
    assert rows_of("generate_subscripts", [array, (2, t.INT4)], t.INT4) == []


def test_json() -> None:
    array = [('[1, {"a": [2, "]"]}, "x\\n\\u00e9", null]', t.JSONB)]
    assert rows_of("jsonb_array_elements", array, t.JSONB) == ["1", '{"a": [2, "]"]}', '"x\\n\\u00e9"', "null"]
    assert rows_of("jsonb_array_elements_text", array, t.TEXT) == ["1", '{"a": [2, "]"]}', "x\né", None]
    document = [('{"a": 1, "b\\"": "two", "c": [3, 4]}', t.JSONB)]
    assert rows_of("jsonb_each", document, t.TEXT, t.JSONB) == [("a", "1"), ('b"', '"two"'), ("c", "[3, 4]")]
    assert rows_of("jsonb_each_text", document, t.TEXT, t.TEXT)[1] == ('b"', "two")
    assert rows_of("jsonb_object_keys", document, t.TEXT) == ["a", 'b"', "c"]
    assert rows_of("json_object_keys", [(' {"a" :1 , "b":2}', t.JSON)], t.TEXT) == ["a", "b"]
    with pytest.raises(RowError, match="cannot extract elements from an object"):
        rows_of("jsonb_array_elements", document, t.JSONB)
    with pytest.raises(RowError, match="cannot call jsonb_each on a non-object"):
        rows_of("jsonb_each", array, t.TEXT, t.JSONB)


def test_texts() -> None:
    def split(*args: str | None) -> list[Any]:
        return rows_of("string_to_table", [(a, t.TEXT) for a in args], t.TEXT)

    assert split("a,b,,c", ",") == ["a", "b", "", "c"]
    assert split("aé", None) == ["a", "é"]
    assert split("a,b", "") == ["a,b"]
    assert split("a,x,b", ",", "x") == ["a", None, "b"]
    assert split("", ",") == []
    assert rows_of("regexp_split_to_table", [("a1b22c", t.TEXT), ("[0-9]+", t.TEXT)], t.TEXT) == ["a", "b", "c"]
    assert rows_of("regexp_matches", [("a1b2", t.TEXT), ("([a-z])([0-9])", t.TEXT), ("g", t.TEXT)], list_of(t.TEXT)) == [
        ["a", "1"], ["b", "2"],
    ]  # fmt: skip


def test_hop_gives_every_window_that_holds_the_time() -> None:
    def hop(*args: int) -> list[Any]:
        types = [t.TIMESTAMP, t.INTERVAL, t.INTERVAL, t.INTERVAL]
        values = [args[0], *((a, 0, 0) for a in args[1:])]
        return rows_of("hop", list(zip(values, types)), t.TIMESTAMP, t.TIMESTAMP)

    assert hop(7, 2, 5) == [(4, 9), (6, 11)]
    assert hop(8, 2, 5) == [(4, 9), (6, 11), (8, 13)]
    assert hop(-1, 10, 10) == [(-10, 0)]
    assert hop(7, 5, 5, 1) == [(6, 11)]
    assert hop(7, 5, 2) == []
    with pytest.raises(RowError, match="must be positive"):
        hop(1, 0, 5)


def test_calls_run_side_by_side_and_short_ones_are_padded() -> None:
    types = (t.INT4, t.INT4)
    calls = (
        TableCall("generate_series", (Lit(1, t.INT4), Col(0, t.INT4)), (t.INT4,)),
        TableCall("generate_series", (Lit(1, t.INT4), Col(1, t.INT4)), (t.INT4,)),
    )
    source = schema_of(("a", t.INT4), ("b", t.INT4))
    out = schema_of(*source_columns(source), ("x", t.INT4), ("y", t.INT4), ("n", t.INT8))
    batch = Batch.from_rows(types, [(2, 1), (0, 0), (1, 0)], [1, 1, -1])

    def run(outer: bool) -> tuple[list, list]:
        got = ProjectSetOperator(1, ProjectSet(Values((), source), calls, True, out, outer), one_shot=False).step([batch], laws.context())
        assert got is not None
        return got.to_rows(), got.weights()

    assert run(False) == ([(2, 1, 1, 1, 1), (2, 1, 2, None, 2), (1, 0, 1, None, 1)], [1, 1, -1])
    assert run(True) == ([(2, 1, 1, 1, 1), (2, 1, 2, None, 2), (0, 0, None, None, None), (1, 0, 1, None, 1)], [1, 1, 1, -1])


def source_columns(schema: Any) -> list[tuple[str, SqlType]]:
    return [(f.name, f.type) for f in schema]


def test_errors_of_a_view_are_retractable_rows() -> None:
    call = TableCall("generate_series", (Lit(1, t.INT4), Lit(2, t.INT4), Col(0, t.INT4)), (t.INT4,))
    plan = ProjectSet(Values((), schema_of(("a", t.INT4))), (call,), False, schema_of(("a", t.INT4), ("x", t.INT4)))
    operator, ctx = ProjectSetOperator(4, plan, one_shot=False), laws.context()
    out = operator.step([Batch.from_rows((t.INT4,), [(0,), (1,)], [-1, 1])], ctx)
    assert laws.zset(out) == {(1, 1): 1, (1, 2): 1}
    assert ctx.errors[0].to_rows() == [(4, "22023", "step size cannot equal zero", None)]
    assert ctx.errors[0].weights() == [-1]


def test_a_step_that_gives_too_much_is_refused() -> None:
    call = TableCall("generate_series", (Lit(1, t.INT8), Lit(2**31, t.INT8)), (t.INT8,))
    plan = ProjectSet(Values((), schema_of()), (call,), False, schema_of(("g", t.INT8)))
    with pytest.raises(UserError, match="more than") as failure:
        ProjectSetOperator(1, plan, one_shot=False).step([Batch.unit(1)], laws.context())
    assert failure.value.sqlstate == "54000"


@pytest.mark.parametrize("function", ["generate_series", "range"])
def test_a_long_series_comes_in_pieces(function: str) -> None:
    ends = Batch.from_rows((t.INT8,), [(3,), (200_000,), (0,), (70_000,)])
    source = schema_of(("n", t.INT8))
    call = TableCall(function, (Lit(1, t.INT8), Col(0, t.INT8)), (t.INT8,))
    plan = ProjectSet(Values((), source), (call,), True, schema_of(("n", t.INT8), ("g", t.INT8), ("o", t.INT8)))
    pieces = list(ProjectSetOperator(1, plan, one_shot=True).pieces([iter([ends])], laws.context()))
    last = int(function == "range")
    assert max(piece.num_rows for piece in pieces) <= PIECE_ROWS
    expected = [(n, g, g) for n in (3, 200_000, 70_000) for g in range(1, n + 1 - last)]
    assert Batch.concat(pieces).to_rows() == expected


def test_a_series_without_end_gives_its_first_rows() -> None:
    call = TableCall("generate_series", (Lit(1, t.INT8), Lit(2**62, t.INT8)), (t.INT8,))
    plan = ProjectSet(Values((), schema_of()), (call,), False, schema_of(("g", t.INT8)))
    first = next(ProjectSetOperator(1, plan, one_shot=True).pieces([iter([Batch.unit(1)])], laws.context()))
    assert first.cell(first.num_rows - 1, 0) == first.num_rows


ARRAYS = (list_of(t.INT4), t.INT4)


@given(laws.raw_changes((ARRAYS,)))
def test_the_laws_hold(steps: list[laws.Step]) -> None:
    source = schema_of(("a", ARRAYS[0]), ("n", t.INT4))
    call = TableCall("unnest", (Col(0, ARRAYS[0]),), (t.INT4,))
    plan = ProjectSet(Values((), source), (call,), False, schema_of(*source_columns(source), ("x", t.INT4)))

    def reference(inputs: list[Counter]) -> Counter:
        out: Counter = Counter()
        for (array, number), w in inputs[0].items():
            for element in array or ():
                out[array, number, element] += w
        return out

    case = laws.Case(lambda: ProjectSetOperator(1, plan, one_shot=False), (ARRAYS,), reference, ((1,),), linear=True)
    laws.law_incremental(case, steps)
    laws.law_cutting(case, steps)
    laws.law_partitions(case, steps)
    laws.law_negation(case, steps)


def test_every_signature_has_a_kernel() -> None:
    known = project_set.known_table_functions() | set(project_set.LIST_KERNELS)
    # Binding turns the functions over sets of records into calls that give lists of them.
    assert {s.name for s in FUNCTIONS if not s.name.endswith("_recordset")} <= known
    assert all(s.set_returning for s in FUNCTIONS)
    assert struct_of(("window_start", t.TIMESTAMP), ("window_end", t.TIMESTAMP)) in [s.returns for s in FUNCTIONS]
