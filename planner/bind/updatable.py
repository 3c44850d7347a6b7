"""Views that INSERT, UPDATE and DELETE pass through to the table below.

A view over one table or updatable view, without what makes rows of several or of a part, is updatable. Its columns are
expressions over the table's row; those that are plain columns of the table can be assigned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Col, Expr
from ...kernels.types import BOOL
from ..catalog.entries import Relation, Snapshot
from ..logical import node as n
from ..physical.dml import NEW_ROWS
from ..sql.query import parse_query
from .context import BindContext
from .expr import bind_boolean, bind_expr
from .from_ import alias_of
from .query import Env, find_relation
from .scope import Scope
from .subquery import Pendings

_LIMITING = (("with_", "WITH"), ("distinct", "DISTINCT"), ("group", "GROUP BY"), ("having", "HAVING"),
             ("limit", "LIMIT or OFFSET"), ("offset", "LIMIT or OFFSET"))  # fmt: skip


def plain_columns(tree: exp.Expression) -> list[str | None]:
    """The select list of an updatable view: names of columns, `*`, None for expressions."""
    return ["*" if e.is_star else e.unalias().name if isinstance(e.unalias(), exp.Column) else None for e in tree.expressions]


@dataclass(frozen=True, slots=True)
class Target:
    """What a statement changes: rows of the table `relation`, named `name`, through `views` from the outermost one on."""

    relation: Relation
    name: str
    verb: str
    views: tuple[Relation, ...] = ()

    @property
    def seen(self) -> Relation:
        """The relation that the statement names."""
        return self.views[0] if self.views else self.relation

    def environment(self, env: Env) -> Env:
        """Where the table is changed as: the owner of the view right above it."""
        catalog = env.ctx.catalog
        for view in self.views:
            env = env.having(ctx=_context(view, env, catalog))
        return env.having(ctx=env.ctx.having(catalog=catalog)) if self.views else env

    def values(self, row: Sequence[Expr], env: Env, pendings: Pendings | None = None) -> tuple[list[Expr], list[Expr]]:
        """The named relation's columns over a row of the table, and the conditions of the views."""
        made, conditions = list(row), []
        for _, values, condition in self._levels(row, env, pendings):
            made = values
            conditions += [] if condition is None else [condition]
        return made, conditions

    def scope(self, row: Sequence[Expr], env: Env, pendings: Pendings | None = None) -> tuple[Scope, list[Expr]]:
        """The names of the statement over a row of the table, and the conditions of the views."""
        values, conditions = self.values(row, env, pendings)
        seen = self.seen
        columns = tuple((c.name, e) for c, e in zip(seen.columns, values, strict=True))
        return Scope.of(self.name, columns, tuple(c.hidden for c in seen.columns), seen.schema), conditions

    def places(self, env: Env) -> list[int | None]:
        """For each column of the named relation the table's column that it is; None for an expression."""
        row = [Col(i, c.type) for i, c in enumerate(self.relation.columns)]
        return [e.index if isinstance(e, Col) else None for e in self.values(row, env)[0]]

    def place(self, name: str, places: Sequence[int | None], position: int | None) -> int:
        """The table's column that a column of the named relation is; 0A000 for an expression."""
        for column, at in zip(self.seen.columns, places):
            if column.name == name:
                if at is None:
                    doing = "insert into" if self.verb == "insert into" else "update"
                    raise UserError(f'cannot {doing} column "{name}" of view "{self.seen.name}"', "0A000", position=position,
                                    detail="View columns that are not columns of their base relation are not updatable.")
                return at
        raise UserError(f'column "{name}" of relation "{self.seen.name}" does not exist', "42703", position=position)

    def checked(self, env: Env) -> list[tuple[str, n.Node]]:
        """For each view WITH CHECK OPTION the new rows (scanned as NEW_ROWS) that it would not show."""
        out: list[tuple[str, n.Node]] = []
        cascaded = False
        asked: list[tuple[Relation, bool]] = []
        for view in self.views:
            option = dict(view.options).get("check_option", "")
            cascaded = cascaded or option == "cascaded"
            asked.append((view, cascaded or option == "local"))
        for view, checks in reversed(asked):
            if checks:
                columns = tuple(env.ctx.new_var(c.type, c.name) for c in self.relation.columns)
                scan = n.Scan(NEW_ROWS, self.relation.name, tuple(range(len(columns))), columns)
                pendings = Pendings(env)
                found = [c for v, _, c in self._levels(columns, env, pendings) if v is view]
                if found[0] is not None:
                    out.append((view.name, pendings.filter(scan, Call("bool.is_not_true", (found[0],), BOOL))))
        return out

    def _levels(
        self, row: Sequence[Expr], env: Env, pendings: Pendings | None
    ) -> list[tuple[Relation, list[Expr], Expr | None]]:
        """From the innermost view on: its columns over the table's row, and its condition."""
        envs = [env]
        for view in self.views:
            envs.append(env.having(ctx=_context(view, envs[-1], env.ctx.catalog)))
        below, values = self.relation, list(row)
        out: list[tuple[Relation, list[Expr], Expr | None]] = []
        for view, outer in zip(reversed(self.views), reversed(envs[1:])):
            assert view.query is not None
            tree = parse_query(view.query)
            source = tree.args["from_"].this
            where = tree.args.get("where")
            named = outer.ctx.catalog.relations[below.id]  # as the view knew it
            scope = Scope.of(alias_of(source)[0] or named.name, tuple((c.name, e) for c, e in zip(named.columns, values)),
                             tuple(c.hidden for c in named.columns)[: len(values)])  # fmt: skip
            ctx = outer.ctx.having(clause="view", on_subquery=None if pendings is None else pendings.add)
            values = _items(tree, scope, ctx)
            condition = None
            if where is not None and (pendings is not None or where.find(exp.Query) is None):
                condition = bind_boolean(where.this, scope, ctx.having(clause="WHERE"))
            out.append((view, values, condition))
            below = view
        return out


