"""SQL's special forms: literals, columns, casts, predicates, CASE, arrays, rows, subscripts, EXTRACT and its kin."""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Case, Coalesce, Expr, Lit, Var, is_volatile, walk
from ...kernels.types import BOOL, INT4, INTERVAL, TEXT, UNKNOWN, SqlType, list_of, struct_of
from ..functions.compare import PREDICATES
from .calls import bind_call, call_function
from .coerce import Operand, can_coerce, coerce, unify
from .context import SubqueryRef
from .expr import Binder, all_of, any_of, compare_rows, handles, negated
from .fold import fold, freeze
from .lambdas import close_lambda
from .literal import negate, number
from .position import position_of
from .resolve import resolve_operator
from .types import sql_type

# Operators that sqlglot gives a class of their own; all are resolved over the catalogue.
BINARY: dict[type, str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.IntDiv: "/", exp.Mod: "%", exp.Pow: "^",
    exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "#", exp.BitwiseLeftShift: "<<", exp.BitwiseRightShift: ">>",
    exp.DPipe: "||", exp.ArrayContainsAll: "@>", exp.ArrayContainedBy: "<@", exp.ArrayOverlaps: "&&",
    exp.JSONBContainsTopKey: "?", exp.JSONBContainsAnyTopKeys: "?|", exp.JSONBContainsAllTopKeys: "?&",
    exp.JSONBPathExists: "@?", exp.JSONBExtract: "#>", exp.JSONBExtractScalar: "#>>", exp.JSONBDeleteAtPath: "#-",
    exp.JSONExtract: "->", exp.JSONExtractScalar: "->>", exp.RegexpLike: "~", exp.RegexpILike: "~*",
    exp.StartsWith: "^@", exp.Distance: "<->", exp.Adjacent: "-|-", exp.ExtendsLeft: "&<", exp.ExtendsRight: "&>",
}  # fmt: skip
COMPARE: dict[type, str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip


@handles(exp.Literal)
def _literal(b: Binder, node: exp.Literal) -> Expr:
    return Lit(node.this, UNKNOWN) if node.is_string else number(node.this)


@handles(exp.Null)
def _null(b: Binder, node: exp.Null) -> Expr:
    return Lit(None, UNKNOWN)


@handles(exp.Boolean)
def _boolean(b: Binder, node: exp.Boolean) -> Expr:
    return Lit(bool(node.this), BOOL)


@handles(exp.HexString, exp.BitString)
def _bits(b: Binder, node: exp.Expression) -> Expr:
    raise Unsupported("bit strings are not supported", hint=r"Use an integer or '\x…'::bytea.", position=position_of(node))


@handles(exp.Interval)
def _interval(b: Binder, node: exp.Interval) -> Expr:
    position = position_of(node)
    value, unit = node.this, node.args.get("unit")
    if not (isinstance(value, exp.Literal) and value.is_string):
        raise UserError("syntax error: an interval literal needs a quoted string", position=position)
    return coerce(Lit(interval_text(value.this, unit, position), UNKNOWN), INTERVAL, b.ctx, "e", position)


_UNITS = ("year", "month", "day", "hour", "minute", "second")


def interval_text(text: str, unit: exp.Expression | None, position: int | None) -> str:
    """The literal's text with its field qualifier (INTERVAL '1' DAY, '1-2' YEAR TO MONTH) written out."""
    if unit is None:
        return text
    if isinstance(unit, exp.IntervalSpan):
        first, last = unit.this.name.lower(), unit.expression.name.lower()
        if (first, last) == ("minute", "second") and text.count(":") == 1:
            return f"00:{text}"
        plain = text.strip().lstrip("+-").replace(".", "").isdigit()
        return f"{text} {last}" if plain else text
    if not isinstance(unit, exp.Var):
        raise Unsupported("a precision in an interval literal is not supported", position=position)
    plain = text.strip().lstrip("+-").replace(".", "", 1).isdigit()
    if not plain and unit.name.lower() in _UNITS:
        raise Unsupported(
            "a field after an interval literal with units of its own is not supported",
            hint="Write the units inside the quotes.", position=position,
        )  # fmt: skip
    return f"{text} {unit.name.lower()}"


@handles(exp.Column)
def _column(b: Binder, node: exp.Column) -> Expr:
    position = position_of(node)
    parts = tuple(p.name for p in node.parts)
    if isinstance(node.this, exp.Star):
        raise UserError("row expansion via \"*\" is not supported here", "0A000", position=position)
    quoted = any(p.args.get("quoted") for p in node.parts)
    found = b.scope.find(parts, position)
    if found is not None:
        return found
    if len(parts) == 1 and not quoted and parts[0] in ("user", "current_catalog", "current_role"):
        return call_function(b, parts[0], (), position)
    if len(parts) > 1 and (head := _longest_prefix(b, parts)) is not None:
        made, rest = head
        for name in rest:
            made = field_of(made, name, position)
        return made
    if len(parts) == 4 and parts[0] == b.ctx.catalog.database:
        return b.scope.resolve(parts[1:], position)
    return b.scope.resolve(parts, position)


def _longest_prefix(b: Binder, parts: tuple[str, ...]) -> tuple[Expr, tuple[str, ...]] | None:
    """`col.field` and `t.col.field` where the prefix is a struct column (Postgres wants parentheses there)."""
    for size in (2, 1):
        if size < len(parts):
            found = b.scope.find(parts[:size])
            if found is not None and found.type.name == "struct":
                if size == 1 and isinstance(found, Call) and found.kernel == "struct.row":
                    continue  # a table name: its columns were looked up already
                return found, parts[size:]
    return None


@handles(exp.Identifier)
def _identifier(b: Binder, node: exp.Identifier) -> Expr:
    return b.scope.resolve((node.name,), position_of(node))


@handles(exp.Parameter)
def _parameter(b: Binder, node: exp.Parameter) -> Expr:
    position = position_of(node)
    bound = b.scope.find((f"${node.name}",))
    return bound if bound is not None else b.ctx.parameters.use(int(node.name), position)


@handles(exp.Placeholder)
def _placeholder(b: Binder, node: exp.Placeholder) -> Expr:
    raise UserError('syntax error at or near "?"', position=position_of(node))


@handles(exp.Paren)
def _paren(b: Binder, node: exp.Paren) -> Expr:
    return b.bind(node.this)


@handles(exp.Cast)
def _cast(b: Binder, node: exp.Cast) -> Expr:
    target = sql_type(node.args["to"])
    position = position_of(node.this)
    if target.name == "unknown":
        return b.bind(node.this)
    inner = node.this.unnest()
    if isinstance(inner, exp.Array) and not inner.args.get("bracket_notation") and target.name == "list":
        if not (inner.expressions and isinstance(inner.expressions[0], exp.Query)):
            return array_of(b, inner, target)
    if isinstance(node.args["to"].this, exp.Interval) and isinstance(inner, exp.Literal) and inner.is_string:
        text = interval_text(inner.this, node.args["to"].this.args.get("unit"), position)
        return coerce(Lit(text, UNKNOWN), INTERVAL, b.ctx, "e", position)
    return coerce(b.bind(node.this), target, b.ctx, "e", position)


@handles(exp.TryCast)
def _try_cast(b: Binder, node: exp.TryCast) -> Expr:
    raise Unsupported("TRY_CAST is not supported", hint="Use CAST.", position=position_of(node))


@handles(exp.Date)
def _date_call(b: Binder, node: exp.Date) -> Expr:
    return coerce(b.bind(node.this), sql_type(exp.DataType.build("date")), b.ctx, "e", position_of(node.this))


@handles(*BINARY)
def _binary(b: Binder, node: exp.Binary) -> Expr:
    symbol = BINARY[type(node)]
    if isinstance(node, (exp.JSONExtract, exp.JSONExtractScalar)):
        return b.operator(symbol, b.operand(node.this), _json_key(b, node.expression))
    return b.operator(symbol, b.operand(node.this), b.operand(node.expression))


def _json_key(b: Binder, node: exp.Expression) -> Operand:
    """The right side of -> and ->>, which sqlglot keeps as a path of one step."""
    if not isinstance(node, exp.JSONPath):
        return b.operand(node)
    step = node.expressions[-1] if len(node.expressions) > 1 else None
    if isinstance(step, exp.JSONPathKey):
        return Operand(Lit(step.name, UNKNOWN))
    if isinstance(step, exp.JSONPathSubscript):
        return Operand(Lit(int(step.this or 0), INT4))
    raise UserError("a JSON operator needs a key or an index", position=position_of(node))


@handles(exp.Neg)
def _negative(b: Binder, node: exp.Neg) -> Expr:
    inner = node.this.unnest()
    if isinstance(inner, (exp.Literal, exp.Neg)):
        made = b.bind(inner)
        if isinstance(made, Lit) and (folded := negate(made)) is not None:
            return folded
    return b.operator("-", b.operand(node.this))


@handles(exp.BitwiseNot)
def _complement(b: Binder, node: exp.BitwiseNot) -> Expr:
    return b.operator("~", b.operand(node.this))


@handles(exp.Sqrt)
def _square_root(b: Binder, node: exp.Sqrt) -> Expr:
    return b.operator("|/", b.operand(node.this))


@handles(exp.Cbrt)
def _cube_root(b: Binder, node: exp.Cbrt) -> Expr:
    return b.operator("||/", b.operand(node.this))


@handles(exp.Operator)
def _operator(b: Binder, node: exp.Operator) -> Expr:
    schema, _, symbol = str(node.args["operator"]).rpartition(".")
    if schema not in ("", "pg_catalog"):
        raise UserError(f"schema \"{schema}\" does not exist", "3F000", position=position_of(node))
    return _compare(b, symbol, node.this, node.expression)


@handles(exp.And)
def _and(b: Binder, node: exp.And) -> Expr:
    return all_of(tuple(b.boolean(part, "AND") for part in _flat(node, exp.And)))


@handles(exp.Or)
def _or(b: Binder, node: exp.Or) -> Expr:
    return any_of(tuple(b.boolean(part, "OR") for part in _flat(node, exp.Or)))


def _flat(node: exp.Expression, kind: type) -> list[exp.Expression]:
    """Operands of a left-deep chain, without recursion (chains may be thousands long)."""
    out: list[exp.Expression] = []
    while isinstance(node, kind):
        out.append(node.expression)
        node = node.this
    return [node, *reversed(out)]


@handles(exp.Not)
def _not(b: Binder, node: exp.Not) -> Expr:
    inner = node.this
    if isinstance(inner, exp.RegexpLike):
        return b.operator("!~", b.operand(inner.this), b.operand(inner.expression))
    if isinstance(inner, exp.RegexpILike):
        return b.operator("!~*", b.operand(inner.this), b.operand(inner.expression))
    if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Boolean):
        return _is_boolean(b, inner, "NOT ")
    return negated(b.boolean(inner, "NOT"))


