"""All catalog relations: entries for the catalog, and rows by relation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...kernels.batch import Batch
from ...kernels.types import BOOL, CHAR, INT4, OID, TEXT, Kind, SqlType, scalar
from ...planner.catalog.entries import Column, Relation
from . import access_methods, information_schema, locks, peers, relations, roles, settings, system, types
from .columns import PG_CATALOG
from .columns_information_schema import INFORMATION_SCHEMA
from .columns_statistics import PG_STATISTICS
from .functions import type_of
from .keywords import CATEGORIES, KEYWORDS
from .model import Catalog, Record, Source
from .texts import function_texts, object_texts, view_texts

if TYPE_CHECKING:
    from ..sessions.session import Session

_PG_CATALOG: dict[str, Source] = {
    **types.ROWS, **relations.ROWS, **access_methods.ROWS, **system.ROWS, **locks.ROWS, **settings.ROWS, **roles.PG_CATALOG
}  # fmt: skip
_INFORMATION_SCHEMA: dict[str, Source] = {**information_schema.ROWS, **roles.INFORMATION_SCHEMA}
_OBJECT_TEXTS = Relation(
    110, "sabot", "object_texts", "system",
    (Column("kind", TEXT, True), Column("id", OID, True), Column("part", INT4, True), Column("text", TEXT),
     Column("visible", BOOL)),
    primary_key=(0, 1, 2),
)


_VIEW_TEXTS = Relation(
    109, "sabot", "view_texts", "system",
    (Column("id", OID, True), Column("pretty", BOOL, True), Column("text", TEXT)), primary_key=(0, 1),
)
_FUNCTION_TEXTS = Relation(
    121, "sabot", "function_texts", "system",
    (Column("id", OID, True), Column("arguments", TEXT, True), Column("identity", TEXT, True), Column("result", TEXT)), primary_key=(0,),
)
_KEYWORDS = Relation(
    111, "sabot", "keywords", "system",
    (Column("word", TEXT, True), Column("catcode", CHAR, True), Column("barelabel", BOOL, True),
     Column("catdesc", TEXT, True), Column("baredesc", TEXT, True)),
    primary_key=(0,),
)


_LOCK_WAITS = Relation(120, "sabot", "lock_waits", "system", (Column("pid", INT4, True), Column("blocker", INT4, True)), primary_key=(0, 1))


def _keywords(catalog: Catalog) -> list[Record]:
    return [
        {"word": word, "catcode": category, "barelabel": bare, "catdesc": CATEGORIES[category],
         "baredesc": "can be bare label" if bare else "requires AS"}
        for word, category, bare in KEYWORDS
    ]


_SYSTEM_COLUMNS = (
    Column("tableoid", OID, hidden=True), Column("xmin", scalar("xid"), hidden=True), Column("ctid", TEXT, hidden=True),
)  # fmt: skip


def _described(text: str, schema: str) -> Iterator[Relation]:
    name, kind, oid, columns = "", "", 0, []
    for line in (*text.splitlines(), "end r 0"):
        if line.startswith(" "):
            parts = (part.partition(":") for part in line.split())
            columns += [Column(c, type_of(t.rstrip("!")), t.endswith("!")) for c, _, t in parts]
            continue
        if name:
            yield Relation(oid, schema, name, "system", (*columns, *(_SYSTEM_COLUMNS if kind == "r" else ())))
        name, kind, number = line.split()
        oid, columns = int(number), []


def _found() -> dict[int, tuple[Relation, Source | None]]:
    listed = [(r, _PG_CATALOG.get(r.name)) for r in _described(PG_CATALOG + PG_STATISTICS, "pg_catalog")]
    listed += [(r, _INFORMATION_SCHEMA.get(r.name)) for r in _described(INFORMATION_SCHEMA, "information_schema")]
    for r in _described(peers.described(), ""):
        schema, _, name = r.name.partition(".")
        listed.append((replace(r, schema=schema, name=name), peers.ROWS.get(name)))
    others = ((_OBJECT_TEXTS, object_texts), (_VIEW_TEXTS, view_texts), (_FUNCTION_TEXTS, function_texts), (_KEYWORDS, _keywords), (_LOCK_WAITS, locks.lock_waits), *roles.SABOT)
    return {r.id: (r, source) for r, source in (*listed, *others)}


RELATIONS: dict[int, tuple[Relation, Source | None]] = _found()


def entries() -> list[Relation]:
    return [r for r, _ in RELATIONS.values()]


def _default(type_: SqlType) -> Any:
    """What a column holds that a family module does not speak of: PostgreSQL's 'nothing' of the type."""
    match type_.kind:
        case Kind.BOOL:
            return False
        case Kind.OID | Kind.INT2 | Kind.INT4 | Kind.INT8 | Kind.FLOAT4:
            return 0
    return "" if type_.name == '"char"' else None


def rows_of(session: Session, relation: int) -> Batch | None:
    """The rows of a catalog relation; None if it is not one."""
    found = RELATIONS.get(relation)
    if found is None:
        return None
    entry, source = found
    if source is None:
        return Batch.empty(entry.row_schema.types)
    standard = entry.schema == "information_schema"
    plain = [(c.name, None if standard else _default(c.type)) for c in entry.columns]
    records = source(Catalog(session))
    if any(c.hidden for c in entry.columns):
        records = [r | {"tableoid": entry.id, "xmin": 1} for r in records]
    return Batch.from_rows(entry.row_schema.types, [tuple(r.get(n, d) for n, d in plain) for r in records])


