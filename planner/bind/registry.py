"""regclass, regtype and their kin: names that become OIDs by the catalog, at plan time."""

from __future__ import annotations

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Expr, Lit
from ...kernels.types import TEXT, TYPES, SqlType, scalar
from ..catalog.databases import here
from ..catalog.keys import ROW_TYPE, identifier, key_indexes
from ..catalog.type_functions import io_functions
from ..sql.lexer import tokenize
from ..sql.query import parse_expression
from .context import BindContext

# PostgreSQL's types of function signatures, which no column can have.
_PSEUDO_TYPES = {
    "cstring": 2275, "any": 2276, "anyarray": 2277, "trigger": 2279, "language_handler": 2280, "internal": 2281,
    "anyelement": 2283, "event_trigger": 3838,
}  # fmt: skip
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
        pseudo = _PSEUDO_TYPES.get(text.removeprefix("pg_catalog."))
        if pseudo is not None:
            return Lit(pseudo, target)
        from .types import sql_type

        try:
            return Lit(sql_type(parse_expression(f"null::{text}").args["to"], ctx.user_type).oid, target)
        except UserError as error:
            raise UserError(f'type "{text}" does not exist', "42704", position=position) from error
    if target.name == "regnamespace":
        parts = _names(text)
        schema = ctx.catalog.schemas.get(parts[0])
        if schema is None and parts[0] != "pg_catalog":
            raise UserError(f'schema "{text}" does not exist', "3F000", position=position)
        return Lit(schema.id if schema is not None else _PG_CATALOG, target)
    if target.name == "regrole":
        name = _names(text)[0]
        if name not in ctx.catalog.roles:
            raise UserError(f'role "{text}" does not exist', "42704", position=position)
        return Lit(ctx.catalog.roles[name].id, target)
    if target.name in ("regproc", "regprocedure"):
        return Lit(_function(text, ctx, position), target)
    raise Unsupported(f"input of type {target} is not supported", position=position)


def reg_text(value: Expr, ctx: BindContext) -> Expr:
    """The names of OIDs of a reg type as text. A plan holds for one catalog version, so the names are listed in it."""
    names = object_names(value.type, ctx)
    if isinstance(value, Lit):
        return Lit(None if value.value is None else {0: "-"}.get(value.value) or names.get(value.value, str(value.value)), TEXT)
    return Call("registry.name", (value,), TEXT, tuple(names), ("", "", *names.values()))


def text_reg(value: Expr, target: SqlType, ctx: BindContext, position: int | None) -> Expr:
    """Text as an OID by name; what is no name has to be digits."""
    if isinstance(value, Lit):
        return Lit(None, target) if value.value is None else read_reg(value.value, target, ctx, position)
    names = {n: o for o, n in object_names(target, ctx).items()}
    if target.name == "regclass":
        full = {f"{identifier(r.schema)}.{identifier(r.name)}": r.id for r in ctx.catalog.relations.values()}
        names |= full | {f"{identifier(ctx.catalog.database)}.{n}": o for n, o in full.items()}
    if target.name == "regtype":
        for t in TYPES.values():
            if t.name not in ("list", "map"):
                short = t.name.strip('"')
                names |= {short: t.oid, f"pg_catalog.{short}": t.oid}
                if t.array_oid:
                    names |= {f"_{short}": t.array_oid, f"pg_catalog._{short}": t.array_oid}
    sqlstate, noun = _MISSING.get(target.name, ("42704", target.name.removeprefix("reg")))
    return Call("registry.oid", (value,), target, tuple(names.values()), (sqlstate, noun, *names))


def format_type(oid: Expr, modifier: Expr, ctx: BindContext) -> Expr:
    """format_type(oid, typmod): a type's name with its modifiers."""
    names = object_names(scalar("regtype"), ctx)
    return Call("registry.format_type", (oid, modifier), TEXT, tuple(names), ("", "", *names.values()))


# SQLSTATE and noun for a name that does not exist.
_MISSING = {
    "regclass": ("42P01", "relation"), "regtype": ("42704", "type"), "regnamespace": ("3F000", "schema"),
    "regproc": ("42883", "function"), "regprocedure": ("42883", "function"), "regrole": ("42704", "role"),
}  # fmt: skip


