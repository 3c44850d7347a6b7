"""Function calls: built-in scalars, set-returning functions and forms with a rule of their own.

Aggregates are in `aggregate_calls.py`, OVER in `window_calls.py`, user-defined functions in `sql_function.py`. A name
means, in this order: a form with a rule, an aggregate, a built-in function that fits, a function of the user.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Case, Coalesce, ContextValue, Expr, Lit, Param, Var, sharing
from ...kernels.types import (
    ALIASES,
    BOOL,
    BOUNDS,
    CHAR,
    INT4,
    OID,
    RANGES,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    VECTORS,
    VOID,
    SqlType,
    list_of,
    scalar,
    struct_of,
)
from ..catalog.user_types import domain_of, user_sql_type
from ..functions import all_functions
from ..functions.aggregates import AGGREGATE_NAMES
from ..functions.cast import without_inner_mods
from ..functions.json import SHAPED, json_shape, json_shapes
from ..functions.text import VARIADIC_ARRAY
from ..functions.windows import WINDOW_NAMES
from ..sql.prefix import PLUS
from .aggregate_calls import RANGE_AGGREGATES, bind_aggregate, lifted
from .array_calls import ARRAY_CALLS
from .coerce import Operand, can_coerce, coerce, unify
from .context import SetReturningRef
from .dialect_calls import PATTERN_NAMES, UNIT_NAMES, dialect_call, pattern_call, respelled, unit_call
from .enums import ENUM_CALLS
from .expr import Binder, apply_operator, handles, without_calling, without_sets
from .fold import fold
from .lambdas import LAMBDA_CALLS
from .params import CONTEXT_FUNCTIONS, SESSION_CALLS, current_schemas, current_setting
from .position import position_of
from .registry import format_type
from .resolve import Resolved, argument_context, find_function, no_function, resolve_function, resolve_operator
from .sequences import SEQUENCE_CALLS
from .sql_function import call_user_function
from .struct_calls import STRUCT_CALLS
from .types import sql_type

# Forms of SQL/JSON, see sql_json.py.
SQL_JSON_NAMES = frozenset(("json_value", "json_query", "json_exists", "json_object", "json_array", "json_arrayagg", "json_objectagg"))
# Named notation of built-in functions.
_NAMES: dict[str, tuple[str, ...]] = {
    "make_interval": ("years", "months", "weeks", "days", "hours", "mins", "secs"),
    "make_date": ("year", "month", "day"),
    "make_time": ("hour", "min", "sec"),
    "make_timestamp": ("year", "month", "mday", "hour", "min", "sec"),
    "make_timestamptz": ("year", "month", "mday", "hour", "min", "sec", "timezone"),
    **{f"jsonb_path_{what}{zoned}": ("target", "path", "vars", "silent")
       for what in ("exists", "match", "query", "query_array", "query_first") for zoned in ("", "_tz")},
    "jsonb_set": ("jsonb_in", "path", "replacement", "create_if_missing"),
    "jsonb_set_lax": ("jsonb_in", "path", "replacement", "create_if_missing", "null_value_treatment"),
    "jsonb_insert": ("jsonb_in", "path", "replacement", "insert_after"),
    "parse_ident": ("str", "strict"),
}  # fmt: skip
_LEFT_OUT = {"vars": Lit("{}", UNKNOWN), "silent": Lit(False, BOOL), "create_if_missing": Lit(True, BOOL)}
# Functions whose row type is given by the query.
RECORD_FUNCTIONS = frozenset(f"{json}_to_{what}" for json in ("json", "jsonb") for what in ("record", "recordset"))
# Functions whose result is a subscript: in a vector they count from 0.
_SUBSCRIPTS = frozenset(("array_lower", "array_upper", "array_position"))


def call_function(b: Binder, name: str, operands: Sequence[Operand], position: int | None = None) -> Expr:
    """A built-in function over bound operands, as if it had been written in the text. 42883, 42725."""
    if name in CONTEXT_FUNCTIONS and not operands:
        context, context_type = CONTEXT_FUNCTIONS[name]
        return ContextValue(context, context_type)
    if name == "unnest" and len(operands) == 1 and operands[0].type.name in BOUNDS:
        operands = (Operand(call_function(b, "sabot_ranges", operands, position), position),)
    cast = _type_call(b, name, operands, position)
    if cast is not None:
        return cast
    if operands and operands[0].type.name in VECTORS and (name in _SUBSCRIPTS or name == "generate_subscripts"):
        return _vector_subscript(b, name, operands, position)
    types = tuple(o.type for o in operands)
    if b.ctx.catalog.find_functions(name, b.ctx.search_path, procedures=True):
        shown = ", ".join(str(t.without_mods()) for t in types)
        raise UserError(f"{name}({shown}) is a procedure", "42809", hint="To call a procedure, use CALL.", position=position)
    return _made(b, name, resolve_function(name, types, position), operands, position)


def _vector_subscript(b: Binder, name: str, operands: Sequence[Operand], position: int | None) -> Expr:
    """A function that gives subscripts, of a vector: one less than of an array."""
    vector = operands[0].type
    array = Operand(coerce(operands[0].expr, list_of(scalar(VECTORS[vector.name])), b.ctx), operands[0].position)
    if name == "generate_subscripts":
        if len(operands) != 2:
            raise Unsupported("generate_subscripts of a vector in reverse is not supported", position=position)
        last = Operand(call_function(b, "array_upper", (operands[0], operands[1]), position))
        return call_function(b, "generate_series", (Operand(Lit(0, INT4)), last), position)
    made = call_function(b, name, (array, *operands[1:]), position)
    return apply_operator("-", (Operand(made), Operand(Lit(1, INT4))), b.ctx, position)


def _made(b: Binder, name: str, found: Resolved, operands: Sequence[Operand], position: int | None) -> Expr:
    s = found.signature
    args = tuple(coerce(o.expr, t, b.ctx, argument_context(o.expr.type, t), o.position) for o, t in zip(operands, found.args, strict=True))
    if s.set_returning:
        if b.ctx.on_set_returning is None:
            where = f" in {b.ctx.clause}" if b.ctx.clause else " here"
            raise Unsupported(f"set-returning functions are not allowed{where}", position=position)
        kernel = s.kernel or name
        if kernel.endswith("_recordset"):
            return _records(b, kernel, args[:2], found.returns, position)
        return b.ctx.on_set_returning(SetReturningRef(kernel, args, found.returns, position))
    if s.context is not None:
        value = ContextValue(s.context, TIMESTAMPTZ)
        if s.kernel is None:
            return replace(value, type=found.returns)
        return Call(s.kernel, (value, *args), found.returns, s.ints, s.texts)
    if s.kernel is None:
        raise Unsupported(f"function {name} is not supported", position=position)
    texts = s.texts
    if s.kernel in SHAPED:
        texts = json_shapes(tuple(a.type for a in args))
    elif s.kernel in ("json.record", "jsonb.record"):
        texts = (json_shape(found.returns),)
    call = Call(s.kernel, args, found.returns, s.ints, texts, s.volatility == "volatile")
    return without_calling(fold(call, b.ctx.facts) if s.volatility == "immutable" else call, s.strict)


def _type_call(b: Binder, name: str, operands: Sequence[Operand], position: int | None) -> Expr | None:
    """`float8(x)`, `text(x)`: a type name used as a function is a cast, unless a function fits exactly."""
    short = ALIASES.get(name)
    if short is None or len(operands) != 1 or short in ("list", "struct", "map", "unknown", "void", "anyarray", *VECTORS):
        return None
    source, target = operands[0].type, scalar(short)
    if any(s.args == (source.without_mods(),) for s in all_functions().get(name, ())):
        return None
    if source != UNKNOWN and not can_coerce(source, target, "e"):
        return None
    return coerce(operands[0].expr, target, b.ctx, "e", position)


@handles(exp.Anonymous)
def _anonymous(b: Binder, node: exp.Anonymous) -> Expr:
    return bind_call(b, node)


@handles(exp.Explode)
def _explode(b: Binder, node: exp.Explode) -> Expr:
    return call_function(b, "unnest", (b.operand(node.this),), position_of(node))


@handles(exp.Unnest)
def _unnest(b: Binder, node: exp.Unnest) -> Expr:
    return call_function(b, "unnest", tuple(b.operand(x) for x in node.expressions), position_of(node))


def bind_call(b: Binder, node: exp.Anonymous, schema: str | None = None) -> Expr:
    """`[schema.]name(args)` of any kind but window functions."""
    name, position = node.name, position_of(node)
    builtin = schema in (None, "pg_catalog", "information_schema")
    if builtin:
        rule = RULES.get(name) or LAMBDA_CALLS.get(name) or ARRAY_CALLS.get(name) or STRUCT_CALLS.get(name)
        if rule is not None:
            return rule(b, node)
        if name in SQL_JSON_NAMES:
            from .sql_json import sql_json

            if (json := sql_json(b, node)) is not None:
                return json
        if name.startswith("aggregate__"):
            return lifted(b, node)
        if name in AGGREGATE_NAMES and not (name == "mode" and len(node.expressions) == 1 and not isinstance(node.parent, exp.WithinGroup)):
            return bind_aggregate(b, node)
        if name in WINDOW_NAMES:
            raise UserError(f"window function {name} requires an OVER clause", "42809", position=position)
    if builtin and any(isinstance(a, (exp.Distinct, exp.Order)) for a in node.expressions):
        spelled = respelled(node, lambda call: call)
        if spelled is not None:
            return b.bind(spelled)
    _plain_arguments(node, name)
    made = unit_call(b, node) if name in UNIT_NAMES else pattern_call(b, node) if name in PATTERN_NAMES else None
    if made is not None:
        return made
    operands, names = call_operands(b, node)
    if name == "to_timestamp" and len(operands) == 1 and _tells_time(operands[0]):
        return coerce(operands[0].expr, TIMESTAMP, b.ctx, "e", position)
    if builtin and names and name in _NAMES:
        operands, names = _by_name(name, operands, names, position), ()
    if name in ("json_object", "jsonb_object") and len(operands) == 1 and _pairs(operands[0]):
        name += "_pairs"
    spread = bool(operands) and isinstance(node.expressions[-1], exp.Variadic)
    if builtin and spread and name in all_functions():
        return _variadic(b, name, operands, position)
    if builtin and not names:
        found = find_function(name, tuple(o.type for o in operands))
        if found is not None or (name in CONTEXT_FUNCTIONS and not operands):
            return call_function(b, name, operands, position)
    made = call_user_function(b, name, schema, operands, names, position, spread)
    if made is None and not names and not spread and schema in (None, "pg_catalog", "mz_catalog", "mz_internal"):
        made = dialect_call(b, name, operands, position)
    if made is None and not names and not spread:
        made = _constructed(b, name, schema, operands)
    if made is not None:
        return made
    if not builtin and schema not in b.ctx.catalog.schemas:
        raise UserError(f'schema "{schema}" does not exist', "3F000", position=position)
    if not builtin:
        raise no_function(f"{schema}.{name}", tuple(o.type for o in operands), position)
    if names:
        raise UserError(f'function {name} has no parameter named "{names[0][1]}"', "42883", position=position)
    return call_function(b, name, operands, position)


def _tells_time(o: Operand) -> bool:
    """A literal with the text of a time, which is Flink's; PostgreSQL takes it for a number of seconds."""
    text = o.expr.value if isinstance(o.expr, Lit) and o.type == UNKNOWN else None
    return isinstance(text, str) and re.match(r"\s*\d{1,6}-\d", text) is not None


