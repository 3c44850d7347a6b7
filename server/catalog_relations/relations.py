"""pg_class, pg_attribute, pg_index, pg_constraint and their kin: relations and their parts."""

from __future__ import annotations

from collections.abc import Iterable

from ...kernels.types import TYPES, SqlType
from ...planner.bind.types import expression_name
from ...planner.catalog.entries import Column, Relation
from ...planner.catalog.keys import unlike
from ...planner.catalog.sequence import definition_of
from ...planner.catalog.type_functions import TYPE_FACTS, array_facts
from ...planner.sql.query import parse_expression
from ..sessions.temporary import is_temporary
from ..streaming.catalog_manager import FIRST_USER_ID
from .access_methods import METHODS, class_of
from .deparsed import both, expression_text, view_text
from .model import (
    EXTENSION,
    OWNER,
    Catalog,
    Constraint,
    Index,
    Record,
    Source,
    composite_relation,
    default_of,
    number,
    row_type,
    rule_of,
    shown_default,
    typmod,
    visible_columns,
)
from .roles import acl_of, relation_acl
from .types import BYVAL, COLLATABLE, ENUM_FACTS

HEAP = 2
RELKINDS = {"table": "r", "source": "f", "view": "v", "materialized_view": "m", "index": "i", "sequence": "S",
            "system": "v"}


