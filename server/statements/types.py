"""CREATE, ALTER and DROP of types and domains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.program import Program, SessionFacts
from ...kernels.expr.spec import Call, Case, Col, Lit
from ...kernels.types import BOOL, SqlType, enum_type
from ...planner import changes
from ...planner.catalog.entries import Relation, Snapshot, UserType
from ...planner.catalog.user_types import domain_of, names_domain, user_sql_type, uses_type
from ...planner.physical.substitute import substitute
from ...planner.sql import statements as ast
from ..reading.executions import Done
from ..reading.planning import check_domain
from ..reading.reads import nodes
from ..transactions.drafts import current
from ..writing.dml import check_stored
from .query import hold

if TYPE_CHECKING:
    from ..sessions.session import Session

_STEP = 1 << 32  # between the places of two neighbours among an enum's labels
_LABEL_BYTES = 63
_WORDS = {"enum": "type", "composite": "type", "domain": "domain"}


async def create_type(session: Session, statement: ast.CreateType, parameters: Any, prepared: Any) -> Done:
    session.require_writable("CREATE TYPE")
    labels = statement.labels
    for at, label in enumerate(labels or ()):
        if len(label.encode()) > _LABEL_BYTES:
            raise UserError(f'invalid enum label "{label}"', "42602",
                            detail=f"Labels must be {_LABEL_BYTES} bytes or less.")
        if label in (labels or ())[:at]:
            raise UserError('duplicate key value violates unique constraint "pg_enum_typid_label_index"', "23505",
                            detail=f'The label "{label}" is there twice.')
    fields = tuple((name, session.resolve_type(t)) for name, t in statement.fields)
    for at, (name, sql_type) in enumerate(fields):
        if name in [n for n, _ in fields[:at]]:
            raise UserError(f'column "{name}" specified more than once', "42701")
        if names_domain(sql_type):
            raise Unsupported("composite types of domains are not supported", hint="Use the domain's base type.")
    made = _named(session, statement.name, "enum" if labels is not None else "composite")
    await _put(session, replace(
        made, labels=tuple((_STEP * (at + 1), label) for at, label in enumerate(labels or ())), fields=fields
    ))
    return Done("CREATE TYPE")


async def create_domain(session: Session, statement: ast.CreateDomain, parameters: Any, prepared: Any) -> Done:
    session.require_writable("CREATE DOMAIN")
    base = session.resolve_type(statement.base)
    parent = domain_of(base, session.server.catalog.snapshot)
    if parent is None and names_domain(base):
        raise Unsupported("domains over arrays and rows of domains are not supported", hint="Use the domain's base type.")
    default = None if parent is None else parent.default
    made = replace(
        _named(session, statement.name, "domain"), base=base if parent is None else parent.base, not_null=statement.not_null,
        default=statement.default.meta["sql"] if statement.default is not None else default,
        parent=None if parent is None else parent.id,
    )
    for name, check in statement.checks:
        made = _with_check(made, name, check.meta["sql"])
    check_domain(session, made)
    await _put(session, made)
    return Done("CREATE DOMAIN")


def _named(session: Session, name: ast.Name, kind: str) -> UserType:
    server = session.server
    schema, last = server.new_name(session, name)
    if server.catalog.snapshot.find_type(last, (), schema) is not None:
        raise UserError(f'type "{last}" already exists', "42710")
    return UserType(server.catalog.new_id(), server.catalog.new_id(), schema, last, kind, owner=session.user)


def _with_check(domain: UserType, name: str | None, text: str) -> UserType:
    taken = {n for n, _ in domain.checks}
    if name in taken:
        raise UserError(f'constraint "{name}" for domain "{domain.name}" already exists', "42710")
    number = 0
    while name is None:
        candidate = f"{domain.name}_check{number or ''}"
        name = candidate if candidate not in taken else None
        number += 1
    return replace(domain, checks=(*domain.checks, (name, text)))


async def _put(session: Session, *types: UserType) -> None:
    server = session.server
    operations = [("put_type", t) for t in types]
    await session.change(lambda: server.catalog.change(*operations))


def find(session: Session, name: ast.Name, kinds: tuple[str, ...]) -> UserType | None:
    found = session.server.catalog.snapshot.find_type(
        name[-1], session.search_path, name[-2] if len(name) > 1 else None
    )
    if found is not None and found.kind not in kinds:
        raise UserError(f'"{found.name}" is not a {_WORDS[kinds[0]]}', "42809")
    return found


def resolve(session: Session, name: ast.Name, kinds: tuple[str, ...] = ("enum", "composite", "domain")) -> UserType:
    found = find(session, name, kinds)
    if found is None:
        raise UserError(f'type "{".".join(name)}" does not exist', "42704")
    return found


# ALTER


async def alter(session: Session, statement: ast.Alter) -> None:
    """Renames, schema and owner of types and domains; defaults, NOT NULL and checks of domains."""
    domain = statement.kind == "domain"
    t = resolve(session, statement.name, ("domain",) if domain else ("enum", "composite", "domain"))
    match statement.action:
        case "rename to":
            changed = replace(t, name=statement.new_name or "")
        case "set schema":
            if statement.new_name not in session.server.catalog.snapshot.schemas:
                raise UserError(f'schema "{statement.new_name}" does not exist', "3F000")
            changed = replace(t, schema=statement.new_name or "")
        case "owner to":
            changed = replace(t, owner=statement.new_name or "")
        case "set default" | "drop default" if domain:
            text = statement.expression.meta["sql"] if statement.expression is not None else None
            changed = replace(t, default=text)
        case "drop not null" if domain:
            changed = replace(t, not_null=False)
        case "set not null" if domain:
            changed = replace(t, not_null=True)
        case "add constraint" if domain and statement.constraint is not None and statement.constraint.kind == "check":
            assert statement.constraint.expression is not None
            changed = _with_check(t, statement.constraint.name, statement.constraint.expression.meta["sql"])
        case "drop constraint" if domain:
            if all(n != statement.column for n, _ in t.checks):
                if statement.column_if_exists:
                    session.notice("NOTICE", "00000", f'constraint "{statement.column}" of domain "{t.name}" does not'
                                   " exist, skipping")
                    return
                raise UserError(f'constraint "{statement.column}" of domain "{t.name}" does not exist', "42704")
            changed = replace(t, checks=tuple(c for c in t.checks if c[0] != statement.column))
        case "validate constraint" | "rename constraint" if domain:
            if all(n != statement.column for n, _ in t.checks):
                raise UserError(f'constraint "{statement.column}" of domain "{t.name}" does not exist', "42704")
            if statement.action == "rename constraint" and any(n == statement.new_name for n, _ in t.checks):
                raise UserError(f'constraint "{statement.new_name}" for domain "{t.name}" already exists', "42710")
            new = statement.new_name or statement.column or ""
            changed = replace(t, checks=tuple((new if n == statement.column else n, e) for n, e in t.checks))
        case action:
            raise Unsupported(f"ALTER {statement.kind.upper()} {action.upper()} is not supported",
                              hint="docs/UNSUPPORTED.md lists what is not.")
    if domain:
        check_domain(session, changed)
    asked = statement.action in ("set not null", "add constraint", "validate constraint") and statement.value != "not valid"
    columns = _domain_columns(session, t) if domain and asked else {}
    taken = session.server.catalog.snapshot.find_type(changed.name, (), changed.schema)
    if taken is not None and taken.id != t.id:
        raise UserError(f'type "{changed.name}" already exists', "42710")
    if not columns:
        await _put(session, changed)
        return
    server, facts = session.server, session.facts()
    snapshot = replace(server.catalog.snapshot, types={**server.catalog.snapshot.types, t.id: changed})
    held = {id: substitute(changes.plan_constraints(snapshot.relations[id], snapshot, session.plan_settings), {}, session.context_value)
            for id in columns}  # fmt: skip

    def command() -> None:
        """The rows that there are hold the conditions, or nothing changes."""
        transaction = session.transaction
        for id, at in columns.items():
            relation = server.catalog.snapshot.relations[id]
            server.locks.check_unwritten(relation, transaction)
            own = transaction.writes.get(id) if transaction is not None else None
            rows = server.engine.stored(id).snapshot().batches()
            try:
                only = replace(held[id], not_null=(), checks=())
                check_stored(relation, only, rows if own is None else [*rows, own], facts)
            except UserError as error:
                name = f'column "{relation.columns[at].name}" of table "{relation.name}"'
                if error.sqlstate == "23502":
                    raise UserError(f"{name} contains null values", "23502") from None
                raise UserError(f"{name} contains values that violate the new constraint", error.sqlstate) from None
        server.catalog.change(("put_type", changed))

    await session.change(command)


def _domain_columns(session: Session, t: UserType) -> dict[int, int]:
    """Tables with columns of the domain, or of domains over it, and the first such column."""
    found: dict[int, int] = {}
    for d in _over(session.server.catalog.snapshot, t):
        for relation, at in _columns(session, d):
            if relation.kind in ("view", "materialized_view", "sink") and relation.columns[at].domain == d.id:
                continue  # what it shows is of a table
            if relation.kind != "table" or relation.columns[at].domain != d.id:
                raise Unsupported("a condition can't be added to a domain that sources use",
                                  hint="Add a CHECK to the tables, or create another domain.")
            found[relation.id] = min(at, found.get(relation.id, at))
    return found


async def alter_enum(session: Session, statement: ast.AlterEnum, parameters: Any, prepared: Any) -> Done:
    """ADD VALUE and RENAME VALUE."""
    session.require_writable("ALTER TYPE")
    t = resolve(session, statement.name)
    if t.kind != "enum":
        raise UserError(f"{t.name} is not an enum", "42809")
    if statement.new is not None:
        await _rename_value(session, t, statement.value, statement.new)
        return Done("ALTER TYPE")
    labels = [label for _, label in t.labels]
    if statement.value in labels:
        if statement.if_not_exists:
            session.notice("NOTICE", "42710", f'enum label "{statement.value}" already exists, skipping')
            return Done("ALTER TYPE")
        raise UserError(f'enum label "{statement.value}" already exists', "42710")
    if len(statement.value.encode()) > _LABEL_BYTES:
        raise UserError(f'invalid enum label "{statement.value}"', "42602",
                        detail=f"Labels must be {_LABEL_BYTES} bytes or less.")
    at = len(labels)
    if statement.neighbour is not None:
        if statement.neighbour not in labels:
            raise UserError(f'"{statement.neighbour}" is not an existing enum label', "22023")
        at = labels.index(statement.neighbour) + (not statement.before)
    _refuse_readers(session, t, "ADD VALUE")
    low = t.labels[at - 1][0] if at else 0
    high = t.labels[at][0] if at < len(labels) else low + 2 * _STEP
    if high - low < 2:
        raise Unsupported("there is no place left between these labels", hint="Create a new type.")
    place = (low + high) // 2
    await _put(session, replace(t, labels=(*t.labels[:at], (place, statement.value), *t.labels[at:])))
    return Done("ALTER TYPE")


def _refuse_readers(session: Session, t: UserType, what: str) -> None:
    """Running views that turn text into the enum have its labels built in."""
    for job in session.server.engine.jobs.values():
        for node in nodes(job.plan):
            if any(_reads_text(e, t.id) for e in getattr(node, "exprs", ())):
                raise Unsupported(f'ALTER TYPE {what} while "{job.name}" casts text to {t.name} is not supported',
                                  hint="Drop the view and create it again.")


def _reads_text(e: Any, id: int) -> bool:
    from ...kernels.expr.spec import walk

    return any(isinstance(x, Call) and x.kernel == "cast.from_text" and uses_type(x.type, id) for x in walk(e))


async def _rename_value(session: Session, t: UserType, old: str, new: str) -> None:
    """The label stands in every stored value: tables are rewritten, and nothing may be computed from them."""
    labels = [label for _, label in t.labels]
    if old not in labels:
        raise UserError(f'"{old}" is not an existing enum label', "22023")
    if new in labels:
        raise UserError(f'enum label "{new}" already exists', "42710")
    server = session.server
    made = enum_type(t.id)
    tables = {r.id: r for r, _ in _columns(session, t)}
    for table in tables.values():
        if any(j for j in server.engine.jobs.values() if table.id in j.reads):
            raise Unsupported("renaming a label that materialized views read is not supported", hint="Drop the views first.")
        if any(uses_type(c.type, t.id) and c.type != made for c in table.columns):
            raise Unsupported("renaming a label that is inside arrays or rows is not supported", hint="Create a new type.")
    changed = replace(t, labels=tuple((place, new if label == old else label) for place, label in t.labels))
    place = dict((label, place) for place, label in t.labels)[old]

    def code(label: str) -> Lit:
        return Lit(b"e" + place.to_bytes(8, "big") + label.encode(), made)

    def command() -> None:
        for table in tables.values():
            exprs = tuple(
                Case(((Call("compare.eq", (Col(i, made), code(old)), BOOL), code(new)),), Col(i, made), made)
                if c.type == made else Col(i, c.type)
                for i, c in enumerate(table.columns)
            )
            program = Program(exprs)
            parts = server.engine.stored(table.id).snapshot().batches()
            if session.transaction is not None and table.id in session.transaction.writes:
                parts = [Batch.concat([*parts, session.transaction.writes[table.id]]).consolidate()]
            for batch in parts:
                rows, _ = program.run(batch, SessionFacts())
                write(table, Batch.concat([batch.negate(), rows]).consolidate())
        server.catalog.change(("put_type", changed))

    def write(table: Relation, delta: Batch) -> None:
        draft = current()
        if session.transaction is not None:
            hold(session, session.transaction, table, delta)
        elif draft is not None:
            draft.before.append(lambda: server.engine.write(table.id, delta))

    await server.locks.until_free(session, lambda: session.change(command))


# DROP


def _columns(session: Session, t: UserType) -> list[tuple[Relation, int]]:
    """(relation, column) of what is declared with the type."""
    return [
        (r, at)
        for r in session.server.catalog.snapshot.relations.values()
        if r.kind != "index"
        for at, c in enumerate(r.columns)
        if c.domain == t.id or uses_type(c.type, t.id)
    ]


def _over(snapshot: Snapshot, t: UserType) -> Iterator[UserType]:
    """The domain and all domains over it."""
    yield t
    for other in snapshot.types.values():
        if other.parent == t.id:
            yield from _over(snapshot, other)


def _dependents(session: Session, t: UserType) -> Iterator[str]:
    from ...planner.catalog.changes import KIND_WORDS

    for r, at in _columns(session, t):
        yield f"column {r.columns[at].name} of {KIND_WORDS[r.kind]} {r.name} depends on type {t.name}"
    for overloads in session.server.catalog.snapshot.functions.values():
        for f in overloads:
            if any(uses_type(p, t.id) for _, p in f.parameters) or (f.returns is not None and uses_type(f.returns, t.id)):
                arguments = ",".join(str(p) for _, p in f.parameters)
                yield f"function {f.name}({arguments}) depends on type {t.name}"
    for other in session.server.catalog.snapshot.types.values():
        made = user_sql_type(other)
        inner: list[SqlType] = [x for _, x in made.fields]
        if other.parent == t.id or (other.id != t.id and (any(uses_type(x, t.id) for x in inner) or (other.base and uses_type(other.base, t.id)))):
            yield f"type {other.name} depends on type {t.name}"


async def drop(session: Session, statement: ast.Drop, name: ast.Name) -> None:
    kinds = ("domain",) if statement.kind == "domain" else ("enum", "composite", "domain")
    t = find(session, name, kinds)
    if t is None:
        if statement.if_exists:
            session.notice("NOTICE", "00000", f'type "{name[-1]}" does not exist, skipping')
            return
        raise UserError(f'type "{".".join(name)}" does not exist', "42704")
    found = list(_dependents(session, t))
    if found and statement.cascade:
        await _drop_columns(session, t)
        found = list(_dependents(session, t))
        if found:
            raise Unsupported(f"DROP TYPE … CASCADE is not supported here: {found[0]}", hint="Drop the dependent object first.")
    if found:
        raise UserError(
            f"cannot drop type {t.name} because other objects depend on it", "2BP01",
            detail="\n".join(found), hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    server = session.server
    await session.change(lambda: server.catalog.change(("drop_type", t.id)))


async def _drop_columns(session: Session, t: UserType) -> None:
    """CASCADE takes the columns of tables with it, and the views that read those tables."""
    from ..streaming import objects
    from .alter_table import drop_column

    server = session.server

    def drop_readers(table: int) -> None:
        for reader in server.catalog.snapshot.dependents(table):
            if reader.kind not in ("index", "sequence") and reader.id in server.catalog.snapshot.relations:
                objects.drop_relations(server, objects.drop_closure(server, reader.id, True))

    for table, at in _columns(session, t):
        present = server.catalog.snapshot.relations.get(table.id)
        if present is None or present.kind != "table":
            continue
        await session.change(partial(drop_readers, present.id))
        await drop_column(session, server.catalog.snapshot.relations[table.id], table.columns[at].name)
