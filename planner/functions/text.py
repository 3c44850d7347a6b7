"""Text: case, parts, padding, search, LIKE, quoting and format()."""

from __future__ import annotations

from ...kernels import types as t
from .signature import ANY, ANYELEMENT, ANYNONARRAY, Signature

_LENGTHS = (("length", "length"), ("char_length", "length"), ("character_length", "length"),
            ("octet_length", "octet_length"), ("bit_length", "bit_length"))  # fmt: skip

OPERATORS: tuple[Signature, ...] = (
    Signature("||", (t.TEXT, t.TEXT), t.TEXT, "text.concat"),
    Signature("||", (t.TEXT, ANYNONARRAY), t.TEXT, "text.concat", volatility="stable"),
    Signature("||", (ANYNONARRAY, t.TEXT), t.TEXT, "text.concat", volatility="stable"),
    *(
        Signature(symbol, (text, t.TEXT), t.BOOL, f"text.{kernel}")  # char(n) keeps its blanks
        for symbol, kernel in (("~~", "like"), ("!~~", "not_like"), ("~~*", "ilike"), ("!~~*", "not_ilike"))
        for text in (t.TEXT, t.BPCHAR)
    ),
    Signature("^@", (t.TEXT, t.TEXT), t.BOOL, "text.starts_with"),
)


def _texts(name: str, kernel: str, *args: t.SqlType, returns: t.SqlType = t.TEXT) -> Signature:
    return Signature(name, args, returns, f"text.{kernel}")


