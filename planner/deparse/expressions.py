"""A bound tree as the nodes that PostgreSQL would print: qualified columns, typed constants, casts that binding added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from ...kernels.errors import SabotError
from ...kernels.expr.program import SessionFacts, evaluate
from ...kernels.expr.spec import Lit
from ...kernels.types import TEXT, UNKNOWN, SqlType, list_of, scalar
from ..bind.coerce import common_type
from ..bind.literal import number
from ..bind.predicates import COMPARE
from ..bind.resolve import find_function, resolve_operator
from ..bind.scope import Scope
from ..bind.special import BINARY
from ..bind.trace import Trace
from ..catalog.entries import Snapshot
from ..catalog.keys import identifier
from ..functions.aggregates import AGGREGATE_NAMES
from ..functions.cast import build_cast
from ..functions.windows import WINDOW_NAMES
from . import nodes as n
from .nodes import Leaf, Node, Undeparsable

# Operators that PostgreSQL has for several types without a cast.
_FAMILIES = (
    frozenset(("int2", "int4", "int8")), frozenset(("float4", "float8")), frozenset(("date", "timestamp", "timestamptz")),
    frozenset(("name", "text")),
)  # fmt: skip
_COMPARING = frozenset(("=", "<>", "<", "<=", ">", ">="))
_QUOTED = frozenset(("substring", "position", "overlay", "trim", "left", "right", "char", "time", "timestamp", "interval"))
_KEYWORDS: dict[type, str] = {
    exp.CurrentDate: "CURRENT_DATE", exp.CurrentTimestamp: "CURRENT_TIMESTAMP", exp.CurrentUser: "CURRENT_USER",
    exp.SessionUser: "SESSION_USER", exp.Localtime: "LOCALTIME", exp.Localtimestamp: "LOCALTIMESTAMP",
}  # fmt: skip
_SPECIAL = {"coalesce": "COALESCE(", "greatest": "GREATEST(", "least": "LEAST("}
_PATTERNS: dict[type, tuple[str, str]] = {exp.Like: ("~~", "!~~"), exp.ILike: ("~~*", "!~~*")}
_REGEXPS: dict[type, str] = {exp.RegexpLike: "!~", exp.RegexpILike: "!~*"}
# Functions of any arguments, and how many come before them.
_ANY = {"concat": 0, "concat_ws": 1, "format": 1, "json_build_object": 0, "jsonb_build_object": 0, "json_build_array": 0,
        "jsonb_build_array": 0, "num_nulls": 0, "num_nonnulls": 0}  # fmt: skip
_MEETING = frozenset(("lag", "lead", "nth_value", "first_value", "last_value"))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass
class Place:
    """Where names stand: the FROM items of a query, as (alias, old column → present name), and the query around it."""

    items: dict[str, dict[str, str]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)  # aliases that are others in the text, to be told apart
    scope: Scope | None = None
    outer: Place | None = None


@dataclass
class Expressions:
    """`qualify`: columns with the name of their table. `query` makes the writer of a subquery."""

    trace: Trace
    snapshot: Snapshot
    path: tuple[str, ...]
    place: Place = field(default_factory=Place)
    qualify: bool = True
    query: Callable[[exp.Expression, Place], Callable[[n.Writer], None]] | None = None

    # Types

    def own(self, tree: exp.Expression) -> SqlType:
        while isinstance(tree, exp.Paren):
            tree = tree.this
        found = self.trace.types.get(id(tree))
        if found is not None:
            return found
        match tree:  # what binding takes apart without binding it
            case exp.Literal():
                return UNKNOWN if tree.is_string else number(tree.this).type
            case exp.Null():
                return UNKNOWN
            case exp.Boolean() | exp.Connector() | exp.Not() | exp.Is() | exp.Predicate():
                return _BOOL
            case exp.Column():
                place: Place | None = self.place
                while place is not None:
                    value = place.scope.find(tuple(p.name for p in tree.parts)) if place.scope is not None else None
                    if value is not None:
                        return value.type
                    place = place.outer
        raise Undeparsable

    def type_name(self, t: SqlType) -> str:
        if t.name == "list" and t.elem is not None:
            return f"{self.type_name(t.elem)}[]"
        for user in self.snapshot.types.values():
            if t.info.oid == user.id or (t.name == "struct" and t.mods[:1] == (user.id,)):
                visible = self.snapshot.find_type(user.name, self.path) is user
                return identifier(user.name) if visible else f"{identifier(user.schema)}.{identifier(user.name)}"
        if t.name == "struct" or t.name == "map":
            raise Undeparsable
        if t.name == "bpchar" and not t.mods:
            return "bpchar"
        return str(t)

    # Constants

    def constant(self, text: str | None, t: SqlType, *, cast: bool = False) -> Node:
        """A literal read as a type."""
        if t.name == "unknown":
            t = TEXT
        bare, name = t.without_mods(), self.type_name(t.without_mods())
        if text is None:
            return Leaf(f"NULL::{name}", name)
        if bare.category != "S" and bare.name not in ("json", "bytea") and not bare.name.startswith("reg"):
            text = _canonical(text, bare)
        if bare.name == "bool":
            return Leaf("true" if text in ("true", "t") else "false", name)
        if bare.name == "int4" and not text.startswith("-"):
            return Leaf(text, name)
        if bare.name == "numeric" and text[:1].isdigit() and any(c in text for c in "eE."):
            return Leaf(text, name)
        return Leaf(f"{quoted(text)}::{name}", name)

    # Expressions

    def node(self, tree: exp.Expression) -> Node:
        while isinstance(tree, exp.Paren):
            tree = tree.this
        kind = type(tree)
        if kind in COMPARE:
            return self._comparison(COMPARE[kind], tree)
        if kind in BINARY:
            return self._operator(BINARY[kind], tree.this, tree.expression)
        if kind in _PATTERNS:
            symbol = _PATTERNS[kind][bool(tree.args.get("negate"))]
            return self._operator(symbol, tree.this, tree.expression)
        if kind in _KEYWORDS and not tree.this:
            return Leaf(_KEYWORDS[kind])
        handler = _HANDLERS.get(kind)
        if handler is None:
            raise Undeparsable
        return handler(self, tree)

    def as_type(self, tree: exp.Expression, target: SqlType | None) -> Node:
        """An argument where a type is wanted."""
        while isinstance(tree, exp.Paren):
            tree = tree.this
        own = self.own(tree)
        if own.name == "unknown":
            wanted = target or TEXT
            if isinstance(tree, exp.Literal) and tree.is_string:
                return self.constant(tree.this, wanted)
            if isinstance(tree, exp.Null):
                return self.constant(None, wanted)
            raise Undeparsable
        made = self.node(tree)
        return made if target is None else self.cast(made, own, target)

    def cast(self, made: Node, own: SqlType, target: SqlType) -> Node:
        if own.without_mods() == target.without_mods():
            return made
        relabel = own.name in ("varchar", "name", "text") and target.name in ("text", "varchar")
        return n.Cast(made, self.type_name(target.without_mods()), relabel and own.name != "name", target.name)

    def boolean(self, tree: exp.Expression) -> Node:
        return self.node(tree) if self.own(tree).name != "unknown" else self.as_type(tree, _BOOL)

    def _operator(self, symbol: str, left: exp.Expression, right: exp.Expression) -> Node:
        a, b = self.operands(symbol, left, right)
        return n.Op(symbol, (a, b))

    def operands(self, symbol: str, left: exp.Expression, right: exp.Expression) -> tuple[Node, Node]:
        one, two = self.own(left), self.own(right)
        targets = _wanted(symbol, one, two)
        return self.as_type(left, targets[0]), self.as_type(right, targets[1])

    def _comparison(self, symbol: str, tree: exp.Expression) -> Node:
        right = tree.expression
        if isinstance(right, (exp.Any, exp.All)):
            inner = right.this
            while isinstance(inner, exp.Paren):
                inner = inner.this
            word = "ALL" if isinstance(right, exp.All) else "ANY"
            if isinstance(inner, (exp.Query, exp.Subquery)):
                return self._quantified(tree.this, f"{symbol} {word}" if (symbol, word) != ("=", "ANY") else "IN", inner)
            array = self.own(inner)
            left = self.own(tree.this)
            if array.elem is None:
                raise Undeparsable
            targets = _wanted(symbol, left, array.elem)
            wanted = list_of(targets[1]) if targets[1] is not None else None
            return n.ArrayOp(symbol, self.as_type(tree.this, targets[0]), word, self.as_type(inner, wanted))
        if isinstance(tree.this, exp.Tuple) or isinstance(right, exp.Tuple):
            raise Undeparsable
        return self._operator(symbol, tree.this, right)

    def _quantified(self, left: exp.Expression, symbol: str, query: Any) -> Node:
        if isinstance(left, exp.Tuple) or self.own(left).name == "unknown":
            raise Undeparsable
        own = self.own(left)
        made = self.node(left)
        if own.name == "varchar":
            made = self.cast(made, own, TEXT)
        return n.Sub(self.sub(query), left=made, symbol=symbol)

    def sub(self, tree: exp.Expression) -> Callable[[n.Writer], None]:
        while isinstance(tree, exp.Subquery) and not any(tree.args.get(k) for k in ("with_", "order", "limit")):
            tree = tree.this
        if self.query is None:
            raise Undeparsable
        return self.query(tree, self.place)

    def column(self, parts: Sequence[str]) -> Node:
        """A column by its present name, with the table that it belongs to."""
        place: Place | None = self.place
        name = parts[-1]
        while place is not None:
            if len(parts) > 1:
                if parts[-2] in place.items and name in place.items[parts[-2]]:
                    return self._named(place.labels.get(parts[-2], parts[-2]), place.items[parts[-2]][name])
            elif place.scope is not None:
                found = [c for c in place.scope.columns if c.name == name]
                if found:
                    tables = [found[0].table] if found[0].table else [t for t, known in place.items.items() if name in known]
                    if tables and tables[0] in place.items and name in place.items[tables[0]]:
                        return self._named(place.labels.get(tables[0], tables[0]), place.items[tables[0]][name])
                    raise Undeparsable
            place = place.outer
        raise Undeparsable

    def _named(self, table: str, column: str) -> Node:
        return Leaf(f"{identifier(table)}.{identifier(column)}" if self.qualify else identifier(column))

    def call_name(self, name: str) -> str:
        return f'"{name}"' if name in _QUOTED else identifier(name)

    def ordering(self, tree: exp.Expression | None, item: Callable[[exp.Expression], Node] | None = None) -> tuple[tuple[Node, str], ...]:
        found: list[tuple[Node, str]] = []
        for o in tree.expressions if tree is not None else ():
            inner, down, first = (o.this, bool(o.args.get("desc")), bool(o.args.get("nulls_first"))) if isinstance(o, exp.Ordered) else (
                o, False, False)  # fmt: skip
            words = (" DESC" if first else " DESC NULLS LAST") if down else (" NULLS FIRST" if first else "")
            found.append(((item or self.settled)(inner), words))
        return tuple(found)

    def settled(self, tree: exp.Expression) -> Node:
        return self.as_type(tree, None)

    def unified(self, trees: Sequence[exp.Expression], target: SqlType) -> tuple[Node, ...]:
        return tuple(self.as_type(t, target) for t in trees)

    # Calls

    def call(self, tree: exp.Anonymous) -> Node:
        name, arguments = str(tree.this), list(tree.expressions)
        if name in _SPECIAL:
            return n.Call(_SPECIAL[name], self.unified(arguments, self.own(tree)))
        if name == "nullif" and len(arguments) == 2:
            return n.Call("NULLIF(", self.operands("=", *arguments))
        if name == "row":
            return n.Call("ROW(", tuple(self.settled(a) for a in arguments))
        if name in AGGREGATE_NAMES or name in WINDOW_NAMES:
            return self.aggregate(tree)
        if name in _ANY:
            first = [self.as_type(a, TEXT) for a in arguments[: _ANY[name]]]
            return n.Call(f"{name}(", (*first, *(self._untyped(a) for a in arguments[_ANY[name] :])))
        types = tuple(self.own(a) for a in arguments)
        users = self.snapshot.find_functions(name, self.path)
        users = tuple(f for f in users if f.schema != "pg_catalog" and len(f.parameters) == len(types))
        found = find_function(name, types)
        if found is not None:
            wanted: list[SqlType | None] = [_text(t) for t in found.args]
            return n.Call(f"{self.call_name(name)}(", tuple(self.as_type(a, t) for a, t in zip(arguments, wanted)))
        if len(users) == 1:
            return n.Call(f"{identifier(name)}(", tuple(self.as_type(a, t) for a, (_, t) in zip(arguments, users[0].parameters)))
        if not arguments:
            return n.Call(f"{self.call_name(name)}(", ())
        raise Undeparsable

    def _untyped(self, tree: exp.Expression) -> Node:
        if self.own(tree).name == "unknown" and isinstance(tree, exp.Literal):
            return Leaf(quoted(tree.this))
        return self.settled(tree)

    def aggregate(self, tree: exp.Expression) -> n.Aggregate:
        """An aggregate or window call below FILTER and WITHIN GROUP."""
        condition: Node | None = None
        within: tuple[tuple[Node, str], ...] = ()
        while not isinstance(tree, exp.Anonymous):
            if isinstance(tree, exp.Filter):
                condition = self.boolean(tree.expression.this)
            elif isinstance(tree, exp.WithinGroup):
                within = self.ordering(tree.expression)
            else:
                raise Undeparsable
            tree = tree.this
        name, arguments = str(tree.this), list(tree.expressions)
        distinct, order = False, None
        if arguments and isinstance(arguments[0], exp.Distinct):
            distinct, arguments = True, list(arguments[0].expressions)
        if arguments and isinstance(arguments[-1], exp.Order):
            order = arguments[-1]
            arguments = [*arguments[:-1], order.this]
        if distinct and arguments and isinstance(arguments[-1], exp.Order):
            raise Undeparsable
        if len(arguments) == 1 and isinstance(arguments[0], exp.Star):
            return n.Aggregate(self.call_name(name), star=True, filter=condition)
        made = tuple(self._aggregated(name, at, a) for at, a in enumerate(arguments))
        shown = dict(zip(arguments, made))  # a key that is an argument is printed as one
        keys = self.ordering(order, lambda t: shown[t] if t in shown else self.settled(t))
        return n.Aggregate(self.call_name(name), made, False, distinct, keys, within, condition)

    def _aggregated(self, name: str, at: int, tree: exp.Expression) -> Node:
        own = self.own(tree)
        if name in ("min", "max", "string_agg") and own.name in ("varchar", "unknown"):
            return self.as_type(tree, TEXT)
        if name == "string_agg" and own.name not in ("text", "bytea"):
            raise Undeparsable
        if name == "percentile_cont" and at == 0 and own.name == "numeric":
            return self.as_type(tree, _FLOAT8)
        if own.name == "unknown" and name in _MEETING:
            raise Undeparsable
        return self.as_type(tree, None)


def _wanted(symbol: str, one: SqlType, two: SqlType) -> tuple[SqlType | None, SqlType | None]:
    """The operator's argument types; None where the operand stays what it is."""
    related = any(one.name in f and two.name in f for f in _FAMILIES)
    if related and (symbol in _COMPARING or one.name.startswith(("int", "float"))):
        return None, None
    try:
        found = resolve_operator(symbol, (one.without_mods(), two.without_mods())).args
    except SabotError:
        raise Undeparsable from None
    return _text(found[0]), _text(found[1])


