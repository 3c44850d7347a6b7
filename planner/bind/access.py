"""Who may read and change what: every relation that a statement touches is noted while it is bound, and checked after.

A view's query is bound as its owner (or as its reader, for `security_invoker`), so each note names the role it is for.
Row security is part of the plan: the policies of a table become a filter directly above its scan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...kernels.errors import UserError
from ...kernels.expr.spec import Expr, Lit, Var
from ..catalog import roles
from ..catalog.entries import Relation, Snapshot, SqlFunction
from ..logical import node as n

if TYPE_CHECKING:
    from .query import Env

WORDS = {"materialized_view": "materialized view", "system": "table"}


@dataclass(frozen=True, slots=True)
class Access:
    """A relation read by `role`; `columns` are the columns of its rows in this plan."""

    relation: Relation
    role: str
    columns: tuple[Var, ...]


def checked_role(env: Env) -> str | None:
    """The role to check for; None for superusers and where nothing is checked."""
    role = env.ctx.role
    return None if role is None or roles.is_superuser(env.ctx.catalog, role) else role


def note_read(relation: Relation, columns: tuple[Var, ...], env: Env) -> None:
    role = checked_role(env)
    if role is not None:
        env.shared.accesses.append(Access(relation, role, columns))


def used_columns(plan: n.Node, exprs: Iterable[Expr] = ()) -> set[int]:
    """Ids of all columns that some expression reads."""
    found: set[int] = set()
    for e in exprs:
        n.expr_vars(e, found)
    seen: set[int] = set()
    todo = [plan]
    while todo:
        node = todo.pop()
        if id(node) not in seen:
            seen.add(id(node))
            found |= node.used
            todo += node.inputs
    return found


def check_reads(plan: n.Node, exprs: Iterable[Expr], env: Env) -> None:
    """42501 unless every role may read the columns that the statement reads."""
    if not env.shared.accesses:
        return
    used = used_columns(plan, exprs)
    for access in env.shared.accesses:
        relation = env.ctx.catalog.relations.get(access.relation.id, access.relation)  # a view may know older names
        names = [c.name for c, v in zip(relation.columns, access.columns) if v.id in used]
        require(relation, access.role, "r", names, env)


def require(relation: Relation, role: str, letter: str, columns: Iterable[str] | None, env: Env) -> None:
    """The privilege on the table, or on each of the columns (on any, if the statement names none)."""
    snapshot = env.ctx.catalog
    if letter in roles.relation_privileges(snapshot, role, relation):
        return
    if columns is not None:
        listed = list(columns)
        own = {c.name: roles.column_privileges(snapshot, role, relation, c.name) for c in relation.columns}
        if listed and all(letter in own[c] for c in listed):
            return
        if not listed and any(letter in p for p in own.values()):
            return
    raise denied(relation)


def denied(relation: Relation) -> UserError:
    return UserError(f"permission denied for {WORDS.get(relation.kind, relation.kind)} {relation.name}", "42501")


def check_schema(schema: str, env: Env, position: int | None) -> None:
    """A schema that is named needs USAGE. Names inside a view were found when it was made."""
    role = checked_role(env)
    if role is None or env.views or schema not in env.ctx.catalog.schemas:
        return
    if "U" not in roles.schema_privileges(env.ctx.catalog, role, schema):
        raise UserError(f"permission denied for schema {schema}", "42501", position=position)


def body_role(function: SqlFunction, role: str | None) -> str | None:
    """As whom a function's body reads."""
    if role is None or function.schema == "pg_catalog":
        return None
    return function.owner if function.security_definer else role


def check_function(function: SqlFunction, role: str | None, catalog: Snapshot, position: int | None) -> None:
    if role is None or function.schema == "pg_catalog":
        return
    items = roles.items_of(catalog, "function", function.id, function.owner)
    if "X" not in roles.privileges_on(catalog, role, "function", items, function.owner):
        raise UserError(f"permission denied for function {function.name}", "42501", position=position)


_SEQUENCE_NEEDS = {"nextval": "Uw", "currval": "Ur", "setval": "w"}


def check_sequence(target: Expr | None, call: str, role: str | None, catalog: Snapshot, position: int | None) -> None:
    """nextval, currval and setval of a sequence; one that is not named is for superusers only."""
    if target is None or role is None or roles.is_superuser(catalog, role):
        return
    if not isinstance(target, Lit):
        raise UserError(f"{call} of a computed sequence needs a superuser", "42501", position=position)
    relation = catalog.relations.get(target.value) if target.value is not None else None
    if relation is not None and not set(_SEQUENCE_NEEDS[call]) & set(roles.relation_privileges(catalog, role, relation)):
        raise UserError(f"permission denied for sequence {relation.name}", "42501", position=position)
