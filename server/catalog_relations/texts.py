"""`sabot.object_texts`: the texts that catalog functions give for an OID, as one keyed relation.

kind: type, class, proc, namespace, role, indexdef, constraintdef, functiondef.
`id` is the OID, `part` a column number (0 for the whole object, 1 the pretty form of a constraint, -1 and below the
pretty forms of an index and its columns). `visible` tells whether the search path finds the object.
"""

from __future__ import annotations

import re
from functools import cache

from ...kernels.types import TYPES, SqlType
from ...planner.catalog.entries import ForeignKey, Relation, SqlFunction
from ...planner.catalog.keys import identifier
from ...planner.catalog.type_functions import PSEUDO_TYPES, io_functions, pseudo_name
from ...planner.functions.aggregates import ORDERED_SET
from .deparsed import expression_text, view_text
from .model import Catalog, Constraint, Index, Record, composite_relation, row_type
from .system import built_in
from .types import base_types

_CALL = re.compile(r'[a-z_][a-z0-9_.]*\(')


def key_text(catalog: Catalog, index: Index, n: int, pretty: bool = False) -> str:
    """One key of an index as pg_get_indexdef prints it: expressions in parentheses."""
    bare = index.keys[n].removesuffix(" DESC")
    if index.columns[n]:
        return bare
    text = expression_text(catalog, bare, index.relation, pretty=pretty)
    return text if _CALL.match(text) and text.endswith(")") else f"({text})"


def _ordered_key(catalog: Catalog, index: Index, n: int, pretty: bool) -> str:
    """Key n with its operator class and order, as far as they are not the usual ones."""
    text, order = key_text(catalog, index, n, pretty), index.order[n]
    named = index.option(f"class.{n}")
    shown = "" if named is None else f" {named}"
    if order & 1:
        shown += " DESC" if order & 2 else " DESC NULLS LAST"
    elif order & 2:
        shown += " NULLS FIRST"
    return text + shown


def index_definition(catalog: Catalog, index: Index, pretty: bool = False) -> str:
    """The CREATE INDEX statement of an index."""
    keys = ", ".join(_ordered_key(catalog, index, n, pretty) for n in range(len(index.keys)))
    included = ""
    if index.entry is not None and len(index.columns) > len(index.keys):
        names = [c.name for c in index.entry.columns][-(len(index.columns) - len(index.keys)):]
        included = f" INCLUDE ({', '.join(map(identifier, names))})"
    predicate = index.option("where")
    where = f" WHERE {expression_text(catalog, predicate, index.relation, pretty=pretty)}" if predicate else ""
    unique = "UNIQUE " if index.unique else ""
    nulls = " NULLS NOT DISTINCT" if index.equal_nulls else ""
    on = f"{identifier(index.relation.schema)}.{identifier(index.relation.name)}"
    return f"CREATE {unique}INDEX {identifier(index.name)} ON {on} USING {index.method} ({keys}){included}{nulls}{where}"


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
        text = expression_text(catalog, constraint.expression or "", constraint.relation, pretty=pretty)
        return f"CHECK ({text})"
    columns = ", ".join(identifier(constraint.relation.columns[p].name) for p in constraint.columns)
    if constraint.foreign is not None:
        text = _foreign_definition(catalog, constraint.foreign, columns, constraint.relation)
    else:
        nulls = " NULLS NOT DISTINCT" if constraint.equal_nulls else ""
        text = f"{'PRIMARY KEY' if constraint.kind == 'p' else 'UNIQUE'}{nulls} ({columns})"
    deferral = {"deferrable": " DEFERRABLE", "deferred": " DEFERRABLE INITIALLY DEFERRED"}
    return text + deferral.get(constraint.deferral, "")


def function_arguments(catalog: Catalog, function: SqlFunction, defaults: bool = True) -> str:
    """The parameters as CREATE FUNCTION lists them."""
    shown = [f"{identifier(n)} {t}" if n else str(t) for n, t in function.parameters]
    if function.modes is not None:
        shown = [f"{mode.upper()} {text}" for mode, text in zip(function.modes, shown)]
    if function.variadic:
        shown[-1] = f"VARIADIC {shown[-1]}"
    if defaults:
        first = len(shown) - len(function.defaults)
        for n, text in enumerate(function.defaults, first):
            shown[n] += f" DEFAULT {expression_text(catalog, text, target=function.parameters[n][1])}"
    return ", ".join(shown)


def function_result(function: SqlFunction) -> str | None:
    if function.modes is not None:
        return None
    if function.table:
        return "TABLE(" + ", ".join(f"{identifier(n)} {t}" for n, t in function.table) + ")"
    made = str(function.returns) if function.returns is not None else "void"
    return f"SETOF {made}" if function.returns_set else made