def pg_class(catalog: Catalog) -> list[Record]:
    from .columns import KINDS

    indexed = {i.relation.id for i in catalog.indexes}
    secured = catalog.snapshot.row_security
    referring = {c.relation.id for c in catalog.constraints if c.foreign} | {c.foreign.target for c in catalog.constraints if c.foreign}
    checks: dict[int, int] = {}
    for c in catalog.constraints:
        checks[c.relation.id] = checks.get(c.relation.id, 0) + (c.kind == "c")
    found: list[Record] = [
        {
            "oid": r.id, "relname": r.name, "relnamespace": catalog.schema_id(r.schema), "reltype": row_type(r.id),
            "relowner": OWNER if r.kind == "system" else catalog.role_id(r.owner),
            "relam": HEAP if r.kind in ("table", "materialized_view") or KINDS.get(r.id) == "r" else 0, "relfilenode": r.id,
            "relpages": min(-(-catalog.size(r) // 8192), PAGES), "reltuples": float(catalog.row_count(r)),
            "relhasindex": r.id in indexed, "relpersistence": "t" if is_temporary(r.schema) else "p",
            "relkind": KINDS.get(r.id, "v") if r.kind == "system" else RELKINDS[r.kind],
            "relnatts": len(visible_columns(r)), "relchecks": checks.get(r.id, 0), "relhasrules": r.kind in ("view", "materialized_view"),
            "relacl": relation_acl(catalog, r), "relrowsecurity": r.id in secured and secured[r.id].enabled,
            "relforcerowsecurity": r.id in secured and secured[r.id].forced,
            "relispopulated": True, "relreplident": "d" if r.id >= FIRST_USER_ID else "n",
            "relhastriggers": r.id in referring,
        }
        for r in catalog.relations
    ]
    found += [
        {
            "oid": composite_relation(t.id), "relname": t.name, "relnamespace": catalog.schema_id(t.schema), "reltype": t.id,
            "relowner": catalog.role_id(t.owner), "relpersistence": "p", "relkind": "c", "relnatts": len(t.fields),
            "relispopulated": True, "relreplident": "n",
        }
        for t in catalog.snapshot.types.values()
        if t.kind == "composite"
    ]
    found += [
        {
            "oid": i.oid, "relname": i.name, "relnamespace": catalog.schema_id(i.relation.schema),
            "relowner": catalog.role_id(i.relation.owner),
            "relam": METHODS[i.method][0], "relfilenode": i.oid, "reltuples": float(catalog.row_count(i.relation)),
            "relpersistence": "p", "relkind": "i", "relnatts": len(i.columns), "relispopulated": True,
            "relreplident": "n",
        }
        for i in catalog.indexes
    ]
    return found


_IDENTITY = {None: "", "always": "a", "by default": "d"}


def _attribute(
    relation: int, number: int, name: str, type_: SqlType, not_null: bool, has_default: bool, generated: bool,
    identity: str | None = None,
) -> Record:
    info = type_.info
    depth, elem = 0, type_
    while elem.name == "list" and elem.elem is not None:
        depth, elem = depth + 1, elem.elem
    align, storage = (ENUM_FACTS if info.category == "E" else TYPE_FACTS.get(type_.name) or array_facts(elem.name))[:2]
    return {
        "attrelid": relation, "attname": name, "atttypid": type_.oid, "attstattarget": -1, "attlen": info.size,
        "attnum": number, "attndims": depth, "attcacheoff": -1, "atttypmod": typmod(type_),
        "attbyval": info.size in BYVAL, "attalign": align, "attstorage": storage,
        "attnotnull": not_null, "atthasdef": has_default, "attgenerated": "s" if generated else "", "attislocal": True,
        "attidentity": _IDENTITY[identity], "atthasmissing": False,
        "attcollation": COLLATABLE.get(elem.name, 0),
    }


def pg_attribute(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    for r in catalog.relations:
        keys = {r.columns[p].name for p in r.primary_key} if r.kind in ("table", "source") else set()
        for place, c in visible_columns(r):
            computed = (c.default is not None and c.identity is None) or c.generated is not None
            found.append(
                _attribute(r.id, place, c.name, c.type, c.not_null or c.name in keys, computed, c.generated is not None,
                           c.identity)
                | {"attacl": acl_of(catalog, "table", r.id, c.name)}
                | ({"atttypid": c.domain, "atttypmod": -1} if c.domain is not None else {})
            )
    for t in catalog.snapshot.types.values():
        for place, (name, type_) in enumerate(t.fields, 1):
            found.append(_attribute(composite_relation(t.id), place, name, type_, False, False, False))
    for i in catalog.indexes:
        columns = dict(visible_columns(i.relation))
        types = catalog.key_types(i)
        for place, (attribute, name) in enumerate(zip(i.columns, index_columns(i)), 1):
            kind = columns[attribute].type if attribute else types[place - 1]
            found.append(_attribute(i.oid, place, name, kind, False, False, False))
    return found


def index_columns(index: Index) -> list[str]:
    """Names of the columns of an index: those of its relation, for expressions that of the function or `expr`."""
    columns = dict(visible_columns(index.relation))
    return unlike(
        [
            columns[attribute].name if attribute else expression_name(parse_expression(index.bare(n)))
            for n, attribute in enumerate(index.columns)
        ]
    )


def _default_text(catalog: Catalog, relation: Relation, column: Column) -> str | None:
    if column.generated is not None:
        return both(catalog, column.generated, relation, column.type)
    return shown_default(catalog, column, both)


def pg_attrdef(catalog: Catalog) -> list[Record]:
    return [
        {"oid": default_of(r.id, place), "adrelid": r.id, "adnum": place, "adbin": _default_text(catalog, r, c)}
        for r in catalog.tables
        for place, c in visible_columns(r)
        if c.generated or (c.default and c.identity is None)
    ]


def pg_index(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    later = {c.index for c in catalog.constraints if c.index and c.deferral}
    for i in catalog.indexes:
        types = catalog.key_types(i)
        expressions = [expression_text(catalog, i.bare(n), i.relation) for n, c in enumerate(i.columns) if not c]
        found.append(
            {
                "indexrelid": i.oid, "indrelid": i.relation.id, "indnatts": len(i.columns), "indnkeyatts": len(i.keys),
                "indisunique": i.unique, "indnullsnotdistinct": i.equal_nulls, "indisprimary": i.primary, "indimmediate": i.oid not in later, "indisvalid": True,
                "indisready": True, "indislive": True, "indkey": list(i.columns), "indoption": i.order,
                "indcollation": [COLLATABLE.get(t.name, 0) for t in types],
                "indclass": [class_of(t, i.option(f"class.{n}")) for n, t in enumerate(types)],
                "indpred": both(catalog, i.option("where") or "", i.relation) if i.option("where") else None,
                "indexprs": ", ".join(expressions) or None,
            }
        )
    return found


def pg_constraint(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    for c in catalog.constraints:
        numbers = {p: n for n, (p, _) in enumerate(((p, c) for p, c in enumerate(c.relation.columns) if not c.hidden), 1)}
        found.append(
            {
                "oid": c.oid, "conname": c.name, "connamespace": catalog.schema_id(c.relation.schema), "contype": c.kind,
                "condeferrable": bool(c.deferral), "condeferred": c.deferral == "deferred", "convalidated": c.name not in c.relation.not_validated, "conrelid": c.relation.id, "conindid": c.index, "conislocal": True,
                "connoinherit": c.kind != "c", "conkey": [numbers[p] for p in c.columns] or None, "conbin": both(catalog, c.expression, c.relation) if c.expression else None,
                "confupdtype": " ", "confdeltype": " ", "confmatchtype": " ", **_foreign_facts(catalog, c),
            }
        )
    for oid, name, t, text in catalog.domain_constraints:
        found.append(
            {
                "oid": oid, "conname": name, "connamespace": catalog.schema_id(t.schema), "contype": "c", "convalidated": True,
                "contypid": t.id, "conislocal": True, "conbin": text, "confupdtype": " ", "confdeltype": " ", "confmatchtype": " ",
            }
        )
    return found


_ACTIONS = {"no action": "a", "restrict": "r", "cascade": "c", "set null": "n", "set default": "d"}


def _foreign_facts(catalog: Catalog, constraint: Constraint) -> Record:
    key = constraint.foreign
    if key is None:
        return {}
    target = catalog.snapshot.relations[key.target]
    index = next((c.index for c in catalog.constraints if c.relation is target and set(c.columns) == set(key.target_columns)), 0)
    return {
        "confrelid": target.id, "confkey": [number(target, p) for p in key.target_columns], "conindid": index,
        "confupdtype": _ACTIONS[key.on_update], "confdeltype": _ACTIONS[key.on_delete],
        "confdelsetcols": [number(constraint.relation, p) for p in key.set_columns] or None,
        "confmatchtype": "f" if key.match_full else "s",
    }  # fmt: skip


def pg_description(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    for r in catalog.user_relations:
        if r.comment is not None:
            found.append({"objoid": r.id, "classoid": 1259, "objsubid": 0, "description": r.comment})
        for place, c in visible_columns(r):
            if c.comment is not None:
                found.append({"objoid": r.id, "classoid": 1259, "objsubid": place, "description": c.comment})
    found.append({"objoid": 11, "classoid": 2615, "objsubid": 0, "description": "system catalog schema"})
    found.append({"objoid": 2200, "classoid": 2615, "objsubid": 0, "description": "standard public schema"})
    for t in catalog.snapshot.types.values():
        if t.comment is not None:
            found.append({"objoid": t.id, "classoid": 1247, "objsubid": 0, "description": t.comment})
    found += [
        {"objoid": i.oid, "classoid": 1259, "objsubid": 0, "description": i.entry.comment}
        for i in catalog.indexes
        if i.entry is not None and i.entry.comment is not None
    ]
    comments = catalog.snapshot.comments
    constraints = {("constraint", c.relation.id, c.name): c.oid for c in catalog.constraints}
    constraints |= {("domain constraint", t.id, c): oid for oid, c, t, _ in catalog.domain_constraints}
    classes = {"schema": 2615, "function": 1255, "policy": 3256}
    for (kind, id, name), text in comments.items():
        if kind in classes:
            gone = {"objoid": 2200, "classoid": 2615}
            found = [d for d in found if kind != "schema" or id != 2200 or any(d[k] != v for k, v in gone.items())]
            found.append({"objoid": id, "classoid": classes[kind], "objsubid": 0, "description": text})
        elif (oid := constraints.get((kind, id, name))) is not None:
            found.append({"objoid": oid, "classoid": 2606, "objsubid": 0, "description": text})
    return found


def pg_shdescription(catalog: Catalog) -> list[Record]:
    classes = {"role": 1260, "database": 1262}
    return [
        {"objoid": id, "classoid": classes[kind], "description": text}
        for (kind, id, _), text in catalog.snapshot.comments.items()
        if kind in classes
    ]


def pg_rewrite(catalog: Catalog) -> list[Record]:
    return [
        {"oid": rule_of(r.id), "rulename": "_RETURN", "ev_class": r.id, "ev_type": "1", "ev_enabled": "O",
         "is_instead": True}
        for r in catalog.user_relations
        if r.kind in ("view", "materialized_view")
    ]


PAGES = 1000  # clients that cut their scans by place ask for so much in one piece
# Catalogs that pg_depend names.
_CLASS, _CONSTRAINT, _SCHEMA, _RULE, _DEFAULT, _EXTENSION = 1259, 2606, 2615, 2618, 2604, 3079


def pg_depend(catalog: Catalog) -> list[Record]:
    """Views on what they read, through their rule as in PostgreSQL; keys, indexes, defaults on their columns."""
    found: list[Record] = []

    def add(class_: int, id: int, on_class: int, on: int, kind: str, numbers: Iterable[int] = (0,)) -> None:
        found.extend({"classid": class_, "objid": id, "refclassid": on_class, "refobjid": on, "refobjsubid": n, "deptype": kind}
                     for n in numbers)

    add(_SCHEMA, catalog.schema_id("sabot"), _EXTENSION, EXTENSION, "e")
    for r in catalog.relations:
        if r.schema == "sabot" and r.kind == "system":
            add(_CLASS, r.id, _EXTENSION, EXTENSION, "e")
    for r in catalog.user_relations:
        add(_CLASS, r.id, _SCHEMA, catalog.schema_id(r.schema), "n")
    for r in catalog.user_relations:
        if r.kind in ("view", "materialized_view"):
            rule = rule_of(r.id)
            for other in r.depends_on:
                add(_RULE, rule, _CLASS, other, "n")
            add(_RULE, rule, _CLASS, r.id, "i")
    keys = {c.index: c.oid for c in catalog.constraints if c.index}
    for i in catalog.indexes:
        if i.oid in keys:
            add(_CLASS, i.oid, _CONSTRAINT, keys[i.oid], "i")
        else:
            add(_CLASS, i.oid, _CLASS, i.relation.id, "a", sorted({n for n in i.columns if n}) or (0,))
    for c in catalog.constraints:
        add(_CONSTRAINT, c.oid, _CLASS, c.relation.id, "a", [number(c.relation, p) for p in c.columns] or (0,))
        if c.foreign is not None:
            facts = _foreign_facts(catalog, c)
            add(_CONSTRAINT, c.oid, _CLASS, c.foreign.target, "n", facts["confkey"])
            if facts["conindid"]:
                add(_CONSTRAINT, c.oid, _CLASS, facts["conindid"], "n")
    for s in catalog.sequences:
        if s.on is not None:
            table = catalog.snapshot.relations[s.on]
            at = table.row_schema.index(s.keys[0])
            identity = table.columns[at].identity is not None
            add(_CLASS, s.id, _CLASS, table.id, "i" if identity else "a", (number(table, at),))
    for r in catalog.tables:
        for n, column in visible_columns(r):
            if column.generated or (column.default and column.identity is None):
                add(_DEFAULT, default_of(r.id, n), _CLASS, r.id, "a", (n,))
            if column.sequence is not None and column.identity is None:
                add(_DEFAULT, default_of(r.id, n), _CLASS, column.sequence, "n")
    return found


def pg_sequence(catalog: Catalog) -> list[Record]:
    return [
        {"seqrelid": s.id, "seqtypid": TYPES[d.type].oid, "seqstart": d.start, "seqincrement": d.increment,
         "seqmax": d.most, "seqmin": d.least, "seqcache": d.cache, "seqcycle": d.cycle}
        for s in catalog.sequences
        for d in (definition_of(s),)
    ]


def pg_sequences(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    for s in catalog.sequences:
        d = definition_of(s)
        last, _, called = catalog.session.server.sequences.table.state(s.id)
        found.append(
            {"schemaname": s.schema, "sequencename": s.name, "sequenceowner": s.owner, "data_type": TYPES[d.type].oid,
             "start_value": d.start, "min_value": d.least, "max_value": d.most, "increment_by": d.increment,
             "cycle": d.cycle, "cache_size": d.cache, "last_value": last if called else None}
        )
    return found


def pg_tables(catalog: Catalog) -> list[Record]:
    indexed = {i.relation.id for i in catalog.indexes}
    from .columns import KINDS

    return [
        {"schemaname": r.schema, "tablename": r.name, "tableowner": r.owner, "hasindexes": r.id in indexed,
         "rowsecurity": r.id in catalog.snapshot.row_security and catalog.snapshot.row_security[r.id].enabled}
        for r in catalog.relations
        if r.kind == "table" or KINDS.get(r.id) == "r"
    ]


def definition_of_view(catalog: Catalog, view: Relation) -> str | None:
    return view_text(catalog, view, False) if view.query is not None else None


def pg_views(catalog: Catalog) -> list[Record]:
    from .columns import KINDS

    return [
        {"schemaname": r.schema, "viewname": r.name, "viewowner": r.owner, "definition": definition_of_view(catalog, r)}
        for r in catalog.relations
        if r.kind == "view" or (r.kind == "system" and KINDS.get(r.id) != "r")
    ]


def pg_matviews(catalog: Catalog) -> list[Record]:
    indexed = {i.relation.id for i in catalog.indexes}
    return [
        {"schemaname": r.schema, "matviewname": r.name, "matviewowner": r.owner, "hasindexes": r.id in indexed,
         "ispopulated": True, "definition": definition_of_view(catalog, r)}
        for r in catalog.user_relations
        if r.kind == "materialized_view"
    ]


def pg_indexes(catalog: Catalog) -> list[Record]:
    from .texts import index_definition

    return [
        {"schemaname": i.relation.schema, "tablename": i.relation.name, "indexname": i.name,
         "indexdef": index_definition(catalog, i)}
        for i in catalog.indexes
    ]


def _table_statistics(catalog: Catalog) -> list[Record]:
    counts, indexed = catalog.session.server.statistics.of, {i.relation.id for i in catalog.indexes}
    return [
        {"relid": r.id, "schemaname": r.schema, "relname": r.name, "n_live_tup": catalog.row_count(r), "seq_scan": c.scans,
         "idx_scan": c.lookups if r.id in indexed else None, "n_tup_ins": c.inserted, "n_tup_upd": c.updated, "n_tup_del": c.deleted,
         "n_mod_since_analyze": c.inserted + c.updated + c.deleted, "n_ins_since_vacuum": c.inserted}
        for r in catalog.user_relations
        if r.kind in ("table", "materialized_view")
        for c in (counts(r.id),)
    ]


def _index_statistics(catalog: Catalog) -> list[Record]:
    return [
        {"relid": i.relation.id, "indexrelid": i.oid, "schemaname": i.relation.schema, "relname": i.relation.name,
         "indexrelname": i.name}
        for i in catalog.indexes
    ]


ROWS: dict[str, Source] = {
    "pg_class": pg_class, "pg_attribute": pg_attribute, "pg_attrdef": pg_attrdef, "pg_index": pg_index,
    "pg_constraint": pg_constraint, "pg_description": pg_description, "pg_shdescription": pg_shdescription, "pg_rewrite": pg_rewrite, "pg_depend": pg_depend,
    "pg_sequence": pg_sequence, "pg_sequences": pg_sequences, "pg_tables": pg_tables, "pg_views": pg_views, "pg_matviews": pg_matviews, "pg_indexes": pg_indexes,
    "pg_stat_all_tables": _table_statistics, "pg_stat_user_tables": _table_statistics,
    "pg_statio_all_tables": _table_statistics, "pg_statio_user_tables": _table_statistics,
    "pg_stat_all_indexes": _index_statistics, "pg_stat_user_indexes": _index_statistics,
    "pg_statio_all_indexes": _index_statistics, "pg_statio_user_indexes": _index_statistics,
}
