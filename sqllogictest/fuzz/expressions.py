"""Random expressions of a wanted type over the columns in scope."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .templates import AGGREGATES, COLLECTED, TEMPLATES
from .tree import Node, node
from .values import CANONICAL, KINDS, LITERALS, WEIGHTS, literal

_PLACE = re.compile(r"\{(?:(col|key|k) )?(any|" + "|".join(re.escape(k) for k in KINDS) + r")\}")
_CALL = re.compile(r"[a-z_]+\([^()]*(\([^()]*\)[^()]*)*\)( WITHIN GROUP \(.*\))?")
_OPERATORS = ("+", "-", "*", "/", "%", "^", "||", "=", "<", ">=", "<>", "&", "|", "#", "<<", "->", "->>", "#>", "@>", "<@", "?", "&&", "~", "LIKE", "~~*", "- -", "!~", "IS DISTINCT FROM", "= ANY", "IN", "^@")  # fmt: skip
FAMILIES: tuple[tuple[str, ...], ...] = (("int2", "int4", "int8", "numeric", "float8"), ("date", "timestamp", "timestamptz"), ("text", "varchar"))
NARROWER: dict[str, tuple[str, ...]] = {  # types that become the wider one where both meet
    "int8": ("int4", "int2"), "numeric": ("int4", "int8", "int2"), "float8": ("int4", "numeric", "float4"), "timestamp": ("date",), "timestamptz": ("timestamp", "date"),
    "text": ("varchar",), "int4": ("int2",),
}  # fmt: skip
_COMPARED = ("=", "<>", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Column:
    """Text that names a value of a row. Only a `plain` one can be used in a subquery below."""

    text: str
    kind: str
    plain: bool = True


@dataclass(slots=True)
class Scope:
    """`grouped`: the columns are keys, and aggregates over the scope `grouped` may stand beside them."""

    columns: list[Column]
    outer: Scope | None = None
    grouped: Scope | None = None

    def of(self, kind: str) -> list[Column]:
        return [c for c in self.columns if c.kind == kind]


@dataclass(slots=True)
class Template:
    pieces: list[str | tuple[str, str]]
    risky: bool
    call: bool  # an aggregate call and nothing around it, which FILTER and OVER may follow

    @staticmethod
    def read(text: str) -> Template:
        body = text.removeprefix("!")
        pieces: list[str | tuple[str, str]] = []
        last = 0
        for match in _PLACE.finditer(body):
            pieces += [body[last : match.start()], (match[1] or "", match[2])]
            last = match.end()
        call = _CALL.fullmatch(body) is not None and not body.startswith(("round", "to_jsonb"))
        return Template([*pieces, body[last:]], text.startswith("!"), call)


def _read(table: dict[str, tuple[str, ...]]) -> dict[str, list[Template]]:
    return {kind: [Template.read(text) for text in texts] for kind, texts in table.items()}


_TEMPLATES, _AGGREGATES, _COLLECTED = _read(TEMPLATES), _read(AGGREGATES), _read(COLLECTED)


@dataclass
class Expressions:
    """A stream of random choices. `risky` allows what may fail for some rows."""

    random: random.Random
    risky: bool = False
    subqueries: bool = True
    opaque: str = ""  # a column that is never NULL: hides constants, which PostgreSQL would compute before it decides on CASE
    loose: float = 0.0  # how often a part has another type than the one that fits
    _names: int = field(default=0)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def one_of(self, *choices: str) -> str:
        return self.random.choice(choices)

    def kind(self) -> str:
        return self.random.choices(KINDS, list(WEIGHTS.values()))[0]

    def kin(self, kind: str) -> str:
        """A type that compares with this one."""
        for family in FAMILIES:
            if kind in family:
                return self.one_of(*family)
        return kind

    def name(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}{self._names}"

    # Leaves

    def value(self, kind: str) -> str:
        pool = LITERALS[kind]
        if kind in ("int2", "int4", "int8") and self.chance(0.9):
            pool = pool[:5]
        return self.random.choice(pool)

    def constant(self, kind: str) -> Node:
        if self.loose and self.chance(0.3):
            return node(kind, "NULL" if self.chance(0.3) else "'" + self.value(kind).replace("'", "''") + "'")
        if self.chance(0.12):
            return node(kind, f"NULL::{kind}")
        text = literal(kind, self.value(kind))
        return node(kind, f"CASE WHEN {self.opaque} IS NOT NULL THEN {text} END" if self.opaque else text)

    def leaf(self, kind: str, scope: Scope) -> Node:
        if scope.outer is not None and self.chance(0.3):
            seen: Scope | None = scope.outer
            while seen is not None:
                found = [c for c in seen.of(kind) if c.plain]
                if found and (seen.outer is None or self.chance(0.7)):
                    return node(kind, self.random.choice(found).text)
                seen = seen.outer
        if scope.grouped is not None and self.chance(0.5):
            aggregate = self.aggregate(kind, scope.grouped, 1)
            if aggregate is not None:
                return aggregate
        own = scope.of(kind)
        if own and self.chance(0.85):
            return node(kind, self.random.choice(own).text)
        return self.constant(kind)

    # Calls

    def fill(self, template: Template, kind: str, scope: Scope, depth: int) -> Node:
        parts: list[str | Node] = []
        repeated: dict[str, str] = {}
        for piece in template.pieces:
            if isinstance(piece, str):
                parts.append(piece)
                continue
            mode, wanted = piece
            inner = self.kind() if wanted == "any" or (self.loose and self.chance(self.loose)) else wanted
            if mode == "col":
                found = scope.of(inner)
                parts.append(self.random.choice(found).text if found else f"NULL::{inner}")
            elif mode == "k":
                if inner not in repeated:
                    subqueries, self.subqueries = self.subqueries, False
                    repeated[inner] = str(self.expression(inner, scope, depth))
                    self.subqueries = subqueries
                parts.append(repeated[inner])
            elif mode == "key":
                parts.append(self.canonical(self.expression(inner, scope, depth)))
            else:
                parts.append(self.expression(inner, scope, depth))
        return Node(kind, parts)

    def canonical(self, item: Node) -> Node:
        """A value whose equals print the same."""
        wrap = CANONICAL.get(item.kind)
        if wrap is None:
            return item
        before, after = wrap.split("{}")
        return node(item.kind, before, item, after)

    def expression(self, kind: str, scope: Scope, depth: int) -> Node:
        if depth <= 0 or self.chance(0.25):
            return self.leaf(kind, scope)
        if self.subqueries and depth > 0 and self.chance(0.06):
            return self.scalar_subquery(kind, scope, depth)
        if kind == "bool" and self.chance(0.5):
            return self.condition(scope, depth)
        if self.subqueries and self.chance(0.03):
            row = self.whole_row(kind, scope)
            if row is not None:
                return row
        if self.loose and self.chance(0.3):
            a, b = self.expression(self.kind(), scope, 0), self.expression(self.kind(), scope, 0)
            symbol = self.one_of(*_OPERATORS)
            right = node("clause", "(", b, ")") if symbol in ("= ANY", "IN") else b
            return node(kind, "(", a, f" {symbol} ", right, ")")
        if self.chance(0.3):
            return self.general(kind, scope, depth)
        allowed = [t for t in _TEMPLATES[kind] if self.risky or not t.risky]
        return self.fill(self.random.choice(allowed), kind, scope, depth - 1)

    def general(self, kind: str, scope: Scope, depth: int) -> Node:
        """Forms that any type has."""

        def inner() -> Node:
            return self.expression(kind, scope, depth - 1)

        def test() -> Node:
            return self.condition(scope, depth - 1)

        orders = kind != "jsonb"
        forms: list[Callable[[], Node]] = [
            lambda: node(kind, "coalesce(", inner(), ", ", inner(), ")"),
            lambda: node(kind, "coalesce(", inner(), ", ", inner(), ", ", inner(), ")"),
            lambda: node(kind, "CASE WHEN ", test(), " THEN ", inner(), " ELSE ", inner(), " END"),
            lambda: node(kind, "CASE WHEN ", test(), " THEN ", inner(), " WHEN ", test(), " THEN ", inner(), " END"),
            lambda: node(kind, "CASE ", self.expression("int4", scope, depth - 1), " WHEN 1 THEN ", inner(), " WHEN ", self.expression("int4", scope, 0), " THEN ", inner(), " ELSE ", inner(), " END"),
            lambda: node(kind, "nullif(", inner(), ", ", inner(), ")"),
            lambda: node(kind, inner(), f"::text::{kind}") if not kind.startswith("float") else inner(),
        ]  # fmt: skip
        narrower = NARROWER.get(kind, ())
        if narrower and not self.loose:
            other = self.expression(self.one_of(*narrower), scope, depth - 1)
            forms += [
                lambda: node(kind, "coalesce(", *self.shuffled(inner(), other), ")"),
                lambda: node(kind, "CASE WHEN ", test(), " THEN ", *self.shuffled(inner(), other, " ELSE "), " END"),
                lambda: node(kind, self.one_of("greatest", "least"), "(", *self.shuffled(inner(), other), ")"),
            ]  # fmt: skip
        if not kind.startswith("float"):  # literals whose type the other parts decide
            plain = "'" + self.value(kind).replace("''", "'").replace("'", "''") + "'"
            forms += [
                lambda: node(kind, "coalesce(", inner(), f", {plain})"),
                lambda: node(kind, "CASE WHEN ", test(), f" THEN {plain} ELSE ", inner(), " END"),
                lambda: node(kind, "CASE WHEN ", test(), " THEN NULL ELSE ", inner(), " END"),
            ]  # fmt: skip
            if kind != "jsonb":
                forms.append(lambda: node(kind, "nullif(", inner(), f", {plain})"))
        if orders and kind != "bool":
            forms.append(lambda: node(kind, self.one_of("greatest", "least"), "(", inner(), ", ", inner(), ")"))
        made = self.random.choice(forms)
        if not self.risky:
            return made()
        opaque, self.opaque = self.opaque, "a.id"
        found = made()
        self.opaque = opaque
        return found

    def shuffled(self, a: Node, b: Node, between: str = ", ") -> tuple[Node, str, Node]:
        return (a, between, b) if self.chance(0.5) else (b, between, a)

    def condition(self, scope: Scope, depth: int) -> Node:
        if depth > 0 and self.chance(0.25):
            a, b = self.condition(scope, depth - 1), self.condition(scope, depth - 1)
            return self.random.choice(
                (
                    lambda: node("bool", "(", a, " AND ", b, ")"),
                    lambda: node("bool", "(", a, " OR ", b, ")"),
                    lambda: node("bool", "(NOT ", a, ")"),
                    lambda: node("bool", "(", a, " IS NOT TRUE)"),
                )
            )()
        if depth > 0 and self.subqueries and self.chance(0.12):
            return self.subquery_condition(scope, depth)
        if self.chance(0.3):
            allowed = [t for t in _TEMPLATES["bool"] if self.risky or not t.risky]
            return self.fill(self.random.choice(allowed), "bool", scope, depth - 1)
        kind = self.kind()
        x = self.expression(kind, scope, depth - 1)
        match self.random.randrange(6):
            case 0:
                return node("bool", "(", x, self.one_of(" IS NULL)", " IS NOT NULL)"))
            case 1:
                words = self.one_of(" IS DISTINCT FROM ", " IS NOT DISTINCT FROM ")
                return node("bool", "(", x, words, self.expression(kind, scope, depth - 1), ")")
            case _:
                other = self.kin(kind) if self.chance(0.15) else kind
                return node("bool", "(", x, f" {self.one_of(*_COMPARED)} ", self.expression(other, scope, depth - 1), ")")

    def aggregate(self, kind: str, scope: Scope, depth: int, window: bool = False) -> Node | None:
        """An aggregate call with a result of this type, or None where there is none. `window`: one for OVER."""
        found = [*_AGGREGATES.get(kind, ()), *_COLLECTED.get(kind, ())]
        if window:
            found = [t for t in found if t.call and not any(w in str(t.pieces) for w in ("DISTINCT ", "WITHIN GROUP", "ORDER BY"))]
        if not found:
            return None
        inside = Scope(scope.columns, grouped=scope.grouped)
        chosen = self.random.choice(found)
        call = self.fill(chosen, kind, inside, depth)
        if chosen.call and self.chance(0.2):
            return node(kind, call, " FILTER (WHERE ", self.condition(Scope(scope.columns), 1), ")")
        return call

    # Given by the writer of queries

    def whole_row(self, kind: str, scope: Scope) -> Node | None:
        raise NotImplementedError

    def scalar_subquery(self, kind: str, scope: Scope, depth: int) -> Node:
        raise NotImplementedError

    def subquery_condition(self, scope: Scope, depth: int) -> Node:
        raise NotImplementedError