def function_definition(catalog: Catalog, function: SqlFunction) -> str:
    """CREATE OR REPLACE FUNCTION as PostgreSQL writes it."""
    name = f"{identifier(function.schema)}.{identifier(function.name)}"
    words = [function.volatility.upper()] if function.volatility != "volatile" else []
    words += ["STRICT"] if function.strict else []
    words += ["SECURITY DEFINER"] if function.security_definer else []
    tag = "$function$"
    while tag in function.body:
        tag = tag[:-1] + "x$"
    kind = f"\n {' '.join(words)}" if words else ""
    if function.modes is not None:
        tag = tag.replace("function", "procedure")
        return (
            f"CREATE OR REPLACE PROCEDURE {name}({function_arguments(catalog, function)})\n LANGUAGE {function.language}{kind}\n"
            f"AS {tag}{function.body}{tag}\n"
        )
    return (
        f"CREATE OR REPLACE FUNCTION {name}({function_arguments(catalog, function)})\n RETURNS {function_result(function)}\n"
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
    for name, (oid, _) in PSEUDO_TYPES.items():
        add("type", oid, pseudo_name(name))
    for t in catalog.snapshot.types.values():
        visible = catalog.snapshot.find_type(t.name, catalog.path) is t
        shown = identifier(t.name) if visible else f"{identifier(t.schema)}.{identifier(t.name)}"
        add("type", t.id, shown, visible=visible)
        add("type", t.array_id, f"{shown}[]", visible=visible)
    for relation in catalog.relations:
        add("class", relation.id, catalog.shown(relation), visible=catalog.visible(relation))
        add("type", row_type(relation.id), catalog.shown(relation), visible=catalog.visible(relation))
    for index in catalog.indexes:
        visible = index.relation.schema in catalog.path
        name = identifier(index.name)
        add("class", index.oid, name if visible else f"{identifier(index.relation.schema)}.{name}", visible=visible)
        add("indexdef", index.oid, index_definition(catalog, index))
        add("indexdef", index.oid, index_definition(catalog, index, True), -1)
        columns = {n: identifier(c.name) for n, c in enumerate((c for c in index.relation.columns if not c.hidden), 1)}
        for part, column in enumerate(index.columns, 1):
            for pretty in (False, True):
                text = columns[column] if column else key_text(catalog, index, part - 1, pretty)
                add("indexdef", index.oid, text, -1 - part if pretty else part)
    for constraint in catalog.constraints:
        pending = " NOT VALID" if constraint.name in constraint.relation.not_validated else ""
        add("constraintdef", constraint.oid, constraint_definition(catalog, constraint) + pending)
        add("constraintdef", constraint.oid, constraint_definition(catalog, constraint, pretty=True) + pending, part=1)
    for oid, _, t, text in catalog.domain_constraints:
        for part in (0, 1):
            add("constraintdef", oid, f"CHECK ({expression_text(catalog, text, pretty=bool(part), value=t.base)})", part=part)
    for t in catalog.snapshot.types.values():
        if t.kind == "composite":
            visible = catalog.snapshot.find_type(t.name, catalog.path) is t
            shown = identifier(t.name) if visible else f"{identifier(t.schema)}.{identifier(t.name)}"
            add("class", composite_relation(t.id), shown, visible=visible)
    for schema in catalog.snapshot.schemas.values():
        add("namespace", schema.id, identifier(schema.name))
    for oid, name in io_functions().items():
        add("proc", oid, name)
    for f in built_in():
        add("proc", f.oid, identifier(f.signature.name))
    for (schema_name, name), overloads in catalog.snapshot.functions.items():
        if schema_name == "pg_catalog":
            for function in overloads:
                add("proc", function.id, identifier(name))
            continue
        visible = schema_name in catalog.path
        for function in overloads:
            shown = identifier(name) if visible else f"{identifier(schema_name)}.{identifier(name)}"
            add("proc", function.id, shown, visible=visible)
            add("functiondef", function.id, function_definition(catalog, function))
    return found


def function_texts(catalog: Catalog) -> list[Record]:
    """`sabot.function_texts`: arguments of functions, with their defaults and without, and results."""
    found = _built_in_texts().copy()
    for overloads in catalog.snapshot.functions.values():
        for f in overloads:
            found.append(
                {"id": f.id, "arguments": function_arguments(catalog, f), "identity": function_arguments(catalog, f, defaults=False),
                 "result": function_result(f)}
            )
    return found


@cache
def _built_in_texts() -> list[Record]:
    found: list[Record] = []
    for f in built_in():
        s = f.signature
        shown = [pseudo_name(str(a)) for a in s.args]
        if s.variadic:
            shown[-1] = f"VARIADIC {shown[-1]}" + ("[]" if isinstance(s.args[-1], SqlType) else "")
        listed = ", ".join(shown)
        if f.kind == "a" and s.name in ORDERED_SET:
            listed = f"{', '.join(shown[:-1])} ORDER BY {shown[-1]}".lstrip()
        result = pseudo_name(str(s.returns))
        found.append({"id": f.oid, "arguments": listed, "identity": listed, "result": f"SETOF {result}" if s.set_returning else result})
    return found


def view_texts(catalog: Catalog) -> list[Record]:
    """`sabot.view_texts`: the queries of views, plain and pretty."""
    return [
        {"id": r.id, "pretty": pretty, "text": view_text(catalog, r, pretty)}
        for r in catalog.relations
        if r.kind in ("view", "materialized_view")
        for pretty in (False, True)
    ]
