from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.styles import Styles
from ...kernels.types import SqlType
from ..session_api import CopyFormat

class RowEncoder:
    """DataRow messages of batches of one shape. `formats`: 0 text, 1 binary, per column."""

    def __init__(
        self,
        types: Sequence[SqlType],
        formats: Sequence[int],
        time_zone: str = "UTC",
        styles: Styles = ...,
    ) -> None: ...
    def encode(self, batch: Batch, start: int, limit: int) -> tuple[bytes, int]: ...

class CopyEncoder:
    """CopyData messages of batches of one shape, in a CopyFormat."""

    def __init__(
        self,
        types: Sequence[SqlType],
        form: CopyFormat,
        time_zone: str = "UTC",
        styles: Styles = ...,
    ) -> None: ...
    def header(self, names: Sequence[str]) -> bytes: ...
    def encode(self, batch: Batch, start: int, limit: int) -> tuple[bytes, int]: ...
