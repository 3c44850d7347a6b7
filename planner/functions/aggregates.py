"""Signatures of the aggregate functions. `kernel` is the name the executor knows (`AggCall.function`).

Arguments of ordered-set aggregates (`ORDERED_SET`) are the direct ones followed by those of WITHIN GROUP.
"""

from __future__ import annotations

from ...kernels import types as t
from ...kernels.types import SqlType
from .signature import ANY, ANYARRAY, ANYELEMENT, ANYENUM, RECORD, ArgType, Signature

_INTS = (t.INT2, t.INT4, t.INT8)
_F = t.FLOAT8
_FRACTIONS = t.list_of(_F)
# Types that min and max order; char and varchar columns come as text or bpchar.
_ORDERED: tuple[ArgType, ...] = (
    *_INTS, t.OID, t.FLOAT4, t.FLOAT8, t.NUMERIC, t.INT256, t.DATE, t.TIME, t.TIMESTAMP, t.TIMESTAMPTZ, t.INTERVAL,
    t.TEXT, t.BPCHAR, ANYARRAY, RECORD, ANYENUM, t.TIMETZ, t.INET, t.scalar("vector"),
)  # fmt: skip
_SUMS = (
    (t.INT2, t.INT8), (t.INT4, t.INT8), (t.INT8, t.NUMERIC), (t.NUMERIC, t.NUMERIC), (t.FLOAT4, t.FLOAT4), (_F, _F),
    (t.INTERVAL, t.INTERVAL), (t.INT256, t.INT256),
)  # fmt: skip
_AVERAGES = (
    *((x, t.NUMERIC) for x in (*_INTS, t.NUMERIC)), (t.FLOAT4, _F), (_F, _F), (t.INTERVAL, t.INTERVAL), (t.INT256, _F),
)  # fmt: skip
_SPREADS = ("stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop")
_REGRESSIONS = (
    "corr", "covar_pop", "covar_samp", "regr_avgx", "regr_avgy", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx",
    "regr_sxy", "regr_syy",
)  # fmt: skip


def _agg(name: str, args: tuple[ArgType, ...], returns: ArgType, kernel: str = "") -> Signature:
    return Signature(name, args, returns, kernel or name, strict=False)


def _listed(args: tuple[SqlType, ...]) -> SqlType:
    return t.list_of(args[-1])


def _first(args: tuple[SqlType, ...]) -> SqlType:
    return args[0]


AGGREGATES: tuple[Signature, ...] = (
    _agg("count", (), t.INT8, "count_star"),
    _agg("count", (ANY,), t.INT8),
    *(_agg("sum", (x,), to) for x, to in _SUMS),
    *(_agg("avg", (x,), to) for x, to in _AVERAGES),
    *(_agg(name, (x,), x) for name in ("min", "max") for x in _ORDERED),
    _agg("any_value", (ANYELEMENT,), ANYELEMENT, "min"),
    *(_agg(name, (t.BOOL,), t.BOOL) for name in ("bool_and", "bool_or")),
    *(_agg(name, (t.BOOL,), t.BOOL, "bool_and") for name in ("every", "logical_and")),
    *(_agg(name, (t.BOOL,), t.BOOL, "bool_or") for name in ("logical_or", "some")),
    *(_agg(name, (x,), x) for name in ("bit_and", "bit_or", "bit_xor") for x in _INTS),
    *(_agg("string_agg", (x, x), x) for x in (t.TEXT, t.BYTEA)),
    *(Signature(name, (ANY,), ANYARRAY, "array_agg", strict=False, result=_listed) for name in ("array_agg", "list_agg")),
    _agg("listagg", (t.TEXT, t.TEXT), t.TEXT, "string_agg"),
    *(_agg(f"{kind.name}_agg", (ANY,), kind) for kind in (t.JSON, t.JSONB)),
    *(_agg(f"{kind.name}_object_agg", (ANY, ANY), kind) for kind in (t.JSON, t.JSONB)),
    *(_agg(name, (x,), t.NUMERIC) for name in _SPREADS for x in (*_INTS, t.NUMERIC)),
    *(_agg(name, (x,), _F) for name in _SPREADS for x in (t.FLOAT4, _F)),
    *(_agg(name, (_F, _F), _F) for name in _REGRESSIONS),
    _agg("regr_count", (_F, _F), t.INT8),
    *(_agg("percentile_cont", (_F, x), x) for x in (_F, t.INTERVAL)),
    *(_agg("percentile_cont", (_FRACTIONS, x), t.list_of(x)) for x in (_F, t.INTERVAL)),
    _agg("percentile_disc", (_F, ANYELEMENT), ANYELEMENT),
    Signature("percentile_disc", (_FRACTIONS, ANYELEMENT), ANYARRAY, "percentile_disc", strict=False, result=_listed),
    _agg("mode", (ANYELEMENT,), ANYELEMENT),
    _agg("approx_percentile", (_F, _F), _F),
    _agg("approx_percentile", (_F, _F, _F), _F),
    _agg("approx_count_distinct", (ANY,), t.INT8),
    *(_agg(name, (ANYELEMENT,), ANYELEMENT) for name in ("first_value", "last_value")),
    *(
        Signature(name, (ANY, ANY), ANY, kernel, strict=False, result=_first)
        for name, kernel in (("arg_min", "arg_min"), ("arg_max", "arg_max"), ("min_by", "arg_min"), ("max_by", "arg_max"))
    ),
)

ORDERED_SET: frozenset[str] = frozenset(("percentile_cont", "percentile_disc", "mode", "approx_percentile"))
HYPOTHETICAL: frozenset[str] = frozenset(("rank", "dense_rank", "percent_rank", "cume_dist"))
AGGREGATE_NAMES: frozenset[str] = frozenset(s.name for s in AGGREGATES)