@handles(*COMPARE)
def _comparison(b: Binder, node: exp.Binary) -> Expr:
    return _compare(b, COMPARE[type(node)], node.this, node.expression)


def _compare(b: Binder, symbol: str, left: exp.Expression, right: exp.Expression) -> Expr:
    quantifier = _quantified(right)
    if quantifier is not None:
        return _quantify(b, symbol, left, *quantifier)
    rows = row_items(left), row_items(right)
    if rows[0] is not None and rows[1] is not None:
        a, c = (tuple(b.operand(x) for x in r) for r in rows)
        return compare_rows(symbol, a, c, b.ctx, position_of(left))
    if rows[0] is not None and isinstance(right, exp.Subquery):
        operands = tuple(b.bind(x) for x in rows[0])
        return subquery(b, SubqueryRef("row", right.this, b.scope, operands, symbol, position_of(right)))
    return b.operator(symbol, b.operand(left), b.operand(right))


def row_items(node: exp.Expression) -> list[exp.Expression] | None:
    """The entries of (a, b) or ROW(a, b); None for anything else."""
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    if isinstance(node, exp.Anonymous) and node.name == "row":
        return list(node.expressions)
    return None


def _quantified(node: exp.Expression) -> tuple[bool, exp.Expression] | None:
    """(is ALL, array or query) of ANY (…), SOME (…), ALL (…)."""
    if isinstance(node, (exp.Any, exp.All)):
        inner = node.this
        while isinstance(inner, exp.Paren):
            inner = inner.this
        return isinstance(node, exp.All), inner
    if isinstance(node, exp.Anonymous) and node.name in ("any", "some", "all") and len(node.expressions) == 1:
        return node.name == "all", node.expressions[0]
    return None


