"""CREATE INDEX. A unique index on columns is a constraint of its table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.keys import first_duplicate
from ...planner.bind.types import expression_name
from ...planner.catalog.entries import Column, Relation
from ...planner.catalog.keys import unlike
from ...planner.sql import statements as ast
from ..reading.executions import Done
from ..reading.planning import check_index, stream_key
from ..sessions.authorization import require_owner
from ..transactions.drafts import current
from . import unique_index

if TYPE_CHECKING:
    from ..server import Server
    from ..sessions.session import Session


METHODS = ("btree", "hash", "gist", "gin", "spgist", "brin")
# Those of vectors find neighbours approximately; here a query finds them exactly, by a scan, and the index is one of btree.
VECTOR_METHODS = ("hnsw", "ivfflat", "flat")


def _options(statement: ast.CreateIndex, method: str, where: str | None) -> Iterator[tuple[str, str]]:
    """What the catalogs tell of the index besides its keys; `.n` belongs to the key n from 0."""
    if statement.unique:
        yield "unique", "true"
    if not statement.nulls_distinct:
        yield "nulls not distinct", "true"
    if method != "btree":
        yield "method", method
    if where is not None:
        yield "where", where
    if statement.distributed_by:
        yield "distributed by", ", ".join(e.meta["sql"] for e in statement.distributed_by)
    for n, key in enumerate(statement.keys):
        if key.operator_class is not None:
            yield f"class.{n}", key.operator_class
        if key.nulls_first != key.descending:
            yield f"nulls.{n}", "first" if key.nulls_first else "last"


def _free_name(server: Server, target: Relation, statement: ast.CreateIndex) -> str:
    """The name that PostgreSQL gives: table, columns and `idx`, with a number if it is taken."""
    parts = unlike([*(expression_name(k.expression) for k in statement.keys), *statement.include])
    base = "_".join((target.name, *parts))[: 63 - len("_idx")] + "_idx"
    name, count = base, 0
    while (target.schema, name) in server.catalog.snapshot.by_name:
        count += 1
        name = f"{base}{count}"
    return name


def _plain_key(column: str) -> ast.IndexKey:
    node = exp.column(column, quoted=True)
    node.meta["sql"] = '"' + column.replace('"', '""') + '"'
    return ast.IndexKey(node)


async def create_index(session: Session, statement: ast.CreateIndex, parameters: Any, prepared: Any) -> Done:
    session.require_writable("CREATE INDEX")
    server = session.server
    target = server.resolve(session, statement.table, ("table", "materialized_view", "view"))
    require_owner(session, target)
    if statement.every:
        columns = [c.name for c in target.columns if not c.hidden]
        statement = replace(statement, keys=tuple(_plain_key(name) for name in columns))
    names: list[str] = []
    texts: list[str] = []
    for key in statement.keys:
        texts.append(key.expression.meta["sql"] + (" DESC" if key.descending else ""))
        if isinstance(key.expression, exp.Column) and not key.expression.table:
            names.append(key.expression.name)
    method = statement.method or "btree"
    if method in VECTOR_METHODS:
        session.notice("NOTICE", "00000", f"nearest neighbours are found exactly, by a scan: {method} has no effect")
        method = "btree"
    if method not in METHODS:
        raise UserError(f'access method "{method}" does not exist', "42704")
    where = statement.where.meta["sql"] if statement.where is not None else None
    schema = target.row_schema
    for column in (*names, *statement.include):
        if column not in schema.names:
            raise UserError(f'column "{column}" does not exist', "42703")
    check_index(session, target, [k.expression.meta["sql"] for k in statement.keys], where)
    name = statement.name or _free_name(server, target, statement)
    if server.exists(session, target.schema, name, statement.if_not_exists, "relation"):
        return Done("CREATE INDEX")
    unique: tuple[int, ...] = ()
    computed = statement.unique and (where is not None or not statement.nulls_distinct or len(names) != len(statement.keys))
    if statement.unique and not computed:
        unique = tuple(schema.index(n) for n in names)
        known = stream_key(session, target) if target.kind != "table" else unique
        if not known or not set(known) <= set(unique):
            raise Unsupported("a unique index of a view needs the columns that its query makes unique",
                              hint="GROUP BY columns and primary keys are; a plain index does for reading.")
    entry = Relation(
        id=server.catalog.new_id(),
        schema=target.schema,
        name=name,
        kind="index",
        columns=tuple(Column(n, schema[schema.index(n)].type) for n in (*names, *statement.include)),
        definition=statement.text,
        options=tuple(_options(statement, method, where)),
        on=target.id,
        keys=tuple(texts),
        owner=target.owner,
    )

    if computed:
        keys = [k.expression.meta["sql"] for k in statement.keys]
        await unique_index.create(session, target, entry, keys, where, statement.nulls_distinct)
        return Done("CREATE INDEX")

    def command() -> None:
        operations: list[Any] = [("put_relation", entry)]
        if unique and target.kind == "table":
            draft, transaction = current(), session.transaction
            assert draft is not None
            server.check_unchanged(target)
            server.locks.alter(transaction, target.id)
            draft.versions.setdefault(target.id, server.engine.relations[target.id].version)
            batches = server.engine.stored(target.id).snapshot().batches()
            if transaction is not None and target.id in transaction.writes:
                batches = [*batches, transaction.writes[target.id]]
            if batches and first_duplicate(Batch.concat(batches).consolidate().expanded(), unique) >= 0:
                raise UserError(f'could not create unique index "{name}"', "23505",
                                detail="The table holds duplicate keys.")
            given = any(k == unique for _, k in target.key_names) or unique in target.unique_keys
            key_names = target.key_names if given else (*target.key_names, (name, unique))
            changed = replace(target, unique=(*target.unique, unique), key_names=key_names)
            operations.append(("put_relation", changed))

            def effect() -> None:
                server.engine.relations[target.id].entry = changed

            draft.effects.append(effect)
        server.catalog.change(*operations)

    await session.change(command)
    return Done("CREATE INDEX")
