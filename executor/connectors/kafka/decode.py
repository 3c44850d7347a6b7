"""Messages of one poll into rows: payload, INCLUDE columns, keys of tombstones, errors.

FORMAT UPSERT: a message with a value is a row of weight +1 that replaces the row of its key, one without a
value is a row of weight -1 whose key columns are set and whose other columns are NULL. The table behind the
source keys rows by its primary key and applies them in order.

FORMAT DEBEZIUM and MAXWELL: the message tells a change of a row; a deletion is a row of weight -1, the new row of
an update replaces the old one by its key. Messages without a value (Kafka's own tombstones) say nothing new.
"""

from __future__ import annotations

import json
from typing import Any

from ....kernels.batch import Batch
from ....kernels.errors import Unsupported, UserError
from ....kernels.json_decode import CsvDecoder, JsonDecoder
from ....kernels.types import INT8, TEXT, Kind, SqlType
from ..assemble import assemble, error_rows, payload_positions
from ..base import SourceSpec
from ..options import JSON_OPTIONS, TIME_UNITS, Option, read_options, time_unit

_ERROR_TYPES = (INT8, TEXT, TEXT)
ENVELOPES = ("debezium", "maxwell")
ENCODINGS: dict[str, tuple[Option, ...]] = {
    "json": (*JSON_OPTIONS, Option("ignore_key", "bool", False)),
    "csv": (Option("delimiter", default=","), Option("without_header", "bool", True)),
    "bytes": (),
}
INCLUDES = ("key", "partition", "offset", "timestamp", "header", "payload")


class MessageDecoder:
    def __init__(self, spec: SourceSpec) -> None:
        self._spec = spec
        self._upsert = spec.row_format == "upsert"
        self._changes = spec.row_format in ENVELOPES
        payload = spec.schema.select(payload_positions(spec))
        self._bytes = spec.encode == "bytes"
        if spec.encode not in ENCODINGS:
            raise Unsupported(f"ENCODE {spec.encode.upper()} is not supported", hint="Use ENCODE JSON, CSV or BYTES.")
        if spec.row_format not in ("plain", "upsert", *ENVELOPES):
            raise Unsupported(f"FORMAT {spec.row_format.upper()} is not supported",
                              hint="Use FORMAT PLAIN, UPSERT, DEBEZIUM or MAXWELL.")
        if spec.row_format != "plain" and spec.encode != "json":
            raise Unsupported(f"FORMAT {spec.row_format.upper()} ENCODE {spec.encode.upper()} is not supported",
                              hint="Use ENCODE JSON.")
        if self._bytes and [f.type.kind for f in payload] not in ([Kind.BYTEA], [Kind.TEXT]):
            raise UserError("ENCODE BYTES needs one column of type bytea", "42804")
        if spec.row_format != "plain" and not spec.primary_key:
            raise UserError(f"FORMAT {spec.row_format.upper()} needs a primary key", "42601", hint="Add PRIMARY KEY (…).")
        given = read_options("kafka", ENCODINGS[spec.encode], spec.encode_options or {})
        self._payload: JsonDecoder | CsvDecoder
        if spec.encode == "csv":
            if not given["without_header"]:
                raise Unsupported("messages with a CSV header are not supported", hint="Set without_header = 'true'.")
            width = len(payload)
            self._payload = CsvDecoder(payload.names, payload.types, range(width), width, _delimiter(given["delimiter"]))
        else:
            unit = 0 if self._bytes else time_unit(given)
            if self._changes:
                unit = unit or TIME_UNITS["guess_number_unit"]
                self._payload = JsonDecoder(payload.names, payload.types, unit, spec.row_format)
            else:
                self._payload = JsonDecoder(payload.names, payload.types, unit)
        keyed = [i for i in spec.primary_key if spec.include[i] is None]
        self._key = spec.schema.select(tuple(keyed))
        self._key_decoder = JsonDecoder(self._key.names, self._key.types)

    @property
    def types(self) -> tuple[SqlType, ...]:
        return self._spec.schema.types

    def decode(self, messages: list[Any]) -> tuple[Batch, Batch | None]:
        """(rows, errors) of confluent_kafka messages, in their order."""
        if self._changes:
            messages = [m for m in messages if m.value() is not None]
        values = [m.value() for m in messages]
        absent = [i for i, v in enumerate(values) if v is None]
        if not absent:
            return self._rows(messages, values)
        if not self._upsert:
            return self._without(messages, absent)
        pieces: list[Batch] = []
        errors: list[Batch] = []
        start = 0
        for stop in [*absent, len(messages)]:  # runs of values between tombstones keep the order
            for rows, bad in (
                self._rows(messages[start:stop], values[start:stop]) if stop > start else (None, None),
                self._deletion(messages[stop]) if stop < len(messages) else (None, None),
            ):
                if rows is not None and rows.num_rows:
                    pieces.append(rows)
                if bad is not None:
                    errors.append(bad)
            start = stop + 1
        whole = Batch.concat(pieces) if pieces else Batch.empty(self._spec.schema.types)
        return whole, Batch.concat(errors) if errors else None

    def _without(self, messages: list[Any], absent: list[int]) -> tuple[Batch, Batch | None]:
        """FORMAT PLAIN: a message without a value is an error."""
        gone = set(absent)
        rest = [m for i, m in enumerate(messages) if i not in gone]
        rows, errors = self._rows(rest, [m.value() for m in rest])
        empty = error_rows(
            Batch.from_rows(_ERROR_TYPES, [(i, "22004", "the message has no value") for i in absent]),
            lambda i: _where(messages[i]),
        )
        assert empty is not None
        return rows, empty if errors is None else Batch.concat([errors, empty])

    def _rows(self, messages: list[Any], values: list[bytes]) -> tuple[Batch, Batch | None]:
        if self._bytes:
            kind = self._spec.schema[payload_positions(self._spec)[0]].type
            texts = values if kind.kind == Kind.BYTEA else [v.decode("utf-8", "replace") for v in values]
            payload, kept, errors = Batch.from_rows((kind,), [(v,) for v in texts]), None, None
        else:
            payload, kept, errors = self._payload.decode(values)
        good = messages if kept is None else [messages[i] for i in kept.column_values(0)]
        rows = assemble(self._spec, payload, self._included(good))
        return rows, error_rows(errors, lambda i: _where(messages[i]))

    def _included(self, messages: list[Any]) -> dict[str, Batch]:
        found: dict[str, Batch] = {}
        for field, include in zip(self._spec.schema, self._spec.include):
            if include is not None:
                found[include] = Batch.from_rows(
                    (field.type,), [(_included_value(m, include, field.type),) for m in messages]
                )
        return found

    def _deletion(self, message: Any) -> tuple[Batch | None, Batch | None]:
        key, _, errors = self._key_decoder.decode([_key_document(message.key(), self._key.names)])
        if errors is not None:
            return None, error_rows(errors, lambda _: _where(message) + " key")
        cells = dict(zip(self._key.names, key.to_rows()[0]))
        row = [
            cells.get(f.name) if include is None else _included_value(message, include, f.type)
            for f, include in zip(self._spec.schema, self._spec.include)
        ]
        return Batch.from_rows(self._spec.schema.types, [row], [-1]), None