def _quantify(b: Binder, symbol: str, left: exp.Expression, every: bool, right: exp.Expression) -> Expr:
    position = position_of(left)
    if isinstance(right, exp.Subquery):
        right = right.this
    if isinstance(right, exp.Query):
        items = row_items(left)
        operands = tuple(b.bind(x) for x in items) if items is not None else (b.bind(left),)
        return subquery(b, SubqueryRef("all" if every else "any", right, b.scope, operands, symbol, position))
    value, array = b.operand(left), b.operand(right)
    if array.type.name == "unknown":
        element = TEXT if value.type.name == "unknown" else value.type.without_mods()
        wanted = resolve_operator(symbol, (value.type, element), position).args[1]
        array = Operand(coerce(array.expr, list_of(wanted), b.ctx, "i", array.position), array.position)
    if array.type.name != "list" or array.type.elem is None:
        raise UserError(
            f"op {'ALL' if every else 'ANY'}/ALL (array) requires array on right side".replace("ALL/ALL", "ANY/ALL"),
            "42809",
            position=array.position,
        )
    join = all_of if every else any_of
    if isinstance(array.expr, Lit) and array.expr.value is not None and len(array.expr.value) <= 64:
        items = tuple(Operand(Lit(v, array.type.elem)) for v in array.expr.value)
        if not is_volatile(value.expr):
            return join(tuple(b.operator(symbol, value, i, position=position) for i in items))
    element_var, value_var = b.ctx.new_var(array.type.elem), b.ctx.new_var(value.type)
    if value.type.name == "unknown":
        wanted = resolve_operator(symbol, (value.type, array.type.elem), position).args[0]
        value = Operand(coerce(value.expr, wanted, b.ctx, "i", value.position), value.position)
        value_var = b.ctx.new_var(wanted)
    body = b.operator(symbol, Operand(value_var), Operand(element_var), position=position)
    closed = close_lambda(body, element_var, {value_var: value.expr})
    return Call("array.all" if every else "array.any", (array.expr, closed), BOOL)