def _text(t: SqlType) -> SqlType:
    """PostgreSQL has no functions of varchar."""
    return TEXT if t.name == "varchar" else t


def _canonical(text: str, t: SqlType) -> str:
    """The value as its type prints it."""
    try:
        made = build_cast(Lit(text, UNKNOWN), t)
        shown = build_cast(made, TEXT) if made is not None else None
        return str(evaluate(shown, SessionFacts())) if shown is not None else text
    except SabotError:
        raise Undeparsable from None


def _literal(e: Expressions, tree: exp.Literal) -> Node:
    if tree.is_string:
        return e.constant(tree.this, TEXT)
    return e.constant(tree.this, e.own(tree))


def _column(e: Expressions, tree: exp.Column) -> Node:
    if isinstance(tree.this, exp.Star):
        raise Undeparsable
    parts = [p.name for p in tree.parts]
    if len(parts) == 1 and parts[0] in ("user", "current_catalog", "current_role"):
        return Leaf(parts[0].upper())
    return e.column(parts)


def _negative(e: Expressions, tree: exp.Neg) -> Node:
    inner = tree.this.unnest()
    if isinstance(inner, exp.Literal) and not inner.is_string:
        return e.constant(f"-{inner.this}", e.own(tree))
    return n.Op("-", (e.node(tree.this),))


