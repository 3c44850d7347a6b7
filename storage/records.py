"""Keys and small records: what is stored under which bytes.

    F                      format record
    C seq                  catalog log record
    L seq                  DML log entry
    M generation           manifest of a checkpoint
    D job                  generation at which a job's state was dropped
    B table first last deltas part parts rows size   one block of a run (tables.py)

Numbers in keys are big endian, so that keys sort as the numbers do.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

from ..kernels.block import checksum
from ..kernels.errors import FatalError

FORMAT_KEY = b"F"
CATALOG, LOG, MANIFEST, DROPPED, BLOCK = b"C", b"L", b"M", b"D", b"B"

_SEQUENCE = struct.Struct(">Q")
_BLOCK_KEY = struct.Struct(">qqIIQQIIIQQ")
SUM = struct.Struct("<Q")
_SIGN = 1 << 63


@dataclass(frozen=True, slots=True, order=True)
class TableKey:
    """A state table by stable ids: catalog id, operator slot in the plan, its table, its partition."""

    job: int
    operator: int
    table: int
    partition: int


@dataclass(frozen=True, slots=True)
class BlockKey:
    """Block `part` of `parts` of the run that holds `deltas` checkpoint deltas of generations first..last."""

    table: TableKey
    first: int
    last: int
    deltas: int
    part: int
    parts: int
    rows: int
    size: int

    def encode(self) -> bytes:
        t = self.table
        return BLOCK + _BLOCK_KEY.pack(
            _flip(t.job), _flip(t.operator), t.table, t.partition,
            self.first, self.last, self.deltas, self.part, self.parts, self.rows, self.size,
        )  # fmt: skip

    @staticmethod
    def decode(key: bytes) -> BlockKey:
        job, operator, table, partition, *rest = _BLOCK_KEY.unpack(key[1:])
        return BlockKey(TableKey(_flip(job), _flip(operator), table, partition), *rest)


def _flip(number: int) -> int:
    """Negative numbers before positive ones in byte order (its own inverse)."""
    return number + _SIGN if number < 0 else number - _SIGN


def numbered(prefix: bytes, number: int) -> bytes:
    return prefix + _SEQUENCE.pack(number)


def number_of(key: bytes) -> int:
    return int(_SEQUENCE.unpack(key[-8:])[0])


def pack_json(value: Any) -> bytes:
    text = json.dumps(value, separators=(",", ":")).encode()
    return SUM.pack(checksum(text)) + text


def unpack_json(data: bytes, what: str) -> Any:
    """FatalError XX001 when the bytes are not those of `pack_json`."""
    if len(data) < 8 or SUM.unpack_from(data)[0] != checksum(data[8:]):
        raise FatalError(f"{what} is damaged: checksum differs", "XX001")
    return json.loads(data[8:])