def subquery(b: Binder, ref: SubqueryRef) -> Expr:
    """Hands a subquery to the query binder; 0A000 where none is allowed."""
    if b.ctx.on_subquery is None:
        where = f" in {b.ctx.clause}" if b.ctx.clause else " here"
        raise Unsupported(f"cannot use subquery{where}", position=ref.position)
    return b.ctx.on_subquery(ref)


@handles(exp.Subquery)
def _subquery(b: Binder, node: exp.Subquery) -> Expr:
    inner: exp.Expression = node
    while isinstance(inner, exp.Subquery) and not inner.args.get("with_"):
        inner = inner.this
    if not isinstance(inner, exp.Query):
        return b.bind(inner)
    return subquery(b, SubqueryRef("scalar", inner, b.scope, position=position_of(node)))


@handles(exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Values)
def _query(b: Binder, node: exp.Expression) -> Expr:
    return subquery(b, SubqueryRef("scalar", node, b.scope, position=position_of(node)))


@handles(exp.Exists)
def _exists(b: Binder, node: exp.Exists) -> Expr:
    inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
    return subquery(b, SubqueryRef("exists", inner, b.scope, position=position_of(node)))


@handles(exp.In)
def _in(b: Binder, node: exp.In) -> Expr:
    position = position_of(node.this)
    query = node.args.get("query")
    if query is not None:
        return _quantify(b, "=", node.this, False, query)
    if not node.expressions:
        raise UserError('syntax error at or near ")"', position=position)
    items = row_items(node.this)
    if items is not None:
        left = tuple(b.operand(x) for x in items)
        parts = []
        for entry in node.expressions:
            right = row_items(entry)
            if right is None:
                raise UserError("unequal number of entries in row expressions", "42601", position=position_of(entry))
            parts.append(compare_rows("=", left, tuple(b.operand(x) for x in right), b.ctx, position))
        return any_of(tuple(parts))
    value = b.operand(node.this)
    if is_volatile(value.expr):
        raise Unsupported("a volatile expression in front of IN is not supported", position=position)
    return any_of(tuple(b.operator("=", value, o, position=position) for o in _list_items(b, value, node.expressions)))


