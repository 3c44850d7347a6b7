"""SQL/JSON: JSON_VALUE, JSON_QUERY, JSON_EXISTS, JSON_OBJECT, JSON_ARRAY and their aggregates, as PostgreSQL 17 has them.

They are expressions over jsonpath and JSON functions. What fails gives NULL, or what ON ERROR says; ERROR ON … is refused.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Case, Expr, Lit
from ...kernels.types import BOOL, TEXT
from .aggregate_calls import bind_aggregate
from .coerce import coerce, settle_unknown, tried
from .dialect_calls import expressed
from .expr import Binder
from .position import position_of


def _parts(node: exp.Anonymous) -> tuple[list[exp.Expression], dict[str, exp.Expression]]:
    named = {a.this.name.lower(): a.expression for a in node.expressions if isinstance(a, exp.Kwarg)}
    return [a for a in node.expressions if not isinstance(a, exp.Kwarg)], named


def _text(named: dict[str, exp.Expression], name: str, default: str) -> str:
    node = named.get(name)
    return node.this if isinstance(node, exp.Literal) else default


def _items(b: Binder, node: exp.Anonymous) -> tuple[Expr, Expr, dict[str, exp.Expression]]:
    """What the path finds in the document as an array, NULL for a NULL document; whether the document is no JSON or the path fails."""
    nodes, named = _parts(node)
    position = position_of(node)
    if len(nodes) != 2:
        raise UserError(f"{node.name} takes a document and a path", "42883", position=position)
    if "error" in (_text(named, "json_on_error", ""), _text(named, "json_on_empty", "")):
        raise Unsupported("ERROR ON ERROR and ERROR ON EMPTY are not supported", hint="Leave it out: what fails is NULL.", position=position)
    document = settle_unknown(b.bind(nodes[0]), b.ctx)
    value = expressed(b, node.name, "TRY_CAST($1 AS jsonb)" if document.type.category == "S" else "$1::jsonb", (document,), position)
    broken = expressed(b, node.name, "($1 IS NOT NULL AND $2 IS NULL)", (document, value), position)
    path = b.bind(nodes[1])
    if any(name.startswith(("json_on_", "json_default_")) for name in named):  # else what fails and what is not there are told alike
        text = "($1 OR ($2 IS NOT NULL AND jsonb_path_exists($2, $3, '{}', true) IS NULL))"
        broken = expressed(b, node.name, text, (broken, value, path), position)
    found = expressed(b, node.name, "jsonb_path_query_array($1, $2, '{}', true)", (value, path), position)
    return found, broken, named


def _otherwise(b: Binder, named: dict[str, exp.Expression], what: str) -> exp.Expression:
    return named.get(f"json_default_{what}") or exp.Null()


def json_value(b: Binder, node: exp.Anonymous) -> Expr:
    found, broken, named = _items(b, node)
    position = position_of(node)
    returning = named.get("json_returning")
    target = b.bind(returning).type if returning is not None else TEXT
    empty, error = (coerce(b.bind(_otherwise(b, named, what)), target, b.ctx, "e", position) for what in ("empty", "error"))
    missing = expressed(b, node.name, "(jsonb_array_length($1) = 0)", (found,), position)
    many = expressed(b, node.name, "(jsonb_array_length($1) > 1 OR jsonb_typeof($1 -> 0) IN ('object', 'array'))", (found,), position)
    scalar = expressed(b, node.name, "($1 ->> 0)", (found,), position)
    branches = [(broken, error), (missing, empty), (many, error)]
    if target != TEXT:
        cast = tried(scalar, target, b.ctx, position)
        if error != Lit(None, target):
            branches.append((expressed(b, node.name, "($1 IS NOT NULL AND $2 IS NULL)", (scalar, cast), position), error))
        return Case(tuple(branches), cast, target)
    return Case(tuple(branches), scalar, target)


def json_query(b: Binder, node: exp.Anonymous) -> Expr:
    found, broken, named = _items(b, node)
    position = position_of(node)
    wrapped = {
        "always": "CASE WHEN jsonb_array_length($1) > 0 THEN $1 END",
        "conditional": "CASE WHEN jsonb_array_length($1) > 1 THEN $1 ELSE $1 -> 0 END",
        "never": "CASE WHEN jsonb_array_length($1) = 1 THEN $1 -> 0 END",
    }[_text(named, "json_wrapper", "never")]
    made = expressed(b, node.name, wrapped, (found,), position)
    missing = expressed(b, node.name, "(jsonb_array_length($1) = 0)", (found,), position)
    many = expressed(b, node.name, "(jsonb_array_length($1) > 1)", (found,), position)

    def behaviour(what: str) -> Expr:
        text = {"empty array": "[]", "empty": "[]", "empty object": "{}"}.get(_text(named, f"json_on_{what}", "null"))
        node = exp.Literal.string(text) if text is not None else _otherwise(b, named, what)
        return coerce(b.bind(node), made.type, b.ctx, "e", position)

    branches = [(broken, behaviour("error")), (missing, behaviour("empty"))]
    if _text(named, "json_wrapper", "never") == "never":
        branches.append((many, behaviour("error")))
    if _text(named, "json_quotes", "keep") == "omit":
        raise Unsupported("OMIT QUOTES is not supported", hint="Use JSON_VALUE.", position=position)
    return Case(tuple(branches), made, made.type)


def json_exists(b: Binder, node: exp.Anonymous) -> Expr:
    found, broken, named = _items(b, node)
    word = _text(named, "json_on_error", "false")
    error = Lit({"true": True, "false": False}.get(word), BOOL)
    made = expressed(b, node.name, "(jsonb_array_length($1) > 0)", (found,), position_of(node))
    return Case(((broken, error),), made, BOOL)


def _made_json(b: Binder, named: dict[str, exp.Expression], made: Expr, position: int | None) -> Expr:
    returning = named.get("json_returning")
    return made if returning is None else coerce(made, b.bind(returning).type, b.ctx, "e", position)


def json_object(b: Binder, node: exp.Anonymous) -> Expr:
    nodes, named = _parts(node)
    position = position_of(node)
    args = tuple(settle_unknown(b.bind(x), b.ctx) for x in nodes)
    if len(args) % 2:
        raise UserError("json_object takes pairs of a key and a value", "42883", position=position)
    if _text(named, "json_nulls", "null") == "null":
        marks = ", ".join(f"${i}" for i in range(1, len(args) + 1))
        return _made_json(b, named, expressed(b, node.name, f"json_build_object({marks})", args, position), position)
    rows = ", ".join(f"({i}, ${2 * i + 1}::text, to_json(${2 * i + 2}))" for i in range(len(args) // 2))
    member = "to_json(k)::text || ' : ' || v::text"
    body = f"(SELECT '{{' || coalesce(string_agg({member}, ', ' ORDER BY n), '') || '}}' FROM (VALUES {rows}) AS m(n, k, v) WHERE v IS NOT NULL)::json"
    return _made_json(b, named, expressed(b, node.name, body, args, position), position)


def json_array(b: Binder, node: exp.Anonymous) -> Expr:
    nodes, named = _parts(node)
    position = position_of(node)
    if _text(named, "json_nulls", "absent") == "absent":
        nodes = [x for x in nodes if not isinstance(x, exp.Null)]
    args = tuple(settle_unknown(b.bind(x), b.ctx) for x in nodes)
    if _text(named, "json_nulls", "absent") == "null" or all(isinstance(a, Lit) for a in args):
        marks = ", ".join(f"${i}" for i in range(1, len(args) + 1))
        return _made_json(b, named, expressed(b, node.name, f"json_build_array({marks})", args, position), position)
    rows = ", ".join(f"({i}, to_json(${i}))" for i in range(1, len(args) + 1))
    body = f"(SELECT coalesce(json_agg(v ORDER BY n), '[]') FROM (VALUES {rows}) AS m(n, v) WHERE v IS NOT NULL)"
    return _made_json(b, named, expressed(b, node.name, body, args, position), position)


def json_arrayagg(b: Binder, node: exp.Anonymous) -> Expr:
    nodes, named = _parts(node)
    condition = None
    if _text(named, "json_nulls", "absent") == "absent" and nodes:
        value = nodes[0].this if isinstance(nodes[0], exp.Order) else nodes[0]
        condition = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
    made = bind_aggregate(b, exp.Anonymous(this="json_agg", expressions=[x.copy() for x in nodes]), condition=condition)
    return _made_json(b, named, made, position_of(node))


def json_objectagg(b: Binder, node: exp.Anonymous) -> Expr:
    nodes, named = _parts(node)
    condition = None
    if _text(named, "json_nulls", "null") == "absent" and len(nodes) == 2:
        condition = exp.Not(this=exp.Is(this=nodes[1].copy(), expression=exp.Null()))
    made = bind_aggregate(b, exp.Anonymous(this="json_object_agg", expressions=[x.copy() for x in nodes]), condition=condition)
    return _made_json(b, named, made, position_of(node))


_FORMS: dict[str, Callable[[Binder, exp.Anonymous], Expr]] = {
    "json_value": json_value,
    "json_query": json_query,
    "json_exists": json_exists,
    "json_object": json_object,
    "json_array": json_array,
    "json_arrayagg": json_arrayagg,
    "json_objectagg": json_objectagg,
}


def _braced(e: Expr) -> bool:
    """The text of an array: no one writes such a key."""
    return isinstance(e, Lit) and isinstance(e.value, str) and e.value.startswith("{") and e.value.endswith("}")


def sql_json(b: Binder, node: exp.Anonymous) -> Expr | None:
    """The form's meaning; None for PostgreSQL's json_object of text arrays."""
    if node.name == "json_object" and len(node.expressions) in (1, 2):
        first = b.bind(node.expressions[0]) if not isinstance(node.expressions[0], exp.Kwarg) else None
        if first is not None and (len(node.expressions) == 1 or first.type.name == "list" or _braced(first)):
            return None
    return _FORMS[node.name](b, node)
