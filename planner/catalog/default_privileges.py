"""ALTER DEFAULT PRIVILEGES at work: new objects get the grants that their creator has asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .entries import Relation, SchemaEntry, Snapshot, SqlFunction
from .roles import Acl, AclItem, class_of, default_items, granted

Operation = tuple[str, Any]


def with_default_privileges(snapshot: Snapshot, operations: Sequence[Operation]) -> list[Operation]:
    """The operations, each new object followed by its grants where defaults were altered."""
    out: list[Operation] = []
    for op, value in operations:
        out.append((op, value))
        if not snapshot.default_acls:
            continue
        match value:
            case Relation() if value.id not in snapshot.relations and value.kind != "index":
                kind, schema = class_of(value), value.schema
            case SchemaEntry() if value.name not in snapshot.schemas:
                kind, schema = "schema", ""
            case SqlFunction() if all(f.id != value.id for fs in snapshot.functions.values() for f in fs):
                kind, schema = "function", value.schema
            case _:
                continue
        items = initial_items(snapshot, kind, schema, value.owner)
        if items != default_items(kind, value.owner):
            out.append(("put_acl", Acl(kind, value.id, "", items)))
    return out


def initial_items(snapshot: Snapshot, kind: str, schema: str, owner: str) -> tuple[AclItem, ...]:
    """The grants of a new object: the altered defaults of its owner, then those for its schema on top."""
    everywhere = snapshot.default_acls.get((owner, "", kind))
    items = default_items(kind, owner) if everywhere is None else everywhere.items
    here = snapshot.default_acls.get((owner, schema, kind)) if schema else None
    for i in () if here is None else here.items:
        items = granted(items, i.grantee, i.grantor, i.privileges, False)
        if i.options:
            items = granted(items, i.grantee, i.grantor, i.options, True)
    return items
