"""Privileges and row security of INSERT, UPDATE and DELETE (see `access` for reads)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from ...kernels.expr.spec import Col, Expr, Var, walk
from ..catalog.entries import Relation
from ..logical import node as n
from . import access
from .query import Env


def require_write(relation: Relation, letter: str, columns: Iterable[int] | None, env: Env) -> None:
    """INSERT or UPDATE of columns by position; None for privileges that columns do not have."""
    role = access.checked_role(env)
    if role is not None:
        names = None if columns is None else [relation.columns[i].name for i in columns]
        access.require(relation, role, letter, names, env)


def require_read(relation: Relation, columns: Iterable[int], env: Env) -> None:
    """SELECT on columns of the target that expressions read; nothing for none."""
    listed = sorted(set(columns))
    if listed:
        require_write(relation, "r", listed, env)


def columns_read(exprs: Iterable[Expr] | None, at: int, width: int) -> set[int]:
    """Positions of the row that begins at `at` which expressions read."""
    return {x.index - at for e in exprs or () for x in walk(e) if isinstance(x, Col) and at <= x.index < at + width}


def check_change(plan: n.Node, exprs: Sequence[Expr], target: Sequence[Var], relation: Relation, env: Env) -> None:
    """What an UPDATE or DELETE reads: of other relations, and of its target where an expression asks for it.

    `exprs` are old and new columns: one that goes through unchanged is not read.
    """
    asked = [e for e in exprs if not isinstance(e, Var) or e not in target]
    access.check_reads(plan, asked, env)
    used = access.used_columns(plan, asked)
    require_read(relation, (i for i, v in enumerate(target) if v.id in used), env)


def reads_rows(tree: exp.Expression, *parts: str) -> bool:
    """Whether the statement's clauses name columns, so that SELECT policies matter too."""
    for part in parts:
        found = tree.args.get(part)
        for node in found if isinstance(found, list) else [found]:
            if isinstance(node, exp.EQ) and part == "expressions":
                node = node.expression
            if isinstance(node, exp.Expression) and (node.find(exp.Column) or node.find(exp.Star)):
                return True
    return False
