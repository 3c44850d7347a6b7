from collections.abc import Sequence

from .batch import Batch
from .types import SqlType

class JsonDecoder:
    def __init__(self, names: Sequence[str], types: Sequence[SqlType], time_unit: int = 0, envelope: str = "none") -> None: ...
    def decode(self, messages: list[bytes]) -> tuple[Batch, Batch | None, Batch | None]: ...
    def decode_lines(
        self, data: bytes | bytearray | memoryview, final: bool, most: int
    ) -> tuple[Batch, Batch | None, Batch | None, int, int, Batch]: ...

class CsvDecoder:
    def __init__(
        self,
        names: Sequence[str],
        types: Sequence[SqlType],
        sources: Sequence[int],
        width: int,
        delimiter: str = ",",
        null: str = "",
    ) -> None: ...
    def decode(self, messages: list[bytes]) -> tuple[Batch, Batch | None, Batch | None]: ...
    def decode_lines(
        self, data: bytes | bytearray | memoryview, final: bool, most: int
    ) -> tuple[Batch, Batch | None, Batch | None, int, int, Batch]: ...
