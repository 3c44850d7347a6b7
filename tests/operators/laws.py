"""The laws that every operator obeys, checked against slow and obvious references.

    incremental = recompute    outputs summed over steps are the reference's answer to the inputs summed
    cutting                    one row per step, everything in one step, or as given: the same sum
    retraction                 taking everything back leaves no output and no state
    restore                    drain, restore into a fresh operator, go on: nothing changes
    partitions                 the inputs cut by key hash over n operators give the same sum
    negation                   linear and bilinear operators: negated input gives negated output

A Z-set is a `Counter` of frozen rows without zero entries; a step is one Z-set delta per input.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from sabot.executor.operator import Operator, StepContext
from sabot.executor.operators.partitioned import PartitionedOperator
from sabot.kernels.batch import Batch
from sabot.kernels.expr.program import SessionFacts
from sabot.kernels.types import Kind, SqlType

Row = tuple[Any, ...]
ZSet = Counter[Row]
Event = tuple[int, Row, int]  # input, row, weight
Step = list[Event]

DOMAINS: dict[Kind, tuple[Any, ...]] = {
    Kind.BOOL: (True, False),
    Kind.INT2: (0, 1, 2),
    Kind.INT4: (0, 1, 2),
    Kind.INT8: (0, 1, 2),
    Kind.FLOAT8: (0.0, 1.5, math.inf),
    Kind.NUMERIC: ("1.5", "1.50", "2"),
    Kind.TEXT: ("", "a", "b"),
    Kind.DATE: (0, 1, 2),
    Kind.TIMESTAMP: (0, 1_000_000, 2_000_000),
    Kind.TIMESTAMPTZ: (0, 1_000_000, 2_000_000),
}


@dataclass(frozen=True)
class Case:
    """One operator under test.

    `inputs`: column types per input. `reference`: the full answer for the summed inputs. `partition`: per input
    the columns by which partitions are cut; None when the operator can't be partitioned. `linear`: the output is
    linear in the inputs taken together. `bilinear`: negating all inputs of a two-input operator changes nothing,
    negating one negates the output.
    """

    make: Callable[[], Operator]
    inputs: tuple[tuple[SqlType, ...], ...]
    reference: Callable[[list[ZSet]], ZSet]
    partition: tuple[tuple[int, ...], ...] | None = None
    linear: bool = False
    bilinear: bool = False
    empty_state: bool = True  # retracting everything leaves no state rows


def freeze(value: Any) -> Any:
    """A hashable stand-in: NaN equals itself, lists become tuples, -0.0 and 0.0 stay apart."""
    if isinstance(value, list | tuple):
        return tuple(freeze(v) for v in value)
    if isinstance(value, float) and (math.isnan(value) or value == 0.0):
        return ("float", repr(value))
    return value


def zset(batch: Batch | None) -> ZSet:
    out: ZSet = Counter()
    if batch is not None:
        for row, weight in zip(batch.to_rows(), batch.weights()):
            out[freeze(row)] += weight
    return clean(out)


def clean(z: ZSet) -> ZSet:
    return Counter({row: weight for row, weight in z.items() if weight})


def add(a: ZSet, b: ZSet, factor: int = 1) -> ZSet:
    out = Counter(a)
    for row, weight in b.items():
        out[row] += factor * weight
    return clean(out)


def inputs_of(case: Case, steps: Sequence[Step]) -> list[ZSet]:
    """The summed inputs, unfrozen rows (the references compute on them)."""
    out: list[ZSet] = [Counter() for _ in case.inputs]
    for step in steps:
        for position, row, weight in step:
            out[position][row] += weight
    return [clean(z) for z in out]


def batches(case: Case, step: Step) -> list[Batch | None]:
    found: list[Batch | None] = []
    for position, types in enumerate(case.inputs):
        mine = [(row, weight) for p, row, weight in step if p == position]
        if not mine:
            found.append(None)
        elif all(weight == 1 for _, weight in mine):
            found.append(Batch.from_rows(types, [row for row, _ in mine]))
        else:
            found.append(Batch.from_rows(types, [row for row, _ in mine], [weight for _, weight in mine]))
    return found


def context(epoch: int = 1, now: int = 0, strict: bool = False) -> StepContext:
    return StepContext(epoch=epoch, facts=SessionFacts(now=now), strict=strict)


def once(operator: Operator, inputs: Sequence[Batch | None], ctx: StepContext, rows: int = 2) -> Batch | None:
    """All that a one-shot operator gives for inputs in pieces of so many rows."""

    def cut(batch: Batch | None) -> Iterator[Batch]:
        for at in range(0, batch.num_rows if batch is not None else 0, rows):
            yield batch.slice(at, min(rows, batch.num_rows - at))

    parts = list(operator.pieces([cut(batch) for batch in inputs], ctx))
    assert all(part.num_rows for part in parts)
    return Batch.concat(parts) if parts else None


def run(case: Case, operator: Operator, steps: Sequence[Step], *, start: bool = True) -> ZSet:
    """Sum of the outputs. `start` asks a fresh operator for what it shows before any input."""
    total: ZSet = Counter()
    for number, step in enumerate(steps):
        total = add(total, zset(operator.step(batches(case, step), context(number + 1))))
        if number == 0 and start:
            total = add(total, zset(operator.start(context())))
    if not steps and start:
        total = add(total, zset(operator.start(context())))
    return total


def law_incremental(case: Case, steps: Sequence[Step]) -> None:
    operator = case.make()
    total = run(case, operator, steps)
    expected = clean(Counter({freeze(r): w for r, w in case.reference(inputs_of(case, steps)).items()}))
    assert total == expected, difference(total, expected)


def law_cutting(case: Case, steps: Sequence[Step]) -> None:
    as_given = run(case, case.make(), steps)
    single = run(case, case.make(), [[event] for step in steps for event in step])
    at_once = run(case, case.make(), [[event for step in steps for event in step]])
    assert single == as_given, difference(single, as_given)
    assert at_once == as_given, difference(at_once, as_given)


def law_retraction(case: Case, steps: Sequence[Step]) -> None:
    operator = case.make()
    back = [[(p, row, -weight) for p, row, weight in reversed(step)] for step in reversed(steps)]
    total = run(case, operator, [*steps, *back])
    expected = clean(Counter({freeze(r): w for r, w in case.reference([Counter() for _ in case.inputs]).items()}))
    assert total == expected, difference(total, expected)
    if case.empty_state:
        assert operator.state_rows == 0


def law_restore(case: Case, steps: Sequence[Step], every: int = 1) -> None:
    """Drains after every `every` steps; a fresh operator takes all drained batches and goes on."""
    expected = run(case, case.make(), steps)
    operator = case.make()
    total: ZSet = Counter()
    drained: list[list[Batch]] = [[] for _ in operator.state_tables]
    for number, step in enumerate(steps):
        total = add(total, zset(operator.step(batches(case, step), context(number + 1))))
        if number == 0:
            total = add(total, zset(operator.start(context())))
        if number % every == 0:
            for table, batch in enumerate(operator.drain()):
                if batch is not None:
                    drained[table].append(batch)
            operator = case.make()
            for table, parts in enumerate(drained):
                for batch in parts:
                    operator.restore(table, batch)
    if not steps:
        total = zset(operator.start(context()))
    assert total == expected, difference(total, expected)


def law_partitions(case: Case, steps: Sequence[Step], parts: int = 3) -> None:
    """Cut operators give the same sum, step by step on one thread or all parts at once, and keep what they need."""
    keys = case.partition
    assert keys is not None
    whole = replace(case, make=lambda: PartitionedOperator(keys, [case.make() for _ in range(parts)]))
    law_incremental(whole, steps)
    law_retraction(whole, steps)
    law_restore(whole, steps, every=2)


def law_negation(case: Case, steps: Sequence[Step]) -> None:
    def negated(which: set[int]) -> list[Step]:
        return [[(p, row, -w if p in which else w) for p, row, w in step] for step in steps]

    expected = run(case, case.make(), steps, start=False)
    minus = clean(Counter({row: -w for row, w in expected.items()}))
    if case.linear:
        assert run(case, case.make(), negated(set(range(len(case.inputs)))), start=False) == minus
    if case.bilinear:
        assert run(case, case.make(), negated({0}), start=False) == minus
        assert run(case, case.make(), negated({1}), start=False) == minus
        assert run(case, case.make(), negated({0, 1}), start=False) == expected


def check(case: Case, steps: Sequence[Step]) -> None:
    """Every law that applies to the case; `steps` must be valid multiset changes (see `histories`)."""
    law_incremental(case, steps)
    law_cutting(case, steps)
    law_retraction(case, steps)
    law_restore(case, steps)
    law_restore(case, steps, every=2)
    if case.partition is not None:
        law_partitions(case, steps)
    if case.linear or case.bilinear:
        law_negation(case, steps)


def difference(got: ZSet, expected: ZSet) -> str:
    return f"surplus {dict(add(got, expected, -1))} (got - expected)"


def values(sql_type: SqlType) -> st.SearchStrategy[Any]:
    """NULL or one of three values."""
    if sql_type.kind == Kind.LIST:
        assert sql_type.elem is not None
        return st.one_of(st.none(), st.lists(values(sql_type.elem), max_size=2))
    return st.sampled_from((None, *DOMAINS[sql_type.kind]))


def rows(types: Sequence[SqlType]) -> st.SearchStrategy[Row]:
    return st.tuples(*(values(t) for t in types))


@st.composite
def histories(draw: st.DrawFn, inputs: Sequence[Sequence[SqlType]], events: int = 14, append_only: bool = False) -> list[Step]:
    """Steps in which no multiplicity ever falls below zero, at any cut between two events."""
    held: list[list[Row]] = [[] for _ in inputs]
    steps: list[Step] = [[]]
    for _ in range(draw(st.integers(0, events))):
        position = draw(st.integers(0, len(inputs) - 1))
        if not append_only and held[position] and draw(st.integers(0, 2)) == 0:
            row = held[position].pop(draw(st.integers(0, len(held[position]) - 1)))
            steps[-1].append((position, row, -1))
        else:
            row = draw(rows(inputs[position]))
            held[position].append(_hashable(row))
            steps[-1].append((position, _hashable(row), 1))
        if draw(st.booleans()):
            steps.append([])
    return steps


@st.composite
def raw_changes(draw: st.DrawFn, inputs: Sequence[Sequence[SqlType]], events: int = 14) -> list[Step]:
    """Steps of arbitrary weights from -1 to 2: for operators that are linear in each input."""
    steps: list[Step] = [[]]
    for _ in range(draw(st.integers(0, events))):
        position = draw(st.integers(0, len(inputs) - 1))
        steps[-1].append((position, _hashable(draw(rows(inputs[position]))), draw(st.sampled_from((-1, 0, 1, 2)))))
        if draw(st.booleans()):
            steps.append([])
    return steps


def _hashable(row: Row) -> Row:
    return tuple(tuple(v) if isinstance(v, list) else v for v in row)
