"""Calls that make rows with names, and lists by a formula: struct_pack(a := 1), struct_insert, [x + 1 FOR x IN l IF x > 0]."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Expr
from ...kernels.types import struct_of
from .expr import Binder, handles
from .position import position_of

_NAMED = (exp.PropertyEQ, exp.Kwarg)


def _pack(b: Binder, node: exp.Anonymous) -> Expr:
    return _made(b, node, [], node.expressions)


def _insert(b: Binder, node: exp.Anonymous) -> Expr:
    """The fields of a row and more of them."""
    from .composite import expand_fields

    if not node.expressions:
        raise UserError(f"function {node.name}() does not exist", "42883", position=position_of(node))
    return _made(b, node, expand_fields(b.bind(node.expressions[0]), position_of(node)), node.expressions[1:])


def _made(b: Binder, node: exp.Anonymous, fields: list[tuple[str, Expr]], nodes: list[exp.Expression]) -> Expr:
    if not nodes:
        raise UserError(f"{node.name} needs fields", "42883", hint="Write name := value.", position=position_of(node))
    for part in nodes:
        if not isinstance(part, _NAMED) and not isinstance(part, exp.Column):
            raise UserError(f"the fields of {node.name} need names", "42601", hint="Write name := value.", position=position_of(part))
        value = part.expression if isinstance(part, _NAMED) else part
        name = part.this.name if isinstance(part, _NAMED) else part.name
        if any(known == name for known, _ in fields):
            raise UserError(f'field "{name}" is there twice', "42701", position=position_of(part))
        fields.append((name, b.settled(b.operand(value))))
    return Call("struct.row", tuple(e for _, e in fields), struct_of(*((name, e.type) for name, e in fields)))


@handles(exp.Comprehension)
def _comprehension(b: Binder, node: exp.Comprehension) -> Expr:
    source: exp.Expression = node.args["iterator"].copy()
    name = node.expression.name
    if node.args.get("condition") is not None:
        source = exp.Anonymous(this="array_filter", expressions=[source, _lambda(name, node.args["condition"])])
    return b.bind(exp.Anonymous(this="array_transform", expressions=[source, _lambda(name, node.this)]))


def _lambda(name: str, body: exp.Expression) -> exp.Lambda:
    return exp.Lambda(this=body.copy(), expressions=[exp.to_identifier(name, quoted=True)])


@handles(exp.Map)
def _map(b: Binder, node: exp.Map) -> Expr:
    """map(keys, values)."""
    keys, values = node.args.get("keys"), node.args.get("values")
    if keys is None or values is None:
        raise UserError("map needs a list of keys and one of values", "42883", position=position_of(node))
    return b.bind(exp.Anonymous(this="map_from_key_values", expressions=[keys.copy(), values.copy()]))


def _named(b: Binder, node: exp.Anonymous) -> Expr:
    """named_struct('a', 1, 'b', 2), DataFusion's row with names."""
    nodes = node.expressions
    if not nodes or len(nodes) % 2:
        raise UserError("named_struct needs names and values in turn", "42883", position=position_of(node))
    fields: list[tuple[str, Expr]] = []
    for name, value in zip(nodes[::2], nodes[1::2]):
        if not (isinstance(name, exp.Literal) and name.is_string):
            raise UserError("names of named_struct are constants", "42601", position=position_of(name))
        fields.append((name.this, b.settled(b.operand(value))))
    return Call("struct.row", tuple(e for _, e in fields), struct_of(*((n, e.type) for n, e in fields)))


def _arrow_cast(b: Binder, node: exp.Anonymous) -> Expr:
    """arrow_cast(x, 'Int64'): a cast to the type of ours that holds the values of Arrow's."""
    from .dialect_calls import expressed

    wanted = node.expressions[1] if len(node.expressions) == 2 else None
    if not (isinstance(wanted, exp.Literal) and wanted.is_string):
        raise UserError("arrow_cast needs a value and the name of a type", "42883", position=position_of(node))
    made = _arrow_type(wanted.this.strip())
    if made is None:
        raise Unsupported(f"type {wanted.this} is not supported", hint="Write CAST(x AS type).", position=position_of(wanted))
    return expressed(b, "arrow_cast", f"CAST($1 AS {made})", (b.bind(node.expressions[0]),), position_of(node))


_ARROW = {"Int8": "tinyint", "Int16": "int2", "Int32": "int4", "Int64": "int8", "UInt8": "utinyint", "UInt16": "uint2", "UInt32": "uint4",
          "UInt64": "uint8", "Float32": "float4", "Float64": "float8", "Utf8": "text", "LargeUtf8": "text", "Utf8View": "text",
          "Boolean": "bool", "Date32": "date", "Binary": "bytea", "LargeBinary": "bytea", "BinaryView": "bytea"}  # fmt: skip


def _arrow_type(name: str) -> str | None:
    if (decimal := re.fullmatch(r"Decimal(?:32|64|128|256)\((\d+), *(\d+)\)", name)) is not None:
        return f"numeric({decimal[1]}, {decimal[2]})"
    if (time := re.fullmatch(r"Timestamp\(\w+, *(None|Some\(.*\)|\".*\")\)|Timestamp\(\w+\)", name)) is not None:
        return "timestamp" if time[1] in (None, "None") else "timestamptz"
    if (several := re.fullmatch(r"(?:Large)?List\((.*)\)", name)) is not None:
        inner = _arrow_type(several[1])
        return None if inner is None or inner.startswith("u") else f"{inner}[]"
    return _ARROW.get(name)


_AGGREGATES = {"count": "count", "string_agg": "string_agg", "group_concat": "group_concat", "listagg": "listagg", "first": "first", "last": "last",
               **{name: name for name in ("sum", "avg", "mean", "min", "max", "median", "mode", "any_value", "bool_and", "bool_or", "bit_and",
                  "bit_or", "bit_xor", "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp", "approx_count_distinct",
                  "fsum", "kahan_sum", "quantile_cont", "quantile_disc", "array_agg", "geomean", "total", "countif", "count_if")},
               "list": "array_agg"}  # fmt: skip


def _aggregated(b: Binder, node: exp.Anonymous) -> Expr:
    """list_aggregate(list, 'name', …): the aggregate of that name over the elements."""
    from .dialect_calls import expressed

    name = node.expressions[1] if len(node.expressions) > 1 else None
    if not (isinstance(name, exp.Literal) and name.is_string):
        raise UserError(f"{node.name} needs a list and the name of an aggregate", "42883", position=position_of(node))
    made = _AGGREGATES.get(name.this.lower())
    if made is None:
        raise Unsupported(f"aggregate {name.this} of a list is not supported", hint="Aggregate the rows of unnest(list).", position=position_of(name))
    args = tuple(b.bind(n) for i, n in enumerate(node.expressions) if i != 1)
    more = "".join(f", ${n}" for n in range(2, len(args) + 1))
    return expressed(b, node.name, f"CASE WHEN $1 IS NOT NULL THEN (SELECT {made}(x{more}) FROM unnest($1) AS f(x)) END", args, position_of(node))


STRUCT_CALLS: dict[str, Callable[[Binder, exp.Anonymous], Expr]] = {
    "struct_pack": _pack, "struct_insert": _insert, "named_struct": _named, "arrow_cast": _arrow_cast,
    **dict.fromkeys(("list_aggregate", "array_aggregate", "list_aggr", "array_aggr"), _aggregated),
}  # fmt: skip
