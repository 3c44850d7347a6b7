"""One client session: settings, transaction state, prepared statements and cursors; implements `SessionApi`.

A statement goes: parse (planner/sql) → handler (server/statements, by statement class) → plan (planner) →
read or engine command. Handlers get the session; the session knows no statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from ...kernels.batch import Batch
from ...kernels.errors import SabotError, UserError
from ...kernels.expr.k_sequence import SequenceSession
from ...kernels.expr.program import SessionFacts, evaluate
from ...kernels.expr.spec import ContextValue, Lit
from ...kernels.limits import LONG_STEP_ROWS, PREPARED_PER_SESSION
from ...kernels.schema import Schema
from ...kernels.store import RowStore
from ...kernels.styles import Styles
from ...kernels.types import SqlType, scalar
from ...pgwire.session_api import KeyRead, Portal, WireSettings
from ...planner.bind import registry
from ...planner.bind.context import BindContext
from ...planner.catalog.entries import Snapshot
from ...planner.catalog.roles import is_superuser, member_of, schema_privileges
from ...planner.catalog.user_types import find_sql_type
from ...planner.sql import role_statements as role_ast
from ...planner.sql import statements as ast
from ...planner.sql.declared import Recursion
from ...planner.sql.typenames import TypeName, resolve_type_name
from ..reading.cursors import Scroll
from ..reading.executions import Done, Rows
from ..reading.planning import Planned, PlanSettings, WithParameters, describe, planned, session_settings
from ..reading.point_reads import key_read
from ..reading.reads import Interrupt
from ..statements.registry import handle
from ..streaming.jobs import RUNNING
from ..streaming.secured_views import guarded
from ..transactions import databases, drafts
from ..transactions.commit import commit as settle
from ..transactions.commit import undo
from ..transactions.transaction import Savepoint, Transaction, apply
from ..writing.many_rows import takes_rows
from . import session_functions, temporary
from .advisory import Wanted
from .notifications import Announcement
from .settings import MESSAGE_LEVELS, SERVER_VERSION, SessionSettings

if TYPE_CHECKING:
    from ..server import Server

Notice = Callable[[str, str, str], None]
Told = Callable[[int, str, str], None]
T = TypeVar("T")
# Statements that are allowed in a failed transaction block.
# Statements that change the catalog, and may be done again when another session was first.
_REPEATED = (
    ast.Alter, ast.AlterEnum, ast.AlterSequence, ast.CommentOn, ast.CreateFunction, ast.CreateObject, ast.Drop, role_ast.AlterDefaultPrivileges,
    role_ast.AlterRole, role_ast.AlterRowSecurity, role_ast.CreatePolicy, role_ast.CreateRole, role_ast.DropPolicy, role_ast.DropRole,
    role_ast.Grant, role_ast.GrantRole,
)  # fmt: skip
CATALOG_ATTEMPTS = 20
_ENDING = ("commit", "rollback", "rollback to")


@dataclass(frozen=True, slots=True)
class PreparedStatement:
    """A parsed statement with its plan, if it has one; planned anew when the catalog has changed. `made`: by PREPARE, when."""

    text: str
    statement: ast.Statement
    parameter_types: tuple[SqlType, ...]
    columns: Schema | None
    parameter_oids: tuple[int, ...] = ()
    made: int = 0
    from_sql: bool = False


@dataclass
class Cursor:
    """An open cursor. `hold` survives its `transaction`, if that commits. `text` has made it at that time."""

    execution: Any
    hold: bool = False
    subscription: bool = False
    scroll: Scroll | None = None
    transaction: Transaction | None = None
    text: str = ""
    made: int = 0
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """What one state of settings and catalog means for statements."""

    state: tuple[int, int, str]  # revision of the settings, version of the catalog, database
    search_path: tuple[str, ...]
    time_zone: str
    styles: Styles
    statement_timeout: int
    optional_rules: bool
    plan_settings: PlanSettings
    facts: SessionFacts  # of no moment
    user: str
    session_user: str
    reported: dict[str, str]
    idle: tuple[float, SabotError] | None
    idle_in_transaction: tuple[float, SabotError] | None


def _limit(milliseconds: int, error: SabotError) -> tuple[float, SabotError] | None:
    return (milliseconds / 1000, error) if milliseconds else None


@dataclass
class Session:
    server: Server
    login: str
    process_id: int
    settings: SessionSettings = field(default_factory=SessionSettings)
    transaction: Transaction | None = None
    prepared: dict[str, PreparedStatement] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    portals: MutableMapping[str, Portal] = field(default_factory=dict)  # of the protocol, by the name that Bind gave
    recursion: Recursion = field(default_factory=Recursion)
    current_query: str = ""
    state: str = "idle"
    notice: Notice = lambda severity, sqlstate, message: None
    interrupt: Interrupt = field(default_factory=Interrupt)
    told: Told = lambda process_id, channel, payload: None  # of notifications
    peer: str = ""
    opened: int = 0  # microseconds since 1970, as are `started` and `state_changed`
    state_changed: int = 0
    wanted: list[Wanted] = field(default_factory=list)  # advisory locks that the statement waits for before it reads
    advisory: bool = False  # it holds some
    waits: tuple[str, str] | None = None  # wait_event_type and wait_event of what the statement waits for
    waits_for: Transaction | None = None  # whose rows it waits for
    executing: int = 0  # EXECUTE inside EXECUTE, so many
    sleep: float = 0.0  # seconds that the statement waits before it reads (pg_sleep)
    started: int = 0  # the running statement's time, in microseconds since 1970
    _derived: Derived | None = None
    database: str = ""  # that the session is in
    sequences: SequenceSession = field(init=False)

    def __post_init__(self) -> None:
        self.sequences = SequenceSession(self.server.sequences.table)
        self.database = self.database or self.server.catalog.shared.main

    @property
    def catalog(self) -> Snapshot:
        """The catalog as the session sees it from its database."""
        with databases.within(self.database):
            return self.server.catalog.snapshot

    @contextmanager
    def seeing(self) -> Iterator[None]:
        """What runs inside sees the catalog as the session does."""
        with databases.within(self.database), drafts.within(self.draft):
            yield

    # SessionApi

    @property
    def transaction_status(self) -> str:
        if self.transaction is None or not self.transaction.explicit:
            return "I"
        return "E" if self.transaction.failed else "T"

    @property
    def reported(self) -> dict[str, str]:
        return self.derived.reported

    @property
    def virtual_transaction(self) -> str:
        """As PostgreSQL names a transaction that has changed nothing yet."""
        return f"{self.process_id}/{self.transaction.number if self.transaction is not None else 0}"

    @property
    def session_user(self) -> str:
        """Who the session is: who logged in, unless SET SESSION AUTHORIZATION says otherwise."""
        return self.derived.session_user

    @property
    def user(self) -> str:
        """Whose privileges count now."""
        return self.derived.user

    def set_role(self, role: str | None, *, local: bool = False) -> None:
        if role is not None and role != "none":
            snapshot = self.catalog
            if role not in snapshot.roles:
                raise UserError(f'role "{role}" does not exist', "22023")
            if not is_superuser(snapshot, self.session_user) and role not in member_of(snapshot, self.session_user):
                raise UserError(f'permission denied to set role "{role}"', "42501")
        self.settings.set("role", role, local=local, role=True)

    def set_session_authorization(self, user: str | None) -> None:
        snapshot = self.catalog
        if user is not None and user not in snapshot.roles:
            raise UserError(f'role "{user}" does not exist', "22023")
        if user not in (None, self.login) and not is_superuser(snapshot, self.login):
            raise UserError("permission denied to set session authorization", "42501")
        self.settings.set("session_authorization", user, role=True)
        self.settings.set("role", None, role=True)

    @property
    def statements(self) -> dict[str, Any]:
        return self.prepared

    def idle_limit(self) -> tuple[float, SabotError] | None:
        return self.derived.idle_in_transaction if self.transaction is not None else self.derived.idle

    def wire_settings(self) -> WireSettings:
        derived = self.derived
        return WireSettings(derived.time_zone, derived.styles, self.now)

    def describe_cursor(self, name: str) -> Schema:
        cursor = self.cursors.get(name)
        if cursor is None:
            raise UserError(f'portal "{name}" does not exist', "34000")
        return cursor.execution.columns

    def object_names(self, type_name: str, oids: Sequence[int]) -> list[str]:
        names = registry.object_names(scalar(type_name), self._names_context())
        return [names.get(oid, "-" if oid == 0 else str(oid)) for oid in oids]

    def resolve_type(self, written: TypeName) -> SqlType:
        """What a written type name means on the search path."""
        snapshot, path = self.catalog, self.search_path
        return resolve_type_name(written, lambda schema, name: find_sql_type(snapshot, path, schema, name))

    def object_oid(self, type_name: str, text: str) -> int:
        return int(registry.read_reg(text, scalar(type_name), self._names_context(), None).value)

    def _names_context(self) -> BindContext:
        with self.seeing():
            return BindContext(catalog=self.catalog, search_path=self.search_path)

    def set_notice_sink(self, sink: Notice) -> None:
        def told(severity: str, sqlstate: str, message: str) -> None:
            level = severity.lower()
            if level not in MESSAGE_LEVELS or MESSAGE_LEVELS.index(level) >= MESSAGE_LEVELS.index(self.settings.get("client_min_messages")):
                sink(severity, sqlstate, message)

        self.notice = told

    def set_notification_sink(self, sink: Told) -> None:
        self.told = sink

    def announce(self, what: Announcement) -> None:
        """LISTEN, UNLISTEN or NOTIFY: at once, or when the open transaction commits."""
        self.server.notifications.check(self, what)
        if self.transaction is not None:
            self.transaction.announcements.append(what)
        else:
            self.server.notifications.do(self, what)

    async def script(self, sql: str, *, apart: bool = False) -> AsyncIterator[Any]:
        """`apart`: every statement is a transaction of its own, as psql runs a file."""
        with self.seeing():
            bound = self.server.text_patterns.bind(self, sql)
        if bound is not None:
            yield await self.run(*bound, text=sql)
            await self.sync()
            return
        statements = self.server.plans.script(sql)
        several = len(statements) > 1
        for statement in statements:
            if several and not apart:
                self.join_run()
            yield await self.run(statement, None)
            if apart:
                await self.sync()
        await self.sync()

    def join_run(self) -> None:
        """Without a transaction block, begin an implicit transaction that ends with `sync`."""
        if self.transaction is None:
            read_only = self.settings.flag("default_transaction_read_only")
            self.transaction = Transaction(False, self.server.clock.micros(), self.settings.kept(), read_only=read_only)

    @property
    def decided(self) -> object:
        return self.derived

    def key_read(self, prepared: Any) -> KeyRead | None:
        found = key_read(self, prepared.statement, prepared.parameter_oids)
        if found is None or prepared.columns is None or found.columns.types != prepared.columns.types:
            return None
        parameters = tuple(t for k, t in sorted((k, t) for k, t in zip(found.key, found.key_types) if isinstance(k, int)))
        return replace(found, columns=prepared.columns) if parameters == prepared.parameter_types else None

    def key_read_of_text(self, pattern: str, kinds: str) -> KeyRead | None:
        return self.server.text_patterns.read(self, pattern, kinds)

    def begin_read(self, read: KeyRead, text: str | None) -> RowStore | None:
        """One that no other step runs beside: the engine's lock is held until `end_read`."""
        engine = self.server.engine
        if self.transaction is not None or not engine.lock.acquire(blocking=False):
            return None
        stored, job = engine.relations.get(read.relation), engine.jobs.get(read.relation)
        if stored is None or (job is not None and job.state != RUNNING) or read.decided is not self.derived:
            engine.lock.release()
            return None
        self.current_query = read.text if text is None else text
        self.started = self.state_changed = self.server.clock.micros()
        self.server.statistics.of(read.relation).lookups += 1
        self.server.statistics.commits += 1
        return stored.rows

    def end_read(self) -> None:
        self.server.engine.lock.release()

    def prepare(self, sql: str, parameter_types: tuple[int, ...]) -> PreparedStatement:
        statements = self.server.plans.script(sql)
        if len(statements) > 1:
            raise UserError("cannot insert multiple commands into a prepared statement", "42601")
        statement = statements[0] if statements else ast.Empty()
        self._check_failed(statement)
        if len(self.prepared) >= PREPARED_PER_SESSION:
            raise UserError(f"too many prepared statements (limit {PREPARED_PER_SESSION})", "54000")
        with self.seeing():
            types, columns = describe(self, statement, parameter_types)
        return PreparedStatement(sql, statement, types, columns, parameter_types, self.server.clock.micros())

    def takes_rows(self, prepared: Any) -> bool:
        if not isinstance(prepared.statement, ast.Insert) or self.transaction is None:
            return False
        with self.seeing():
            return takes_rows(self, prepared.statement, prepared.parameter_oids)

    async def execute(self, prepared: Any, parameters: Batch | None) -> Any:
        return await self.run(prepared.statement, parameters, prepared)

    def resume(self) -> None:
        self.interrupt = Interrupt(self.derived.statement_timeout)

    async def sync(self) -> None:
        """Commit the implicit transaction, if there is one."""
        if self.transaction is not None and not self.transaction.explicit:
            await self.commit()

    async def failed(self) -> None:
        transaction = self.transaction
        if transaction is not None and transaction.explicit:
            transaction.failed = True
        elif transaction is not None:
            self._end_transaction()
            await self._undo(transaction.draft)

    def cancel(self) -> None:
        self.interrupt.cancelled = True

    async def close(self) -> None:
        self.cancel()  # a step on a worker thread would go on for nobody
        for cursor in self.cursors.values():
            await cursor.execution.close()
        self.cursors.clear()
        transaction = self.transaction
        self._end_transaction()
        self.server.advisory.release(self, of_transaction=False)
        self.server.notifications.leave(self)
        self.server.sessions.pop(self.process_id, None)
        if transaction is not None:
            await self._undo(transaction.draft)
        await temporary.close(self)

    # Running

    async def run(
        self, statement: ast.Statement, parameters: Batch | None, prepared: PreparedStatement | None = None,
        *, text: str | None = None,
    ) -> Any:
        """Run one statement to an execution. `text`: as the client wrote it, where that is not the statement's."""
        self._check_failed(statement)
        self.interrupt = Interrupt(self.derived.statement_timeout)
        self.current_query, self.state = text or statement.text, "active"
        self.started = self.state_changed = self.server.clock.micros()
        try:
            done = await self._handled(statement, parameters, prepared)
            if done.spool is not None:
                await self.server.waiting.admit(done.spool)
            if self.transaction is None:
                self.server.statistics.commits += 1
                await temporary.transaction_ended(self)
            return done
        except SabotError:
            await self.server.sequences.flush(self)  # what a failed statement drew is not given again
            raise
        finally:
            self.wanted.clear()
            if self.transaction is None:
                self.server.advisory.release(self, of_transaction=True)
            self.state = "idle" if self.transaction is None else "idle in transaction"
            self.state_changed = self.server.clock.micros()

    async def _handled(self, statement: ast.Statement, parameters: Batch | None, prepared: PreparedStatement | None) -> Any:
        """Again, where a statement on its own has changed what another session changed at the same time."""
        for attempt in range(CATALOG_ATTEMPTS):
            try:
                with self.seeing(), drafts.reading(self.server.catalog.shared):
                    return await handle(self, statement, parameters, prepared)
            except drafts.ChangedMeanwhile:
                if self.transaction is not None or not isinstance(statement, _REPEATED) or attempt == CATALOG_ATTEMPTS - 1:
                    raise
        raise AssertionError

    def _check_failed(self, statement: ast.Statement) -> None:
        if self.transaction is not None and self.transaction.failed:
            if isinstance(statement, ast.Transaction) and statement.action in _ENDING:
                return
            raise UserError(
                "current transaction is aborted, commands ignored until end of transaction block", "25P02"
            )

    # Transactions

    @property
    def draft(self) -> drafts.Draft | None:
        """Where changes of the catalog go: outside of a transaction they take effect at once."""
        return self.transaction.draft if self.transaction is not None else None

    def begin(self, *, read_only: bool | None = None, isolation: str | None = None) -> None:
        if self.transaction is not None and self.transaction.explicit:
            self.notice("WARNING", "25001", "there is already a transaction in progress")
            return
        if self.transaction is None:
            self.transaction = Transaction(True, self.server.clock.micros(), self.settings.kept())
        self.transaction.explicit = True
        self.make_read_only(self.settings.flag("default_transaction_read_only") if read_only is None else read_only)
        self.isolate(isolation or self.settings.get("default_transaction_isolation"))

    def make_read_only(self, read_only: bool) -> None:
        """Whether the open transaction may write, from now on; 25001 if it might not, and has read or has a savepoint."""
        transaction = self.transaction
        assert transaction is not None
        if transaction.read_only and not read_only:
            if any(s.settings[1].get("transaction_read_only") == "on" for s in transaction.savepoints):
                raise UserError("cannot set transaction read-write mode inside a read-only transaction", "25001")
            if transaction.pinned is not None or transaction.read:
                raise UserError("transaction read-write mode must be set before any query", "25001")
        transaction.read_only = read_only
        self.settings.set("transaction_read_only", "on" if read_only else "off", local=True)

    def isolate(self, level: str) -> None:
        """The open transaction's isolation level; 25001 once it has read or written."""
        assert self.transaction is not None
        if self.transaction.pinned is not None or self.transaction.read or self.transaction.writes:
            if level != self.transaction.isolation:
                raise UserError("SET TRANSACTION ISOLATION LEVEL must be called before any query", "25001")
            return
        self.transaction.isolation = level
        self.settings.set("transaction_isolation", level, local=True)

    async def commit(self) -> None:
        """Apply the transaction's writes; it ends whether or not that succeeds."""
        with databases.within(self.database):
            await self._commit()

    async def _commit(self) -> None:
        transaction = self.transaction
        self._leave_transaction()
        if transaction is None:
            return
        draft = transaction.draft
        try:
            if draft.operations and not transaction.failed:
                await self._settle(draft, transaction)
            elif transaction.writes and not transaction.failed:
                engine = self.server.engine
                with drafts.within(None):
                    await asyncio.wrap_future(engine.submit(lambda: apply(engine, transaction, self.server.catalog.shared), shared=True,
                                                           long=transaction.writes.rows >= LONG_STEP_ROWS))
            if not transaction.failed:
                for what in dict.fromkeys(transaction.announcements):
                    self.server.notifications.do(self, what)
        except BaseException:
            self.settings.go_back(transaction.settings)
            await self._undo(draft)
            raise
        finally:
            self.server.locks.release(transaction)
        self.server.statistics.commits += 1
        with drafts.within(None), drafts.reading(self.server.catalog.shared):
            for after in draft.after:
                await after()
            await temporary.transaction_ended(self)

    async def rollback(self) -> None:
        with databases.within(self.database):
            await self._rollback()

    async def _rollback(self) -> None:
        transaction = self.transaction
        self._end_transaction()
        for name in [n for n, c in self.cursors.items() if transaction is not None and c.transaction is transaction]:
            del self.cursors[name]  # WITH HOLD begins with COMMIT
        if transaction is not None:
            await self._undo(transaction.draft)

    def _end_transaction(self) -> None:
        if self.transaction is not None:
            self.server.statistics.rollbacks += 1
            self.server.locks.release(self.transaction)
            self.settings.go_back(self.transaction.settings)
        self._leave_transaction()

    def _leave_transaction(self) -> None:
        self.transaction = None
        self.server.advisory.release(self, of_transaction=True)
        self.settings.end_transaction()
        for name in [n for n, c in self.cursors.items() if not c.hold]:
            del self.cursors[name]

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """All changes of the catalog made inside become durable and visible at once, or with the open transaction."""
        if drafts.current() is not None:
            yield
            return
        draft = drafts.Draft()
        with drafts.within(draft):
            try:
                yield
                if draft.operations:
                    await self._settle(draft, None)
            except BaseException:
                await self._undo(draft)
                raise
        for after in draft.after:
            await after()

    async def change(self, command: Callable[[], T]) -> T:
        """Run an engine command that changes the catalog: with the open transaction, or alone and durably."""
        engine = self.server.engine
        if drafts.current() is not None:
            return await asyncio.wrap_future(engine.submit(lambda: guarded(self.server, command)))

        def alone() -> tuple[T, drafts.Draft]:
            draft = drafts.Draft()
            with drafts.within(draft):
                try:
                    result = guarded(self.server, command)
                    settle(self.server, draft, None)
                except BaseException:
                    undo(self.server, draft)
                    raise
                return result, draft

        result, draft = await asyncio.wrap_future(engine.submit(alone))
        for after in draft.after:
            await after()
        return result

    async def _settle(self, draft: drafts.Draft, transaction: Transaction | None) -> None:
        with drafts.within(draft):
            await asyncio.wrap_future(self.server.engine.submit(lambda: settle(self.server, draft, transaction)))

    async def undo_since(self, saved: Savepoint) -> None:
        """ROLLBACK TO: what the transaction has changed of the catalog since then, and cursors opened."""
        assert self.transaction is not None
        self.transaction.read_only = self.settings.flag("transaction_read_only")
        for name in [n for n in self.cursors if n not in saved.cursors]:
            del self.cursors[name]
        draft = self.transaction.draft
        with drafts.within(None):
            await asyncio.wrap_future(self.server.engine.submit(lambda: draft.back_to(saved.draft)))

    async def _undo(self, draft: drafts.Draft) -> None:
        if draft.operations or draft.undo:
            with drafts.within(None):
                await asyncio.wrap_future(self.server.engine.submit(lambda: undo(self.server, draft)))
            draft.operations.clear()

    def require_writable(self, verb: str) -> None:
        read_only = self.settings.flag("default_transaction_read_only") if self.transaction is None else self.transaction.read_only
        if read_only:
            raise UserError(f"cannot execute {verb} in a read-only transaction", "25006")

    # What planning and evaluation may know of the session

    @property
    def derived(self) -> Derived:
        """What statements need of the settings and the catalog, read anew when one has changed."""
        state = (self.settings.revision, self.catalog.version, self.database)
        if self._derived is None or self._derived.state != state:
            self._derived = self._derive(state)
        return self._derived

    def _derive(self, state: tuple[int, int, str]) -> Derived:
        settings, snapshot = self.settings, self.catalog
        session_user = settings.get("session_authorization") or self.login
        role = settings.get("role")
        user = session_user if role == "none" else role
        path, zone = settings.search_path(user), settings.get("timezone")
        own = temporary.schema_of(self)
        if own in snapshot.schemas:
            path = (own, *path) if temporary.ALIAS not in path else tuple(own if s == temporary.ALIAS else s for s in path)
        if not is_superuser(snapshot, user):
            path = tuple(s for s in path if s not in snapshot.schemas or "U" in schema_privileges(snapshot, user, s))
        return Derived(
            state, path, zone, settings.styles, settings.milliseconds("statement_timeout"),
            settings.flag("optional_rules"), session_settings(self, user, path),
            SessionFacts(time_zone=zone, user=user, database=snapshot.database, search_path=",".join(path), styles=settings.styles),
            user, session_user,
            settings.reported() | {"session_authorization": session_user,
                                   "is_superuser": "on" if is_superuser(snapshot, session_user) else "off"},
            _limit(settings.milliseconds("idle_session_timeout"),
                   UserError("terminating connection due to idle-session timeout", "57P05")),
            _limit(settings.milliseconds("idle_in_transaction_session_timeout"),
                   UserError("terminating connection due to idle-in-transaction timeout", "25P03")),
        )

    @property
    def search_path(self) -> tuple[str, ...]:
        return self.derived.search_path

    @property
    def creation_schema(self) -> str:
        """Where unqualified new objects go: the first existing schema of the path."""
        for name in self.search_path:
            known = name in self.catalog.schemas
            if name != "pg_catalog" and known and not temporary.is_temporary(name):
                return name
        raise UserError("no schema has been selected to create in", "3F000")

    @property
    def plan_settings(self) -> PlanSettings:
        return self.derived.plan_settings

    @property
    def now(self) -> int:
        """now(): when the transaction began, or the statement outside of one; microseconds since 1970."""
        return self.transaction.now if self.transaction is not None else self.started or self.server.clock.micros()

    def facts(self, parameters: Batch | None = None) -> SessionFacts:
        server = self.server
        return self.derived.facts.at(self.now, server.clock.micros(), server.next_seed(), parameters)

    def context_value(self, value: ContextValue) -> Any:
        """The value of a `ContextValue`, in `Batch.from_rows` form."""
        snapshot = self.catalog
        match value.name:
            case "now":
                return self.now
            case "clock":
                return self.server.clock.micros()
            case "current_user":
                return self.user
            case "session_user":
                return self.session_user
            case "current_database":
                return snapshot.database
            case "current_schema":
                return next(
                    (s for s in self.search_path
                     if s != "pg_catalog" and s in snapshot.schemas and not temporary.is_temporary(s)), None,
                )
            case "current_schemas":
                return [s for s in self.search_path if s in snapshot.schemas]
            case "named_schemas":
                return [s for s in self.search_path if s in snapshot.schemas and s != "pg_catalog" and not temporary.is_temporary(s)]
            case "version":
                return f"PostgreSQL {SERVER_VERSION}, a streaming SQL database"
            case "pg_backend_pid":
                return self.process_id
            case "time_zone":
                return self.settings.get("timezone")
            case "search_path":
                return ", ".join(s for s in self.search_path if s != "pg_catalog")
            case name if name.startswith("setting?."):
                return self.settings.find(name.removeprefix("setting?."))
            case name if name.startswith("setting."):
                return self.settings.shown(name.removeprefix("setting."))
            case "sequences":
                return self.sequences.handle
            case "server_started":
                return self.server.started
            case name if name.startswith(("pg_", "txid_")) or name == "set_config":
                return session_functions.call(self, value.name, tuple(a.value if isinstance(a, Lit) else evaluate(a, self.facts()) for a in value.args))
            case _:
                raise UserError(f'unknown context value "{value.name}"', "XX000")

    def plan(self, statement: ast.Statement, prepared: PreparedStatement | None = None) -> Planned:
        """The plan of a query or DML statement."""
        return self.planned(statement, prepared.parameter_oids if prepared is not None else ()).plan

    def planned(self, statement: ast.Statement, parameter_oids: tuple[int, ...] = ()) -> WithParameters:
        return planned(self, statement, parameter_oids)

    def done(self, tag: str) -> Done:
        return Done(tag)

    def rows(self, schema: Schema, rows: list[tuple[Any, ...]], verb: str = "SELECT") -> Rows:
        return Rows(schema, Batch.from_rows(schema.types, rows), verb)
