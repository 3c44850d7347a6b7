"""Changes as rows: what is summed up gives the input again, nothing is taken back, numbers do not repeat."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from laws import Step, ZSet, clean, context, histories
from sabot.executor.operators.changelog import ChangelogOperator
from sabot.kernels.batch import Batch
from sabot.kernels.schema import schema_of
from sabot.kernels.types import INT2, INT4, INT8, TEXT
from sabot.planner.physical.node import Changelog, Values

TYPES = (INT4, TEXT)
SIGNS = {1: 1, 2: -1, 3: 1, 4: -1}


def node(key: tuple[int, ...]) -> Changelog:
    columns = (("k", INT4), ("t", TEXT))
    made = schema_of(*columns, ("changelog_op", INT2), ("_changelog_row_id", INT8))
    return Changelog(Values((), schema_of(*columns)), key, made)


@settings(max_examples=100, deadline=None)
@given(steps=histories((TYPES,), events=18), restart=st.booleans())
def test_the_changes_sum_up_to_the_input(steps: list[Step], restart: bool) -> None:
    operator = ChangelogOperator(1, node(()), one_shot=False)
    given_rows: ZSet = Counter()
    told: ZSet = Counter()
    numbers: list[int] = []
    drained: list[Batch] = []
    for epoch, step in enumerate(steps):
        delta = Batch.from_rows(TYPES, [row for _, row, _ in step], [w for _, _, w in step])
        for _, row, weight in step:
            given_rows[row] += weight
        out = operator.step([delta], context(epoch + 1))
        for (k, t, operation, number), weight in zip(out.to_rows(), out.weights()) if out is not None else ():
            assert weight == 1
            told[(k, t)] += SIGNS[operation]
            numbers.append(number)
        drained += [b for b in operator.drain() if b is not None]
        if restart:
            operator = ChangelogOperator(1, node(()), one_shot=False)
            for batch in drained:
                operator.restore(0, batch)
    assert clean(told) == clean(given_rows)
    assert numbers == list(range(len(numbers)))


def test_an_update_is_told_by_the_key() -> None:
    operator = ChangelogOperator(1, node((0,)), one_shot=False)
    operator.step([Batch.from_rows(TYPES, [(1, "a"), (2, "b"), (None, "n")])], context(1))
    rows = [(1, "a"), (1, "x"), (2, "b"), (3, "c"), (None, "n"), (None, "m")]
    out = operator.step([Batch.from_rows(TYPES, rows, [-1, 1, -1, 1, -1, 1])], context(2))
    assert out is not None
    assert sorted(((o, k, t) for k, t, o, _ in out.to_rows()), key=repr) == [
        (1, 3, "c"), (2, 2, "b"), (3, 1, "x"), (3, None, "m"), (4, 1, "a"), (4, None, "n"),
    ]  # fmt: skip