def target(relation: Relation, name: str, verb: str, env: Env, position: int | None) -> Target:
    """What a change of the named relation changes; 55000 for a view that is not updatable."""
    views: list[Relation] = []
    catalog = env.ctx.catalog
    while relation.kind == "view":
        assert relation.query is not None
        tree = parse_query(relation.query)
        reason = refusal(tree)
        found: Relation | None = None
        if reason is None:
            if any(item.find(exp.Query) for item in tree.expressions):
                raise Unsupported(f'view "{relation.name}" has a subquery in its list and can\'t be changed', position=position,
                                  hint="Change the table that it reads.")
            env = env.having(ctx=_context(relation, env, catalog))
            parts = tuple(p.name for p in tree.args["from_"].this.parts)
            found = catalog.relations[find_relation(env, parts, None).id]
            if found.kind not in ("table", "view"):
                reason = "Views that do not select from a single table or view are not automatically updatable."
        if found is None or reason is not None:
            raise UserError(f'cannot {verb} view "{(views or [relation])[0].name}"', "55000", detail=reason, position=position,
                            hint="Change the tables that it reads.")  # fmt: skip
        views.append(relation)
        relation = found
    return Target(relation, name, verb, tuple(views))


def refusal(tree: exp.Expression) -> str | None:
    """Why a view of that query is not updatable, as far as the text tells."""
    end = "are not automatically updatable."
    if isinstance(tree, exp.SetOperation):
        return f"Views containing UNION, INTERSECT, or EXCEPT {end}"
    if not isinstance(tree, exp.Select):
        return f"Views that do not select from a single table or view {end}"
    for key, word in _LIMITING:
        if tree.args.get(key) is not None:
            return f"Views containing {word} {end}"
    clause = tree.args.get("from_")
    source = clause.this if clause is not None else None
    plain = isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier) and not source.args.get("sample")
    if not plain or tree.args.get("joins") or (source is not None and source.args.get("joins")):
        return f"Views that do not select from a single table or view {end}"
    for item in tree.expressions:
        for node in item.walk(prune=lambda x: isinstance(x, exp.Query)):
            if isinstance(node, exp.Window):
                return f"Views that return window functions {end}"
            if isinstance(node, exp.AggFunc) or (isinstance(node, exp.Anonymous) and _aggregates(node.name)):
                return f"Views that return aggregate functions {end}"
            if isinstance(node, (exp.Explode, exp.Unnest)) or (isinstance(node, exp.Anonymous) and node.name in _SETS):
                return f"Views that return set-returning functions {end}"
    return None


_SETS = frozenset(("generate_series", "unnest", "regexp_matches", "regexp_split_to_table", "json_array_elements",
                   "jsonb_array_elements", "json_each", "jsonb_each", "string_to_table", "generate_subscripts"))  # fmt: skip


def _aggregates(name: str) -> bool:
    from .aggregate import is_aggregate

    return is_aggregate(name)


def _items(tree: exp.Expression, scope: Scope, ctx: BindContext) -> list[Expr]:
    out: list[Expr] = []
    for item in tree.expressions:
        if isinstance(item, exp.Star):
            left_out = {c.name for c in item.args.get("except_") or ()}
            out += [e for name, e in scope.star() if name not in left_out]
        elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            out += [e for _, e in scope.star(tuple(p.name for p in item.parts[:-1]))]
        else:
            out.append(bind_expr(item.unalias(), scope, ctx))
    return out


def _context(view: Relation, env: Env, catalog: Snapshot) -> BindContext:
    """How a view's query is bound: under the names it was made with, as its owner or, for an invoker's view, its reader."""
    invoker = dict(view.options).get("security_invoker", "false").lower() in ("true", "on", "1", "yes")
    role = env.ctx.role if invoker or env.ctx.role is None else view.owner
    captured = dict(view.settings).get("search_path")
    path = env.ctx.search_path
    if captured:
        path = tuple(p.strip().strip('"') for p in captured.split(",") if p.strip())
        path = path if "pg_catalog" in path else ("pg_catalog", *path)
    return env.ctx.having(search_path=path, catalog=catalog.as_of(view.bound), role=role)
