"""information_schema: the SQL standard's view of relations, columns, constraints and functions."""

from __future__ import annotations

from typing import Any

from ...kernels.types import TYPES, SqlType
from ...planner.bind.updatable import plain_columns, refusal
from ...planner.catalog.entries import Column, Relation
from ...planner.catalog.sequence import definition_of
from ...planner.sql.query import parse_query
from .deparsed import expression_text, view_text
from .model import Catalog, Record, Source, shown_default, visible_columns
from .relations import RELKINDS
from .system import TOAST
from .types import typname

_TYPES = {"table": "BASE TABLE", "source": "FOREIGN", "view": "VIEW", "materialized_view": "MATERIALIZED VIEW",
          "system": "VIEW"}  # fmt: skip
_KEYS = {"p": "PRIMARY KEY", "u": "UNIQUE", "c": "CHECK", "f": "FOREIGN KEY"}
_DIGITS = {"int2": (16, 2, 0), "int4": (32, 2, 0), "int8": (64, 2, 0), "float4": (24, 2, None), "float8": (53, 2, None),
           "numeric": (None, 10, None)}  # fmt: skip


def yes(value: bool) -> str:
    return "YES" if value else "NO"


def tables(catalog: Catalog) -> list[Record]:
    return [
        {"table_catalog": catalog.snapshot.database, "table_schema": r.schema, "table_name": r.name,
         "table_type": _TYPES[r.kind], "is_insertable_into": yes(r.kind == "table" or any(_passing_columns(catalog, r))), "is_typed": "NO"}
        for r in catalog.relations
        if r.kind != "sequence"
    ]


def _type_facts(catalog: Catalog, type_: SqlType) -> dict[str, Any]:
    facts: dict[str, Any] = {"udt_schema": "pg_catalog"}
    own = catalog.snapshot.types.get(type_.oid)
    if own is not None:
        return {"data_type": "USER-DEFINED", "udt_schema": own.schema, "udt_name": own.name}
    if type_.name == "list":
        assert type_.elem is not None
        inner = type_
        while inner.elem is not None and inner.name == "list":
            inner = inner.elem
        return facts | {"data_type": "ARRAY", "udt_name": "_" + typname(inner.info)}
    if type_.name in ("struct", "map"):
        return facts | {"data_type": "record", "udt_name": "record"}
    facts |= {"data_type": type_.info.spelling, "udt_name": typname(type_.info)}
    if type_.name in ("varchar", "bpchar"):
        facts["character_maximum_length"] = type_.mods[0] if type_.mods else None
    if type_.name in ("text", "varchar", "bpchar"):
        facts["character_octet_length"] = 4 * type_.mods[0] if type_.mods else 1 << 30
    if type_.name in _DIGITS:
        precision, radix, scale = _DIGITS[type_.name]
        if type_.name == "numeric" and type_.mods:
            precision, scale = (*type_.mods, 0)[:2]
        facts |= {"numeric_precision": precision, "numeric_precision_radix": radix, "numeric_scale": scale}
    if type_.name in ("time", "timestamp", "timestamptz", "interval"):
        facts["datetime_precision"] = type_.mods[0] if type_.mods else 6
    if type_.name == "date":
        facts["datetime_precision"] = 0
    return facts


def _domain_facts(catalog: Catalog, column: Column) -> dict[str, Any]:
    if column.domain is None:
        return {}
    domain = catalog.snapshot.types[column.domain]
    return {"domain_catalog": catalog.snapshot.database, "domain_schema": domain.schema, "domain_name": domain.name}


def domains(catalog: Catalog) -> list[Record]:
    return [
        {"domain_catalog": catalog.snapshot.database, "domain_schema": t.schema, "domain_name": t.name,
         "domain_default": t.default, "udt_catalog": catalog.snapshot.database, "dtd_identifier": "1",
         **_type_facts(catalog, t.base),
         **({"data_type": "USER-DEFINED", "udt_schema": p.schema, "udt_name": p.name}
            if (p := catalog.snapshot.types.get(t.parent or 0)) is not None else {})}
        for t in catalog.snapshot.types.values()
        if t.base is not None
    ]