def _cast(e: Expressions, tree: exp.Cast) -> Node:
    target = e.own(tree)
    inner = tree.this.unnest()
    name = e.type_name(target)
    to = tree.args["to"]
    user = next((t for t in e.snapshot.types.values() if t.kind == "domain" and isinstance(to.args.get("kind"), exp.Expression)
                 and to.args["kind"].name == t.name), None)  # fmt: skip
    if user is not None:
        raise Undeparsable
    if isinstance(inner, exp.Literal) and inner.is_string:
        if target.mods:
            return Leaf(f"{quoted(inner.this)}::{name}")
        return e.constant(inner.this, target)
    if isinstance(inner, exp.Null):
        return e.constant(None, target)
    own = e.own(inner)
    if own.without_mods() == target.without_mods() and (not target.mods or own.mods == target.mods):
        return e.node(inner)
    relabel = {own.name, target.name} <= {"varchar", "text"} and not target.mods
    return n.Cast(e.node(inner), name, relabel, target.name)


def _not(e: Expressions, tree: exp.Not) -> Node:
    inner = tree.this.unnest()
    if type(inner) in _REGEXPS:
        return e._operator(_REGEXPS[type(inner)], inner.this, inner.expression)
    if not isinstance(tree.this, exp.Paren):
        if isinstance(inner, exp.In) and inner.args.get("query") is None:
            return _in(e, inner, True)
        if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Boolean) and not inner.args.get("negate"):
            return n.Test(e.boolean(inner.this), f"IS NOT {'TRUE' if inner.expression.this else 'FALSE'}")
        if isinstance(inner, exp.Between):
            low = n.Op("<", e.operands("<", inner.this, inner.args["low"]))
            return n.Bool("OR", (low, n.Op(">", e.operands(">", inner.this, inner.args["high"]))))
    return n.Bool("NOT", (e.boolean(tree.this),))