def _constructed(b: Binder, name: str, schema: str | None, operands: tuple[Operand, ...]) -> Expr | None:
    """Feldera's `point(1, 2)`: a value of the composite type of that name."""
    made = b.ctx.catalog.find_type(name, b.ctx.search_path, schema) if operands else None
    if made is None or made.kind != "composite" or len(made.fields) != len(operands):
        return None
    row = tuple(coerce(o.expr, t, b.ctx, "a", o.position) for o, (_, t) in zip(operands, made.fields))
    return Call("struct.row", row, user_sql_type(made))


def _pairs(o: Operand) -> bool:
    """An array of arrays, or the text of one."""
    text = o.expr.value if isinstance(o.expr, Lit) else None
    return (o.type.elem is not None and o.type.elem.name == "list") or (isinstance(text, str) and text.lstrip().startswith("{{"))


def call_operands(b: Binder, node: exp.Anonymous) -> tuple[tuple[Operand, ...], tuple[tuple[int, str], ...]]:
    """Bound arguments, and (index, name) of those in named notation."""
    operands: list[Operand] = []
    names: list[tuple[int, str]] = []
    for i, argument in enumerate(node.expressions):
        if isinstance(argument, (exp.Kwarg, exp.PropertyEQ)):
            names.append((i, argument.this.name))
            argument = argument.expression
        elif names:
            raise UserError("positional argument cannot follow named argument", position=position_of(argument))
        if isinstance(argument, exp.Variadic):
            argument = argument.this
        bound = b.operand(argument)
        if not (isinstance(bound.expr, Param) and bound.type == VOID):  # the place of an OUT argument: {? = call f(…)}
            operands.append(bound)
    return tuple(operands), tuple(names)


