"""One text file (NDJSON, CSV) from a position on. Position: {"byte": …, "line": lines before it}."""

from __future__ import annotations

import csv
import os
from typing import Any

from ....kernels.batch import Batch
from ....kernels.errors import UserError
from ....kernels.json_decode import CsvDecoder, JsonDecoder
from ....kernels.schema import Schema
from ..assemble import error_rows
from ..options import time_unit

READ_BYTES = 4 << 20
LINE_BYTES = 256 << 20  # a longer line is an error

Position = dict[str, int]
START: Position = {"byte": 0, "line": 0}


class TextFile:
    """`limit`: read to this place. Without one, a followed file is read as far as it has whole lines."""

    def __init__(
        self, path: str, schema: Schema, options: dict[str, Any], position: Position, limit: Position | None
    ) -> None:
        self.path = path
        self.position = dict(position)
        self._limit = None if limit is None else limit["byte"]
        self._final = limit is not None or options["mode"] == "once"
        self._file = open(path, "rb")  # noqa: SIM115 (closed by close)
        if options["format"] == "json":
            self._decoder: JsonDecoder | CsvDecoder | None = JsonDecoder(schema.names, schema.types, time_unit(options))
        else:
            self._decoder = self._csv(schema, options)
        self._file.seek(self.position["byte"])
        self._buffer = b""  # what was read; used up to `_at`
        self._at = 0

    def read(self, max_rows: int) -> tuple[Batch, Batch | None] | None:
        """(rows, errors), or None when there is no more for now."""
        if self._decoder is None:
            return None
        size, low = READ_BYTES, READ_BYTES // 4
        while True:
            if len(self._buffer) - self._at < low:
                self._fill(size)
            ended = self._at_end()
            data = memoryview(self._buffer)[self._at :]
            decoded = self._decoder.decode_lines(data, ended and self._final, max_rows)
            rows, _, errors, used, passed, numbers = decoded
            if used:
                break
            if ended:
                return None
            low = size = size * 4
            if size > LINE_BYTES:
                raise UserError(f'"{self.path}" line {self.position["line"] + 1} is too long', "54000")
        first = self.position["line"] + 1
        lines = numbers.column_values(0) if errors is not None else []
        found = error_rows(errors, lambda i: f"file {self.path} line {first + lines[i]}")
        self._at += used
        self.position = {"byte": self.position["byte"] + used, "line": self.position["line"] + passed}
        return rows, found

    def _fill(self, size: int) -> None:
        """Bring what is left of the buffer to `size` bytes, as far as there are."""
        rest = self._buffer[self._at :]
        wanted = size - len(rest)
        if self._limit is not None:
            wanted = min(wanted, self._limit - self.position["byte"] - len(rest))
        self._buffer = rest + self._file.read(wanted) if wanted > 0 else rest
        self._at = 0

    def _at_end(self) -> bool:
        reached = self.position["byte"] + len(self._buffer) - self._at
        return reached >= (os.fstat(self._file.fileno()).st_size if self._limit is None else self._limit)

    def _csv(self, schema: Schema, options: dict[str, Any]) -> CsvDecoder | None:
        """None while the header of a growing file is not complete."""
        sources, width = list(range(len(schema))), len(schema)
        if options["header"]:
            head = self._file.readline()
            if not head.endswith(b"\n") and not self._final:
                return None
            names = next(csv.reader([head.decode("utf-8-sig", "replace")], delimiter=options["delimiter"]), [])
            if not names:
                return None
            sources, width = [_column(self.path, names, f.name) for f in schema], len(names)
            if self.position["byte"] == 0:
                self.position = {"byte": len(head), "line": 1}
        return CsvDecoder(schema.names, schema.types, sources, width, options["delimiter"], options["null"])

    def close(self) -> None:
        self._file.close()


def _column(path: str, names: list[str], wanted: str) -> int:
    folded = [n.strip().lower() for n in names]
    if wanted in names:
        return names.index(wanted)
    if wanted.lower() in folded:
        return folded.index(wanted.lower())
    raise UserError(f'"{path}" has no column "{wanted}"', "42703", hint=f"It has: {', '.join(names)}.")


def text_end(path: str, whole_lines: bool) -> Position:
    """Where reading the file ends now; with `whole_lines` after the last line end."""
    size = os.path.getsize(path)
    if not whole_lines:
        return {"byte": size, "line": 0}
    with open(path, "rb") as file:
        at = size
        while at > 0:
            start = max(0, at - 65_536)
            file.seek(start)
            found = file.read(at - start).rfind(b"\n")
            if found >= 0:
                return {"byte": start + found + 1, "line": 0}
            at = start
    return dict(START)
