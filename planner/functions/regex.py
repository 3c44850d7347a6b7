"""Regular expressions: ~, regexp_*, substring by pattern and SIMILAR TO."""

from __future__ import annotations

from itertools import accumulate

from ...kernels import types as t
from .signature import Signature

_TEXTS = t.list_of(t.TEXT)
_PAIR = (t.TEXT, t.TEXT)

OPERATORS: tuple[Signature, ...] = tuple(
    Signature(symbol, (text, t.TEXT), t.BOOL, f"regex.{name}")
    for symbol, name in (("~", "matches"), ("!~", "not_matches"), ("~*", "imatches"), ("!~*", "not_imatches"))
    for text in (t.TEXT, t.BPCHAR)
)


def _prefixes(name: str, kernel: str, returns: t.SqlType, needed: tuple[t.SqlType, ...], *more: t.SqlType) -> tuple[Signature, ...]:
    """A function whose last arguments may be left out, one signature per length."""
    lengths = accumulate(((x,) for x in more), initial=needed)
    return tuple(Signature(name, args, returns, f"regex.{kernel}") for args in lengths)


FUNCTIONS: tuple[Signature, ...] = (
    *_prefixes("regexp_like", "like", t.BOOL, _PAIR, t.TEXT),
    *_prefixes("regexp_match", "match", _TEXTS, _PAIR, t.TEXT),
    *_prefixes("regexp_split_to_array", "split", _TEXTS, _PAIR, t.TEXT),
    *_prefixes("regexp_replace", "replace", t.TEXT, (*_PAIR, t.TEXT), t.TEXT),
    *_prefixes("regexp_replace", "replace_from", t.TEXT, (*_PAIR, t.TEXT, t.INT4), t.INT4, t.TEXT),
    *_prefixes("regexp_count", "count", t.INT4, _PAIR, t.INT4, t.TEXT),
    *_prefixes("regexp_instr", "instr", t.INT4, _PAIR, t.INT4, t.INT4, t.INT4, t.TEXT, t.INT4),
    *_prefixes("regexp_substr", "substr", t.TEXT, _PAIR, t.INT4, t.INT4, t.TEXT, t.INT4),
    Signature("substring", _PAIR, t.TEXT, "regex.substring"),
    Signature("substring", (*_PAIR, t.TEXT), t.TEXT, "regex.similar_substring"),
    Signature("similar_escape", (t.TEXT, t.TEXT), t.TEXT, "regex.similar_escape", strict=False),
    *_prefixes("similar_to_escape", "similar_to_escape", t.TEXT, (t.TEXT,), t.TEXT),
)