def _plain_arguments(node: exp.Anonymous, name: str) -> None:
    for argument in node.expressions:
        word = {exp.Distinct: "DISTINCT", exp.Order: "ORDER BY"}.get(type(argument))
        if isinstance(argument, exp.Star):
            word = f"{name}(*)"
        if word is not None:
            raise UserError(
                f"{word} specified, but {name} is not an aggregate function", "42809", position=position_of(node)
            )


def _by_name(
    name: str, operands: tuple[Operand, ...], names: tuple[tuple[int, str], ...], position: int | None
) -> tuple[Operand, ...]:
    """Named notation as positions; what is left out has its default, which is zero for most."""
    known, named = _NAMES[name], dict(names)
    given = {i: o for i, o in enumerate(operands) if i not in named}
    for i, label in named.items():
        if label not in known:
            raise UserError(f'function {name} has no parameter named "{label}"', "42883", position=position)
        given[known.index(label)] = operands[i]
    return tuple(given.get(i, Operand(_LEFT_OUT.get(known[i], Lit(0, INT4)))) for i in range(max(given) + 1))


def _variadic(b: Binder, name: str, operands: tuple[Operand, ...], position: int | None) -> Expr:
    """f(a, VARIADIC array)."""
    array = operands[-1]
    if array.type.name == "unknown":
        array = Operand(coerce(array.expr, list_of(TEXT), b.ctx, "i", array.position), array.position)
    if array.type.elem is None or array.type.name != "list":
        raise UserError("VARIADIC argument must be an array", "42804", position=array.position)
    found = resolve_function(name, (*(o.type for o in operands[:-1]), array.type.elem), position)
    kernel = VARIADIC_ARRAY.get(found.signature.kernel or "")
    if kernel is None or not found.signature.variadic:
        raise Unsupported(f"VARIADIC is not supported for {name}", position=position)
    wanted = (*found.args[:-1], list_of(found.args[-1]))
    args = tuple(coerce(o.expr, t, b.ctx, "i", o.position) for o, t in zip((*operands[:-1], array), wanted, strict=True))
    texts = json_shapes(tuple(a.type for a in args)) if kernel[0] in SHAPED else found.signature.texts
    return Call(kernel[0], args, found.returns, kernel[1], texts)