def _in(e: Expressions, tree: exp.In, negative: bool = False) -> Node:
    query = tree.args.get("query")
    if query is not None:
        return e._quantified(tree.this, "IN", query)
    symbol, word = ("<>", "ALL") if negative else ("=", "ANY")
    if len(tree.expressions) == 1:
        return e._operator(symbol, tree.this, tree.expressions[0])
    if isinstance(tree.this, exp.Tuple) or any(not isinstance(x, (exp.Literal, exp.Neg, exp.Cast)) for x in tree.expressions):
        raise Undeparsable
    own = e.own(tree.this)
    together = common_type([Lit(None, own), *(Lit(None, e.own(x)) for x in tree.expressions)], "IN").without_mods()
    if own.name == "unknown" or together.name == "unknown":
        raise Undeparsable
    array: Node = n.Call("ARRAY[", e.unified(tree.expressions, together), "]")
    left = e.node(tree.this)
    if together.name == "varchar":
        return n.ArrayOp(symbol, e.cast(left, own, TEXT), word, n.Cast(array, "text[]", True))
    targets = _wanted(symbol, own, together)
    return n.ArrayOp(symbol, e.as_type(tree.this, targets[0]), word, array)


def _between(e: Expressions, tree: exp.Between) -> Node:
    if tree.args.get("symmetric"):
        raise Undeparsable
    low = n.Op(">=", e.operands(">=", tree.this, tree.args["low"]))
    return n.Bool("AND", (low, n.Op("<=", e.operands("<=", tree.this, tree.args["high"]))))


