"""Set-returning functions beside their input rows: linear, no state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...kernels.batch import Batch
from ...kernels.errors import InternalError
from ...kernels.expr.program import Program
from ...kernels.expr.spec import Call, Expr, Lit
from ...kernels.limits import PIECE_ROWS
from ...kernels.table_functions import TableCalls, known_table_functions
from ...kernels.types import list_of
from ...planner.physical.node import ProjectSet
from ..operator import Operator, StepContext
from .row_errors import report

# Functions whose rows a scalar kernel gives as a list.
LIST_KERNELS: dict[str, tuple[str, tuple[int, ...]]] = {
    "regexp_matches": ("regex.all_matches", ()),
    "regexp_split_to_table": ("regex.split", ()),
    "jsonb_path_query": ("jsonpath.query", (0, 0)),
    "jsonb_path_query_tz": ("jsonpath.query", (0, 1)),
}


SERIES = ("generate_series", "range")  # in a one-shot read they stop after a piece and go on


class ProjectSetOperator(Operator):
    def __init__(self, id: int, node: ProjectSet, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        arguments: list[Expr] = []
        calls = []
        for call in node.calls:
            function, exprs = call.function, call.args
            if function in LIST_KERNELS:
                kernel, options = LIST_KERNELS[function]
                exprs = (Call(kernel, exprs, list_of(call.types[0]), options),)
                function = "list_elements"
            elif function in SERIES and len(exprs) == 1:
                exprs = (Lit(0, exprs[0].type), *exprs)
            elif function not in known_table_functions():
                raise InternalError(f"unknown set-returning function {function}")
            calls.append((function, range(len(arguments), len(arguments) + len(exprs)), call.types))
            arguments += exprs
        self._arguments = Program(arguments)
        self._calls = TableCalls(calls, node.ordinality, node.outer)
        self._width = len(arguments)

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        arguments = self._evaluated(batch, ctx)
        out, failed = self._calls.run(batch, arguments, ctx.facts.time_zone)
        report(ctx, self.id, failed)
        return out if out.num_rows else None

    def _evaluated(self, batch: Batch, ctx: StepContext) -> Batch:
        arguments, failed = self._arguments.run(batch, ctx.facts)
        report(ctx, self.id, None if failed is None else failed.select((1, 2)).weighted_as(failed))
        return arguments

    def pieces(self, inputs: Sequence[Iterator[Batch]], ctx: StepContext) -> Iterator[Batch]:
        some = 256  # input rows at a time: as many as give about a piece
        for batch in inputs[0]:
            arguments = self._evaluated(batch, ctx)
            at = given = 0
            rest: Batch | None = None
            while at < batch.num_rows:
                ctx.check()
                count = min(some, batch.num_rows - at) if rest is None else 1
                rows, values = batch.slice(at, count), arguments.slice(at, count)
                if rest is not None:
                    values = rest.hstack(values.select(range(1, self._width)))
                out, failed, gone, given, rest = self._calls.some(rows, values, ctx.facts.time_zone, PIECE_ROWS, given)
                report(ctx, self.id, failed)
                if out.num_rows:
                    yield out
                at += gone if rest is None else gone - 1
                some = max(1, min(PIECE_ROWS, PIECE_ROWS * gone // max(out.num_rows, 1)))
