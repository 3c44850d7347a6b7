"""Wiring: the store, the catalog, the engine, the listeners; orderly start and stop."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import getpass
import itertools
import logging
import random
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ..kernels.batch import Batch
from ..kernels.errors import SabotError, Unsupported, UserError
from ..kernels.expr.spec import Expr
from ..pgwire.auth.hba import DEFAULT_RULES, HostBased, Rule, parse_rules
from ..pgwire.listener import Listener, serve
from ..pgwire.tls import Tls
from ..planner.catalog.changes import KIND_WORDS
from ..planner.catalog.databases import here, settings_key
from ..planner.catalog.entries import Relation
from ..planner.catalog.keys import indexed_columns
from ..planner.catalog.missing import no_relation
from ..planner.catalog.roles import Role, database_privileges, schema_privileges
from ..planner.physical.node import Changelog, EmitOnClose, Plan, TemporalJoin
from ..planner.sql import statements as ast
from ..storage.store import open_store
from .catalog_relations.functions import catalog_functions
from .config import Config
from .memory import keep_small
from .observing import system_relations
from .observing.http import serve_http
from .observing.metrics import exposition
from .observing.statistics import Statistics
from .reading.plans import PlanCache
from .reading.reads import Check, nodes, read_whole_source
from .reading.text_patterns import TextPatterns
from .reading.waiting import Waiting
from .sessions import temporary as temporary_objects
from .sessions.advisory import AdvisoryLocks
from .sessions.authorization import require_create
from .sessions.notifications import Notifications
from .sessions.session import Session
from .sessions.startup import RoleAccounts, options_of
from .streaming import objects
from .streaming.backfill import Backfill
from .streaming.catalog_manager import CatalogManager
from .streaming.checkpoints import Checkpointer
from .streaming.clock import Clock, SystemClock
from .streaming.engine import Engine
from .streaming.jobs import BACKFILLING
from .streaming.recovery import recover
from .transactions import databases
from .transactions.drafts import ChangedMeanwhile, when_committed
from .transactions.locks import Locks
from .writing.foreign_keys import Reference, references
from .writing.sequences import Sequences, renamed_default, users_of

T = TypeVar("T")
log = logging.getLogger("sabot.server")
WORKERS = 16  # for what is short, or waits for others
READERS = 8  # for what may run for long
NEW_OBJECTS = 10_000  # between collections of cycles
MAINTENANCE = "postgres"  # the database that tools connect to when none is named: here it is the only one


async def _in_thread(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, contextvars.copy_context().run, work)


def _text_of(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "58P01") from None


def _operator() -> str | None:
    """Who runs the server, if the system knows a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None


