"""ALTER TABLE: the actions of one statement are gathered into one change of the table, then done at once.

An action changes `TableChange.entry` and, where stored rows look different after it, `values`: each column of the new
table as an expression over the old row. `apply` computes the rows, checks them and writes them together with the catalog
record, so that a crash leaves either table whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ...executor.dataflow import fingerprint
from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.program import Program
from ...kernels.expr.spec import Col, Expr
from ...planner import changes
from ...planner.catalog.changes import put_relation
from ...planner.catalog.entries import Column, Relation
from ...planner.catalog.keys import computed_key, equal_nulls, is_computed, key_names
from ...planner.catalog.reshape import mentions, renamed_columns, with_concealed, without_column
from ...planner.catalog.sequence import definition_of
from ...planner.physical.node import Scan
from ...planner.physical.substitute import substitute
from ...planner.sql import statements as ast
from ..reading.lookups import forget_unasked
from ..reading.planning import check_expressions, drawn_sequences, plan_definition, plan_stored, select_all
from ..reading.reads import nodes
from ..sessions.authorization import require_new_owner
from ..streaming import objects
from ..transactions.drafts import current
from ..transactions.transaction import Pinned
from ..writing.dml import check_stored
from ..writing.foreign_keys import check_rows_of
from .create_relation import column_of, constrained
from .foreign_keys import with_foreign_keys
from .sequences import change_sequence, drawing_columns

if TYPE_CHECKING:
    from ..server import Server
    from ..sessions.session import Session
    from ..streaming.relations import StoredRelation


@dataclass
class TableChange:
    """`was` is the table before, `entry` after. `gone`: indexes and sequences that go with columns."""

    session: Session
    was: Relation
    entry: Relation
    values: list[Expr]
    rewrite: bool = False
    validate: bool = False
    weakened: str | None = None  # by this action: rows may now be what plans of running views rely on that they are not
    made: list[Relation] = field(default_factory=list)
    gone: list[Relation] = field(default_factory=list)
    others: dict[int, Relation] = field(default_factory=dict)
    after: list[Callable[[], Any]] = field(default_factory=list)

    @property
    def snapshot(self) -> Any:
        snapshot = self.session.server.catalog.snapshot
        for relation in self.made:
            snapshot = put_relation(snapshot, relation)
        return snapshot

    def position(self, name: str | None) -> int:
        for position, column in enumerate(self.entry.columns):
            if column.name == name:
                return position
        raise UserError(f'column "{name}" of relation "{self.entry.name}" does not exist', "42703")

    def put(self, at: int, column: Column) -> None:
        columns = self.entry.columns
        self.entry = replace(self.entry, columns=(*columns[:at], column, *columns[at + 1 :]))

    def notice(self, text: str) -> None:
        self.session.notice("NOTICE", "00000", text)


async def alter_table(session: Session, entry: Relation, actions: tuple[ast.Alter, ...]) -> None:
    change = TableChange(session, entry, entry, [Col(i, c.type) for i, c in enumerate(entry.columns)])
    for action in actions:
        handler = ACTIONS.get(action.action)
        if handler is None:
            raise Unsupported(f"ALTER TABLE {action.action.upper()} is not supported",
                              hint="docs/UNSUPPORTED.md lists what is not.")
        handler(change, action)
    await apply(change)


async def drop_column(session: Session, entry: Relation, name: str) -> None:
    """Without regard to views, which the caller has dropped."""
    await alter_table(session, entry, (ast.Alter("table", (), "drop column", column=name, cascade=True),))


# Columns


def _add_column(change: TableChange, action: ast.Alter) -> None:
    d, session = action.definition, change.session
    assert d is not None
    if any(c.name == d.name for c in change.entry.columns):
        if action.column_if_exists:
            change.notice(f'column "{d.name}" of relation "{change.entry.name}" already exists, skipping')
            return
        raise UserError(f'column "{d.name}" of relation "{change.entry.name}" already exists', "42701")
    refuse_connector(change, action)
    entry = replace(change.entry, columns=(*change.entry.columns, column_of(session, d)))
    declared = ast.CreateRelation("table", (), columns=(d,))
    if d.unique and not d.nulls_distinct:
        raise Unsupported("ADD COLUMN … UNIQUE NULLS NOT DISTINCT is not supported", hint="ADD CONSTRAINT … UNIQUE NULLS NOT DISTINCT (column).")
    entry = with_foreign_keys(session, constrained(entry, declared), declared)
    at = len(entry.columns) - 1
    drawn = drawn_sequences(session, entry, change.snapshot)[at]
    change.entry = replace(
        entry, columns=(*entry.columns[:at], replace(entry.columns[at], sequence=drawn))
    )
    change.entry, made = drawing_columns(session, change.entry, (d,))
    change.made += made
    row = changes.plan_row(change.entry, change.snapshot, session.plan_settings)
    value = changes.generated_value(change.entry, at, change.snapshot, session.plan_settings)
    change.values.append(row.defaults[at] if value is None else value)
    change.rewrite = change.validate = True


def _drop_column(change: TableChange, action: ast.Alter) -> None:
    if action.column_if_exists and all(c.name != action.column for c in change.entry.columns):
        change.notice(f'column "{action.column}" of relation "{change.entry.name}" does not exist, skipping')
        return
    at = change.position(action.column)
    refuse_connector(change, action)
    snapshot = change.session.server.catalog.snapshot
    name = change.entry.columns[at].name
    read = False
    for reader in snapshot.dependents(change.was.id):
        if reader.kind == "index":
            where = dict(reader.options).get("where", "")
            if any(c.name == name for c in reader.columns) or any(mentions(k, name) for k in (*reader.keys, where)):
                change.gone.append(reader)
                computed = computed_key(change.entry, reader.id)
                if computed is not None:
                    change.entry = with_concealed(change.entry, computed)
        elif reader.kind == "sequence":
            if reader.keys == (name,):
                change.gone.append(reader)
        elif not _reads(change, reader, at):
            read = True
        else:
            word = reader.kind.replace("_", " ")
            raise UserError(
                f"cannot drop column {name} of table {change.entry.name} because other objects depend on it", "2BP01",
                detail=f"{word} {reader.name} depends on table {change.entry.name}",
                hint="Drop the views on the table first.",
            )
    for place, other in enumerate(change.entry.columns):
        if is_computed(other) and equal_nulls(change.entry, (place,)) and mentions(other.generated or "", name):
            change.entry = with_concealed(change.entry, place)
    for other in change.entry.columns:
        if other.generated is not None and mentions(other.generated, name):
            raise UserError(
                f"cannot drop column {name} of table {change.entry.name} because other objects depend on it", "2BP01",
                detail=f"column {other.name} of table {change.entry.name} depends on column {name} of table {change.entry.name}",
                hint="Drop the generated column first.",
            )
    _refuse_key_users(change, at)
    if read:
        change.entry = with_concealed(change.entry, at)
        return
    change.entry = without_column(change.entry, at)
    del change.values[at]
    change.rewrite = True


def _reads(change: TableChange, reader: Relation, at: int) -> bool:
    """Whether a view, sink or subscription needs the column. Subscriptions show those that there are."""
    session, table = change.session, change.was.id
    job = session.server.engine.jobs.get(reader.id)
    if job is not None:
        return at in job.dataflow.columns_of(table)
    if reader.kind != "view":
        return reader.kind != "subscription"
    planned = plan_definition(session, select_all((reader.schema, reader.name))[0], streaming=False)
    return any(isinstance(x, Scan) and x.relation == table and at in x.columns for x in nodes(planned.physical))


def _refuse_key_users(change: TableChange, at: int) -> None:
    for other in change.session.server.catalog.snapshot.relations.values():
        for key in other.foreign_keys:
            if key.target == change.was.id and at in key.target_columns and other.id != change.was.id:
                raise UserError(
                    f"cannot drop column {change.entry.columns[at].name} of table {change.entry.name} because other objects"
                    " depend on it", "2BP01",
                    detail=f"constraint {key.name} on table {other.name} depends on column "
                    f"{change.entry.columns[at].name} of table {change.entry.name}",
                    hint="Drop the constraint first.",
                )


def refuse_connector(change: TableChange, action: ast.Alter) -> None:
    if dict(change.was.options).get("connector"):
        raise Unsupported(f"ALTER TABLE {action.action.upper()} of a connector table is not supported",
                          hint="Create a new table.")


def _set_type(change: TableChange, action: ast.Alter) -> None:
    at = change.position(action.column)
    column, session = change.entry.columns[at], change.session
    refuse_connector(change, action)
    assert action.type is not None
    for reader in session.server.catalog.snapshot.dependents(change.was.id):
        if reader.kind not in ("index", "sequence") and _reads(change, reader, at):
            raise UserError("cannot alter type of a column used by a view or rule", "0A000",
                            detail=f'{reader.kind.replace("_", " ")} {reader.name} depends on column "{column.name}"')
    for other in change.entry.columns:
        if other.generated is not None and other is not column and mentions(other.generated, column.name):
            if is_computed(other):
                raise Unsupported("the type of a column that a unique index computes with can't be changed",
                                  hint="DROP INDEX first, and create it again.")
            raise UserError("cannot alter type of a column used by a generated column", "0A000",
                            detail=f'Column "{column.name}" is used by generated column "{other.name}".')
    if column.generated is not None and action.expression is not None:
        raise UserError("cannot specify USING when altering type of generated column", "42611")
    declared = column_of(session, ast.ColumnDef(column.name, action.type))
    changed = replace(column, type=declared.type, domain=declared.domain)
    value, default = changes.retyped(change.was, at, changed, action.expression, change.snapshot, session.plan_settings)
    if column.default is not None and not default:
        raise UserError(f'default for column "{column.name}" cannot be cast automatically to type {changed.type}', "42804")
    change.put(at, changed)
    change.values[at] = value
    for index in session.server.catalog.snapshot.dependents(change.was.id):
        if index.kind == "index" and any(c.name == column.name for c in index.columns):
            change.others[index.id] = replace(index, columns=tuple(
                replace(c, type=changed.type) if c.name == column.name else c for c in index.columns
            ))
    change.rewrite = change.validate = True


def _rename_column(change: TableChange, action: ast.Alter) -> None:
    at, new = change.position(action.column), action.new_name or ""
    if any(c.name == new for c in change.entry.columns):
        raise UserError(f'column "{new}" of relation "{change.entry.name}" already exists', "42701")
    snapshot = change.session.server.catalog.snapshot
    change.entry, others = renamed_columns(snapshot, change.entry, at, new)
    change.others |= {o.id: o for o in others}


def _default(change: TableChange, action: ast.Alter) -> None:
    at = change.position(action.column)
    column = change.entry.columns[at]
    if column.generated is not None:
        raise UserError(f'column "{column.name}" of relation "{change.entry.name}" is a generated column', "42601")
    if column.identity is not None:
        raise UserError(f'column "{column.name}" of relation "{change.entry.name}" is an identity column', "42601",
                        hint="Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.")
    text = action.expression.meta["sql"] if action.action == "set default" and action.expression is not None else None
    if text is not None and text.lower() == "null" and column.domain is None:
        text = None
    changed = replace(change.entry, columns=tuple(
        replace(c, default=text, sequence=None) if i == at else c for i, c in enumerate(change.entry.columns)
    ))
    drawn = drawn_sequences(change.session, changed, change.snapshot)[at]
    change.put(at, replace(column, default=text, sequence=drawn))


def _not_null(change: TableChange, action: ast.Alter) -> None:
    at = change.position(action.column)
    column = change.entry.columns[at]
    if action.action == "set not null":
        change.put(at, replace(column, not_null=True))
        change.validate = True
        return
    if at in change.entry.primary_key:
        raise UserError(f'column "{column.name}" is in a primary key', "42P16")
    change.weakened = "DROP NOT NULL"
    if column.identity is not None:
        raise UserError(f'column "{column.name}" of relation "{change.entry.name}" is an identity column', "42601")
    change.put(at, replace(column, not_null=False))


def _identity(change: TableChange, action: ast.Alter) -> None:
    at = change.position(action.column)
    column, session = change.entry.columns[at], change.session
    where = f'column "{column.name}" of relation "{change.entry.name}"'
    d = action.definition
    match action.action:
        case "add identity":
            assert d is not None
            if column.identity is not None:
                raise UserError(f"{where} is already an identity column", "55000")
            if column.default is not None:
                raise UserError(f"{where} already has a default value", "55000")
            if not column.not_null:
                raise UserError(f"{where} must be declared NOT NULL before identity can be added", "55000")
            named = replace(d, name=column.name)
            change.entry, made = drawing_columns(session, change.entry, (named,))
            change.made += made
        case "drop identity":
            if column.identity is None:
                if action.column_if_exists:
                    change.notice(f"{where} is not an identity column, skipping")
                    return
                raise UserError(f"{where} is not an identity column", "55000")
            change.gone.append(session.server.catalog.snapshot.relations[column.sequence or 0])
            change.put(at, replace(column, identity=None, default=None, sequence=None))
        case _:
            if column.identity is None or column.sequence is None:
                raise UserError(f"{where} is not an identity column", "55000")
            assert d is not None
            if d.identity is not None:
                change.put(at, replace(column, identity=d.identity))
            if d.sequence_options:
                sequence = session.server.catalog.snapshot.relations[column.sequence]
                change.after.append(lambda: change_sequence(session, sequence, dict(d.sequence_options)))


# Constraints


def _add_constraint(change: TableChange, action: ast.Alter) -> None:
    c = action.constraint
    if c is None:
        raise UserError("syntax error in ADD CONSTRAINT")
    entry = change.entry
    if c.name is not None and c.name in {*(n for n, _ in entry.checks), *key_names(entry), *(f.name for f in entry.foreign_keys)}:
        raise UserError(f'constraint "{c.name}" for relation "{entry.name}" already exists', "42710")
    if c.kind == "primary key" and entry.primary_key:
        raise UserError(f'multiple primary keys for table "{entry.name}" are not allowed', "42P16")
    if c.kind == "primary key" or c.kind == "unique":
        refuse_connector(change, action)
    declared = ast.CreateRelation("table", (), constraints=(c,))
    change.entry = with_foreign_keys(change.session, constrained(entry, declared), declared)
    if action.value == "not valid" and c.kind not in ("primary key", "unique"):
        known = {*(n for n, _ in entry.checks), *(f.name for f in entry.foreign_keys)}
        made = (*(n for n, _ in change.entry.checks), *(f.name for f in change.entry.foreign_keys))
        change.entry = replace(change.entry, not_validated=(*entry.not_validated, *(n for n in made if n not in known)))
    else:
        change.validate = True
    change.rewrite = change.rewrite or c.kind == "primary key"
    for at in range(len(entry.columns), len(change.entry.columns)):  # what a key with NULLS NOT DISTINCT computes
        value = changes.generated_value(change.entry, at, change.snapshot, change.session.plan_settings)
        assert value is not None
        change.values.append(value)
        change.rewrite = True


def _validate_constraint(change: TableChange, action: ast.Alter) -> None:
    """Every row, from before it was added too, holds it."""
    entry, name = change.entry, action.column
    if name in entry.not_validated:
        change.entry = replace(entry, not_validated=tuple(n for n in entry.not_validated if n != name))
        change.validate = True
    elif name in key_names(entry):
        raise UserError(f'constraint "{name}" of relation "{entry.name}" is not a foreign key or check constraint', "42809")
    elif all(name != n for n in (*(n for n, _ in entry.checks), *(f.name for f in entry.foreign_keys))):
        raise UserError(f'constraint "{name}" of relation "{entry.name}" does not exist', "42704")


def _drop_constraint(change: TableChange, action: ast.Alter) -> None:
    change.entry = replace(change.entry, not_validated=tuple(n for n in change.entry.not_validated if n != action.column))
    entry, name = change.entry, action.column
    keys = {n: k for k, n in ((k, n) for n, k in key_names(entry).items())}
    if any(n == name for n, _ in entry.checks):
        change.entry = replace(entry, checks=tuple(c for c in entry.checks if c[0] != name))
    elif any(f.name == name for f in entry.foreign_keys):
        change.entry = replace(entry, foreign_keys=tuple(f for f in entry.foreign_keys if f.name != name))
    elif name in keys and equal_nulls(entry, keys[name]):
        change.entry = with_concealed(entry, keys[name][0])
    elif name in keys and not is_computed(entry.columns[keys[name][0]]):
        key = keys[name]
        change.weakened = "DROP CONSTRAINT of a key"
        drop_key_users(change, key, action)
        if key == entry.primary_key:
            change.entry = replace(entry, primary_key=())
            change.rewrite = True
        else:
            change.entry = replace(entry, unique=tuple(u for u in entry.unique if u != key))
        change.entry = replace(change.entry, key_names=tuple(k for k in change.entry.key_names if k[0] != name),
                               deferrable_keys=tuple(k for k in change.entry.deferrable_keys if k[0] != key))
    elif action.column_if_exists:
        change.notice(f'constraint "{name}" of relation "{entry.name}" does not exist, skipping')
    else:
        raise UserError(f'constraint "{name}" of relation "{entry.name}" does not exist', "42704")


def _alter_constraint(change: TableChange, action: ast.Alter) -> None:
    """When a foreign key is checked."""
    entry, name = change.entry, action.column
    if any(f.name == name for f in entry.foreign_keys):
        keys = tuple(replace(f, deferral=str(action.value or "")) if f.name == name else f for f in entry.foreign_keys)
        change.entry = replace(entry, foreign_keys=keys)
    elif name in key_names(entry) or any(n == name for n, _ in entry.checks):
        raise UserError(f'constraint "{name}" of relation "{entry.name}" is not a foreign key constraint', "42809")
    else:
        raise UserError(f'constraint "{name}" of relation "{entry.name}" does not exist', "42704")


def _check_readers(server: Server, table: int, what: str) -> None:
    """Plans of running views may rely on keys and on columns without NULLs: those that are the same without them go on."""
    jobs = server.engine.jobs
    found = {table}
    while more := {job.id for job in jobs.values() if job.id not in found and not found.isdisjoint(job.reads)}:
        found |= more
    for job in (jobs[id] for id in sorted(found - {table})):
        entry = server.catalog.snapshot.relations.get(job.id)
        is_view = entry is not None and entry.kind == "materialized_view"
        if entry is None or not is_view or fingerprint(plan_stored(server, entry), job.partitions) != job.fingerprint:
            raise Unsupported(f'{what} while "{job.name}" reads the table is not supported',
                              hint="Drop the materialized view or sink, and create it again afterwards.")


def drop_key_users(change: TableChange, key: tuple[int, ...], action: ast.Alter) -> None:
    for other in change.session.server.catalog.snapshot.relations.values():
        left = tuple(f for f in other.foreign_keys if f.target != change.was.id or set(f.target_columns) != set(key))
        if len(left) == len(other.foreign_keys):
            continue
        if not action.cascade:
            gone = next(f for f in other.foreign_keys if f not in left)
            raise UserError(
                f"cannot drop constraint {action.column} on table {change.entry.name} because other objects depend on it",
                "2BP01", detail=f"constraint {gone.name} on table {other.name} depends on index {action.column}",
                hint="Use DROP ... CASCADE to drop the dependent objects too.",
            )
        change.others[other.id] = replace(other, foreign_keys=left)


def _rename_constraint(change: TableChange, action: ast.Alter) -> None:
    entry, old, new = change.entry, action.column, action.new_name or ""
    names = key_names(entry)
    if new in names or any(n == new for n, _ in entry.checks) or any(f.name == new for f in entry.foreign_keys):
        raise UserError(f'constraint "{new}" for relation "{entry.name}" already exists', "42710")
    if old in names:
        kept = tuple(k for k in entry.key_names if k[0] != old)
        change.entry = replace(entry, key_names=(*kept, (new, names[old])))
    elif any(n == old for n, _ in entry.checks):
        change.entry = replace(entry, checks=tuple((new if n == old else n, e) for n, e in entry.checks))
    elif any(f.name == old for f in entry.foreign_keys):
        change.entry = replace(entry, foreign_keys=tuple(replace(f, name=new) if f.name == old else f for f in entry.foreign_keys))
    else:
        raise UserError(f'constraint "{old}" for table "{entry.name}" does not exist', "42704")
    change.entry = replace(change.entry, not_validated=tuple(new if n == old else n for n in entry.not_validated))


def _owner(change: TableChange, action: ast.Alter) -> None:
    owner = require_new_owner(change.session, action.new_name or "", change.entry.schema)
    change.entry = replace(change.entry, owner=owner)
    for follower in change.session.server.catalog.snapshot.relations.values():
        if follower.on == change.entry.id and follower.kind in ("sequence", "index"):
            change.others[follower.id] = replace(follower, owner=owner)


def _nothing(change: TableChange, action: ast.Alter) -> None:
    """Accepted: it has no meaning here."""


def _drop_expression(change: TableChange, action: ast.Alter) -> None:
    """A generated column becomes a plain one that keeps its values."""
    at = change.position(action.column)
    column = change.entry.columns[at]
    if column.generated is None:
        where = f'column "{column.name}" of relation "{change.entry.name}"'
        if not action.column_if_exists:
            raise UserError(f"{where} is not a stored generated column", "55000")
        change.notice(f"{where} is not a stored generated column, skipping")
        return
    change.put(at, replace(column, generated=None))


ACTIONS: dict[str, Callable[[TableChange, ast.Alter], None]] = {
    "add column": _add_column, "drop column": _drop_column, "set type": _set_type, "rename column": _rename_column,
    "set default": _default, "drop default": _default, "set not null": _not_null, "drop not null": _not_null,
    "add identity": _identity, "drop identity": _identity, "set identity": _identity,
    "add constraint": _add_constraint, "drop constraint": _drop_constraint, "rename constraint": _rename_constraint,
    "alter constraint": _alter_constraint, "drop expression": _drop_expression, "validate constraint": _validate_constraint,
    "owner to": _owner, "set statistics": _nothing,
}  # fmt: skip


# Doing it


async def apply(change: TableChange) -> None:
    session, server = change.session, change.session.server
    entry = change.entry
    check_expressions(session, entry, change.snapshot)
    constraints = changes.plan_constraints(entry, change.snapshot, session.plan_settings)
    facts = session.facts()
    values = tuple(substitute(v, {}, session.context_value) for v in change.values)
    checks = substitute(constraints, {}, session.context_value)

    def command() -> None:
        engine, draft, transaction = server.engine, current(), session.transaction
        assert draft is not None
        server.check_unchanged(change.was)
        if change.rewrite:
            server.locks.check_unwritten(change.was, transaction)
        old = engine.stored(entry.id)
        for sequence in change.made:
            server.sequences.define(sequence, definition_of(sequence).first)
        batches = old.snapshot().batches()
        program = Program(values)
        if change.rewrite:
            batches = [computed(program, batch, facts) for batch in batches]
        if change.validate:
            own = transaction.writes.get(entry.id) if transaction is not None else None
            rows = batches if own is None else [*batches, computed(program, own, facts) if change.rewrite else own]
            check_stored(entry, checks, rows, facts)
            check_rows_of(session, entry, rows, change.was)
        server.catalog.change(
            *(("put_relation", s) for s in change.made),
            *(("drop_relation", g.id) for g in change.gone),
            ("put_relation", entry),
            *(("put_relation", o) for o in change.others.values()),
        )
        if change.weakened is not None:
            _check_readers(server, entry.id, change.weakened)
        for sequence in change.made:
            objects.open_relation(server, sequence)
        drawn = [s.id for s in change.made] + session.sequences.take_touched()
        draft.before.append(lambda: server.sequences.write(drawn, committing=True))
        if change.rewrite or change.validate:
            draft.versions.setdefault(entry.id, engine.relations[entry.id].version)
            server.locks.alter(transaction, entry.id)
        if change.rewrite:
            draft.stores[entry.id] = _rewritten(server, entry, batches, old.version)
            if transaction is not None:
                transaction.convert(entry.id, lambda rows: computed(program, rows, facts))
                if transaction.pinned is not None:
                    transaction.pinned[entry.id] = Pinned(draft.stores[entry.id].snapshot(), old.version)
            # The generation to fall back to has the new columns, too.
            draft.after.append(lambda: server.in_worker(server.checkpoint_now))
        draft.effects.append(lambda: _take_effect(change, entry))

    # An open transaction may have written rows with the old columns.
    await server.locks.until_free(session, lambda: session.change(command))
    for after in change.after:
        await after()


def _rewritten(server: Server, entry: Relation, batches: Sequence[Batch], version: int) -> StoredRelation:
    stored = objects.stored_relation(server, entry)
    for batch in batches:
        stored.apply(batch)
    stored.version = version
    return stored


def _take_effect(change: TableChange, entry: Relation) -> None:
    """What reads and writes the table goes by its new entry."""
    server, engine = change.session.server, change.session.server.engine
    for changed in (entry, *change.others.values()):
        if changed.id in engine.relations:
            engine.relations[changed.id].entry = changed
    for sink in [s for s, (table, _) in engine.into.items() if table == entry.id]:
        objects.open_sink(server, server.catalog.shared.relations[sink])
    for gone in change.gone:
        objects.close_relation(server, gone)
    if change.gone and entry.id in engine.relations:
        forget_unasked(server.indexed(), engine.relations[entry.id])


def computed(program: Program, batch: Batch, facts: Any) -> Batch:
    rows, errors = program.run(batch, facts)
    if errors is not None and errors.num_rows:
        _, sqlstate, message = errors.to_rows()[0][:3]
        raise UserError(message, sqlstate)
    return rows