def _delimiter(text: str) -> str:
    found = {"\\t": "\t", "tab": "\t", "semicolon": ";", "comma": ","}.get(text, text)
    if len(found) != 1 or not found.isascii():
        raise UserError(f'delimiter must be one character, not "{text}"', "22023")
    return found


def _key_document(key: bytes | None, names: tuple[str, ...]) -> bytes:
    """A message key as an object of the key columns: it is one already, or the value of the only column."""
    if key is None or not names:
        return b"{}"
    if key.lstrip().startswith(b"{") or len(names) > 1:
        return key
    name = json.dumps(names[0]).encode()
    quoted = key if key.startswith((b'"', b"[")) else json.dumps(key.decode("utf-8", "replace")).encode()
    return b"{" + name + b":" + quoted + b"}"


def _included_value(message: Any, include: str, sql_type: SqlType) -> Any:
    kind, _, field = include.partition(".")
    if kind == "key":
        return _as(message.key(), sql_type)
    if kind == "payload":
        return _as(message.value(), sql_type)
    if kind == "partition":
        return str(message.partition()) if sql_type.kind == Kind.TEXT else message.partition()
    if kind == "offset":
        return str(message.offset()) if sql_type.kind == Kind.TEXT else message.offset()
    if kind == "timestamp":
        present, millis = message.timestamp()
        return millis * 1000 if present else None
    headers = message.headers() or []
    if field:
        return _as(next((v for k, v in headers if k == field), None), sql_type)
    return [(k, v) for k, v in headers] if message.headers() is not None else None


def _as(value: bytes | None, sql_type: SqlType) -> Any:
    if value is None or sql_type.kind == Kind.BYTEA:
        return value
    return value.decode("utf-8", "replace")


def _where(message: Any) -> str:
    return f"partition {message.partition()} offset {message.offset()}"
