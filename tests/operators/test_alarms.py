"""Each law notices an operator with a bug that is planted for it, and has nothing to say about the same one without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import laws
import pytest
from sabot.executor.operator import Operator, StepContext
from sabot.executor.operators.distinct import DistinctOperator
from sabot.executor.operators.join import JoinOperator
from sabot.kernels.batch import Batch
from sabot.kernels.schema import schema_of
from sabot.kernels.types import INT4
from sabot.planner.physical.node import Distinct, Join, Values

PAIRS = schema_of(("k", INT4), ("v", INT4))
BOTH = schema_of(("k", INT4), ("v", INT4), ("l", INT4), ("w", INT4))


def distinct() -> Operator:
    return DistinctOperator(0, Distinct(Values((), PAIRS), PAIRS), one_shot=False)


def join() -> Operator:
    left, right = Values((), PAIRS), Values((), PAIRS)
    return JoinOperator(0, Join(left, right, "inner", (1,), (1,), (False,), None, BOTH), one_shot=False)


def joined(inputs: list[Counter]) -> Counter:
    out: Counter = Counter()
    for a, m in inputs[0].items():
        for b, n in inputs[1].items():
            if a[1] == b[1]:
                out[a + b] += m * n
    return out


TWO = (INT4, INT4)
DISTINCT = laws.Case(distinct, (TWO,), lambda inputs: Counter(dict.fromkeys(inputs[0], 1)), partition=((0, 1),))
JOIN = laws.Case(join, (TWO, TWO), joined, partition=((1,), (1,)), bilinear=True)
STEPS: list[laws.Step] = [
    [(0, (1, 1), 1), (0, (2, 1), 2)],
    [(0, (1, 1), 1), (0, (2, 1), -1), (0, (3, 2), 1)],
    [(0, (2, 1), -1), (0, (3, 2), -1)],
]
JOINS: list[laws.Step] = [
    [(0, (1, 1), 1), (1, (5, 1), 1), (1, (6, 2), 1)],
    [(0, (2, 2), 1), (0, (3, 1), 1), (1, (7, 2), 1)],
    [(0, (1, 1), -1), (1, (6, 2), -1)],
]


class Around(Operator):
    """An operator as it is; bugs override a part."""

    def __init__(self, inner: Operator) -> None:
        super().__init__(inner.id, inner.types)
        self.inner = inner
        self.state_tables = inner.state_tables

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        return self.inner.step(inputs, ctx)

    def drain(self) -> list[Batch | None]:
        return self.inner.drain()

    def restore(self, table: int, batch: Batch) -> None:
        self.inner.restore(table, batch)

    @property
    def state_rows(self) -> int:
        return self.inner.state_rows


class Loses(Around):
    """The first row of an input."""

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        return self.inner.step([b and b.slice(1, b.num_rows - 1) for b in inputs], ctx)


class Forgets(Around):
    """What came in earlier steps."""

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        self.inner = distinct()
        return self.inner.step(inputs, ctx)


class Keeps(Around):
    """Rows of state that nothing refers to."""

    @property
    def state_rows(self) -> int:
        return self.inner.state_rows + 1


class DrainsNothing(Around):
    def drain(self) -> list[Batch | None]:
        self.inner.drain()
        return [None for _ in self.state_tables]


class TakesNothingBack(Around):
    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        return self.inner.step([b and b.inserted() for b in inputs], ctx)


def buggy(case: laws.Case, bug: Callable[[Operator], Operator]) -> laws.Case:
    return replace(case, make=lambda: bug(case.make()))


@pytest.mark.parametrize(
    ("law", "case", "steps", "planted"),
    [
        (laws.law_incremental, DISTINCT, STEPS, buggy(DISTINCT, Loses)),
        (laws.law_cutting, DISTINCT, STEPS, buggy(DISTINCT, Forgets)),
        (laws.law_retraction, DISTINCT, STEPS, buggy(DISTINCT, Keeps)),
        (laws.law_restore, DISTINCT, STEPS, buggy(DISTINCT, DrainsNothing)),
        (laws.law_partitions, JOIN, JOINS, replace(JOIN, partition=((0,), (0,)))),
        (laws.law_negation, JOIN, JOINS, buggy(JOIN, TakesNothingBack)),
    ],
    ids=["incremental", "cutting", "retraction", "restore", "partitions", "negation"],
)
def test_each_law_notices_a_planted_bug(
    law: Callable[[laws.Case, Sequence[laws.Step]], Any], case: laws.Case, steps: list[laws.Step], planted: laws.Case
) -> None:
    law(case, steps)
    with pytest.raises(AssertionError):
        law(planted, steps)