def _list_items(b: Binder, value: Operand, nodes: list[exp.Expression]) -> list[Operand]:
    """Constants of an IN list meet in one type with the value, as `= ANY (ARRAY[…])` would have them."""
    items = [b.operand(n) for n in nodes]
    fixed = [o for o in items if not any(isinstance(e, Var) for e in walk(o.expr))]
    if len(fixed) < 2:
        return items
    try:
        chosen, _ = unify([Operand(Lit(None, value.type)), *(Operand(Lit(None, o.type)) for o in fixed)], "IN", b.ctx)
    except UserError:
        return items
    return [Operand(coerce(o.expr, chosen, b.ctx, "i", o.position), o.position) if o in fixed else o for o in items]


@handles(exp.Between)
def _between(b: Binder, node: exp.Between) -> Expr:
    value, low, high = b.operand(node.this), b.operand(node.args["low"]), b.operand(node.args["high"])
    if is_volatile(value.expr):
        raise Unsupported("a volatile expression in front of BETWEEN is not supported", position=value.position)

    def within(x: Operand, y: Operand) -> Expr:
        return all_of((b.operator(">=", value, x), b.operator("<=", value, y)))

    if node.args.get("symmetric"):
        return any_of((within(low, high), within(high, low)))
    return within(low, high)


@handles(exp.Is)
def _is(b: Binder, node: exp.Is) -> Expr:
    word = "NOT " if node.args.get("negate") else ""
    if isinstance(node.expression, exp.Boolean):
        return _is_boolean(b, node, word)
    if not isinstance(node.expression, exp.Null):
        raise Unsupported(f"IS {node.expression.sql()} is not supported", position=position_of(node))
    items = row_items(node.this)
    if items is not None:
        tests = tuple(_predicate(f"IS {word}NULL", _settled(b, b.operand(i))) for i in items)
        return all_of(tests)
    return _predicate(f"IS {word}NULL", _settled(b, b.operand(node.this)))


def _settled(b: Binder, o: Operand) -> Expr:
    return coerce(o.expr, TEXT, b.ctx, "i", o.position) if o.type.name == "unknown" else o.expr


def _is_boolean(b: Binder, node: exp.Is, word: str) -> Expr:
    wanted = "TRUE" if node.expression.this else "FALSE"
    return _predicate(f"IS {word}{wanted}", b.boolean(node.this, f"IS {word}{wanted}"))


def _predicate(words: str, *args: Expr) -> Expr:
    return Call(PREDICATES[words], args, BOOL)


@handles(exp.NullSafeEQ)
def _not_distinct(b: Binder, node: exp.NullSafeEQ) -> Expr:
    return _distinct_from(b, node, "IS NOT DISTINCT FROM")


@handles(exp.NullSafeNEQ)
def _distinct(b: Binder, node: exp.NullSafeNEQ) -> Expr:
    return _distinct_from(b, node, "IS DISTINCT FROM")


def _distinct_from(b: Binder, node: exp.Binary, words: str) -> Expr:
    rows = row_items(node.this), row_items(node.expression)
    if rows[0] is not None and rows[1] is not None:
        if len(rows[0]) != len(rows[1]):
            raise UserError("unequal number of entries in row expressions", "42601", position=position_of(node))
        parts = tuple(_distinct_pair(b, words, b.operand(x), b.operand(y)) for x, y in zip(*rows))
        return all_of(parts) if "NOT" in words else any_of(parts)
    return _distinct_pair(b, words, b.operand(node.this), b.operand(node.expression))


