"""Protocol 3 without I/O: bytes in, frontend messages out, and the rule what to skip after an error.

Framing errors (unknown message type, impossible length) are `ProtocolFault`: the stream can't be trusted
any more and the connection ends. Errors inside a well-framed message are `UserError` 08P01 and the
dialogue goes on, as in PostgreSQL.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable
from typing import TypeVar

from ..kernels.errors import SabotError, UserError
from .limits import AUTHENTICATION_BYTES, MESSAGE_BYTES, STARTUP_BYTES
from .messages import (
    Authentication,
    CancelRequest,
    Close,
    CopyData,
    CopyDone,
    CopyFail,
    Describe,
    Execute,
    Flush,
    FunctionCall,
    GSSENCRequest,
    Message,
    Parse,
    Query,
    SSLRequest,
    Startup,
    Sync,
    Terminate,
)
from .reader import Reader

CANCEL_REQUEST = 80877102
SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104

T = TypeVar("T")
_LENGTH = struct.Struct("!i")
_HEADER = struct.Struct("!Bi")
_COMPACT_AT = 65_536


class ProtocolFault(SabotError):
    """The client broke the framing: FATAL, the connection ends."""

    default_sqlstate = "08P01"


class Phase(enum.Enum):
    STARTUP = enum.auto()
    AUTHENTICATION = enum.auto()
    READY = enum.auto()


class Machine:
    """Cuts the input of one connection into messages.

    `phase` is set by the owner when start-up and authentication are through.
    """

    def __init__(self, message_bytes: int = MESSAGE_BYTES) -> None:
        self.phase = Phase.STARTUP
        self.skipping = False
        self.incoming: Callable[[bytes], bytes] | None = None  # makes UTF-8 of the client's text, where it is not
        self._message_bytes = message_bytes
        self._extended = False
        self._buffer = bytearray()
        self._at = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data

    @property
    def buffered(self) -> int:
        """Bytes not yet handed out."""
        return len(self._buffer) - self._at

    @property
    def wanted(self) -> int:
        """Bytes that the message now beginning needs, as far as its header tells."""
        header = 4 if self.phase is Phase.STARTUP else 5
        if self.buffered < header:
            return header
        (length,) = _LENGTH.unpack_from(self._buffer, self._at + header - 4)
        return min(length, self._message_bytes) + header - 4

    def failed(self) -> None:
        """An error went to the client: after an extended-protocol message skip to the next Sync."""
        self.skipping = self._extended

    def next(self) -> Message | None:
        """The next complete message, or None when more bytes are needed."""
        if self.phase is Phase.STARTUP:
            return self._next_startup()
        while True:
            message = self._next_message()
            if not self.skipping or message is None:
                return message

    @property
    def run_ends(self) -> bool:
        """Whether the next message is known to be Sync, Close aside: what was executed last ends its pipelined run."""
        at = self._at
        while len(self._buffer) - at >= 5:
            code, length = _HEADER.unpack_from(self._buffer, at)
            if code != _CLOSE or length < 4:
                return bool(code == _SYNC)
            at += 1 + length
        return False

    def look(self, reader: Callable[[memoryview], T]) -> T:
        """What `reader` makes of the bytes not yet handed out."""
        with memoryview(self._buffer) as whole, whole[self._at :] as rest:
            return reader(rest)

    def skip(self, size: int) -> None:
        """So many bytes, of whole messages, have been read by `look`."""
        self._at += size
        if self._at == len(self._buffer):
            self._buffer.clear()
            self._at = 0

    def _next_startup(self) -> Message | None:
        if self.buffered < 4:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer, self._at)
        if not 8 <= length <= STARTUP_BYTES:
            raise ProtocolFault("invalid length of startup packet")
        if self.buffered < length:
            return None
        reader = Reader(self._take(4, length))
        code = reader.integer()
        if code == SSL_REQUEST and length == 8:
            return SSLRequest()
        if code == GSSENC_REQUEST and length == 8:
            return GSSENCRequest()
        if code == CANCEL_REQUEST:
            if not 16 <= length <= 268:
                raise ProtocolFault("invalid length of cancel request")
            return CancelRequest(reader.integer(), reader.rest())
        major, minor = (code >> 16) & 0xFFFF, code & 0xFFFF
        if major != 3:
            raise ProtocolFault(f"unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.0", "0A000")
        return _startup(minor, reader)

    def _next_message(self) -> Message | None:
        waiting = len(self._buffer) - self._at
        if waiting < 5:
            return None
        code, length = _HEADER.unpack_from(self._buffer, self._at)
        parser = _PARSERS.get(code)
        ready = self.phase is Phase.READY
        if parser is None or (ready == (code == _AUTHENTICATION) and code != _TERMINATE):
            raise ProtocolFault(f"invalid frontend message type {code}")
        if length < 4:
            raise ProtocolFault("invalid message length")
        limit = self._message_bytes if ready else AUTHENTICATION_BYTES
        if length > limit:
            raise ProtocolFault(f"message of {length} bytes exceeds the limit of {limit} bytes", "54000")
        if waiting < length + 1:
            return None
        body = self._take(5, length + 1)
        if code in _ENDS_SKIPPING:
            self.skipping = False
        if code not in _COPY_CODES and not self.skipping:
            self._extended = code in _EXTENDED
        elif self.skipping:
            return Flush()  # dropped by next() without a look inside
        if not body and code in _BODILESS:
            return _BODILESS[code]
        reader = Reader(body, self.incoming)
        message = parser(reader)
        reader.end()
        return message

    def _take(self, start: int, stop: int) -> bytes:
        with memoryview(self._buffer) as view:
            body = view[self._at + start : self._at + stop].tobytes()
        self._at += stop
        if self._at == len(self._buffer):
            self._buffer.clear()
            self._at = 0
        elif self._at > _COMPACT_AT:
            del self._buffer[: self._at]
            self._at = 0
        return body


def _startup(minor: int, reader: Reader) -> Startup:
    try:
        parameters: dict[str, str] = {}
        while name := reader.text():
            parameters[name] = reader.text()
        reader.end()
    except UserError as e:
        raise ProtocolFault("invalid startup packet layout", detail=e.message) from None
    options = tuple(name for name in parameters if name.startswith("_pq_."))
    for name in options:
        del parameters[name]
    return Startup(minor, parameters, options)


def parse_message(body: bytes) -> Parse:
    """A Parse by its body."""
    reader = Reader(body)
    message = Parse(reader.text(), reader.text(), reader.oids())
    reader.end()
    return message


def _target(reader: Reader, message: str) -> tuple[str, str]:
    kind = reader.take(1).decode("latin-1")
    if kind not in ("S", "P"):
        raise UserError(f"invalid {message} message subtype {ord(kind)}", "08P01")
    return kind, reader.text()


def _function_call(reader: Reader) -> FunctionCall:
    reader.rest()
    return FunctionCall()


def _empty(message: Message) -> Callable[[Reader], Message]:
    return lambda reader: message


_AUTHENTICATION = ord("p")
_TERMINATE = ord("X")
_SYNC, _CLOSE = ord("S"), ord("C")
_PARSERS: dict[int, Callable[[Reader], Message]] = {
    _AUTHENTICATION: lambda r: Authentication(r.rest()),
    _TERMINATE: _empty(Terminate()),
    ord("Q"): lambda r: Query(r.text()),
    ord("P"): lambda r: Parse(r.text(), r.text(), r.oids()),
    ord("B"): Reader.bind,
    ord("D"): lambda r: Describe(*_target(r, "DESCRIBE")),
    ord("E"): lambda r: Execute(r.text(), r.integer()),
    ord("C"): lambda r: Close(*_target(r, "CLOSE")),
    ord("H"): _empty(Flush()),
    ord("S"): _empty(Sync()),
    ord("F"): _function_call,
    ord("d"): lambda r: CopyData(r.rest()),
    ord("c"): _empty(CopyDone()),
    ord("f"): lambda r: CopyFail(r.text()),
}
_BODILESS: dict[int, Message] = {ord("S"): Sync(), ord("H"): Flush(), ord("X"): Terminate(), ord("c"): CopyDone()}
_EXTENDED = frozenset(b"PBDECH")
_COPY_CODES = frozenset(b"dcf")
_ENDS_SKIPPING = frozenset(b"SX")
