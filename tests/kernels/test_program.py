"""Programs: filter and map batches, lazy row errors, three-valued logic."""

import pytest
from sabot.kernels.batch import Batch
from sabot.kernels.errors import RowError
from sabot.kernels.expr.program import Program, SessionFacts, evaluate
from sabot.kernels.expr.spec import And, Call, Case, Coalesce, Col, Expr, Lambda, Lit, Or
from sabot.kernels.types import BOOL, INT4, INT8, SqlType, list_of

FACTS = SessionFacts()


def call(kernel: str, *args: Expr, to: SqlType = BOOL) -> Call:
    return Call(kernel, args, to)


def lit(v: object, to: SqlType = INT4) -> Lit:
    return Lit(v, to)


A, B = Col(0, INT4), Col(1, INT4)


def test_predicate_filters_and_expressions_map_with_weights_kept() -> None:
    batch = Batch.from_rows((INT4, INT4), [(1, 10), (2, 20), (None, 30), (4, 40)], [1, -1, 1, 2])
    program = Program((call("arith.add", A, B, to=INT4), B), call("compare.gt", A, lit(1)))
    rows, errors = program.run(batch, FACTS)
    assert rows.to_rows() == [(22, 20), (44, 40)]
    assert rows.weights() == [-1, 2]
    assert errors is None


def test_a_failing_row_is_null_and_reported_with_its_weight() -> None:
    batch = Batch.from_rows((INT4, INT4), [(1, 1), (5, 0), (6, 0), (None, 0)], [1, -3, 1, 1])
    program = Program((call("arith.div", A, B, to=INT4),), call("compare.ne", B, lit(7)))
    rows, errors = program.run(batch, FACTS)
    assert rows.to_rows() == [(1,), (None,), (None,), (None,)]
    assert errors is not None
    assert errors.to_rows() == [(1, "22012", "division by zero"), (2, "22012", "division by zero")]
    assert errors.weights() == [-3, 1]


def test_error_rows_count_in_the_unfiltered_input() -> None:
    batch = Batch.from_rows((INT4, INT4), [(0, 1), (5, 0)])
    _, errors = Program((call("arith.div", A, B, to=INT4),), call("compare.gt", A, lit(0))).run(batch, FACTS)
    assert errors is not None and errors.to_rows()[0][0] == 1


def test_case_and_coalesce_drop_errors_of_what_is_not_taken() -> None:
    batch = Batch.from_rows((INT4, INT4), [(10, 0), (10, 5)])
    divide = call("arith.div", A, B, to=INT4)
    safe = Case(((call("compare.eq", B, lit(0)), lit(-1)),), divide, INT4)
    rows, errors = Program((safe, Coalesce((A, divide), INT4))).run(batch, FACTS)
    assert rows.to_rows() == [(-1, 10), (2, 10)]
    assert errors is None


def test_three_valued_logic() -> None:
    values = [True, False, None]
    batch = Batch.from_rows((BOOL, BOOL), [(x, y) for x in values for y in values])
    p, q = Col(0, BOOL), Col(1, BOOL)
    rows, _ = Program((And((p, q)), Or((p, q)), call("bool.not", p))).run(batch, FACTS)
    assert [r[0] for r in rows.to_rows()] == [True, False, None, False, False, False, None, False, None]
    assert [r[1] for r in rows.to_rows()] == [True, True, True, True, False, None, True, None, None]
    assert [r[2] for r in rows.to_rows()][::3] == [False, True, None]


def test_lambda_maps_elements_with_captures() -> None:
    batch = Batch.from_rows((list_of(INT4), INT4), [([1, 2], 10), (None, 1), ([], 1), ([None, 5], 2)])
    body = call("arith.mul", Col(0, INT4), Col(1, INT4), to=INT4)
    ints = list_of(INT4)
    program = Program((Call("cast.mapped", (Col(0, ints), Lambda(body, (Col(1, INT4),), ints)), ints),))
    assert program.run(batch, FACTS)[0].to_rows() == [([10, 20],), (None,), ([],), ([None, 10],)]


def test_evaluate_gives_a_value_or_raises() -> None:
    assert evaluate(call("arith.add", lit(2), lit(3), to=INT4), FACTS) == 5
    with pytest.raises(RowError) as failure:
        evaluate(call("arith.add", lit(2**31 - 1), lit(1), to=INT4), FACTS)
    assert failure.value.sqlstate == "22003" and failure.value.message == "integer out of range"


def test_integers_of_different_width_meet() -> None:
    assert evaluate(call("arith.mul", lit(2**31 - 1), lit(3, INT8), to=INT8), FACTS) == 3 * (2**31 - 1)
    assert evaluate(call("compare.eq", lit(3), lit(3, INT8)), FACTS) is True
