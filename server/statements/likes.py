"""CREATE TABLE (LIKE other): its columns, and what INCLUDING says of their properties, as if they had been written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...planner.catalog.entries import Column, Relation
from ...planner.catalog.keys import is_computed
from ...planner.sql import statements as ast
from ...planner.sql.query import parse_expression
from ...planner.sql.typenames import TypeName

if TYPE_CHECKING:
    from ..sessions.session import Session

ALL = frozenset(("defaults", "generated", "identity", "constraints", "indexes", "comments"))


def with_likes(session: Session, statement: ast.CreateRelation) -> ast.CreateRelation:
    """The statement with the columns and constraints of the tables it is to be like."""
    columns, constraints = list(statement.columns), list(statement.constraints)
    for like in reversed(statement.likes):
        source = session.server.resolve(session, like.source, ())
        if source.kind in ("index", "sequence", "sink"):
            raise UserError(f'relation "{source.name}" is invalid in LIKE clause', "42809")
        included = ALL if "all" in like.including else frozenset(like.including)
        included -= ALL if "all" in like.excluding else frozenset(like.excluding)
        columns[like.place : like.place] = [
            _column(session, c, included) for c in source.columns if not c.hidden
        ]
        constraints[:0] = _constraints(source, included)
    return replace(statement, columns=tuple(columns), constraints=tuple(constraints), likes=())


def _expression(text: str) -> exp.Expression:
    tree = parse_expression(text)
    tree.meta["sql"] = text
    return tree


def _column(session: Session, column: Column, included: frozenset[str]) -> ast.ColumnDef:
    own = session.server.catalog.snapshot.types.get(column.domain or column.type.oid)
    written = TypeName(str(column.type), "", resolved=column.type)
    if own is not None:
        written = TypeName(own.name, own.name, schema=own.schema)
    default = column.default if "defaults" in included and column.identity is None else None
    generated = column.generated if "generated" in included else None
    return ast.ColumnDef(
        column.name, written, column.not_null,
        default=_expression(default) if default is not None else None,
        generated=_expression(generated) if generated is not None else None,
        identity=column.identity if "identity" in included else None,
    )


def _constraints(source: Relation, included: frozenset[str]) -> list[ast.TableConstraint]:
    made: list[ast.TableConstraint] = []
    if "constraints" in included:
        made += [ast.TableConstraint("check", expression=_expression(text), name=name) for name, text in source.checks]
    if "indexes" in included:
        if any(is_computed(c) for c in source.columns):
            raise Unsupported(f'LIKE … INCLUDING INDEXES of "{source.name}" is not supported, which has unique indexes over expressions',
                              hint="Leave INDEXES out, and create them.")
        names, late = [c.name for c in source.columns], dict(source.deferrable_keys)
        if source.primary_key:
            made.append(ast.TableConstraint("primary key", tuple(names[k] for k in source.primary_key),
                                            deferral=late.get(source.primary_key, "")))
        made += [ast.TableConstraint("unique", tuple(names[k] for k in key), deferral=late.get(key, "")) for key in source.unique
                 if not is_computed(source.columns[key[0]])]
    return made
