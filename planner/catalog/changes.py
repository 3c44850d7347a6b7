"""Pure changes of a catalog snapshot: each gives a new version."""

from __future__ import annotations

from dataclasses import replace

from ...kernels.errors import UserError
from .entries import Comment, Relation, SchemaEntry, Snapshot, SqlFunction, UserType
from .role_changes import columns_followed, forgotten, owner_changed

KIND_WORDS = {
    "table": "table",
    "source": "source",
    "view": "view",
    "materialized_view": "materialized view",
    "sink": "sink",
    "index": "index",
    "sequence": "sequence",
    "subscription": "subscription",
    "secret": "secret",
    "connection": "connection",
    "system": "system relation",
}


def put_relation(snapshot: Snapshot, relation: Relation) -> Snapshot:
    """Add the relation, or replace the one with its id (a rename frees the old name)."""
    relations = dict(snapshot.relations)
    by_name = dict(snapshot.by_name)
    old = relations.get(relation.id)
    if old is not None:
        del by_name[(old.schema, old.name)]
    taken = by_name.get((relation.schema, relation.name))
    if taken is not None:
        raise UserError(f'relation "{relation.name}" already exists', "42P07")
    relations[relation.id] = relation
    by_name[(relation.schema, relation.name)] = relation.id
    changed = replace(snapshot, version=snapshot.version + 1, relations=relations, by_name=by_name)
    return changed if old is None else columns_followed(changed, old, relation)


def drop_relation(snapshot: Snapshot, relation_id: int) -> Snapshot:
    relations = dict(snapshot.relations)
    by_name = dict(snapshot.by_name)
    gone = relations.pop(relation_id)
    del by_name[(gone.schema, gone.name)]
    left = replace(snapshot, version=snapshot.version + 1, relations=relations, by_name=by_name)
    return forgotten(left, ("table", "sequence"), relation_id)


def put_comment(snapshot: Snapshot, comment: Comment) -> Snapshot:
    key = (comment.kind, comment.id, comment.part)
    comments = {k: v for k, v in snapshot.comments.items() if k != key}
    if comment.text is not None:
        comments[key] = comment.text
    return replace(snapshot, version=snapshot.version + 1, comments=comments)


def put_schema(snapshot: Snapshot, schema: SchemaEntry) -> Snapshot:
    old = next((s for s in snapshot.schemas.values() if s.id == schema.id), None)
    others = {k: v for k, v in snapshot.schemas.items() if v.id != schema.id}
    changed = replace(snapshot, version=snapshot.version + 1, schemas={**others, schema.name: schema})
    if old is None or old.owner == schema.owner:
        return changed
    return owner_changed(changed, ("schema",), schema.id, old.owner, schema.owner)


def drop_schema(snapshot: Snapshot, name: str) -> Snapshot:
    schemas = {k: v for k, v in snapshot.schemas.items() if k != name}
    defaults = {k: v for k, v in snapshot.default_acls.items() if k[1] != name}
    left = replace(snapshot, version=snapshot.version + 1, schemas=schemas, default_acls=defaults)
    return forgotten(left, ("schema",), snapshot.schemas[name].id)


def put_function(snapshot: Snapshot, function: SqlFunction) -> Snapshot:
    """Add an overload, or replace the one with the same argument types."""
    key = (function.schema, function.name)
    arguments = tuple(t for _, t in function.parameters)
    others = tuple(
        f for f in snapshot.functions.get(key, ()) if tuple(t for _, t in f.parameters) != arguments
    )
    functions = {**snapshot.functions, key: (*others, function)}
    return replace(snapshot, version=snapshot.version + 1, functions=functions)


def drop_function(snapshot: Snapshot, function_id: int) -> Snapshot:
    functions = {
        key: kept
        for key, overloads in snapshot.functions.items()
        if (kept := tuple(f for f in overloads if f.id != function_id))
    }
    return forgotten(replace(snapshot, version=snapshot.version + 1, functions=functions), ("function",), function_id)



def put_type(snapshot: Snapshot, made: UserType) -> Snapshot:
    """Add the type, or replace the one with its id."""
    taken = snapshot.find_type(made.name, (), made.schema)
    if (taken is not None and taken.id != made.id) or (made.schema, made.name) in snapshot.by_name:
        raise UserError(f'type "{made.name}" already exists', "42710")
    return replace(snapshot, version=snapshot.version + 1, types={**snapshot.types, made.id: made})


def drop_type(snapshot: Snapshot, type_id: int) -> Snapshot:
    types = {k: v for k, v in snapshot.types.items() if k != type_id}
    return replace(snapshot, version=snapshot.version + 1, types=types)
