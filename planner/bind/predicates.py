"""Conditions: AND, OR, NOT, comparisons (of rows too), ANY and ALL, IN, BETWEEN, IS, LIKE, CASE; subqueries in them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Case, Coalesce, Expr, Lit, Var, is_volatile, sharing, walk
from ...kernels.types import BOOL, TEXT, UNKNOWN, VECTORS, list_of
from ..functions.compare import PREDICATES
from ..sql.forms import NORMALIZED
from ..sql.query import TRUTH
from .calls import call_function
from .coerce import Operand, coerce, unify
from .composite import expand_fields, row_items
from .context import SubqueryRef
from .dialect_calls import as_logical_time, is_logical_time
from .expr import Binder, all_of, any_of, compare_rows, handles, negated, subquery, without_sets
from .lambdas import close_lambda
from .position import position_of
from .resolve import resolve_operator

COMPARE: dict[type, str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip


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
    return compare(b, COMPARE[type(node)], node.this, node.expression)


def compare(b: Binder, symbol: str, left: exp.Expression, right: exp.Expression) -> Expr:
    quantifier = _quantified(right)
    if quantifier is not None:
        return _quantify(b, symbol, left, *quantifier)
    first, second = row_items(left), row_items(right)
    if first is not None and second is not None:
        pairs = tuple(b.operand(x) for x in first), tuple(b.operand(x) for x in second)
        return compare_rows(symbol, *pairs, b.ctx, position_of(left))
    if first is not None and isinstance(right, exp.Subquery):
        operands = tuple(b.bind(x) for x in first)
        return subquery(b, SubqueryRef("row", right.this, b.scope, operands, symbol, position_of(right)))
    one, two = b.operand(left), b.operand(right)
    if is_logical_time(left):
        two = as_logical_time(b, two)
    elif is_logical_time(right):
        one = as_logical_time(b, one)
    return b.operator(symbol, one, two)


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
    if isinstance(right, (exp.Query, exp.Values)):
        items = row_items(left)
        operands = tuple(b.bind(x) for x in items) if items is not None else (b.bind(left),)
        return subquery(b, SubqueryRef("all" if every else "any", right, b.scope, operands, symbol, position))
    value, array = b.operand(left), b.operand(right)
    if array.type.name == "unknown":
        element = TEXT if value.type.name == "unknown" else value.type.without_mods()
        wanted = resolve_operator(symbol, (value.type, element), position).args[1]
        array = Operand(coerce(array.expr, list_of(wanted), b.ctx, "i", array.position), array.position)
    if array.type.name in VECTORS and array.type.elem is not None:
        array = Operand(coerce(array.expr, list_of(array.type.elem), b.ctx), array.position)
    if array.type.name != "list" or array.type.elem is None:
        raise UserError(
            "op ANY/ALL (array) requires array on right side", "42809", position=array.position
        )
    join = all_of if every else any_of
    if isinstance(array.expr, Lit) and array.expr.value and len(array.expr.value) <= 64:
        constants = tuple(Operand(Lit(v, array.type.elem)) for v in array.expr.value)
        if not is_volatile(value.expr):
            return join(tuple(b.operator(symbol, value, c, position=position) for c in constants))
    element_var, value_var = b.ctx.new_var(array.type.elem), b.ctx.new_var(value.type)
    if value.type.name == "unknown":
        wanted = resolve_operator(symbol, (value.type, array.type.elem), position).args[0]
        value = Operand(coerce(value.expr, wanted, b.ctx, "i", value.position), value.position)
        value_var = b.ctx.new_var(wanted)
    body = b.operator(symbol, Operand(value_var), Operand(element_var), position=position)
    closed = close_lambda(body, element_var, {value_var: value.expr})
    return Call("array.all" if every else "array.any", (array.expr, closed), BOOL)


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
    if not node.expressions:  # sqlite's empty list: nothing is in it, not even what is not known
        b.bind(node.this)
        return Lit(False, BOOL)
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Values):
        return _quantify(b, "=", node.this, False, node.expressions[0])
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
    listed = _list_items(b, value, node.expressions)

    def among(e: Expr) -> Expr:
        x = Operand(e, value.position)
        return any_of(tuple(b.operator("=", x, o, position=position) for o in listed))

    return among(value.expr) if len(listed) == 1 or value.type.name == "unknown" else sharing(value.expr, among)


def _list_items(b: Binder, value: Operand, nodes: list[exp.Expression]) -> list[Operand]:
    """Constants of an IN list meet in one type with the value, as `= ANY (ARRAY[…])` would have them."""
    items = [b.operand(n) for n in nodes]
    constant = [not any(isinstance(e, Var) for e in walk(o.expr)) for o in items]
    fixed = [o for o, known in zip(items, constant) if known]
    if len(fixed) < 2:
        return items
    try:
        chosen, _ = unify([Operand(Lit(None, value.type)), *(Operand(Lit(None, o.type)) for o in fixed)], "IN", b.ctx)
    except UserError:
        return items
    return [Operand(coerce(o.expr, chosen, b.ctx, "i", o.position), o.position) if known else o for o, known in zip(items, constant)]


def is_every_place(node: exp.Between) -> bool:
    """`ctid BETWEEN '(0,0)'::tid AND '(4294967295,0)'::tid`: all rows, wherever they are, as DuckDB scans a table in one piece."""
    if not isinstance(node.this, exp.Column) or node.this.name != "ctid" or node.this.table:
        return False
    ends = [e.this.name if isinstance(e, exp.Cast) and e.args["to"].sql("postgres").lower() == "tid" else "" for e in (node.args["low"], node.args["high"])]
    return ends == ["(0,0)", "(4294967295,0)"]


@handles(exp.Between)
def _between(b: Binder, node: exp.Between) -> Expr:
    if is_every_place(node):
        return Lit(True, BOOL)
    if row_items(node.this) is not None or (is_logical_time(node.this) and not node.args.get("symmetric")):

        def compared(low: str, high: str) -> Expr:
            return all_of((compare(b, ">=", node.this, node.args[low]), compare(b, "<=", node.this, node.args[high])))

        return any_of((compared("low", "high"), compared("high", "low"))) if node.args.get("symmetric") else compared("low", "high")
    value, low, high = b.operand(node.this), b.operand(node.args["low"]), b.operand(node.args["high"])

    def between(e: Expr) -> Expr:
        x = Operand(e, value.position)

        def within(a: Operand, b_: Operand) -> Expr:
            return all_of((b.operator(">=", x, a), b.operator("<=", x, b_)))

        if node.args.get("symmetric"):
            return any_of((within(low, high), within(high, low)))
        return within(low, high)

    twice = value.type.name == "unknown" or is_volatile(value.expr)  # PostgreSQL computes it for either comparison
    return between(value.expr) if twice else sharing(value.expr, between)


@handles(exp.Is)
def _is(b: Binder, node: exp.Is) -> Expr:
    word = "NOT " if node.args.get("negate") else ""
    if isinstance(node.expression, exp.Boolean):
        return _is_boolean(b, node, word)
    if isinstance(node.expression, exp.Column) and node.expression.name == TRUTH:
        return _predicate(f"IS {word}NULL", b.boolean(node.this, f"IS {word}UNKNOWN"))
    if isinstance(node.expression, exp.Column) and node.expression.name.startswith(NORMALIZED):
        return _is_normalized(b, node, bool(word))
    if isinstance(node.expression, exp.JSON):
        return _is_json(b, node, bool(word))
    if not isinstance(node.expression, exp.Null):
        raise Unsupported(f"IS {node.expression.sql()} is not supported", position=position_of(node))
    items = row_items(node.this)
    if items is not None:
        tests = tuple(_predicate(f"IS {word}NULL", b.settled(b.operand(i))) for i in items)
        return all_of(tests)
    value = b.settled(b.operand(node.this))
    if value.type.name == "struct" and value.type.fields:
        return all_of(tuple(_predicate(f"IS {word}NULL", e) for _, e in expand_fields(value)))
    return _predicate(f"IS {word}NULL", value)


def _is_normalized(b: Binder, node: exp.Is, negated: bool) -> Expr:
    form = Operand(Lit(node.expression.name.removeprefix(NORMALIZED), TEXT))
    test = call_function(b, "is_normalized", (b.operand(node.this), form), position_of(node))
    return Call("bool.not", (test,), BOOL) if negated else test


_JSON_KINDS = {"": 0, "VALUE": 0, "OBJECT": 1, "ARRAY": 2, "SCALAR": 3}


def _is_json(b: Binder, node: exp.Is, negated: bool) -> Expr:
    """text IS [NOT] JSON [VALUE | OBJECT | ARRAY | SCALAR]"""
    if node.expression.args.get("unique"):
        raise Unsupported("IS JSON WITH UNIQUE KEYS is not supported", position=position_of(node))
    kind = _JSON_KINDS[str(node.expression.this or "")]
    test = Call("json.is_json", (coerce(b.bind(node.this), TEXT, b.ctx, "e", position_of(node)),), BOOL, ints=(kind,))
    return Call("bool.not", (test,), BOOL) if negated else test


def _is_boolean(b: Binder, node: exp.Is, word: str) -> Expr:
    wanted = "TRUE" if node.expression.this else "FALSE"
    return _predicate(f"IS {word}{wanted}", b.boolean(node.this, f"IS {word}{wanted}"))


def _predicate(words: str, *args: Expr) -> Expr:
    return Call(PREDICATES[words], args, BOOL)


@handles(exp.NullSafeEQ)
def _not_distinct(b: Binder, node: exp.NullSafeEQ) -> Expr:
    return distinct_from(b, node, "IS NOT DISTINCT FROM")


@handles(exp.NullSafeNEQ)
def _distinct(b: Binder, node: exp.NullSafeNEQ) -> Expr:
    return distinct_from(b, node, "IS DISTINCT FROM")


def distinct_from(b: Binder, node: exp.Expression, words: str) -> Expr:
    """`a IS [NOT] DISTINCT FROM b`."""
    first, second = row_items(node.this), row_items(node.expression)
    if first is not None and second is not None:
        if len(first) != len(second):
            raise UserError("unequal number of entries in row expressions", "42601", position=position_of(node))
        parts = tuple(_distinct_pair(b, words, b.operand(x), b.operand(y)) for x, y in zip(first, second))
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


@handles(exp.Glob)
def _glob(b: Binder, node: exp.Glob) -> Expr:
    """sqlite's and DuckDB's: `*` is any text, `?` a character, `[a-z]` one of some; upper and lower case differ."""
    if not isinstance(node.expression, exp.Literal) or not node.expression.is_string:
        raise Unsupported("GLOB with a pattern that is not constant is not supported", hint="Use LIKE or ~.", position=position_of(node.expression))
    pattern = Operand(Lit(_glob_expression(node.expression.this), TEXT), position_of(node.expression))
    return b.operator("~", b.operand(node.this), pattern)


def _glob_expression(glob: str) -> str:
    """The regular expression of a pattern of GLOB."""

    def plain(text: str) -> str:
        return "".join(c if c.isalnum() or c == "_" else "\\" + c for c in text)

    out, at = "", 0
    while at < len(glob):
        c = glob[at]
        at += 1
        if c in "*?":
            out += ".*" if c == "*" else "."
        elif c == "[":
            negated = glob[at : at + 1] in ("^", "!")
            at += negated
            end = glob.find("]", at + 1)
            if end < 0:  # a class without an end matches nothing
                return "$."
            out += f"[{'^' * negated}{'-'.join(plain(part) for part in glob[at:end].split('-'))}]"
            at = end + 1
        else:
            out += plain(c)
    return f"^{out}$"


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
    b = without_sets(b, "CASE")
    subject = b.operand(node.this) if node.this is not None else None
    if subject is not None and subject.type.name == "unknown":
        subject = Operand(coerce(subject.expr, TEXT, b.ctx, "i", subject.position), subject.position)
    tests: list[Operand] = []
    values: list[Operand] = []
    for branch in node.args["ifs"]:
        if subject is None:
            tests.append(Operand(b.boolean(branch.this, "CASE/WHEN")))
        else:
            tests.append(b.operand(branch.this))
        values.append(b.operand(branch.args["true"]))
    default = node.args.get("default")
    last = b.operand(default) if default is not None else Operand(Lit(None, UNKNOWN))
    made_type, made = unify([last, *values], "CASE", b.ctx)  # Postgres puts ELSE first

    def chosen(conditions: Iterable[Expr]) -> Expr:
        return Case(tuple(zip(conditions, made[1:])), made[0], made_type)

    if subject is None:
        return chosen(t.expr for t in tests)
    position = subject.position
    return sharing(subject.expr, lambda e: chosen(b.operator("=", Operand(e, position), t) for t in tests))


@handles(exp.If)
def _if(b: Binder, node: exp.If) -> Expr:
    branches = [exp.If(this=node.this.copy(), true=node.args["true"].copy())]
    otherwise = node.args.get("false")
    return b.bind(exp.Case(ifs=branches, default=None if otherwise is None else otherwise.copy()))
