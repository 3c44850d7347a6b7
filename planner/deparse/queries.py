"""Queries in canonical form: clauses on lines of their own, names as they are now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from ...kernels.errors import SabotError
from ..bind.query import Env, find_relation
from ..bind.types import column_name
from ..catalog.entries import Relation, Snapshot
from ..catalog.keys import identifier
from .expressions import Expressions, Place, window_of
from .nodes import INDENT, JOINED, VARIABLE, Leaf, Node, Undeparsable, Writer

_CLAUSES = frozenset(
    ("with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "windows", "order", "limit", "offset",
     "kind", "operation_modifiers")
)  # fmt: skip


class Queries:
    """Writes the trees that `base` has the trace of. `then` is the catalog as they were bound, `now` as it is."""

    def __init__(self, base: Expressions, env: Env, now: Snapshot) -> None:
        self.base, self.env, self.now = base, env, now
        self.ctes: dict[str, tuple[str, ...]] = {}

    def writer(self, tree: exp.Expression, outer: Place | None) -> Callable[[Writer], None]:
        return lambda w: self.query(tree, w, outer, visible=False)

    # Whole queries

    def query(
        self, tree: exp.Expression, w: Writer, outer: Place | None = None, names: tuple[str, ...] = (), visible: bool = True
    ) -> None:
        """`names`: of its columns, if not its own; `visible`: whether anything reads them."""
        known = dict(self.ctes)
        with_ = tree.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            columns = tuple(c.name for c in cte.args["alias"].args.get("columns") or ())
            self.ctes[cte.alias] = columns or self._names(cte.this)
        place = Place({}, {}, self.base.trace.scopes.get(id(tree)), outer)
        source = self._from(tree, place) if isinstance(tree, exp.Select) else lambda w: None
        if with_ is not None:
            self._with(with_, w, place)
        if isinstance(tree, exp.Select):
            self._select(tree, w, place, source, names, visible)
        elif isinstance(tree, exp.SetOperation):
            self._set_operation(tree, w, place, names, visible)
            self._tail(tree, w, lambda t: self._by_number(tree, t), place)
        elif isinstance(tree, exp.Values):
            self._values(tree, w, place)
        else:
            raise Undeparsable
        self.ctes = known

    def _with(self, tree: exp.Expression, w: Writer, outer: Place | None) -> None:
        if w.lines:
            w.level += INDENT
            w.put(" ")
        w.put("WITH RECURSIVE " if tree.args.get("recursive") else "WITH ")
        for at, cte in enumerate(tree.expressions):
            if cte.args.get("materialized") is not None or not isinstance(cte.this, (exp.Select, exp.SetOperation, exp.Values)):
                raise Undeparsable
            columns = [c.name for c in cte.args["alias"].args.get("columns") or ()]
            w.put((", " if at else "") + identifier(cte.alias))
            w.put(f"({', '.join(map(identifier, columns))})" if columns else "")
            w.put(" AS (")
            if w.lines:
                w.keyword("")
            inner = w.apart()
            self.query(cte.this, inner, outer)
            w.put(inner.text)
            if w.lines:
                w.keyword("")
            w.put(")")
        if w.lines:
            w.level -= INDENT
            w.keyword("")
        else:
            w.put(" ")

    def _set_operation(
        self, tree: exp.Expression, w: Writer, outer: Place | None, names: tuple[str, ...], visible: bool
    ) -> None:
        if tree.args.get("by_name"):
            raise Undeparsable
        left, right = tree.this, tree.expression
        while isinstance(left, exp.Subquery) and isinstance(left.this, exp.SetOperation) and not any(
            part.args.get(k) for part in (left, left.this) for k in ("with_", "order", "limit", "offset")
        ):
            left = left.this
        same = isinstance(left, type(tree)) and isinstance(left, exp.SetOperation) and (
            bool(left.args.get("distinct")) == bool(tree.args.get("distinct")))
        wrap = isinstance(left, exp.SetOperation) and not same
        if wrap:
            w.put("(")
            w.keyword("", INDENT)
        self._branch(left, w, outer, names, visible)
        if wrap:
            w.keyword(") ", -INDENT)
        else:
            w.keyword("") if w.lines else w.put(" ")
        w.put("UNION " if isinstance(tree, exp.Union) else "INTERSECT " if isinstance(tree, exp.Intersect) else "EXCEPT ")
        w.put("" if tree.args.get("distinct") else "ALL ")
        inner = right.this if isinstance(right, exp.Subquery) else right
        nested = isinstance(inner, exp.SetOperation)
        w.put("(" if nested else "")
        w.keyword("", INDENT if nested else 0)
        self._branch(inner if nested else right, w, outer, names, False)
        if nested:
            w.level -= INDENT if w.lines else 0
            w.keyword(")")

    def _branch(
        self, tree: exp.Expression, w: Writer, outer: Place | None, names: tuple[str, ...], visible: bool
    ) -> None:
        own = isinstance(tree, exp.Subquery) and any(tree.this.args.get(k) for k in ("with_", "order", "limit", "offset"))
        while isinstance(tree, exp.Subquery):
            tree = tree.this
        if isinstance(tree, exp.SetOperation) and not own:
            self._set_operation(tree, w, outer, names, visible)
            return
        w.put("(" if own else "")
        inner = w.apart()
        self.query(tree, inner, outer, names, visible)
        w.put(inner.text + (")" if own else ""))

    def _by_number(self, tree: exp.Expression, item: exp.Expression) -> Node:
        """ORDER BY of a set operation counts columns."""
        if isinstance(item, exp.Literal) and not item.is_string:
            return Leaf(item.this)
        if isinstance(item, exp.Column) and len(item.parts) == 1 and item.name in (names := self._names(tree)):
            return Leaf(str(names.index(item.name) + 1))
        raise Undeparsable

    def _names(self, tree: exp.Expression) -> tuple[str, ...]:
        """The columns of a query."""
        while isinstance(tree, (exp.SetOperation, exp.Subquery)):
            tree = tree.this
        if isinstance(tree, exp.Values):
            return tuple(f"column{k}" for k in range(1, len(tree.expressions[0].expressions) + 1))
        found: list[str] = []
        for entry in tree.expressions:
            if isinstance(entry, exp.Star) or (isinstance(entry, exp.Column) and isinstance(entry.this, exp.Star)):
                found += [name for name, _ in self._starred(tree, entry)]
            else:
                found.append(entry.alias or column_name(entry.this if isinstance(entry, exp.Alias) else entry))
        return tuple(found)

    def _starred(self, tree: exp.Expression, entry: exp.Expression) -> list[tuple[str, str]]:
        """(name, table) of the columns of a star."""
        star = entry.this if isinstance(entry, exp.Column) else entry
        if star.args.get("except_") or star.args.get("replace") or star.args.get("rename"):
            raise Undeparsable
        scope = self.base.trace.scopes.get(id(tree))
        if scope is None:
            raise Undeparsable
        if isinstance(entry, exp.Star):
            return [(c.name, c.table) for c in scope.columns if not c.hidden]
        assert isinstance(entry, exp.Column)
        table = entry.parts[-2].name
        return [(name, table) for name, _ in scope.star((table,))]

    # SELECT

    def _select(
        self, tree: exp.Select, w: Writer, place: Place, source: Callable[[Writer], None], names: tuple[str, ...], visible: bool
    ) -> None:
        if any(tree.args[k] for k in tree.args if k not in _CLAUSES):
            raise Undeparsable
        e = self._at(place)
        if w.lines:
            w.level += INDENT
            w.put(" ")
        w.put("SELECT")
        distinct = tree.args.get("distinct")
        if distinct is not None:
            w.put(" DISTINCT")
            on = distinct.args.get("on")
            if on is not None:
                w.put(" ON (")
                keys = on.expressions if isinstance(on, exp.Tuple) else [on]
                for at, key in enumerate(keys):
                    w.put(", " if at else "")
                    w.sort_key(self._item(tree, key, e))
                w.put(")")
        self._targets(tree, w, e, names, visible)
        source(w)
        where = tree.args.get("where")
        if where is not None:
            w.keyword(" WHERE ", -INDENT, INDENT, 1)
            w.node(e.boolean(where.this))
        group = tree.args.get("group")
        if group is not None:
            if any(v for k, v in group.args.items() if k != "expressions" and v):
                raise Undeparsable
            w.keyword(" GROUP BY ", -INDENT, INDENT, 1)
            for at, key in enumerate(group.expressions):
                w.put(", " if at else "")
                w.sort_key(self._item(tree, key, e))
        having = tree.args.get("having")
        if having is not None:
            w.keyword(" HAVING ", -INDENT, INDENT, 0)
            w.node(e.boolean(having.this))
        for at, window in enumerate(tree.args.get("windows") or ()):
            w.keyword(" WINDOW ", -INDENT, INDENT, 1) if not at else w.put(", ")
            w.put(f"{identifier(window.this.name)} AS ")
            w.window(window_of(e, window))
        self._tail(tree, w, lambda t: self._item(tree, t, e), place)

    def _at(self, place: Place) -> Expressions:
        return replace(self.base, place=place, query=self.writer)

    def _item(self, tree: exp.Expression, key: exp.Expression, e: Expressions) -> Node:
        """A key of GROUP BY, ORDER BY or DISTINCT ON, with its type if it is a constant, which would be a number of a column."""
        made = self._expression_of(tree, key, e)
        if isinstance(made, Leaf) and made.constant is not None and "::" not in made.text:
            return Leaf(f"{made.text}::{made.constant}", made.constant)
        return made

    def _expression_of(self, tree: exp.Expression, key: exp.Expression, e: Expressions) -> Node:
        """A number and a name of the select list stand for its expression."""
        grouping = isinstance(key.parent, exp.Group)
        while isinstance(key, exp.Paren):
            key = key.this
        if isinstance(key, exp.Literal) and not key.is_string:
            items = [self._entry(tree, x) for x in tree.expressions]
            flat = [y for x in items for y in x]
            return self._value(flat[int(key.this) - 1][1], e)
        if isinstance(key, exp.Column) and len(key.parts) == 1:
            named = [x for x in tree.expressions if isinstance(x, exp.Alias) and x.alias == key.name]
            scope = e.place.scope
            inputs = scope is not None and any(c.name == key.name for c in scope.columns)
            if named and not (inputs and grouping):
                return e.settled(named[0].this)
        if isinstance(key, (exp.Tuple, exp.Rollup, exp.Cube, exp.GroupingSets)):
            raise Undeparsable
        return e.settled(key)

    def _entry(self, tree: exp.Expression, entry: exp.Expression) -> list[tuple[str, exp.Expression | tuple[str, str]]]:
        if isinstance(entry, exp.Star) or (isinstance(entry, exp.Column) and isinstance(entry.this, exp.Star)):
            return [(name, (table, name)) for name, table in self._starred(tree, entry)]
        inner = entry.this if isinstance(entry, exp.Alias) else entry
        return [(entry.alias if isinstance(entry, exp.Alias) else column_name(inner), inner)]

    def _value(self, what: exp.Expression | tuple[str, str], e: Expressions) -> Node:
        if isinstance(what, tuple):
            return e.column(what if what[0] else what[1:])
        return e.settled(what)

    def _targets(self, tree: exp.Select, w: Writer, e: Expressions, names: tuple[str, ...], visible: bool) -> None:
        entries = [y for x in tree.expressions for y in self._entry(tree, x)]
        for at, (name, what) in enumerate(entries):
            shown = names[at] if at < len(names) else name
            piece = w.apart()
            made = self._value(what, e)
            piece.node(made)
            plain = isinstance(made, Leaf) and made.constant is None and made.text.endswith(f".{identifier(shown)}")
            if not plain and (visible or shown != "?column?"):
                piece.put(f" AS {identifier(shown)}")
            w.put(", " if at else " ")
            if w.lines:
                if piece.text.startswith("\n"):
                    w.text = w.text.rstrip(" ")
                elif at:
                    w.keyword("", -INDENT, INDENT, VARIABLE)
            w.put(piece.text)

    def _tail(self, tree: exp.Expression, w: Writer, item: Callable[[exp.Expression], Node], place: Place) -> None:
        e = self._at(place)
        order = tree.args.get("order")
        if order is not None:
            w.keyword(" ORDER BY ", -INDENT, INDENT, 1)
            w.ordering(e.ordering(order, item))
        offset, limit = tree.args.get("offset"), tree.args.get("limit")
        if offset is not None:
            w.keyword(" OFFSET ", -INDENT, INDENT, 0)
            w.node(self._count(offset.expression, e))
        if limit is not None:
            if not isinstance(limit, exp.Limit):
                raise Undeparsable
            w.keyword(" LIMIT ", -INDENT, INDENT, 0)
            w.node(self._count(limit.expression, e))

    def _count(self, tree: exp.Expression, e: Expressions) -> Node:
        if isinstance(tree, exp.Literal) and not tree.is_string:
            return Leaf(tree.this)
        raise Undeparsable

    # FROM

    def _from(self, tree: exp.Select, place: Place) -> Callable[[Writer], None]:
        """Fills the place, and gives what writes the clause."""
        clause = tree.args.get("from_")
        if clause is None:
            return lambda w: None
        groups: list[tuple[exp.Expression, list[exp.Expression]]] = [(clause.this, [])]
        for join in tree.args.get("joins") or ():
            if any(join.args.get(k) for k in ("on", "using", "kind", "side", "method")):
                groups[-1][1].append(join)
            else:
                groups.append((join.this, []))
        items = [self._joined(head, [*(head.args.get("joins") or ()), *joins], place) for head, joins in groups]

        def write(w: Writer) -> None:
            for at, item in enumerate(items):
                if not at:
                    w.keyword(" FROM ", -INDENT, INDENT, 2)
                    item(w)
                    continue
                w.put(", ")
                piece = w.apart()
                item(piece)
                if w.lines and not piece.text.startswith("\n"):
                    w.keyword("", -INDENT, INDENT, VARIABLE)
                w.put(piece.text)

        return write

    def _joined(self, head: exp.Expression, joins: list[exp.Expression], place: Place) -> Callable[[Writer], None]:
        left = self._plain(head, place)
        for join in joins:
            left = self._join(left, join, place)
        return left

    def _join(self, left: Callable[[Writer], None], join: exp.Expression, place: Place) -> Callable[[Writer], None]:
        nested = bool(join.this.args.get("joins")) or (isinstance(join.this, exp.Subquery) and isinstance(join.this.this, exp.Table))
        before = list(place.items)
        right = self._joined(join.this, list(join.this.args.get("joins") or ()), place)
        if join.args.get("method") and join.args["method"] != "NATURAL":
            raise Undeparsable
        side, kind = join.args.get("side") or "", join.args.get("kind") or ""
        if kind not in ("", "INNER", "OUTER", "CROSS"):
            raise Undeparsable
        using = [c.name for c in join.args.get("using") or ()]
        if join.args.get("method") == "NATURAL":
            mine = [c for t, known in place.items.items() if t not in before for c in known]
            theirs = {c for t in before for c in place.items[t]}
            using = [c for c in mine if c in theirs]
        on = join.args.get("on")
        bare = not using and (on is None or (isinstance(on, exp.Boolean) and on.this is True))
        words = f" {side} JOIN " if side else " JOIN " if not bare or on is not None else " CROSS JOIN "

        def write(w: Writer) -> None:
            w.put("" if w.pretty else "(")
            left(w)
            w.keyword(words, -INDENT, INDENT, JOINED)
            w.put("(" if nested and w.pretty else "")
            right(w)
            w.put(")" if nested and w.pretty else "")
            if using:
                w.put(f" USING ({', '.join(map(identifier, using))})")
            elif on is not None:
                w.put(" ON " if w.pretty else " ON (")
                w.node(self._at(place).boolean(on))
                w.put("" if w.pretty else ")")
            elif side:
                w.put(" ON TRUE")
            w.put("" if w.pretty else ")")

        return write

    def _label(self, name: str, place: Place) -> str:
        """The alias in the text: none that occurs here or around it."""
        used: set[str] = set()
        around: Place | None = place
        while around is not None:
            used |= {around.labels.get(a, a) for a in around.items if around is not place or a != name}
            around = around.outer
        shown, count = name, 0
        while shown in used:
            count += 1
            shown = f"{name}_{count}"
        if shown != name:
            place.labels[name] = shown
        return shown

    def _plain(self, tree: exp.Expression, place: Place) -> Callable[[Writer], None]:
        alias = tree.args.get("alias")
        name = alias.this.name if isinstance(alias, exp.TableAlias) and alias.this is not None else ""
        columns = tuple(c.name for c in (alias.args.get("columns") or ())) if isinstance(alias, exp.TableAlias) else ()
        lateral = ""
        inner = tree
        if isinstance(tree, exp.Lateral):
            lateral, inner = "LATERAL ", tree.this
        if isinstance(inner, exp.Table) and isinstance(inner.this, exp.Identifier) and not lateral:
            return self._table(inner, name, columns, place)
        if isinstance(inner, exp.Values):
            return self._rows(inner, name, columns, place)
        if isinstance(inner, exp.Subquery) and isinstance(inner.this, (exp.Select, exp.SetOperation, exp.Values)) and name:
            if any(inner.args.get(k) for k in ("order", "limit", "offset", "with_", "joins")):
                raise Undeparsable
            query = inner.this
            if isinstance(query, exp.Values):
                return self._rows(query, name, columns, place)
            own = self._names(query)
            shown = (*columns, *own[len(columns):])
            place.items[name] = dict(zip(shown, shown))
            label = self._label(name, place)

            def subquery(w: Writer) -> None:
                w.put(f"{lateral}(")
                piece = w.apart()
                self.query(query, piece, place)
                w.put(f"{piece.text}) {identifier(label)}")
                w.put(f"({', '.join(map(identifier, columns))})" if columns else "")

            return subquery
        if isinstance(inner, exp.Subquery) and isinstance(inner.this, exp.Table) and not name and not lateral:
            return self._joined(inner.this, list(inner.this.args.get("joins") or ()), place)
        call = inner.this if isinstance(inner, exp.Table) else inner
        if isinstance(call, exp.Anonymous) and not inner.args.get("ordinality") and len(columns) <= 1:
            if any(isinstance(a, exp.Table) for a in call.expressions):
                raise Undeparsable
            label = name or call.name
            scope = place.scope
            known = next((r for r in scope.relations if r.name == label), None) if scope is not None else None
            if known is None or len(known.columns) != 1:
                raise Undeparsable
            place.items[label] = {known.columns[0].name: known.columns[0].name}
            shown_name = known.columns[0].name

            def function(w: Writer) -> None:
                w.put(lateral)
                w.node(self._at(place).call(call))
                w.put(f" {identifier(label)}({identifier(shown_name)})")

            return function
        raise Undeparsable

    def _rows(self, tree: exp.Values, name: str, columns: tuple[str, ...], place: Place) -> Callable[[Writer], None]:
        alias = tree.args.get("alias")
        if not name and isinstance(alias, exp.TableAlias):
            name = alias.this.name if alias.this is not None else ""
            columns = tuple(c.name for c in alias.args.get("columns") or ())
        if not name:
            raise Undeparsable
        width = len(tree.expressions[0].expressions)
        shown = (*columns, *(f"column{k}" for k in range(len(columns) + 1, width + 1)))
        place.items[name] = dict(zip(shown, shown))

        def write(w: Writer) -> None:
            w.put("( ")
            self._values(tree, w, place)
            w.put(f") {identifier(name)}({', '.join(map(identifier, shown))})")

        return write

    def _values(self, tree: exp.Values, w: Writer, place: Place) -> None:
        e = self._at(place)
        w.put("VALUES ")
        for at, row in enumerate(tree.expressions):
            w.put(", (" if at else "(")
            for k, value in enumerate(row.expressions):
                w.put("," if k else "")
                w.node(e.settled(value))
            w.put(")")

    def _table(self, tree: exp.Table, alias: str, columns: tuple[str, ...], place: Place) -> Callable[[Writer], None]:
        if tree.args.get("sample") is not None or tree.args.get("pivots"):
            raise Undeparsable
        parts = tuple(p.name for p in tree.parts)
        if len(parts) == 1 and parts[0] in self.ctes:
            names = self.ctes[parts[0]]
            shown = (*columns, *names[len(columns):])
            own = alias or parts[0]
            place.items[own] = dict(zip(shown, shown))
            text, label = identifier(parts[0]), parts[0]
        else:
            try:
                then = find_relation(self.env, parts, None)
            except SabotError:
                raise Undeparsable from None
            relation = self.now.relations.get(then.id)
            if relation is None:
                raise Undeparsable
            text, label = self._shown(relation), relation.name
            old = [c.name for c in then.columns]
            present = [c.name for c in relation.columns]
            if columns:
                old = present = [*columns, *present[len(columns):]]
            own = alias or then.name
            place.items[own] = dict(zip(old, present))
            if not alias and then.name != relation.name:
                place.labels[own] = relation.name
        written = self._label(own, place) if own not in place.labels else place.labels[own]
        listed = f"({', '.join(map(identifier, columns))})" if columns else ""
        return lambda w: w.put(text + (f" {identifier(written)}" if alias or written != label else "") + listed)

    def _shown(self, relation: Relation) -> str:
        visible = self.now.find(relation.name, self.base.path) is relation
        return identifier(relation.name) if visible else f"{identifier(relation.schema)}.{identifier(relation.name)}"