def _distinct_pair(b: Binder, words: str, left: Operand, right: Operand) -> Expr:
    found = resolve_operator("=", (left.type, right.type), left.position)
    x, y = (coerce(o.expr, t, b.ctx, "i", o.position) for o, t in zip((left, right), found.args))
    kernel = found.signature.kernel or ""
    if kernel != "compare.eq":  # padded or zoned comparison: no kernel of its own for the NULL-safe form
        both = all_of((_predicate("IS NULL", x), _predicate("IS NULL", y)))
        equal = Coalesce((Call(kernel, (x, y), BOOL), both), BOOL)
        return equal if "NOT" in words else negated(equal)
    return _predicate(words, x, y)


@handles(exp.Like)
def _like(b: Binder, node: exp.Like) -> Expr:
    return _pattern(b, node, "!~~" if node.args.get("negate") else "~~", None)


@handles(exp.ILike)
def _ilike(b: Binder, node: exp.ILike) -> Expr:
    return _pattern(b, node, "!~~*" if node.args.get("negate") else "~~*", None)


@handles(exp.SimilarTo)
def _similar(b: Binder, node: exp.SimilarTo) -> Expr:
    return _pattern(b, node, "~", None)


@handles(exp.Escape)
def _escape(b: Binder, node: exp.Escape) -> Expr:
    inner, escape = node.this, node.expression
    negate = bool(inner.args.get("negate"))
    if isinstance(inner, exp.Not):
        return negated(_escape(b, exp.Escape(this=inner.this, expression=escape)))
    symbols = {exp.Like: ("~~", "!~~"), exp.ILike: ("~~*", "!~~*"), exp.SimilarTo: ("~", "!~")}
    return _pattern(b, inner, symbols[type(inner)][negate], escape)


def _pattern(b: Binder, node: exp.Binary, symbol: str, escape: exp.Expression | None) -> Expr:
    quantifier = _quantified(node.expression)
    if quantifier is not None:
        return _quantify(b, symbol, node.this, *quantifier)
    pattern = b.operand(node.expression)
    if isinstance(node, exp.SimilarTo):
        extra = (b.operand(escape),) if escape is not None else ()
        pattern = Operand(call_function(b, "similar_to_escape", (pattern, *extra), pattern.position), pattern.position)
    elif escape is not None:
        made = call_function(b, "like_escape", (pattern, b.operand(escape)), pattern.position)
        pattern = Operand(made, pattern.position)
    return b.operator(symbol, b.operand(node.this), pattern)


@handles(exp.Case)
def _case(b: Binder, node: exp.Case) -> Expr:
    subject = b.operand(node.this) if node.this is not None else None
    if subject is not None and is_volatile(subject.expr):
        raise Unsupported("a volatile expression after CASE is not supported", position=subject.position)
    if subject is not None and subject.type.name == "unknown":
        subject = Operand(coerce(subject.expr, TEXT, b.ctx, "i", subject.position), subject.position)
    conditions: list[Expr] = []
    values: list[Operand] = []
    for branch in node.args["ifs"]:
        if subject is None:
            conditions.append(b.boolean(branch.this, "CASE/WHEN"))
        else:
            conditions.append(b.operator("=", subject, b.operand(branch.this)))
        values.append(b.operand(branch.args["true"]))
    default = node.args.get("default")
    last = b.operand(default) if default is not None else Operand(Lit(None, UNKNOWN))
    made_type, made = unify([last, *values], "CASE", b.ctx)  # Postgres puts ELSE first
    return Case(tuple(zip(conditions, made[1:])), made[0], made_type)


@handles(exp.If)
def _if(b: Binder, node: exp.If) -> Expr:
    raise UserError("function if does not exist", "42883", hint="Use CASE.", position=position_of(node))


@handles(exp.Array)
def _array(b: Binder, node: exp.Array) -> Expr:
    if node.expressions and isinstance(node.expressions[0], exp.Query):
        return subquery(b, SubqueryRef("array", node.expressions[0], b.scope, position=position_of(node)))
    return array_of(b, node, None)