class Server:
    """One database. `open` restores and starts the engine; `listen` adds the ports; `close` stops all."""

    def __init__(self, config: Config, application: object | None = None, clock: Clock | None = None) -> None:
        self.config = config
        self.application = application
        self.clock: Clock = clock or SystemClock()
        self.store = open_store(config.data_dir)
        try:
            self.catalog = CatalogManager(self.store, system_relations.entries(), catalog_functions(), _operator())
            self.engine = Engine(Checkpointer(self.store), self.clock)
            self.plans = PlanCache()
            self.text_patterns = TextPatterns()
            self.locks = Locks()
            self.advisory = AdvisoryLocks()
            self.started = self.clock.micros()
            self.sequences = Sequences(self)
            self._references: tuple[int, dict[int, list[Reference]]] = (-1, {})
            self._indexed: tuple[int, dict[int, list[tuple[int, ...]]]] = (-1, {})
            self.sessions: dict[int, Session] = {}
            self.rules: tuple[Rule, ...] = ()
            self.notifications = Notifications(self)
            self._pool = ThreadPoolExecutor(WORKERS, "worker")
            self._readers = ThreadPoolExecutor(READERS, "reader")
            self.waiting = Waiting(config.result_memory_mb << 20, config.data_dir, self.in_worker)
            self._process_ids = itertools.count(1)
            self._seeds = random.Random()
            self._listener: Listener | None = None
            self._http: asyncio.Server | None = None
            recover(self)
            self.engine.start()
        except BaseException:
            self.store.close()
            raise

    # Life

    async def listen(self) -> None:
        """Open the ports; UserError 55006 when one is taken."""
        config = self.config
        tls = None
        if config.tls_certificate is not None and config.tls_key is not None:
            tls = Tls.load(config.tls_certificate, config.tls_key, config.tls_authority)
        rules = self.rules = parse_rules(DEFAULT_RULES if config.hba is None else _text_of(config.hba), str(config.hba or "hba"))
        authenticator = HostBased(rules, RoleAccounts(self))
        try:
            self._listener = await serve(
                self, config.host, config.port, authenticator=authenticator, tls=tls, limit=config.max_connections
            )
        except OSError as e:
            raise UserError(
                f"cannot listen on {self.config.host}:{self.config.port}: {e.strerror or e}", "55006",
                hint="Another server may use the port; --port 0 takes a free one.",
            ) from None
        if self.config.http_port is not None:
            try:
                self._http = await serve_http(
                    self.config.host, self.config.http_port, lambda: exposition(self),
                    lambda: self.engine.failure is None,
                )
            except OSError as e:
                raise UserError(f"cannot listen on port {self.config.http_port}: {e.strerror or e}", "55006") from None

    @property
    def port(self) -> int:
        assert self._listener is not None
        return self._listener.port

    async def run_until_signal(self) -> int:
        """Serve until SIGTERM or SIGINT; the exit code."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        try:
            await self.run_scripts()
            await self.listen()
            # Objects made so far live as long as the process: keep them out of every full collection. Planning makes trees of
            # thousands of objects that references free; collecting them less often saves a tenth of it.
            gc.collect()
            gc.freeze()
            gc.set_threshold(NEW_OBJECTS, 10, 10)
            log.info("ready to accept connections on %s:%d", self.config.host, self.port)
            print(f"sabot: listening on {self.config.host}:{self.port}", flush=True)
            failed = loop.create_task(self._watch_engine())
            small = loop.create_task(keep_small(self.in_worker))
            await asyncio.wait({failed, loop.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
            small.cancel()
        finally:
            log.info("stopping")
            await self.close()
        if self.engine.failure is not None:
            print(f"sabot: the engine stopped: {self.engine.failure}", file=sys.stderr)
            return 1
        return 0

    async def _watch_engine(self) -> None:
        while self.engine.failure is None:
            await asyncio.sleep(0.5)

    async def run_scripts(self) -> None:
        """Start-up scripts, then the application's own; an error stops the start."""
        texts = [(str(p), p.read_text()) for p in self.config.startup_scripts]
        script = getattr(self.application, "startup_script", None)
        if script is not None:
            texts.append(("application", script))
        for name, text in texts:
            session = await self.open({"user": "root"}, "startup", next(self._process_ids))
            try:
                async for execution in session.script(text, apart=True):
                    while await execution.fetch(0) is not None:
                        pass
            except SabotError as e:
                raise UserError(f"{name}: {e.message}", e.sqlstate, hint=e.hint, detail=e.detail) from e
            finally:
                await session.close()

    async def close(self) -> None:
        if self._http is not None:
            self._http.close()
        if self._listener is not None:
            await self._listener.close()
        await asyncio.get_running_loop().run_in_executor(None, self.engine.stop)
        for pool in (self._pool, self._readers):
            pool.shutdown(wait=False, cancel_futures=True)

    # Sessions (pgwire's `Sessions`)

    async def open(self, startup: dict[str, str], peer: str, process_id: int) -> Session:
        database = startup.get("database") or startup.get("user") or "dev"
        others = self.catalog.shared.databases
        if database not in others:
            if database not in (self.catalog.shared.main, MAINTENANCE, "root", startup.get("user")):
                raise UserError(f'database "{database}" does not exist', "3D000")
            database = self.catalog.shared.main
        if startup.get("replication", "false").lower() not in ("false", "off", "no", "0"):
            raise Unsupported("replication connections are not supported", hint="Use SUBSCRIBE to follow changes.")
        user = startup.get("user", "root")
        with databases.within(database):
            role = self._admitted_role(user)
        session = Session(self, user, process_id, peer=peer, opened=self.clock.micros(), database=database)
        for settings in (*(self.catalog.snapshot.settings.get(k, ()) for k in ("all", settings_key(self.catalog.shared, database))), role.settings):
            session.settings.startup.update(settings)
        session.settings.startup.update(
            max_connections=str(self.config.max_connections), port=str(self.config.port),
            result_memory=f"{self.config.result_memory_mb}MB", listen_addresses=self.config.host, ssl="off" if self.config.tls_certificate is None else "on",
        )
        for name, value in (*options_of(startup.get("options", "")), *startup.items()):
            if name in ("user", "database", "replication", "options") or name.startswith("_pq_."):
                continue
            if name.lower() == "role":
                session.set_role(value)
                continue
            session.settings.set(name, value)
        session.settings.startup |= session.settings.values
        session.settings.reset(roles=True)
        self.sessions[process_id] = session
        self.statistics.sessions += 1
        return session

    def _admitted_role(self, name: str) -> Role:
        """The role that logs in; 28000 if it may not, 53300 if it has too many sessions."""
        role = self.catalog.snapshot.roles.get(name)
        if role is None:
            raise UserError(f'role "{name}" does not exist', "28000")
        if not role.login:
            raise UserError(f'role "{name}" is not permitted to log in', "28000")
        if "c" not in database_privileges(self.catalog.snapshot, name):
            raise UserError(f'permission denied for database "{self.catalog.snapshot.database}"', "42501",
                            detail="User does not have CONNECT privilege.")
        limit = role.connection_limit
        if limit >= 0 and not role.superuser and sum(s.login == name for s in self.sessions.values()) >= limit:
            raise UserError(f'too many connections for role "{name}"', "53300")
        return role

    async def in_worker(self, work: Callable[[], T]) -> T:
        """The result of work that is short, or waits: for the engine, a file, a broker."""
        return await _in_thread(self._pool, work)

    async def in_reader(self, work: Callable[[], T]) -> T:
        """The result of work that may compute for long: nothing that is short waits behind it."""
        return await _in_thread(self._readers, work)

    @property
    def statistics(self) -> Statistics:
        return self.engine.statistics

    def next_seed(self) -> int:
        return self._seeds.getrandbits(63)

    def checkpoint_now(self) -> None:
        with self.engine.lock:
            self.engine.dirty = True
            self.engine.checkpoint(wait=True)

    # Names

    def find(self, session: Session, name: ast.Name) -> Relation | None:
        name = here(self.catalog.snapshot, name)
        schema = name[-2] if len(name) > 1 else None
        if schema is not None and "U" not in schema_privileges(self.catalog.snapshot, session.user, schema) and (
            schema in self.catalog.snapshot.schemas
        ):
            raise UserError(f"permission denied for schema {schema}", "42501")
        return self.catalog.snapshot.find(name[-1], session.search_path, schema)

    def resolve(self, session: Session, name: ast.Name, kinds: tuple[str, ...]) -> Relation:
        """The relation of that name; 42P01 if there is none, 42809 if it is of another kind."""
        found = self.find(session, name)
        if found is None:
            raise no_relation(self.catalog.snapshot, session.search_path, name)
        if kinds and found.kind not in kinds:
            words = " or ".join(KIND_WORDS[k] for k in kinds)
            raise UserError(f'"{found.name}" is not {"an" if words[0] in "aeiou" else "a"} {words}', "42809")
        return found

    def new_name(self, session: Session, name: ast.Name, *, temporary: bool = False) -> tuple[str, str]:
        """(schema, name) for a new object."""
        name = here(self.catalog.snapshot, name)
        if (len(name) > 1 and name[-2] in (temporary_objects.ALIAS, temporary_objects.schema_of(session))) or (
            temporary and len(name) == 1
        ):
            return temporary_objects.ensure_schema(session), name[-1]
        if temporary:
            raise UserError("cannot create temporary relation in non-temporary schema", "42P16")
        if len(name) == 1:
            require_create(session, session.creation_schema)
            return session.creation_schema, name[0]
        if name[-2] not in self.catalog.snapshot.schemas:
            raise UserError(f'schema "{name[-2]}" does not exist', "3F000")
        if name[-2] in ("pg_catalog", "information_schema", "sabot"):
            raise UserError(f'permission denied to create "{".".join(name)}"', "42501",
                            detail="System schemas can't be changed.")
        require_create(session, name[-2])
        return name[-2], name[-1]

    def exists(self, session: Session, schema: str, name: str, if_not_exists: bool, what: str) -> bool:
        """True when the name is taken and that is fine; 42P07 when it is not."""
        if self.catalog.snapshot.find(name, (), schema) is None:
            return False
        if not if_not_exists:
            raise UserError(f'{what} "{name}" already exists', "42P07")
        session.notice("NOTICE", "42P07", f'{what} "{name}" already exists, skipping')
        return True

    def quoted(self, entry: Relation) -> str:
        return f'"{entry.schema}"."{entry.name}"'

    # What statements ask of the engine

    def check_ready(self, relations: tuple[int, ...]) -> None:
        """No input is still being filled."""
        for relation in relations:
            job = self.engine.jobs.get(relation)
            if job is not None and job.state == BACKFILLING:
                job.require_readable()

    async def wait_backfill(self, session: Session, backfill: Backfill, entry: Relation) -> None:
        """Wait until the job runs; a cancelled or failed creation is taken back."""
        future = asyncio.wrap_future(backfill.done)
        while True:
            done, _ = await asyncio.wait({future}, timeout=0.05)
            if done:
                future.result()
                return
            try:
                session.interrupt.check()
            except UserError:
                await self.in_worker(lambda: objects.abandon(self, entry.id))
                raise

    def redefine(self, changed: Relation) -> None:
        """Replace a catalog entry (engine command); defaults follow the name of their sequence."""
        snapshot = self.catalog.snapshot
        old = snapshot.relations[changed.id]
        tables: dict[int, Relation] = {}
        if changed.kind == "sequence" and (old.schema, old.name) != (changed.schema, changed.name):
            for table, at in users_of(snapshot, changed.id):
                columns = list(tables.get(table.id, table).columns)
                columns[at] = renamed_default(columns[at], old, changed)
                tables[table.id] = replace(table, columns=tuple(columns))
            self.catalog.change(("put_relation", changed), *(("put_relation", t) for t in tables.values()))
        else:
            self.catalog.change(("put_relation", changed))
        if (old.schema, old.owner) != (changed.schema, changed.owner):
            for follower in [r for r in self.catalog.snapshot.relations.values() if r.on == changed.id and r.kind in ("sequence", "index")]:
                self.redefine(replace(follower, schema=changed.schema, owner=changed.owner))

        def effect() -> None:
            for entry in (changed, *tables.values()):
                stored = self.engine.relations.get(entry.id)
                if stored is not None:
                    stored.entry = entry
            if tables:
                self.sequences.define(changed)
            job = self.engine.jobs.get(changed.id)
            if job is not None:
                job.name = changed.name

        when_committed(effect)

    def check_unchanged(self, entry: Relation) -> None:
        """What is going to be changed is still what was looked at. Under the engine's lock."""
        if self.catalog.snapshot.relations.get(entry.id) is not entry:
            raise ChangedMeanwhile(f'relation "{entry.name}"')

    async def keep_history(self, plan: Plan, backfill: Backfill) -> None:
        """A job whose rows tell how they came about can't be filled again after a crash: its first state is kept at once."""
        if not any(isinstance(n, (Changelog, TemporalJoin, EmitOnClose)) for n in nodes(plan)):
            return
        if backfill.done.done():
            await self.in_worker(self.checkpoint_now)
        else:
            backfill.done.add_done_callback(lambda _: self.engine.submit(self.engine.checkpoint))

    def references(self) -> dict[int, list[Reference]]:
        """Foreign keys by the table they refer to, for the present catalog."""
        snapshot = self.catalog.snapshot
        if self._references[0] != snapshot.version:
            self._references = snapshot.version, references(snapshot)
        return self._references[1]

    def indexed(self) -> dict[int, list[tuple[int, ...]]]:
        """What columns the indexes of each relation begin with, for the present catalog."""
        snapshot = self.catalog.snapshot
        if self._indexed[0] != snapshot.version:
            self._indexed = snapshot.version, indexed_columns(snapshot)
        return self._indexed[1]

    def terminate(self, process_id: int) -> None:
        """End the connection of a session; nothing for sessions inside the process."""
        if self._listener is not None:
            self._listener.terminate(process_id)

    def system_rows(self, session: Session) -> Callable[[int], Batch | None]:
        return lambda relation: system_relations.rows_of(self, session, relation)

    def read_source(self, relation: int, check: Check) -> Batch | None:
        entry = self.catalog.snapshot.relations.get(relation)
        if entry is None:
            raise UserError("a source of this statement was dropped meanwhile", "42P01")
        return read_whole_source(objects.source_spec(self, entry), objects.reading_connector(self, entry), check)

    def materializable(self, session: Session, planned: Any) -> Plan:
        from .reading.planning import materializable

        return materializable(session, planned)

    def generated_columns(self, entry: Relation) -> Callable[[Batch], Batch]:
        from .reading.planning import generated_columns

        return generated_columns(self, entry)

    def sink_row(self, entry: Relation, target: Relation) -> tuple[Expr, ...]:
        from .reading.planning import sink_row

        return sink_row(self, entry, target)
