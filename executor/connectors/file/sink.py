"""A folder of Parquet or JSON lines files as a sink: one file per epoch, written under another name and then renamed.

Exactly once: the file's name is the sink's identity and the epoch, so that delivering an epoch again replaces it by
itself, and sinks can share a folder.
Append-only changes are plain rows; others have a column `op` (+1 or -1 copies) beside them.
"""

from __future__ import annotations

import os
import re

import pyarrow.parquet as pq

from ....kernels.arrow import batch_to_arrow
from ....kernels.arrow_types import arrow_type
from ....kernels.batch import Batch
from ....kernels.errors import RetryableError, UserError
from ....kernels.json_encode import encode_json
from ....kernels.schema import Field, Schema
from ....kernels.types import INT8
from ..base import SinkSpec, SinkWriter
from ..options import Option, read_options

OPTIONS = (
    Option("path", required=True, aliases=("fs.path",)),
    Option("format", choices=("parquet", "json")),
    Option("type", default="append-only", choices=("append-only", "changelog")),
    Option("compression", default="zstd", choices=("zstd", "snappy", "none")),
)


class FileSink:
    def validate(self, spec: SinkSpec, append_only: bool) -> None:
        options = read_options("file", OPTIONS, spec.options)
        if spec.encode not in ("parquet", "json", "native"):
            raise UserError(f"a file sink has no ENCODE {spec.encode.upper()}", "22023")
        for field in spec.schema:
            arrow_type(field.type)
        if not append_only and options["type"] != "changelog":
            raise UserError(
                "the query's rows may be updated or deleted, which a file of rows can't express",
                "0A000",
                hint="Add type = 'changelog' (each change with its weight) or force_append_only = 'true'.",
            )

    def open(self, spec: SinkSpec) -> SinkWriter:
        return _Writer(spec)


def _format(spec: SinkSpec, given: str | None) -> str:
    """The option, else what FORMAT … ENCODE says, else Parquet."""
    return given or ("json" if spec.row_format == "plain" and spec.encode == "json" else "parquet")


class _Writer:
    def __init__(self, spec: SinkSpec) -> None:
        options = read_options("file", OPTIONS, spec.options)
        self._schema = spec.schema
        self._folder: str = options["path"]
        self._prefix = f"sink-{spec.identity}-epoch-"
        self._format = _format(spec, options["format"])
        self._name = re.compile(re.escape(self._prefix) + rf"(\d{{20}})\.{self._format}$")
        self._compression: str = options["compression"]
        self._weights = "op" if options["type"] == "changelog" else None
        try:
            os.makedirs(self._folder, exist_ok=True)
        except OSError as e:
            raise RetryableError(f'can\'t make folder "{self._folder}": {e}', "58030") from None

    def delivered(self) -> int | None:
        epochs = [int(m[1]) for name in os.listdir(self._folder) if (m := self._name.match(name))]
        return max(epochs, default=None)

    def deliver(self, epoch: int, delta: Batch) -> None:
        rows = delta if self._weights else delta.inserted().expanded()
        if not rows.num_rows:
            return
        path = os.path.join(self._folder, f"{self._prefix}{epoch:020}.{self._format}")
        hidden = os.path.join(self._folder, f".{self._prefix}{epoch:020}.writing")
        try:
            with open(hidden, "wb") as file:
                if self._format == "json":
                    file.write(self._lines(rows))
                else:
                    arrow = batch_to_arrow(rows, self._schema, self._weights)
                    with pq.ParquetWriter(file, arrow.schema, compression=self._compression) as writer:
                        writer.write_batch(arrow)
                file.flush()
                os.fsync(file.fileno())
            os.replace(hidden, path)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as e:
            raise RetryableError(f'can\'t write "{path}": {e}', "58030") from None

    def _lines(self, rows: Batch) -> bytes:
        """One object per row."""
        schema = self._schema
        if self._weights is not None:
            rows, schema = rows.without_weights().hstack(rows.weights_column()), Schema((*schema.fields, Field(self._weights, INT8)))
        return b"".join(line + b"\n" for line in encode_json(rows, schema.names, schema.types))

    def close(self) -> None:
        pass