def object_names(reg: SqlType, ctx: BindContext) -> dict[int, str]:
    """What each OID of a reg type is called, as the type's output function prints it."""
    if reg.name == "regtype":
        known = [t for t in TYPES.values() if ":" not in t.name]
        arrays = {t.array_oid: f"{t.spelling}[]" for t in known if t.array_oid}
        own: dict[int, str] = {}
        for u in ctx.catalog.types.values():
            visible = ctx.catalog.find_type(u.name, ctx.search_path) is u
            own[u.id] = u.name if visible else f"{u.schema}.{u.name}"
            own[u.array_id] = own[u.id] + "[]"
        rows = {ROW_TYPE + oid: name for oid, name in object_names(scalar("regclass"), ctx).items()}
        return rows | arrays | {t.oid: t.spelling for t in known if t.oid and t.name not in ("map", "list")} | own
    if reg.name == "regnamespace":
        return {s.id: identifier(s.name) for s in ctx.catalog.schemas.values()} | {_PG_CATALOG: "pg_catalog"}
    if reg.name == "regclass":
        out: dict[int, str] = {}
        for r in ctx.catalog.relations.values():
            visible = ctx.catalog.find(r.name, ctx.search_path) is r
            out[r.id] = identifier(r.name) if visible else f"{identifier(r.schema)}.{identifier(r.name)}"
        for oid, (schema, name) in key_indexes(ctx.catalog).items():
            visible = schema in ctx.search_path
            out[oid] = identifier(name) if visible else f"{identifier(schema)}.{identifier(name)}"
        return out
    if reg.name == "regproc":
        return io_functions() | {f.id: identifier(f.name) for overloads in ctx.catalog.functions.values() for f in overloads}
    if reg.name == "regprocedure":
        return {
            f.id: f"{identifier(f.name)}({','.join(str(t) for _, t in f.parameters)})"
            for overloads in ctx.catalog.functions.values() for f in overloads
        }
    if reg.name == "regrole":
        return {r.id: identifier(r.name) for r in ctx.catalog.roles.values()}
    if reg.name == "regcollation":
        return {100: '"default"', 950: '"C"', 951: '"POSIX"'}
    return {}


def _function(text: str, ctx: BindContext, position: int | None) -> int:
    """Of `name`, or `name(type, …)`."""
    text, bracket, arguments = text.partition("(")
    parts = _names(text)
    schema = parts[-2] if len(parts) > 1 else None
    if schema in (None, "pg_catalog"):
        for oid, name in io_functions().items():
            if name == parts[-1]:
                return oid
    found = ctx.catalog.find_functions(parts[-1], ctx.search_path, schema)
    if bracket:
        given = [a.strip() for a in arguments.rstrip().removesuffix(")").split(",") if a.strip()]
        types = [read_reg(a, scalar("regtype"), ctx, position).value for a in given]
        found = tuple(f for f in found if [t.oid for _, t in f.parameters] == types)
    if not found:
        raise UserError(f'function "{text}{bracket}{arguments}" does not exist', "42883", position=position)
    if len(found) > 1:
        raise UserError(f'more than one function named "{text}"', "42725", position=position)
    return found[0].id


def _relation(text: str, ctx: BindContext, position: int | None) -> int:
    parts = _names(text)
    parts = list(here(ctx.catalog, tuple(parts), position))
    schema = parts[-2] if len(parts) > 1 else None
    found = ctx.catalog.find(parts[-1], ctx.search_path, schema)
    if found is None:
        for oid, (its_schema, name) in key_indexes(ctx.catalog).items():
            if name == parts[-1] and (its_schema == schema or (schema is None and its_schema in ctx.search_path)):
                return oid
        raise UserError(f'relation "{text}" does not exist', "42P01", position=position)
    return found.id


def _names(text: str) -> list[str]:
    """The parts of a qualified name, folded unless quoted."""
    return [t.value for t in tokenize(text) if t.kind in ("word", "quoted")] or [text]
