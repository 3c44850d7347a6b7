"""From plan nodes to operators: one line per operator. Leaves that only pass rows on have none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..kernels.errors import InternalError
from ..planner.physical import node
from .operator import Operator
from .operators.aggregate import AggregateOperator
from .operators.asof_join import AsOfJoinOperator
from .operators.changelog import ChangelogOperator
from .operators.clock import ClockOperator
from .operators.distinct import DistinctOperator
from .operators.join import JoinOperator
from .operators.map import MapOperator
from .operators.now_filter import NowFilterOperator
from .operators.partitioned import PartitionedOperator, partition_keys
from .operators.project_set import ProjectSetOperator
from .operators.recursive import recursive_operator
from .operators.setop import SetOpOperator
from .operators.single_row import SingleRowOperator
from .operators.sort import SortOperator
from .operators.temporal_join import TemporalJoinOperator
from .operators.top_n import TopNOperator
from .operators.union import UnionOperator
from .operators.values import RowsOperator, ValuesOperator
from .operators.watermark import EmitOnCloseOperator, WatermarkFilterOperator
from .operators.window import WindowOperator

OPERATORS: dict[type, Callable[..., Operator]] = {
    node.Aggregate: AggregateOperator,
    node.AsOfJoin: AsOfJoinOperator,
    node.Changelog: ChangelogOperator,
    node.Clock: ClockOperator,
    node.Distinct: DistinctOperator,
    node.EmitOnClose: EmitOnCloseOperator,
    node.Join: JoinOperator,
    node.Map: MapOperator,
    node.NowFilter: NowFilterOperator,
    node.ProjectSet: ProjectSetOperator,
    node.Recursive: recursive_operator,
    node.SetOp: SetOpOperator,
    node.SingleRow: SingleRowOperator,
    node.Sort: SortOperator,
    node.TopN: TopNOperator,
    node.TemporalJoin: TemporalJoinOperator,
    node.Union: UnionOperator,
    node.Rows: RowsOperator,
    node.Values: ValuesOperator,
    node.WatermarkFilter: WatermarkFilterOperator,
    node.Window: WindowOperator,
}


def build_operator(id: int, plan: Any, one_shot: bool, partitions: int = 1) -> Operator:
    """The operator of a plan node; `one_shot`: for `pieces` instead of `step`.

    `partitions`: into how many an operator is cut that has keys.
    """
    operator = OPERATORS.get(type(plan))
    if operator is None:
        raise InternalError(f"no operator for {type(plan).__name__}")
    keys = partition_keys(plan) if partitions > 1 else None
    if keys is None:
        return operator(id, plan, one_shot=one_shot)
    return PartitionedOperator(keys, [operator(id, plan, one_shot=one_shot) for _ in range(partitions)])