def _is(e: Expressions, tree: exp.Is) -> Node:
    negative = "NOT " if tree.args.get("negate") else ""
    if isinstance(tree.expression, exp.Null):
        return n.Test(e.settled(tree.this), f"IS {negative}NULL")
    if isinstance(tree.expression, exp.Boolean):
        return n.Test(e.boolean(tree.this), f"IS {negative}{'TRUE' if tree.expression.this else 'FALSE'}")
    raise Undeparsable


def _chain(word: str, kind: type) -> Callable[[Expressions, Any], Node]:
    def made(e: Expressions, tree: Any) -> Node:
        parts: list[Any] = []
        head: Any = tree
        while isinstance(head, kind):
            one: Any = head
            parts.append(one.expression)
            head = one.this
            while isinstance(head, exp.Paren) and isinstance(head.this, (kind, exp.Paren)):
                head = head.this
        return n.Bool(word, tuple(e.boolean(p) for p in (head, *reversed(parts))))

    return made


def _case(e: Expressions, tree: exp.Case) -> Node:
    target, argument = e.own(tree), tree.this
    branches: list[tuple[Node, Node]] = []
    for branch in tree.args["ifs"]:
        if argument is None:
            condition = e.boolean(branch.this)
        else:
            condition = e.operands("=", argument, branch.this)[1]
        branches.append((condition, e.as_type(branch.args["true"], target)))
    default = tree.args.get("default")
    otherwise = e.as_type(default, target) if default is not None else e.constant(None, target)
    return n.Case(e.settled(argument) if argument is not None else None, tuple(branches), otherwise)