# Forms with a rule of their own


def _row(b: Binder, node: exp.Anonymous) -> Expr:
    from .composite import make_row

    return make_row(b, node.expressions)


def _coalesce(b: Binder, node: exp.Anonymous) -> Expr:
    made_type, made = unify(_needed(without_sets(b, "COALESCE"), node), "COALESCE", b.ctx)
    return made[0] if len(made) == 1 else Coalesce(tuple(made), made_type)


def _extreme(b: Binder, node: exp.Anonymous) -> Expr:
    made_type, made = unify(_needed(b, node), node.name.upper(), b.ctx)
    padded = (1,) if made_type.name == "bpchar" else ()
    return fold(Call(f"misc.{node.name}", tuple(made), made_type, padded), b.ctx.facts)


def _nullif(b: Binder, node: exp.Anonymous) -> Expr:
    """NULL where both are equal by the = operator of their types, else the first as that operator takes it."""
    if len(node.expressions) != 2:
        raise UserError('syntax error at or near ")"', position=position_of(node))
    left, right = b.operand(node.expressions[0]), b.operand(node.expressions[1])
    found = resolve_operator("=", (left.type, right.type), position_of(node))
    wanted = found.args[0]
    same = left.type in (wanted, CHAR) or (left.type.without_mods() == wanted and left.type.name != "unknown")
    value = left.expr if same else coerce(left.expr, wanted, b.ctx, "i", left.position)

    def unless_equal(e: Expr) -> Expr:
        equal = apply_operator("=", (Operand(e), right), b.ctx, position_of(node))
        return Case(((equal, Lit(None, e.type)),), e, e.type)

    return sharing(value, unless_equal)


