"""What client_encoding means for one connection: UTF-8 inside, the client's character set on the wire."""

from __future__ import annotations

from collections.abc import Sequence

from ..kernels.errors import Unsupported
from ..kernels.types import Kind, SqlType
from .codecs.transcode import Transcoder

_NO_TEXT, _WHOLE, _ARRAY = b"\0", b"\1", b"\2"
_HOLDERS = (Kind.LIST, Kind.STRUCT)


def canonical(name: str) -> str:
    """PostgreSQL's name of a character set; UserError 22023 for a name that stands for none."""
    return Transcoder(name).name


class ClientEncoding:
    """`columns`: what the columns of the rows hold that are being sent; `rows_in_copy`: COPY sends them in binary."""

    def __init__(self, name: str) -> None:
        self._coder = Transcoder(name)
        self.name = name
        self.columns = b""
        self.rows_in_copy = False

    def outgoing(self, messages: bytes) -> bytes:
        return self._coder.outgoing(messages, self.columns, self.rows_in_copy)

    def incoming(self, data: bytes) -> bytes:
        return self._coder.incoming(data)

    def describe(self, types: Sequence[SqlType], formats: Sequence[int], *, copy: bool = False) -> None:
        """Rows of these types come next."""
        self.columns = b"".join(_WHOLE if code == 0 else _binary(t, self.name) for t, code in zip(types, formats, strict=True))
        self.rows_in_copy = copy

    def parameters(self, types: Sequence[SqlType], formats: Sequence[int], values: Sequence[bytes | None]) -> list[bytes | None]:
        """Bind's values with their text in UTF-8."""
        found = list(values)
        for i, (sql_type, value) in enumerate(zip(types, values, strict=True)):
            code = (formats[0] if len(formats) == 1 else formats[i]) if formats else 0
            if value is None or value.isascii():
                continue
            kind = _WHOLE if code == 0 else _binary(sql_type, self.name)
            if kind == _ARRAY:
                raise Unsupported(f"arrays of text in binary are not supported with client_encoding {self.name}", hint="Send them as text.")
            if kind == _WHOLE:
                found[i] = self.incoming(value)
        return found


class Lines:
    """COPY's text from the client, piece by piece: what follows the last end of line may lack its end."""

    def __init__(self, encoding: ClientEncoding) -> None:
        self._encoding = encoding
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        data = self._rest + data
        end = len(data) if data.isascii() else data.rfind(b"\n") + 1
        self._rest = data[end:]
        return self._encoding.incoming(data[:end])

    def finish(self) -> bytes:
        return self._encoding.incoming(self._rest)


def _binary(t: SqlType, encoding: str) -> bytes:
    """What the binary form of a type holds."""
    if t.kind == Kind.LIST and t.elem is not None:
        if t.elem.kind not in _HOLDERS:
            return _ARRAY if _binary(t.elem, encoding) == _WHOLE else _NO_TEXT
    elif t.kind not in _HOLDERS:
        return _WHOLE if t.kind in (Kind.TEXT, Kind.JSONB) or t.name in ("json", "jsonb") or t.name.startswith("enum:") else _NO_TEXT
    if not _holds_text(t, encoding):
        return _NO_TEXT
    raise Unsupported(f"{t} in binary is not supported with client_encoding {encoding}", hint="Ask for text, or for UTF8.")


def _holds_text(t: SqlType, encoding: str) -> bool:
    inner = ([t.elem] if t.elem is not None else []) + [f for _, f in t.fields]
    return any(_holds_text(i, encoding) if i.kind in _HOLDERS else _binary(i, encoding) != _NO_TEXT for i in inner)