def _array(e: Expressions, tree: exp.Array) -> Node:
    items = tree.expressions
    if len(items) == 1 and isinstance(items[0], (exp.Select, exp.SetOperation)):
        return n.Sub(e.sub(items[0]), head="ARRAY")
    own = e.own(tree)
    if own.elem is None or not items:
        raise Undeparsable
    return n.Call("ARRAY[", e.unified(items, own.elem), "]")


def _window(e: Expressions, tree: exp.Window) -> Node:
    inner = tree.this
    if isinstance(inner, (exp.IgnoreNulls, exp.RespectNulls)):
        raise Undeparsable
    made = e.aggregate(inner)
    over: str | n.Window
    if tree.args.get("alias") is not None and not any(tree.args.get(k) for k in ("partition_by", "order", "spec")):
        over = identifier(tree.args["alias"].name)
    else:
        over = window_of(e, tree)
    return n.Aggregate(made.name, made.args, made.star, made.distinct, made.order, made.within, made.filter, over)


def window_of(e: Expressions, tree: exp.Expression) -> n.Window:
    spec = tree.args.get("spec")
    frame, bounds = "", []
    if spec is not None:
        parts: list[str] = []
        for side in ("start", "end"):
            value = spec.args.get(side)
            if value is None:
                continue
            words = spec.args.get(f"{side}_side")
            if isinstance(value, exp.Expression):
                bounds.append(e.settled(value))
                parts.append(f"{{}} {str(words).upper()}")
            else:
                parts.append((f"{value} {words}" if words else str(value)).upper())
        frame = f"{str(spec.args['kind']).upper()} " + (f"BETWEEN {parts[0]} AND {parts[1]}" if len(parts) == 2 else parts[0])
        if spec.args.get("exclude"):
            raise Undeparsable
    alias = tree.args.get("alias")
    based = tree.args.get("over") or isinstance(tree.this, exp.Identifier)
    name = identifier(alias.name) if alias is not None and based else ""
    partition = tuple(e.settled(p) for p in tree.args.get("partition_by") or ())
    return n.Window(name, partition, e.ordering(tree.args.get("order")), frame, tuple(bounds))