def _needed(b: Binder, node: exp.Anonymous) -> list[Operand]:
    if not node.expressions:
        raise UserError('syntax error at or near ")"', position=position_of(node))
    return [b.operand(x) for x in node.expressions]


def _pg_typeof(b: Binder, node: exp.Anonymous) -> Expr:
    if len(node.expressions) != 1:
        raise UserError("function pg_typeof needs one argument", "42883", position=position_of(node))
    tree = node.expressions[0].unnest()
    if isinstance(tree, exp.Cast) and (domain := domain_of(sql_type(tree.args["to"], b.ctx.user_type), b.ctx.catalog)) is not None:
        return Lit(domain.id, scalar("regtype"))
    value = b.bind(node.expressions[0])
    relation, number = b.ctx.origins.get(value.id, (0, 0)) if isinstance(value, Var) else (0, 0)
    if relation in b.ctx.catalog.relations:
        column = [c for c in b.ctx.catalog.relations[relation].columns if not c.hidden][number - 1]
        if column.domain is not None:
            return Lit(column.domain, scalar("regtype"))
    found = value.type
    return Lit(str(found.without_mods()), TEXT) if found.name == "map" else Lit(found.oid, scalar("regtype"))


def _format_type(b: Binder, node: exp.Anonymous) -> Expr:
    if len(node.expressions) != 2:
        raise no_function("format_type", tuple(b.operand(x).type for x in node.expressions), position_of(node))
    oid, modifier = (coerce(b.bind(x), t, b.ctx, "i", position_of(x)) for x, t in zip(node.expressions, (OID, INT4)))
    return format_type(oid, modifier, b.ctx)


def _grouping(b: Binder, node: exp.Anonymous) -> Expr:
    if b.ctx.on_grouping is None:
        where = f" in {b.ctx.clause}" if b.ctx.clause else " here"
        raise UserError(f"grouping operations are not allowed{where}", "42803", position=position_of(node))
    return b.ctx.on_grouping(tuple(b.bind(x) for x in node.expressions))


def _count_if(b: Binder, node: exp.Anonymous) -> Expr:
    if len(node.expressions) != 1:
        raise UserError(f"function {node.name} needs one argument", "42883", position=position_of(node))
    return bind_aggregate(b, exp.Anonymous(this="count", expressions=[exp.Star()]), condition=node.expressions[0])


def collected_ranges(b: Binder, name: str, array: Expr, position: int | None) -> Expr:
    """range_agg and range_intersect_agg, of the array of all values."""
    elem = array.type.elem
    if elem is None or elem.name not in BOUNDS:
        raise no_function(name, () if elem is None else (elem,), position)
    if name == "range_intersect_agg":
        return Call("range.in_common", (array,), elem)
    return Call("multirange.collected", (array,), scalar(RANGES[elem.name][0]) if elem.name in RANGES else elem)


def _range_aggregate(b: Binder, node: exp.Anonymous) -> Expr:
    collected = bind_aggregate(b, exp.Anonymous(this="array_agg", expressions=[x.copy() for x in node.expressions]))
    return collected_ranges(b, node.name, collected, position_of(node))


def _collation_for(b: Binder, node: exp.Anonymous) -> Expr:
    """COLLATION FOR (x): every text has the one collation there is, which needs no name."""
    if len(node.expressions) != 1:
        raise no_function(node.name, tuple(b.operand(x).type for x in node.expressions), position_of(node))
    found = b.operand(node.expressions[0]).type
    if found.category != "S" and found.name != "unknown":
        raise UserError(f"collations are not supported by type {found}", "42804", position=position_of(node))
    return Lit(None if found.name == "unknown" else '"default"', TEXT)


def _populate_map(b: Binder, node: exp.Anonymous) -> Expr:
    """jsonb_populate_map(map, jsonb): the map with the members of the object put in."""
    operands = tuple(b.operand(x) for x in node.expressions)
    if len(operands) != 2 or operands[0].type.name != "map":
        raise no_function(node.name, tuple(o.type for o in operands), position_of(node))
    value = coerce(operands[1].expr, scalar("jsonb"), b.ctx, "i", operands[1].position)
    return call_function(b, "map_cat", (operands[0], Operand(Call("jsonb.map", (value,), operands[0].type))))


