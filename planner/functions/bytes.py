"""bytea: parts, bits, digests, encodings; random uuids."""

from __future__ import annotations

from ...kernels import types as t
from .signature import Signature

_B = t.BYTEA

OPERATORS: tuple[Signature, ...] = (
    Signature("||", (_B, _B), _B, "bytes.concat"),
    Signature("~~", (_B, _B), t.BOOL, "text.like", ints=(1,)),
    Signature("!~~", (_B, _B), t.BOOL, "text.not_like", ints=(1,)),
)


def _bytes(name: str, kernel: str, returns: t.SqlType, *args: t.SqlType) -> Signature:
    return Signature(name, args, returns, f"bytes.{kernel}")


_SENT = (("int2", t.INT2), ("int4", t.INT4), ("int8", t.INT8), ("float4", t.FLOAT4), ("float8", t.FLOAT8),
         ("text", t.TEXT), ("bool", t.BOOL), ("uuid", t.UUID), ("bytea", t.BYTEA))  # fmt: skip

FUNCTIONS: tuple[Signature, ...] = (
    _bytes("length", "length", t.INT4, _B),
    _bytes("octet_length", "length", t.INT4, _B),
    Signature("bit_length", (_B,), t.INT4, "text.bit_length"),
    *(
        _bytes(name, "substring", _B, _B, *numbers)
        for name in ("substr", "substring")
        for numbers in ((t.INT4,), (t.INT4, t.INT4))
    ),
    _bytes("overlay", "overlay", _B, _B, _B, t.INT4),
    _bytes("overlay", "overlay", _B, _B, _B, t.INT4, t.INT4),
    *(_bytes(name, name, _B, _B, _B) for name in ("ltrim", "rtrim", "btrim")),
    _bytes("position", "position", t.INT4, _B, _B),
    _bytes("get_byte", "get_byte", t.INT4, _B, t.INT4),
    _bytes("set_byte", "set_byte", _B, _B, t.INT4, t.INT4),
    _bytes("get_bit", "get_bit", t.INT4, _B, t.INT8),
    _bytes("set_bit", "set_bit", _B, _B, t.INT8, t.INT4),
    _bytes("bit_count", "bit_count", t.INT8, _B),
    _bytes("byteacat", "concat", _B, _B, _B),
    _bytes("encode", "encode", t.TEXT, _B, t.TEXT),
    _bytes("decode", "decode", _B, t.TEXT, t.TEXT),
    _bytes("convert_from", "convert_from", t.TEXT, _B, t.TEXT),
    _bytes("convert_to", "convert_to", _B, t.TEXT, t.TEXT),
    _bytes("convert", "convert", _B, _B, t.TEXT, t.TEXT),
    _bytes("length", "encoded_length", t.INT4, _B, t.TEXT),
    *(Signature(name, (_B, _B), t.BOOL, f"text.{kernel}", ints=(1,)) for name, kernel in (("like", "like"), ("notlike", "not_like"))),
    _bytes("md5", "md5", t.TEXT, t.TEXT),
    _bytes("md5", "md5", t.TEXT, _B),
    *(_bytes(name, name, _B, _B) for name in ("sha1", "sha224", "sha256", "sha384", "sha512")),
    *(_bytes(name, name, t.INT8, x) for name in ("crc32", "crc32c") for x in (_B, t.TEXT)),
    *(_bytes("digest", "digest", _B, x, t.TEXT) for x in (_B, t.TEXT)),
    *(_bytes("hmac", "hmac", _B, x, x, t.TEXT) for x in (_B, t.TEXT)),
    *(_bytes(f"{name}send", "send", _B, x) for name, x in _SENT),
    _bytes("hex_to_int256", "hex_to_int256", t.INT256, t.TEXT),
    Signature("gen_random_uuid", (), t.UUID, "uuid.random", volatility="volatile"),
)
