"""COPY: rows out as CopyData messages, CopyData messages in as batches."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from ..kernels.errors import Unsupported, UserError
from . import backend
from .codecs.decode import CopyDecoder
from .codecs.encode import CopyEncoder
from .encoding import Lines
from .limits import ROW_CHUNK_BYTES
from .messages import CopyData, CopyDone, CopyFail, Flush, Sync, Terminate
from .results import ObjectNames
from .session_api import CopyFormat, Execution, SessionApi

if TYPE_CHECKING:
    from .dialogue import Channel

BINARY_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
LETTERS = "\\.abcdefghijklmnopqrstuvwxyz0123456789"  # escapes of the text form begin with these
BINARY_TRAILER = struct.pack("!h", -1)


def check_format(form: CopyFormat) -> None:
    """UserError when the characters of a text form can't be told apart; 0A000 and 22023 as in PostgreSQL."""
    if form.format == "binary":
        return
    marks = {"delimiter": form.delimiter}
    if form.format == "csv":
        marks |= {"quote": form.quote, "escape": form.escape}
    for name, mark in marks.items():
        if len(mark) != 1 or not mark.isascii():
            raise UserError(f"COPY {name} must be a single one-byte character", "0A000")
    if form.delimiter in "\r\n" or (form.format == "text" and form.delimiter in LETTERS):
        raise UserError(f'COPY delimiter cannot be "{form.delimiter}"', "22023")
    if form.format == "csv" and form.delimiter == form.quote:
        raise UserError("COPY delimiter and quote must be different", "22023")
    if any(c in form.null for c in (form.delimiter, "\r", "\n")):
        raise UserError("COPY delimiter and line ends must not appear in the NULL specification", "22023")


async def copy_out(execution: Execution, session: SessionApi, channel: Channel) -> None:
    """Send the rows of COPY … TO STDOUT; the caller completes the command."""
    form, columns = execution.copy_out, execution.copy_schema
    assert form is not None and columns is not None
    check_format(form)
    binary = form.format == "binary"
    names = ObjectNames(columns.types, (int(binary),) * len(columns), session)
    settings = session.wire_settings()
    encoder = CopyEncoder(names.types, form, settings.time_zone, settings.styles)
    if channel.encoding is not None:
        channel.encoding.describe(names.types, (int(binary),) * len(columns), copy=binary)
    channel.write(backend.copy_response(b"H", binary, len(columns)))
    opening = BINARY_HEADER if binary else b""  # goes in one message with what comes first: clients rely on it
    if form.header and not binary:
        channel.write(encoder.header(columns.names))
    channel.watch(execution)
    try:
        while (rows := await execution.fetch(0)) is not None:
            rows = names.resolve(rows)
            start = 0
            while start < rows.num_rows:
                data, start = encoder.encode(rows, start, ROW_CHUNK_BYTES)
                if opening:
                    data, opening = _opened(data, opening), b""
                channel.write(data)
                await channel.drain()
    finally:
        channel.watch(None)
    if binary:
        channel.write(backend.message(b"d", opening + BINARY_TRAILER))
    channel.write(backend.COPY_DONE)


def _opened(messages: bytes, opening: bytes) -> bytes:
    """CopyData messages, the first of them with `opening` at its front."""
    (length,) = struct.unpack_from("!i", messages, 1)
    return backend.message(b"d", opening + messages[5 : 1 + length]) + messages[1 + length :]


async def copy_in(execution: Execution, session: SessionApi, channel: Channel) -> None:
    """Take the data of COPY … FROM STDIN up to its end; the caller completes the command.

    After an error the client goes on to send data; the dialogue drops it.
    """
    form, columns = execution.copy_in, execution.copy_schema
    assert form is not None and columns is not None
    check_format(form)
    lines: Lines | None = None
    if channel.encoding is not None:
        if form.format == "binary":
            raise Unsupported(f"COPY … (FORMAT binary) FROM STDIN is not supported with client_encoding {channel.encoding.name}",
                              hint="SET client_encoding TO UTF8.")
        lines = Lines(channel.encoding)
    decoder = CopyDecoder(columns, form, session.wire_settings())
    channel.write(backend.copy_response(b"G", form.format == "binary", len(columns)))
    while True:
        message = await channel.receive()
        match message:
            case CopyData(data):
                decoder.feed(data if lines is None else lines.feed(data))
                if decoder.full:
                    await execution.copy_rows(decoder.take())
            case CopyDone():
                if lines is not None:
                    decoder.feed(lines.finish())
                decoder.finish()
                if decoder.rows:
                    await execution.copy_rows(decoder.take())
                await execution.copy_done()
                return
            case CopyFail(reason):
                raise UserError(f"COPY from stdin failed: {reason}", "57014")
            case Flush() | Sync():
                continue  # libpq sends Sync before it knows that the statement is a COPY
            case None | Terminate():
                raise ConnectionResetError("client left during COPY")
            case _:
                raise UserError(f"unexpected message {type(message).__name__} during COPY from stdin", "08P01")
