"""Bugs planted into servers (`Sabot(plant=…)`), one for each mode that must see it."""

from __future__ import annotations

from typing import Any


def forgets_between_steps() -> None:
    """Groups begin anew in every step: right when all comes in one."""
    from sabot.executor.operators.aggregate import AggregateOperator

    real = AggregateOperator.step

    def step(self: Any, inputs: Any, ctx: Any) -> Any:
        if getattr(self, "stepped", False):
            self.__init__(self.id, self.node, one_shot=False)
        self.stepped = True
        return real(self, inputs, ctx)

    made = AggregateOperator.__init__

    def init(self: Any, id: int, node: Any, *, one_shot: bool) -> None:
        self.node = node
        made(self, id, node, one_shot=one_shot)

    AggregateOperator.__init__, AggregateOperator.step = init, step  # type: ignore[method-assign]


def joins_one_side_at_a_time() -> None:
    """What changes on the right in the same step as on the left is not seen."""
    from sabot.executor.operators.join import JoinOperator

    real = JoinOperator.step

    def step(self: Any, inputs: Any, ctx: Any) -> Any:
        left, right = inputs
        both = left is not None and right is not None and left.num_rows and right.num_rows
        return real(self, [left, None] if both else inputs, ctx)

    JoinOperator.step = step  # type: ignore[method-assign]


def fills_views_short() -> None:
    """The last row of what a view is filled with is lost."""
    from sabot.server.streaming.backfill import Backfill

    real = Backfill._feed

    def feed(self: Any, deltas: Any) -> None:
        real(self, {r: d.slice(0, d.num_rows - 1) for r, d in deltas.items()})

    Backfill._feed = feed  # type: ignore[method-assign]


def takes_nothing_back() -> None:
    """Views forget no row: aggregates do not see deletions."""
    from sabot.executor.operators.aggregate import AggregateOperator

    real = AggregateOperator.step

    def step(self: Any, inputs: Any, ctx: Any) -> Any:
        return real(self, [b if b is None or b.append_only else b.inserted() for b in inputs], ctx)

    AggregateOperator.step = step  # type: ignore[method-assign]


def joins_fully_without_optional_rules() -> None:
    """Inner joins are full ones where optional rules are off."""
    from dataclasses import replace

    from sabot.planner import pipeline
    from sabot.planner.logical import node as n
    from sabot.planner.logical.rewrite import transform

    real = pipeline.rewrite

    def widened(node: n.Node) -> n.Node:
        return replace(node, kind="full") if isinstance(node, n.Join) and node.kind == "inner" else node

    def rewrite(*args: Any, optional_rules: bool = True, **more: Any) -> n.Node:
        plan = real(*args, optional_rules=optional_rules, **more)
        return plan if optional_rules else transform(plan, widened)

    pipeline.rewrite = rewrite


def ends_portals_early() -> None:
    """A portal's last row is lost."""
    from sabot.server.reading.executions import Rows
    from sabot.server.sessions.session import Session

    real = Session.execute

    async def execute(self: Session, prepared: Any, parameters: Any) -> Any:
        made = await real(self, prepared, parameters)
        if isinstance(made, Rows) and made.total:
            made._rows = made._rows.slice(0, made.total - 1)
        return made

    Session.execute = execute  # type: ignore[method-assign]


def cuts_by_the_first_column() -> None:
    """Parts are chosen by the first column of each input, whatever its keys are."""
    from sabot.executor.operators.partitioned import PartitionedOperator

    made = PartitionedOperator.__init__

    def init(self: Any, keys: Any, parts: Any) -> None:
        made(self, [(at,) for at in range(len(keys))], parts)

    PartitionedOperator.__init__ = init  # type: ignore[method-assign]


def swaps_binary_formats() -> None:
    """What is asked for in binary comes as text that says it is binary."""
    from sabot.pgwire import results

    class Encoder(results.RowEncoder):  # type: ignore[misc]
        def __init__(self, types: Any, formats: Any, *rest: Any) -> None:
            super().__init__(types, [0] * len(types), *rest)

    results.RowEncoder = Encoder  # type: ignore[attr-defined,misc]


def keeps_no_groups() -> None:
    """The state of aggregates is in no checkpoint."""
    from sabot.executor.operators.aggregate import AggregateOperator

    real = AggregateOperator.drain
    AggregateOperator.drain = lambda self: [None for _ in real(self)]  # type: ignore[method-assign]


def loses_the_newest_entry() -> None:
    """The last entry of the log is not replayed."""
    from sabot.storage.store import Store

    real = Store.read_log

    def read_log(self: Store, after_seq: int) -> Any:
        return iter(list(real(self, after_seq))[:-1])

    Store.read_log = read_log  # type: ignore[method-assign]


def stores_no_views() -> None:
    """Rows of views are in no checkpoint: only what the log still holds brings them back."""
    from sabot.kernels.store import RowStore
    from sabot.server.streaming.relations import StoredRelation

    class Forgetful:
        def __init__(self, rows: RowStore) -> None:
            self._rows = rows

        def drain(self) -> Any:
            self._rows.drain()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._rows, name)

    real = StoredRelation.__post_init__

    def init(self: Any) -> None:
        real(self)
        if self.entry.kind == "materialized_view":
            self.rows = Forgetful(self.rows)

    StoredRelation.__post_init__ = init  # type: ignore[method-assign]
