"""Backend messages: each function gives the bytes of one message."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from ..kernels.errors import SabotError
from ..kernels.schema import Schema
from ..kernels.types import SqlType

AUTHENTICATION_OK = b"R\x00\x00\x00\x08\x00\x00\x00\x00"
PARSE_COMPLETE = b"1\x00\x00\x00\x04"
BIND_COMPLETE = b"2\x00\x00\x00\x04"
CLOSE_COMPLETE = b"3\x00\x00\x00\x04"
NO_DATA = b"n\x00\x00\x00\x04"
EMPTY_QUERY = b"I\x00\x00\x00\x04"
PORTAL_SUSPENDED = b"s\x00\x00\x00\x04"
COPY_DONE = b"c\x00\x00\x00\x04"
READY = {status: b"Z\x00\x00\x00\x05" + status.encode() for status in "ITE"}

PROTOCOL_3_0 = 196608


def message(code: bytes, body: bytes) -> bytes:
    return code + struct.pack("!i", len(body) + 4) + body


def text(value: str) -> bytes:
    """A zero-terminated string; zero bytes and lone surrogates can't travel and are replaced."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace") + b"\0"


def authentication(code: int, data: bytes = b"") -> bytes:
    return message(b"R", struct.pack("!i", code) + data)


def parameter_status(name: str, value: str) -> bytes:
    return message(b"S", text(name) + text(value))


def backend_key_data(process_id: int, secret: bytes) -> bytes:
    return message(b"K", struct.pack("!i", process_id) + secret)


def negotiate_protocol_version(unknown_options: Sequence[str]) -> bytes:
    """The newest version we speak and the options that we don't know."""
    body = struct.pack("!ii", PROTOCOL_3_0, len(unknown_options))
    return message(b"v", body + b"".join(map(text, unknown_options)))


def command_complete(tag: str) -> bytes:
    return message(b"C", text(tag))


def error_response(error: SabotError, severity: str = "ERROR") -> bytes:
    fields = [("S", severity), ("V", severity), ("C", error.sqlstate), ("M", error.message)]
    if error.detail:
        fields.append(("D", error.detail))
    if error.hint:
        fields.append(("H", error.hint))
    if error.position is not None:
        fields.append(("P", str(error.position + 1)))
    return message(b"E", _fields(fields))


def notice_response(severity: str, sqlstate: str, notice: str) -> bytes:
    return message(b"N", _fields([("S", severity), ("V", severity), ("C", sqlstate), ("M", notice)]))


def notification_response(process_id: int, channel: str, payload: str) -> bytes:
    return message(b"A", struct.pack("!i", process_id) + text(channel) + text(payload))


def parameter_description(types: Sequence[SqlType]) -> bytes:
    return message(b"t", struct.pack(f"!H{len(types)}I", len(types), *(t.oid for t in types)))


def row_description(columns: Schema, formats: Sequence[int]) -> bytes:
    """`formats`: one code per column."""
    parts = [struct.pack("!H", len(columns))]
    for field, form in zip(columns, formats):
        t = field.type
        table, number = field.origin
        parts.append(text(field.name) + struct.pack("!IhIhih", table, number, t.oid, type_size(t), type_modifier(t), form))
    return message(b"T", b"".join(parts))


def copy_response(code: bytes, binary: bool, columns: int) -> bytes:
    """CopyInResponse (G) or CopyOutResponse (H)."""
    form = int(binary)
    return message(code, struct.pack(f"!bh{columns}h", form, columns, *([form] * columns)))


def type_size(t: SqlType) -> int:
    """typlen: bytes, or -1 for a varying length."""
    return t.info.size


def type_modifier(t: SqlType) -> int:
    """atttypmod as PostgreSQL packs it; -1 for none. Arrays have that of their element."""
    while t.name == "list" and t.elem is not None:
        t = t.elem
    if not t.mods:
        return -1
    if t.name in ("varchar", "bpchar"):
        return t.mods[0] + 4
    if t.name == "numeric":
        precision, scale = (*t.mods, 0)[:2]
        return ((precision << 16) | (scale & 0x7FF)) + 4
    if t.name == "interval":
        return (0x7FFF << 16) | t.mods[0]
    if t.name in ("time", "timestamp", "timestamptz"):
        return t.mods[0]
    return -1


def _fields(fields: Sequence[tuple[str, str]]) -> bytes:
    return b"".join(code.encode() + text(value) for code, value in fields) + b"\0"