def array_of(b: Binder, node: exp.Array, target: SqlType | None) -> Expr:
    """ARRAY[…]; with a target (a cast right around it) the items are cast one by one, as Postgres does."""
    position = position_of(node)
    if target is not None:
        elem = target.elem
        assert elem is not None
        items: list[Expr] = []
        for item in node.expressions:
            if isinstance(item, exp.Array) and elem.name == "list":
                items.append(array_of(b, item, elem))
            else:
                items.append(coerce(b.bind(item), elem, b.ctx, "e", position_of(item)))
        return make_array(items, elem)
    if not node.expressions:
        raise UserError(
            "cannot determine type of empty array",
            "42P18",
            hint="Explicitly cast to the desired type, for example ARRAY[]::integer[].",
            position=position,
        )
    elem, items = unify([b.operand(i) for i in node.expressions], "ARRAY", b.ctx)
    return make_array(items, elem)


def make_array(items: list[Expr], elem: SqlType) -> Expr:
    """A list value, constant if all items are."""
    if all(isinstance(i, Lit) for i in items):
        return Lit(freeze([i.value for i in items if isinstance(i, Lit)]), list_of(elem))
    return Call("array.make", tuple(items), list_of(elem))


@handles(exp.Tuple)
def _tuple(b: Binder, node: exp.Tuple) -> Expr:
    return make_row(b, node.expressions)


def make_row(b: Binder, nodes: list[exp.Expression]) -> Expr:
    """ROW(…) with fields f1, f2 …; `t.*` is expanded."""
    values: list[Expr] = []
    for n in nodes:
        if isinstance(n, exp.Column) and isinstance(n.this, exp.Star):
            values += [e for _, e in b.scope.star(tuple(p.name for p in n.parts[:-1]), position_of(n))]
        else:
            values.append(_settled(b, b.operand(n)))
    fields = struct_of(*((f"f{i}", v.type) for i, v in enumerate(values, 1)))
    if values and all(isinstance(v, Lit) for v in values):
        return Lit(tuple(v.value for v in values if isinstance(v, Lit)), fields)
    return Call("struct.row", tuple(values), fields)


def field_of(value: Expr, name: str, position: int | None = None) -> Expr:
    """(value).name of a struct. 42703 for an unknown field, 42809 for what is no struct."""
    if value.type.name != "struct":
        raise UserError(
            f'column notation .{name} applied to type {value.type.without_mods()}, which is not a composite type',
            "42809",
            position=position,
        )
    for index, (field, field_type) in enumerate(value.type.fields):
        if field == name:
            if isinstance(value, Call) and value.kernel == "struct.row":
                return value.args[index]
            if isinstance(value, Lit):
                return Lit(None if value.value is None else value.value[index], field_type)
            return Call("struct.field", (value,), field_type, ints=(index,))
    raise UserError(f'column "{name}" not found in data type {value.type}', "42703", position=position)


def expand_fields(value: Expr, position: int | None = None) -> list[tuple[str, Expr]]:
    """(value).* : every field with its name."""
    if value.type.name != "struct":
        raise UserError(f"type {value.type} is not composite", "42809", position=position)
    return [(name, field_of(value, name, position)) for name, _ in value.type.fields]


@handles(exp.Dot)
def _dot(b: Binder, node: exp.Dot) -> Expr:
    position = position_of(node)
    if isinstance(node.expression, exp.Star):
        raise UserError('row expansion via "*" is not supported here', "0A000", position=position)
    if isinstance(node.expression, exp.Anonymous):
        return bind_call(b, node.expression, schema=_schema_of(node.this))
    return field_of(b.bind(node.this), node.expression.name, position)


def _schema_of(node: exp.Expression) -> str:
    return node.expression.name if isinstance(node, exp.Dot) else node.name