def _extract(e: Expressions, tree: exp.Extract) -> Node:
    return n.Phrase((f"EXTRACT({tree.this.name.lower()} FROM ", e.settled(tree.expression), ")"))


def _at_time_zone(e: Expressions, tree: exp.AtTimeZone) -> Node:
    zone = tree.args["zone"]
    return n.Phrase(("(", e.node(tree.this), " AT TIME ZONE ", e.as_type(zone, None if e.own(zone).name == "interval" else TEXT), ")"))


def _characters(e: Expressions, tree: exp.Expression) -> Node:
    """What is cut: text, or bytes and bits as they are."""
    return e.as_type(tree, None if e.own(tree).name in ("bytea", "bit", "varbit") else TEXT)


def _substring(e: Expressions, tree: exp.Substring) -> Node:
    parts: list[str | Node] = ["SUBSTRING(", _characters(e, tree.this)]
    for word, key in ((" FROM ", "start"), (" FOR ", "length")):
        if tree.args.get(key) is not None:
            parts += [word, e.settled(tree.args[key])]
    return n.Phrase((*parts, ")"))


def _trim(e: Expressions, tree: exp.Trim) -> Node:
    parts: list[str | Node] = [f"TRIM({tree.args.get('position') or 'BOTH'} "]
    if tree.args.get("expression") is not None:
        parts += [_characters(e, tree.args["expression"]), " "]
    return n.Phrase((*parts, "FROM ", _characters(e, tree.this), ")"))


def _position(e: Expressions, tree: exp.StrPosition) -> Node:
    return n.Phrase(("POSITION((", _characters(e, tree.args["substr"]), ") IN (", _characters(e, tree.this), "))"))


def _bracket(e: Expressions, tree: exp.Bracket) -> Node:
    if any(isinstance(x, exp.Slice) for x in tree.expressions):
        raise Undeparsable
    inner = e.node(tree.this)
    keys = tuple(e.settled(x) for x in tree.expressions)
    return n.Subscript(inner.arg, (*inner.keys, *keys)) if isinstance(inner, n.Subscript) else n.Subscript(inner, keys)


_BOOL, _FLOAT8 = scalar("bool"), scalar("float8")
_HANDLERS: dict[type, Callable[[Expressions, Any], Node]] = {
    exp.Literal: _literal, exp.Column: _column, exp.Neg: _negative, exp.Cast: _cast, exp.Not: _not, exp.In: _in,
    exp.Between: _between, exp.Is: _is, exp.And: _chain("AND", exp.And), exp.Or: _chain("OR", exp.Or), exp.Case: _case,
    exp.Array: _array, exp.Window: _window, exp.Extract: _extract, exp.AtTimeZone: _at_time_zone,
    exp.Substring: _substring, exp.Trim: _trim, exp.StrPosition: _position, exp.Bracket: _bracket,
    exp.Anonymous: lambda e, t: e.call(t), exp.Filter: lambda e, t: e.aggregate(t), exp.WithinGroup: lambda e, t: e.aggregate(t),
    exp.Boolean: lambda e, t: Leaf("true" if t.this else "false", "boolean"), exp.Null: lambda e, t: Leaf("NULL::text", "text"),
    exp.Exists: lambda e, t: n.Sub(e.sub(t.this), head="EXISTS"), exp.Subquery: lambda e, t: n.Sub(e.sub(t)),
    exp.NullSafeNEQ: lambda e, t: _distinct(e, t, "IS DISTINCT FROM"),
    exp.NullSafeEQ: lambda e, t: n.Bool("NOT", (_distinct(e, t, "IS DISTINCT FROM"),)),
}  # fmt: skip


def _distinct(e: Expressions, tree: exp.Expression, words: str) -> Node:
    left, right = e.operands("=", tree.this, tree.expression)
    return n.Test(left, words, right)
