"""Set-returning functions beside their input rows: linear, no state."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.errors import InternalError
from ...kernels.expr.program import Program
from ...kernels.expr.spec import Call, Expr
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
            elif function not in known_table_functions():
                raise InternalError(f"unknown set-returning function {function}")
            calls.append((function, range(len(arguments), len(arguments) + len(exprs)), call.types))
            arguments += exprs
        self._arguments = Program(arguments)
        self._calls = TableCalls(calls, node.ordinality, node.outer)

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        arguments, failed = self._arguments.run(batch, ctx.facts)
        report(ctx, self.id, None if failed is None else failed.select((1, 2)).weighted_as(failed))
        out, failed = self._calls.run(batch, arguments, ctx.facts.time_zone)
        report(ctx, self.id, failed)
        return out if out.num_rows else None