def _records(b: Binder, name: str, args: tuple[Expr, ...], row: SqlType, position: int | None) -> Expr:
    """(base row, JSON array of objects) as rows."""
    assert b.ctx.on_set_returning is not None
    rows = Call(f"{name.partition('_')[0]}.records", args, list_of(row), (), (json_shape(row), name))
    return b.ctx.on_set_returning(SetReturningRef("list_elements", (rows,), row, position))


def _to_record(b: Binder, node: exp.Anonymous) -> Expr:
    """json(b)_to_record(set): the row type is the column definition list of the FROM item."""
    name, row, position = node.name, b.ctx.row_type, position_of(node)
    if len(node.expressions) != 1:
        raise no_function(name, tuple(b.operand(x).type for x in node.expressions), position)
    if row is None:
        raise UserError('a column definition list is required for functions returning "record"', "42601", position=position)
    prefix = name.partition("_")[0]
    value = coerce(b.bind(node.expressions[0]), scalar(prefix), b.ctx, "i", position)
    args = (Lit(None, row), value)
    if name.endswith("set"):
        return _records(b, name, args, row, position)
    loose = struct_of(*((label, without_inner_mods(t)) for label, t in row.fields))
    made = Call(f"{prefix}.record", (Lit(None, loose), value), loose, (), (json_shape(loose),))
    return made if loose == row else coerce(made, row, b.ctx, "a", position)


def _normalize(b: Binder, node: exp.Anonymous) -> Expr:
    """normalize(text [, NFC | NFD | NFKC | NFKD])."""
    nodes = list(node.expressions)
    operands = [b.operand(x) for x in nodes[:1]]
    if len(nodes) == 2 and isinstance(nodes[1], exp.Column):
        operands.append(Operand(Lit(nodes[1].name, TEXT), position_of(nodes[1])))
    else:
        operands += [b.operand(x) for x in nodes[1:]]
    return call_function(b, "normalize", tuple(operands), position_of(node))


def _quantifier(b: Binder, node: exp.Anonymous) -> Expr:
    raise UserError(f'syntax error at or near "{node.name}"', position=position_of(node))


def _tumble_end(b: Binder, node: exp.Anonymous) -> Expr:
    """The end of the window that TUMBLE_START(time, size [, offset]) begins."""
    if len(node.expressions) not in (2, 3):
        raise UserError("tumble_end takes 2 or 3 arguments", "42883", position=position_of(node))
    start = exp.Anonymous(this="tumble_start", expressions=[x.copy() for x in node.expressions])
    return b.bind(exp.Add(this=start, expression=node.expressions[1].copy()))


def _map_literal(b: Binder, node: exp.Anonymous) -> Expr:
    """MAP {k: v, …}"""
    if not node.expressions:
        raise UserError("cannot determine type of empty map", "42P18", position=position_of(node),
                        hint="Explicitly cast to the desired type, for example MAP {}::map(text, integer).")
    if len(node.expressions) % 2:
        raise UserError("MAP {…} needs pairs of a key and a value", "42601", position=position_of(node))
    keys, values = exp.Array(expressions=node.expressions[::2]), exp.Array(expressions=node.expressions[1::2])
    return b.bind(exp.Anonymous(this="map_from_key_values", expressions=[keys, values]))


def _plus(b: Binder, node: exp.Anonymous) -> Expr:
    """+ x, which numbers have."""
    return b.operator("+", b.operand(node.expressions[0]))


RULES: dict[str, Callable[[Binder, exp.Anonymous], Expr]] = {
    "row": _row,
    "coalesce": _coalesce,
    "greatest": _extreme,
    "least": _extreme,
    "nullif": _nullif,
    "pg_typeof": _pg_typeof,
    "format_type": _format_type,
    "grouping": _grouping,
    "current_setting": current_setting,
    "current_schemas": current_schemas,
    **SESSION_CALLS,
    **SEQUENCE_CALLS,
    "map_literal": _map_literal,
    **dict.fromkeys(RANGE_AGGREGATES, _range_aggregate),
    "tumble_end": _tumble_end,
    "normalize": _normalize,
    "jsonb_populate_map": _populate_map,
    "pg_collation_for": _collation_for,
    **dict.fromkeys(RECORD_FUNCTIONS, _to_record),
    **ENUM_CALLS,
    "grouping_id": _grouping,
    "count_if": _count_if,
    "countif": _count_if,
    "any": _quantifier,
    "some": bind_aggregate,
    PLUS: _plus,
    "all": _quantifier,
}
