"""SEARCH and CYCLE of WITH RECURSIVE: columns that the recursion carries along.

    SEARCH DEPTH FIRST BY k SET o      o: the k of all rows on the way, as an array of rows
    SEARCH BREADTH FIRST BY k SET o    o: (depth, k)
    CYCLE k SET m USING p              p: the k of all rows on the way; m: k was among them before; such rows end
"""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Expr, Var
from ..logical import node as n
from ..sql.clauses import RecursionClauses
from ..sql.query import parse_expression
from .coerce import settle_unknown
from .expr import bind_boolean, bind_expr
from .position import position_of
from .query import Env
from .scope import Scope

Columns = tuple[tuple[str, Var], ...]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class RecursionMarks:
    """The extra columns of one recursive query, after its own."""

    def __init__(self, clauses: RecursionClauses, own: Columns, env: Env) -> None:
        self._clauses, self._env = clauses, env
        self._names = tuple(name for name, _ in own)
        for name in (*clauses.order_by, *clauses.cycle):
            if name not in self._names:
                what = "search" if name in clauses.order_by else "cycle"
                raise UserError(f'{what} column "{name}" not in WITH query column list', "42601")
        self._starts = self._texts(began=True)
        self._steps = self._texts(began=False)
        for name in self._starts:
            if name in self._names:
                raise UserError(f'column name "{name}" already used in WITH query column list', "42601")
        scope = Scope.of("", own)
        self.columns: Columns = tuple(
            (name, env.ctx.new_var(self._value(text, scope).type, name)) for name, text in self._starts.items()
        )

    def _texts(self, *, began: bool) -> dict[str, str]:
        """Column to the text of its value: in the first rows, or over the row before."""
        c = self._clauses
        out: dict[str, str] = {}
        if c.order:
            keys = ", ".join(map(_quoted, c.order_by))
            name = _quoted(c.sequence)
            if c.order == "depth":
                out[c.sequence] = f"ARRAY[ROW({keys})]" if began else f"{name} || ROW({keys})"
            else:
                out[c.sequence] = f"ROW(CAST(0 AS bigint), {keys})" if began else f"ROW(({name}).f1 + 1, {keys})"
        if c.mark:
            keys = ", ".join(map(_quoted, c.cycle))
            path = _quoted(c.path)
            met = f"array_position({path}, ROW({keys})) IS NOT NULL"
            out[c.mark] = c.default if began else f"CASE WHEN {met} THEN {c.value} ELSE {c.default} END"
            out[c.path] = f"ARRAY[ROW({keys})]" if began else f"{path} || ROW({keys})"
        return out

    def _value(self, text: str, scope: Scope) -> Expr:
        return settle_unknown(bind_expr(parse_expression(text), scope, self._env.ctx), self._env.ctx)

    def passed_on(self, step: exp.Expression) -> exp.Expression:
        """The recursive term with the columns of the row before added to its own."""
        tree = step
        while isinstance(tree, exp.Subquery):
            tree = tree.this
        sources = [] if not isinstance(tree, exp.Select) else [
            t.this for t in (tree.args.get("from_"), *(tree.args.get("joins") or ())) if t is not None
        ]  # fmt: skip
        for source in sources:
            if isinstance(source, exp.Table) and source.name == self._clauses.cte and not source.args.get("db"):
                made = tree.copy()
                for name, _ in self.columns:
                    made.append("expressions", exp.column(exp.to_identifier(name, quoted=True),
                                                          exp.to_identifier(source.alias_or_name, quoted=True)))  # fmt: skip
                return made
        raise Unsupported("SEARCH and CYCLE need a recursive term that is a SELECT from the recursive query",
                          hint="Carry the path along in columns of your own.", position=position_of(step))

    def begun(self, base: n.Node) -> n.Node:
        scope = Scope.of("", tuple(zip(self._names, base.vars)))
        new = self._env.ctx.new_var
        values = [(name, self._value(text, scope)) for name, text in self._starts.items()]
        return n.Project(base, (*((v, v) for v in base.vars), *((new(e.type, name), e) for name, e in values)))

    def continued(self, step: n.Node, items: list[tuple[Var, Expr]], passed: Columns) -> n.Node:
        """The step's rows with their marks; rows that came from the end of a cycle go no further."""
        c, new = self._clauses, self._env.ctx.new_var
        before = tuple((name, v) for (name, _), (_, v) in zip(self.columns, passed[len(items) :]))
        plan: n.Node = n.Project(step, (*items, *((v, v) for _, v in before)))
        own = tuple((name, v) for name, (v, _) in zip(self._names, items))
        scope = Scope.of("", (*own, *before))
        if c.mark:
            going_on = parse_expression(f"{_quoted(c.mark)} <> {c.value}")
            plan = n.Filter(plan, bind_boolean(going_on, scope, self._env.ctx))
        values = [(name, self._value(text, scope)) for name, text in self._steps.items()]
        return n.Project(plan, (*((v, v) for _, v in own), *((new(e.type, name), e) for name, e in values)))
