from collections.abc import Sequence

from .batch import Batch
from .types import SqlType

class TopRows:
    """Rows `offset < position <= offset + limit` of each group; see planner TopN."""

    def __init__(
        self,
        types: Sequence[SqlType],
        groups: Sequence[int],
        order: Sequence[object],
        limit: int | None,
        offset: int,
        rank: str,
        with_rank: bool,
        append_only: bool,
        tracked: bool,
    ) -> None: ...
    def apply(self, batch: Batch) -> Batch: ...
    def drain(self) -> Batch | None: ...
    def restore(self, batch: Batch) -> None: ...
    @property
    def state_rows(self) -> int: ...
    @property
    def state_bytes(self) -> int: ...