def _identity_facts(catalog: Catalog, column: Column) -> dict[str, Any]:
    if column.identity is None or column.sequence is None:
        return {"identity_cycle": "NO"}
    d = definition_of(catalog.snapshot.relations[column.sequence])
    return {
        "identity_generation": column.identity.upper(), "identity_start": str(d.start), "identity_increment": str(d.increment),
        "identity_maximum": str(d.most), "identity_minimum": str(d.least), "identity_cycle": yes(d.cycle),
    }  # fmt: skip


def sequences(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    for s in catalog.sequences:
        if s.on is not None and any(c.sequence == s.id and c.identity for c in catalog.snapshot.relations[s.on].columns):
            continue  # as in PostgreSQL, which leaves identity sequences out
        d = definition_of(s)
        precision, radix, scale = _DIGITS[d.type]
        found.append(
            {"sequence_catalog": catalog.snapshot.database, "sequence_schema": s.schema, "sequence_name": s.name,
             "data_type": TYPES[d.type].spelling, "numeric_precision": precision, "numeric_precision_radix": radix,
             "numeric_scale": scale, "start_value": str(d.start), "minimum_value": str(d.least),
             "maximum_value": str(d.most), "increment": str(d.increment), "cycle_option": yes(d.cycle)}
        )
    return found


def columns(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    for r in catalog.relations:
        if r.kind == "sequence":
            continue
        keys = {r.columns[p].name for p in r.primary_key} if r.kind in ("table", "source") else set()
        passing = _passing_columns(catalog, r)
        for number, c in visible_columns(r):
            found.append(
                {
                    "table_catalog": catalog.snapshot.database, "table_schema": r.schema, "table_name": r.name,
                    "column_name": c.name, "ordinal_position": number, "column_default": None if c.identity is not None else shown_default(catalog, c, expression_text),
                    "is_nullable": yes(not (c.not_null or c.name in keys)), "udt_catalog": catalog.snapshot.database,
                    "dtd_identifier": str(number), "is_self_referencing": "NO", "is_identity": yes(c.identity is not None),
                    **_identity_facts(catalog, c), "is_generated": "ALWAYS" if c.generated else "NEVER",
                    "generation_expression": c.generated, "is_updatable": yes(r.kind == "table" or (number <= len(passing) and passing[number - 1])), **_type_facts(catalog, c.type),
                    **_domain_facts(catalog, c),
                }
            )
    return found


def schemata(catalog: Catalog) -> list[Record]:
    return [
        {"catalog_name": catalog.snapshot.database, "schema_name": s.name, "schema_owner": s.owner}
        for s in catalog.snapshot.schemas.values()
    ] + [{"catalog_name": catalog.snapshot.database, "schema_name": TOAST[1], "schema_owner": catalog.snapshot.owner}]


def _updatable(catalog: Catalog, view: Relation) -> bool:
    """Changes of the view pass through to a table."""
    if view.kind != "view" or view.query is None or refusal(parse_query(view.query)) is not None:
        return False
    below = [catalog.snapshot.relations[i] for i in view.depends_on[:1]]
    return all(r.kind == "table" or _updatable(catalog, r) for r in below)


def _passing_columns(catalog: Catalog, view: Relation) -> list[bool]:
    """For each column of a view that passes changes through, whether it is a column of the relation below."""
    if not _updatable(catalog, view) or view.query is None:
        return []
    below = catalog.snapshot.relations[view.depends_on[0]]
    shown = [c.name for c in below.columns if not c.hidden]
    free = [True] * len(shown) if below.kind == "table" else _passing_columns(catalog, below)
    known = dict(zip(shown, free))
    out: list[bool] = []
    for name in plain_columns(parse_query(view.query)):
        out += free if name == "*" else [name is not None and known.get(name, False)]
    return out


def views(catalog: Catalog) -> list[Record]:
    return [
        {"table_catalog": catalog.snapshot.database, "table_schema": r.schema, "table_name": r.name,
         "view_definition": view_text(catalog, r, False) if r.query is not None else None,
         "check_option": dict(r.options).get("check_option", "NONE").upper(),
         "is_updatable": yes(any(_passing_columns(catalog, r))), "is_insertable_into": yes(any(_passing_columns(catalog, r))),
         "is_trigger_updatable": "NO", "is_trigger_deletable": "NO", "is_trigger_insertable_into": "NO"}
        for r in catalog.relations
        if RELKINDS[r.kind] == "v"
    ]


def table_constraints(catalog: Catalog) -> list[Record]:
    return [
        {"constraint_catalog": catalog.snapshot.database, "constraint_schema": c.relation.schema,
         "constraint_name": c.name, "table_catalog": catalog.snapshot.database, "table_schema": c.relation.schema,
         "table_name": c.relation.name, "constraint_type": _KEYS[c.kind], "is_deferrable": "YES" if c.deferral else "NO",
         "initially_deferred": "YES" if c.deferral == "deferred" else "NO", "enforced": "YES"}
        for c in catalog.constraints
    ]


def key_column_usage(catalog: Catalog) -> list[Record]:
    return [
        {"constraint_catalog": catalog.snapshot.database, "constraint_schema": c.relation.schema,
         "constraint_name": c.name, "table_catalog": catalog.snapshot.database, "table_schema": c.relation.schema,
         "table_name": c.relation.name, "column_name": c.relation.columns[p].name, "ordinal_position": place}
        for c in catalog.constraints
        if c.kind != "c"
        for place, p in enumerate(c.columns, 1)
    ]


def referential_constraints(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    for c in catalog.constraints:
        if c.foreign is None:
            continue
        target = catalog.snapshot.relations[c.foreign.target]
        unique = next((k for k in catalog.constraints
                       if k.relation is target and k.kind in "pu" and set(k.columns) == set(c.foreign.target_columns)), None)  # fmt: skip
        found.append(
            {"constraint_catalog": catalog.snapshot.database, "constraint_schema": c.relation.schema,
             "constraint_name": c.name, "unique_constraint_catalog": catalog.snapshot.database,
             "unique_constraint_schema": target.schema, "unique_constraint_name": unique.name if unique else None,
             "match_option": "FULL" if c.foreign.match_full else "NONE", "update_rule": c.foreign.on_update.upper(),
             "delete_rule": c.foreign.on_delete.upper()}
        )
    return found


def constraint_column_usage(catalog: Catalog) -> list[Record]:
    """The columns that a constraint is about: those that a foreign key refers to, the constraint's own else."""
    found: list[Record] = []
    for c in catalog.constraints:
        about = c.relation if c.foreign is None else catalog.snapshot.relations[c.foreign.target]
        found += [
            {"table_catalog": catalog.snapshot.database, "table_schema": about.schema, "table_name": about.name,
             "column_name": about.columns[p].name, "constraint_catalog": catalog.snapshot.database,
             "constraint_schema": c.relation.schema, "constraint_name": c.name}
            for p in sorted(c.columns if c.foreign is None else c.foreign.target_columns)
        ]
    return found


def check_constraints(catalog: Catalog) -> list[Record]:
    return [
        {"constraint_catalog": catalog.snapshot.database, "constraint_schema": c.relation.schema,
         "constraint_name": c.name, "check_clause": f"({expression_text(catalog, c.expression or '', c.relation)})"}
        for c in catalog.constraints
        if c.kind == "c"
    ] + [
        {"constraint_catalog": catalog.snapshot.database, "constraint_schema": t.schema, "constraint_name": name,
         "check_clause": f"({expression_text(catalog, text, value=t.base)})"}
        for _, name, t, text in catalog.domain_constraints
    ]


def routines(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    for (schema, name), overloads in catalog.snapshot.functions.items():
        for f in overloads:
            result = _type_facts(catalog, f.returns) if f.returns is not None else {"data_type": "void", "udt_name": "void"}
            found.append(
                {"specific_catalog": catalog.snapshot.database, "specific_schema": schema,
                 "specific_name": f"{name}_{f.id}", "routine_catalog": catalog.snapshot.database,
                 "routine_schema": schema, "routine_name": name, "routine_type": "FUNCTION",
                 "data_type": result["data_type"], "type_udt_catalog": catalog.snapshot.database,
                 "type_udt_schema": "pg_catalog", "type_udt_name": result["udt_name"], "routine_body": "SQL",
                 "routine_definition": f.body, "external_language": "SQL"}
            )
    return found


def catalog_name(catalog: Catalog) -> list[Record]:
    return [{"catalog_name": catalog.snapshot.database}]


ROWS: dict[str, Source] = {
    "tables": tables, "sequences": sequences, "domains": domains, "columns": columns, "schemata": schemata, "views": views, "table_constraints": table_constraints,
    "referential_constraints": referential_constraints, "key_column_usage": key_column_usage, "constraint_column_usage": constraint_column_usage,
    "check_constraints": check_constraints, "routines": routines, "information_schema_catalog_name": catalog_name,
}
