"""Sending result rows: encoding in bounded pieces, with the session's output settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..kernels.batch import Batch
from ..kernels.errors import Unsupported, UserError
from ..kernels.schema import Schema
from ..kernels.styles import Styles
from ..kernels.types import REG_TYPES, TEXT, Kind, SqlType, list_of
from .backend import row_description
from .codecs.encode import RowEncoder
from .limits import ROW_CHUNK_BYTES, WRITERS
from .session_api import SessionApi

if TYPE_CHECKING:
    from .dialogue import Channel

# Kept as OIDs, shown by name: only the session knows the names.
OBJECT_TYPES = frozenset(REG_TYPES)


class RowWriter:
    """Sends the rows of one result; `formats` has a code per column, or is empty for all text."""

    def __init__(self, columns: Schema, formats: tuple[int, ...], session: SessionApi) -> None:
        self.formats = formats or (0,) * len(columns)
        self.description = row_description(columns, self.formats)
        self._names = ObjectNames(columns.types, self.formats, session)
        settings = session.wire_settings()
        self._encoder = RowEncoder(self._names.types, self.formats, settings.time_zone, settings.styles)

    async def send(self, rows: Batch, channel: Channel) -> None:
        """All rows of the batch, waiting whenever the client is behind."""
        rows = self._names.resolve(rows)
        if channel.encoding is not None:
            channel.encoding.describe(self._names.types, self.formats)
        start, count = 0, rows.num_rows
        while start < count:
            data, start = self._encoder.encode(rows, start, ROW_CHUNK_BYTES)
            channel.write(data)
            await channel.drain()


    def each(self, rows: Batch) -> Iterator[bytes]:
        """The messages of the batch, one by one."""
        rows, start = self._names.resolve(rows), 0
        while start < rows.num_rows:
            data, start = self._encoder.encode(rows, start, ROW_CHUNK_BYTES)
            at = 0
            while at < len(data):
                end = at + 1 + int.from_bytes(data[at + 1 : at + 5])
                yield data[at:end]
                at = end


class RowWriters:
    """Writers of one session, kept for the next run of the same prepared statement."""

    def __init__(self, session: SessionApi) -> None:
        self._session = session
        self._kept: dict[tuple[int, tuple[int, ...]], tuple[Schema, tuple[str, Styles], RowWriter]] = {}

    def get(self, columns: Schema, formats: tuple[int, ...]) -> RowWriter:
        wire = self._session.wire_settings()
        settings = (wire.time_zone, wire.styles)
        key = (id(columns), formats)  # the entry holds the schema, so its id is not given to another
        known = self._kept.get(key)
        if known is not None and known[0] is columns and known[1] == settings:
            return known[2]
        writer = RowWriter(columns, formats, self._session)
        if len(self._kept) >= WRITERS:
            self._kept.clear()
        self._kept[key] = (columns, settings, writer)
        return writer


def expand_formats(formats: tuple[int, ...], columns: int) -> tuple[int, ...]:
    """One format code per column from none (text), one (all) or all of them."""
    if any(code not in (0, 1) for code in formats):
        code = next(code for code in formats if code not in (0, 1))
        raise UserError(f"invalid format code: {code}", "22023")
    if len(formats) > 1 and len(formats) != columns:
        raise UserError(f"bind message has {len(formats)} result formats but query has {columns} columns", "08P01")
    if len(formats) == columns:
        return formats
    return (formats[0] if formats else 0,) * columns


class ObjectNames:
    """Replaces columns of regclass and its like, where text is asked for, by columns of names."""

    def __init__(self, types: tuple[SqlType, ...], formats: tuple[int, ...], session: SessionApi) -> None:
        self._session = session
        self._columns: dict[int, tuple[str, bool]] = {}  # column → type of the OIDs, and whether it is an array
        for k, (t, code) in enumerate(zip(types, formats)):
            elem = t.elem if t.name == "list" and t.elem is not None else t
            if code == 0 and elem.name in OBJECT_TYPES:
                self._columns[k] = elem.name, elem is not t
            elif code == 0 and names_object(t):
                raise Unsupported(f"text output of {t} is not supported", hint="Cast the elements to text.")
        self.types = tuple(
            t if k not in self._columns else list_of(TEXT) if self._columns[k][1] else TEXT for k, t in enumerate(types)
        )

    def resolve(self, rows: Batch) -> Batch:
        if not self._columns:
            return rows
        parts = []
        for k in range(rows.num_columns):
            if k not in self._columns:
                parts.append(rows.select((k,)))
                continue
            (kind, array), values = self._columns[k], rows.column_values(k)
            oids = [oid for v in values if v is not None for oid in v] if array else values
            distinct = sorted({oid for oid in oids if oid is not None})
            names = dict(zip(distinct, self._session.object_names(kind, distinct), strict=True))
            if array:
                shown = [(None if v is None else [names.get(oid) for oid in v],) for v in values]
            else:
                shown = [(names.get(v),) for v in values]
            parts.append(Batch.from_rows((self.types[k],), shown))
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.hstack(part)
        return whole


def names_object(t: SqlType) -> bool:
    """Whether text output of this type needs the names of objects."""
    if t.kind == Kind.LIST and t.elem is not None:
        return names_object(t.elem)
    return t.name in OBJECT_TYPES or any(names_object(f) for _, f in t.fields)