FUNCTIONS: tuple[Signature, ...] = (
    *(_texts(name, name, t.TEXT) for name in ("lower", "upper", "initcap", "reverse")),
    *(_texts(name, kernel, t.TEXT, returns=t.INT4) for name, kernel in _LENGTHS),
    *(
        _texts(name, "bpchar_length", t.BPCHAR, returns=t.INT4)
        for name in ("length", "char_length", "character_length")
    ),
    _texts("octet_length", "octet_length", t.BPCHAR, returns=t.INT4),
    *(
        _texts(name, "substring", t.TEXT, *numbers)
        for name in ("substr", "substring")
        for numbers in ((t.INT4,), (t.INT4, t.INT4))
    ),
    _texts("left", "left", t.TEXT, t.INT4),
    _texts("right", "right", t.TEXT, t.INT4),
    _texts("position", "position", t.TEXT, t.TEXT, returns=t.INT4),
    _texts("strpos", "position", t.TEXT, t.TEXT, returns=t.INT4),
    _texts("replace", "replace", t.TEXT, t.TEXT, t.TEXT),
    _texts("translate", "translate", t.TEXT, t.TEXT, t.TEXT),
    *(
        _texts(name, name, *args)
        for name in ("ltrim", "rtrim", "btrim")
        for args in ((t.TEXT,), (t.TEXT, t.TEXT))
    ),
    *(_texts(name, name, t.TEXT, t.INT4, *fill) for name in ("lpad", "rpad") for fill in ((), (t.TEXT,))),
    _texts("repeat", "repeat", t.TEXT, t.INT4),
    _texts("split_part", "split_part", t.TEXT, t.TEXT, t.INT4),
    _texts("starts_with", "starts_with", t.TEXT, t.TEXT, returns=t.BOOL),
    _texts("ascii", "ascii", t.TEXT, returns=t.INT4),
    _texts("levenshtein", "levenshtein", t.TEXT, t.TEXT, returns=t.INT4),
    _texts("levenshtein", "levenshtein", t.TEXT, t.TEXT, t.INT4, t.INT4, t.INT4, returns=t.INT4),
    _texts("damerau_levenshtein", "damerau_levenshtein", t.TEXT, t.TEXT, returns=t.INT8),
    _texts("soundex", "soundex", t.TEXT),
    _texts("difference", "difference", t.TEXT, t.TEXT, returns=t.INT4),
    _texts("chr", "chr", t.INT4),
    _texts("to_hex", "to_hex", t.INT4),
    _texts("to_hex", "to_hex", t.INT8),
    _texts("overlay", "overlay", t.TEXT, t.TEXT, t.INT4),
    _texts("overlay", "overlay", t.TEXT, t.TEXT, t.INT4, t.INT4),
    _texts("textcat", "concat", t.TEXT, t.TEXT),
    _texts("like", "like", t.TEXT, t.TEXT, returns=t.BOOL),
    _texts("notlike", "not_like", t.TEXT, t.TEXT, returns=t.BOOL),
    _texts("like_escape", "like_escape", t.TEXT, t.TEXT),
    _texts("quote_ident", "quote_ident", t.TEXT),
    _texts("quote_literal", "quote_literal", t.TEXT),
    Signature("quote_literal", (ANY,), t.TEXT, "text.quote_literal", volatility="stable"),
    Signature("quote_nullable", (t.TEXT,), t.TEXT, "text.quote_nullable", strict=False),
    Signature("quote_nullable", (ANY,), t.TEXT, "text.quote_nullable", strict=False, volatility="stable"),
    Signature("concat", (ANY,), t.TEXT, "text.concat_all", strict=False, volatility="stable", variadic=True),
    Signature("concat_ws", (t.TEXT, ANY), t.TEXT, "text.concat_ws", strict=False, volatility="stable", variadic=True),
    Signature("format", (t.TEXT,), t.TEXT, "text.format", strict=False, volatility="stable"),
    Signature("format", (t.TEXT, ANY), t.TEXT, "text.format", strict=False, volatility="stable", variadic=True),
    _texts("unistr", "unistr", t.TEXT),
    *(_texts("normalize", "normalize", t.TEXT, *form) for form in ((), (t.TEXT,))),
    *(_texts("is_normalized", "is_normalized", t.TEXT, *form, returns=t.BOOL) for form in ((), (t.TEXT,))),
    *(
        Signature("parse_ident", (t.TEXT, *strict), t.list_of(t.TEXT), "text.parse_ident")
        for strict in ((), (t.BOOL,))
    ),
    Signature("sabot_object_name", (t.TEXT,), t.list_of(t.TEXT), "text.object_name"),
    Signature("sabot_privileges", (t.TEXT, t.TEXT), t.list_of(t.TEXT), "text.privileges", volatility="stable"),  # an error of rows, told after that of a missing role
    Signature("sabot_missing", (ANYELEMENT, t.TEXT, t.TEXT), ANYELEMENT, "text.missing", strict=False, volatility="stable"),
    *(
        Signature(name, (x, t.INT4, t.BOOL), x, f"length.{name}")
        for name, x in (("varchar", t.VARCHAR), ("bpchar", t.BPCHAR))
    ),
    *(_texts("pg_size_pretty", "size_pretty", x) for x in (t.INT8, t.NUMERIC)),
    _texts("pg_size_bytes", "size_bytes", t.TEXT, returns=t.INT8),
)

# What a call with VARIADIC array runs instead: kernel and `ints` by the kernel of the plain form.
VARIADIC_ARRAY: dict[str, tuple[str, tuple[int, ...]]] = {
    "text.concat_all": ("text.concat_array", ()),
    "text.concat_ws": ("text.concat_ws_array", ()),
    "text.format": ("text.format", (1,)),
    "json.build_array": ("json.build_array_of", ()),
    "json.build_object": ("json.build_object_of", ()),
    "jsonb.build_array": ("jsonb.build_array_of", ()),
    "jsonb.build_object": ("jsonb.build_object_of", ()),
    "json.get_path": ("json.get_path", ()),
    "json.get_path_text": ("json.get_path_text", ()),
    "jsonb.get_path": ("jsonb.get_path", ()),
    "jsonb.get_path_text": ("jsonb.get_path_text", ()),
    "misc.num_nulls": ("misc.num_nulls", (1,)),
    "misc.num_nonnulls": ("misc.num_nonnulls", (1,)),
}
