"""`sabot.object_texts`: the texts that catalog functions give for an OID, as one keyed relation.

kind: type, class, proc, namespace, role, indexdef, constraintdef, viewdef, functiondef, function_arguments, function_result.
`id` is the OID, `part` a column number (0 for the whole object, 1 the pretty
form of a constraint). `visible` tells whether the search path finds the object.
"""

from __future__ import annotations

from ...kernels.types import TYPES
from ...planner.catalog.entries import ForeignKey, Relation, SqlFunction
from ...planner.catalog.keys import identifier
from ...planner.catalog.type_functions import io_functions
from .model import Catalog, Constraint, Index, Record, composite_relation, row_type
from .system import built_in
from .types import base_types


def key_text(key: str) -> str:
    """One key of an index as pg_get_indexdef prints it: expressions in parentheses."""
    bare = key.removesuffix(" DESC")
    plain = bare.replace("_", "a").replace("$", "a").isalnum() or bare.startswith('"') or bare.endswith(")")
    return bare if plain else f"({bare})"


def _ordered_key(index: Index, n: int) -> str:
    """Key n with its operator class and order, as far as they are not the usual ones."""
    text, order = key_text(index.keys[n]), index.order[n]
    named = index.option(f"class.{n}")
    shown = "" if named is None else f" {named}"
    if order & 1:
        shown += " DESC" if order & 2 else " DESC NULLS LAST"
    elif order & 2:
        shown += " NULLS FIRST"
    return text + shown


def index_definition(index: Index) -> str:
    """The CREATE INDEX statement of an index."""
    keys = ", ".join(_ordered_key(index, n) for n in range(len(index.keys)))
    included = ""
    if index.entry is not None and len(index.columns) > len(index.keys):
        names = [c.name for c in index.entry.columns][-(len(index.columns) - len(index.keys)):]
        included = f" INCLUDE ({', '.join(map(identifier, names))})"
    predicate = index.option("where")
    where = f" WHERE ({predicate})" if predicate else ""
    unique = "UNIQUE " if index.unique else ""
    on = f"{identifier(index.relation.schema)}.{identifier(index.relation.name)}"
    return f"CREATE {unique}INDEX {identifier(index.name)} ON {on} USING {index.method} ({keys}){included}{where}"


def _foreign_definition(catalog: Catalog, key: ForeignKey, columns: str, child: Relation) -> str:
    target = catalog.snapshot.relations[key.target]
    targets = ", ".join(identifier(target.columns[p].name) for p in key.target_columns)
    text = f"FOREIGN KEY ({columns}) REFERENCES {catalog.shown(target)}({targets})" + (" MATCH FULL" if key.match_full else "")
    for word, action in (("UPDATE", key.on_update), ("DELETE", key.on_delete)):
        if action != "no action":
            text += f" ON {word} {action.upper()}"
    return text + (f" ({', '.join(identifier(child.columns[p].name) for p in key.set_columns)})" if key.set_columns else "")


def constraint_definition(catalog: Catalog, constraint: Constraint, pretty: bool = False) -> str:
    """The constraint as it stands in CREATE TABLE."""
    if constraint.kind == "c":
        return f"CHECK ({constraint.expression})" if pretty else f"CHECK (({constraint.expression}))"
    columns = ", ".join(identifier(constraint.relation.columns[p].name) for p in constraint.columns)
    if constraint.foreign is not None:
        text = _foreign_definition(catalog, constraint.foreign, columns, constraint.relation)
    else:
        text = f"{'PRIMARY KEY' if constraint.kind == 'p' else 'UNIQUE'} ({columns})"
    deferral = {"deferrable": " DEFERRABLE", "deferred": " DEFERRABLE INITIALLY DEFERRED"}
    return text + deferral.get(constraint.deferral, "")


def function_arguments(function: SqlFunction, defaults: bool = True) -> str:
    """The parameters as CREATE FUNCTION lists them."""
    shown = [f"{identifier(n)} {t}" if n else str(t) for n, t in function.parameters]
    if function.variadic:
        shown[-1] = f"VARIADIC {shown[-1]}"
    if defaults:
        first = len(shown) - len(function.defaults)
        for n, text in enumerate(function.defaults, first):
            shown[n] += f" DEFAULT {text}"
    return ", ".join(shown)


