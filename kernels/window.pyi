from collections.abc import Sequence

from .batch import Batch
from .types import SqlType

class Windows:
    """Partitions in order and window calls over them; see planner Window.

    `offsets`: per call the constant offset of lag and lead, or None when it is a column.
    """

    def __init__(
        self,
        types: Sequence[SqlType],
        partition: Sequence[int],
        order: Sequence[object],
        calls: Sequence[object],
        offsets: Sequence[int | None],
        tracked: bool = True,
    ) -> None: ...
    def apply(self, batch: Batch) -> tuple[Batch, Batch | None]: ...
    def set_time_zone(self, name: str) -> None: ...
    def drain(self) -> Batch | None: ...
    def restore(self, batch: Batch) -> None: ...
    @property
    def state_rows(self) -> int: ...
    @property
    def state_bytes(self) -> int: ...