@handles(exp.Bracket)
def _bracket(b: Binder, node: exp.Bracket) -> Expr:
    value = b.operand(node.this)
    index = node.expressions[0]
    if value.type.name == "jsonb":
        return b.operator("->", value, b.operand(index))
    if value.type.name == "map":
        assert value.type.elem is not None
        key, item = value.type.elem.fields[0][1], value.type.elem.fields[1][1]
        return Call("map.get", (value.expr, coerce(b.bind(index), key, b.ctx, "i", position_of(index))), item)
    if value.type.name != "list" or value.type.elem is None:
        raise UserError(
            f"cannot subscript type {value.type.without_mods()} because it does not support subscripting",
            "42804",
            position=value.position,
        )
    if isinstance(index, exp.Slice):
        bounds = (index.this, index.expression)
        args = tuple(
            Lit(0, INT4) if n is None else coerce(b.bind(n), INT4, b.ctx, "a", position_of(n)) for n in bounds
        )
        given = tuple(int(n is not None) for n in bounds)
        return fold(Call("array.slice", (value.expr, *args), value.type, ints=given), b.ctx.facts)
    if isinstance(node.this, exp.Bracket) and isinstance(node.this.expressions[0], exp.Slice):
        raise Unsupported(
            "a subscript after a slice is not supported", hint="PostgreSQL reads it as a slice from 1.",
            position=value.position,
        )  # fmt: skip
    place = b.bind(index)
    if not can_coerce(place.type, INT4, "a"):
        raise UserError("array subscript must have type integer", "42804", position=position_of(index))
    wanted = coerce(place, INT4, b.ctx, "a", position_of(index))
    return fold(Call("array.index", (value.expr, wanted), value.type.elem), b.ctx.facts)


@handles(exp.Collate)
def _collate(b: Binder, node: exp.Collate) -> Expr:
    name = node.expression.name
    if name.lower() not in ("c", "posix", "default", "ucs_basic"):
        raise Unsupported(
            f'collation "{name}" is not supported', hint='Text sorts by bytes: COLLATE "C".', position=position_of(node)
        )
    made = _settled(b, b.operand(node.this))
    if made.type.category != "S":
        raise UserError(f"collations are not supported by type {made.type}", "42804", position=position_of(node))
    return made


@handles(exp.AtTimeZone)
def _at_time_zone(b: Binder, node: exp.AtTimeZone) -> Expr:
    return call_function(b, "timezone", (b.operand(node.args["zone"]), b.operand(node.this)), position_of(node))


@handles(exp.Extract)
def _extract(b: Binder, node: exp.Extract) -> Expr:
    field = Operand(Lit(node.this.name.lower(), TEXT))
    return call_function(b, "extract", (field, b.operand(node.expression)), position_of(node))


@handles(exp.Substring)
def _substring(b: Binder, node: exp.Substring) -> Expr:
    nodes = [node.this, node.args.get("start"), node.args.get("length")]
    return call_function(b, "substring", tuple(b.operand(n) for n in nodes if n is not None), position_of(node))


@handles(exp.Overlay)
def _overlay(b: Binder, node: exp.Overlay) -> Expr:
    nodes = [node.this, node.expression, node.args["from_"], node.args.get("for_")]
    return call_function(b, "overlay", tuple(b.operand(n) for n in nodes if n is not None), position_of(node))


@handles(exp.StrPosition)
def _position(b: Binder, node: exp.StrPosition) -> Expr:
    return call_function(b, "position", (b.operand(node.this), b.operand(node.args["substr"])), position_of(node))


@handles(exp.Trim)
def _trim(b: Binder, node: exp.Trim) -> Expr:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(node.args.get("position") or "", "btrim")
    characters = node.args.get("expression")
    args = (b.operand(node.this),) + ((b.operand(characters),) if characters is not None else ())
    return call_function(b, name, args, position_of(node))


@handles(exp.Overlaps)
def _overlaps(b: Binder, node: exp.Overlaps) -> Expr:
    rows = row_items(node.this), row_items(node.expression)
    if rows[0] is None or rows[1] is None or len(rows[0]) != 2 or len(rows[1]) != 2:
        raise UserError("wrong number of parameters on a side of OVERLAPS expression", "42601", position=position_of(node))
    return call_function(b, "overlaps", tuple(b.operand(n) for r in rows for n in r or ()), position_of(node))


@handles(exp.Star)
def _star(b: Binder, node: exp.Star) -> Expr:
    raise UserError('syntax error at or near "*"', position=position_of(node))