def function_result(function: SqlFunction) -> str:
    if function.table:
        return "TABLE(" + ", ".join(f"{identifier(n)} {t}" for n, t in function.table) + ")"
    made = str(function.returns) if function.returns is not None else "void"
    return f"SETOF {made}" if function.returns_set else made


def function_definition(function: SqlFunction) -> str:
    """CREATE OR REPLACE FUNCTION as PostgreSQL writes it."""
    name = f"{identifier(function.schema)}.{identifier(function.name)}"
    words = [function.volatility.upper()] if function.volatility != "volatile" else []
    words += ["STRICT"] if function.strict else []
    words += ["SECURITY DEFINER"] if function.security_definer else []
    tag = "$function$"
    while tag in function.body:
        tag = tag[:-1] + "x$"
    kind = f"\n {' '.join(words)}" if words else ""
    return (
        f"CREATE OR REPLACE FUNCTION {name}({function_arguments(function)})\n RETURNS {function_result(function)}\n"
        f" LANGUAGE {function.language}{kind}\nAS {tag}{function.body}{tag}\n"
    )


def object_texts(catalog: Catalog) -> list[Record]:
    found: list[Record] = []

    def add(kind: str, id: int, text: str | None, part: int = 0, visible: bool = True) -> None:
        found.append({"kind": kind, "id": id, "part": part, "text": text, "visible": visible})

    for info in base_types():
        add("type", info.oid, info.spelling)
        if info.array_oid:
            add("type", info.array_oid, f"{TYPES[info.name].spelling}[]")
    for t in catalog.snapshot.types.values():
        visible = catalog.snapshot.find_type(t.name, catalog.path) is t
        shown = identifier(t.name) if visible else f"{identifier(t.schema)}.{identifier(t.name)}"
        add("type", t.id, shown, visible=visible)
        add("type", t.array_id, f"{shown}[]", visible=visible)
    for relation in catalog.relations:
        add("class", relation.id, catalog.shown(relation), visible=catalog.visible(relation))
        add("type", row_type(relation.id), catalog.shown(relation), visible=catalog.visible(relation))
        if relation.kind in ("view", "materialized_view"):
            add("viewdef", relation.id, f" {relation.query};")
    for index in catalog.indexes:
        visible = index.relation.schema in catalog.path
        name = identifier(index.name)
        add("class", index.oid, name if visible else f"{identifier(index.relation.schema)}.{name}", visible=visible)
        add("indexdef", index.oid, index_definition(index))
        columns = {n: identifier(c.name) for n, c in enumerate((c for c in index.relation.columns if not c.hidden), 1)}
        for part, column in enumerate(index.columns, 1):
            text = columns[column] if column else key_text(index.keys[part - 1])
            add("indexdef", index.oid, text, part)
    for constraint in catalog.constraints:
        add("constraintdef", constraint.oid, constraint_definition(catalog, constraint))
        add("constraintdef", constraint.oid, constraint_definition(catalog, constraint, pretty=True), part=1)
    for oid, _, _, text in catalog.domain_constraints:
        add("constraintdef", oid, f"CHECK (({text}))")
        add("constraintdef", oid, f"CHECK ({text})", part=1)
    for t in catalog.snapshot.types.values():
        if t.kind == "composite":
            visible = catalog.snapshot.find_type(t.name, catalog.path) is t
            shown = identifier(t.name) if visible else f"{identifier(t.schema)}.{identifier(t.name)}"
            add("class", composite_relation(t.id), shown, visible=visible)
    for schema in catalog.snapshot.schemas.values():
        add("namespace", schema.id, identifier(schema.name))
    for oid, name in io_functions().items():
        add("proc", oid, name)
    for oid, name, _ in built_in():
        add("proc", oid, identifier(name))
    for (schema_name, name), overloads in catalog.snapshot.functions.items():
        if schema_name == "pg_catalog":
            for function in overloads:
                add("proc", function.id, identifier(name))
            continue
        visible = schema_name in catalog.path
        for function in overloads:
            shown = identifier(name) if visible else f"{identifier(schema_name)}.{identifier(name)}"
            add("proc", function.id, shown, visible=visible)
            add("functiondef", function.id, function_definition(function))
            add("function_arguments", function.id, function_arguments(function))
            add("function_arguments", function.id, function_arguments(function, defaults=False), part=1)
            add("function_result", function.id, function_result(function))
    return found
