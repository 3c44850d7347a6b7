"""regclass, regtype and their kin: names that become OIDs by the catalog, at plan time."""

from __future__ import annotations

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Lit
from ...kernels.types import TYPES, SqlType
from ..sql.lexer import tokenize
from ..sql.query import parse_expression
from .context import BindContext

_PG_CATALOG = 11  # PostgreSQL's OID of the schema pg_catalog


def read_reg(text: str, target: SqlType, ctx: BindContext, position: int | None) -> Lit:
    """The OID that a name stands for: 'public.t'::regclass, 'int4'::regtype. Digits are an OID already."""
    if text.strip().isdigit():
        return Lit(int(text), target)
    if text.strip() == "-":
        return Lit(0, target)
    if target.name == "regclass":
        return Lit(_relation(text, ctx, position), target)
    if target.name == "regtype":
        from .types import sql_type

        try:
            return Lit(sql_type(parse_expression(f"null::{text}").args["to"]).oid, target)
        except UserError as error:
            raise UserError(f'type "{text}" does not exist', "42704", position=position) from error
    if target.name == "regnamespace":
        parts = _names(text)
        schema = ctx.catalog.schemas.get(parts[0])
        if schema is None and parts[0] != "pg_catalog":
            raise UserError(f'schema "{text}" does not exist', "3F000", position=position)
        return Lit(schema.id if schema is not None else _PG_CATALOG, target)
    raise Unsupported(f"input of type {target} is not supported", position=position)


def reg_text(value: Lit, ctx: BindContext) -> str | None:
    """The name of an OID constant of a reg type; None for types that have no names here."""
    if value.type.name == "regtype":
        for info in TYPES.values():
            if info.oid == value.value:
                return info.spelling
            if info.array_oid and info.array_oid == value.value:
                return f"{info.spelling}[]"
        return str(value.value)
    if value.type.name == "regclass":
        relation = ctx.catalog.relations.get(value.value)
        if relation is None:
            return str(value.value)
        visible = ctx.catalog.find(relation.name, ctx.search_path)
        return relation.name if visible is relation else f"{relation.schema}.{relation.name}"
    return None


def _relation(text: str, ctx: BindContext, position: int | None) -> int:
    parts = _names(text)
    schema = parts[-2] if len(parts) > 1 else None
    found = ctx.catalog.find(parts[-1], ctx.search_path, schema)
    if found is None:
        raise UserError(f'relation "{text}" does not exist', "42P01", position=position)
    return found.id


def _names(text: str) -> list[str]:
    """The parts of a qualified name, folded unless quoted."""
    return [t.value for t in tokenize(text) if t.kind in ("word", "quoted")] or [text]
