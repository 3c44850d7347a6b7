"""SET, RESET, SHOW of a setting, USE, DISCARD and other small session statements."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from ...kernels.errors import UserError
from ...kernels.schema import schema_of
from ...kernels.types import TEXT
from ...planner.sql import statements as ast
from ..reading.executions import Done, Rows
from ..sessions.authorization import require_role
from ..sessions.notifications import Announcement
from ..sessions.settings import CANONICAL, SETTINGS, is_setting, lookup
from ..streaming.jobs import BACKFILLING, SUBSCRIPTION
from .databases import enter

if TYPE_CHECKING:
    from ..sessions.session import Session


# Settings of CockroachDB and DuckDB that change how a statement is run, not what it answers.
_HARMLESS = re.compile(
    r"vectorize|distsql(_workmem)?|tracing|experimental_(?!strict)\w+|optimizer_\w+|enable_(zigzag|implicit|insert|multiregion|super|shared|auto|progress|object"
    r"|profiling|external|fsst|http|logging|verification)\w*|reorder_joins_limit|disallow_full_table_scans|autocommit_before_ddl|testing_\w+|prefer_lookup_\w+"
    r"|large_full_scan_rows|create_table_with_schema_locked|use_declarative_schema_changer|kv_transaction_buffered_writes_enabled"
    r"|threads|worker_threads|memory_limit|max_memory|preserve_insertion_order|pivot_limit|debug_\w+|explain_output|perfect_ht_threshold|verify_\w+"
    r"|checkpoint_threshold|wal_autocheckpoint|temp_directory|profiling_\w+|ordered_aggregate_threshold|merge_join_threshold|nested_loop_join_threshold"
)


async def set_variable(session: Session, statement: ast.SetVariable, parameters: Any, prepared: Any) -> Done:
    value = None if statement.values is None else ", ".join(statement.values)
    if value is not None and statement.name.endswith("transaction_isolation") and value.lower() == "strict serializable":
        value = "serializable"  # which keeps the order of real time here
    if statement.name == "database" and value is not None:
        enter(session, value)
        return Done("SET")
    if statement.name == "role":
        session.set_role(value, local=statement.scope == "local")
        return Done("SET")
    if statement.name == "session_authorization":
        session.set_session_authorization(value)
        return Done("SET")
    if statement.name == "transaction_read_only" and session.transaction is not None and value is not None:
        session.make_read_only(value.lower() in ("on", "true", "yes", "1"))
        return Done("SET")
    if _HARMLESS.fullmatch(statement.name) is not None and not is_setting(statement.name):
        session.notice("WARNING", "01000", f"SET {statement.name} has no effect here")
        return Done("SET")
    kept = session.settings.kept()
    session.settings.set(statement.name, value, local=statement.scope == "local")
    if statement.scope == "local" and session.transaction is None:
        session.notice("WARNING", "25P01", "SET LOCAL can only be used in transaction blocks")
        session.settings.go_back(kept)
    return Done("SET")


async def reset(session: Session, statement: ast.Reset, parameters: Any, prepared: Any) -> Done:
    if statement.name == "all":
        session.settings.reset()
    elif statement.name == "role":
        session.set_role(None)
    else:
        session.settings.set(statement.name, None)
    return Done("RESET")


async def show(session: Session, statement: ast.Show, parameters: Any, prepared: Any) -> Rows:
    if statement.name == "all":
        rows = [
            (CANONICAL.get(s.name, s.name), session.settings.shown(s.name), s.description)
            for s in sorted(SETTINGS.values(), key=lambda s: s.name)
            if s.name == s.name.lower() or s.name.lower() not in SETTINGS  # ours, which has an effect, is told of
        ]
        return session.rows(schema_of(("name", TEXT), ("setting", TEXT), ("description", TEXT)), rows, "SHOW")
    if statement.name == "is_superuser":
        return session.rows(schema_of(("is_superuser", TEXT)), [(session.reported["is_superuser"],)], "SHOW")
    if statement.name == "session_authorization":
        return session.rows(schema_of(("session_authorization", TEXT)), [(session.session_user,)], "SHOW")
    if statement.name == "database":
        return session.rows(schema_of(("database", TEXT)), [(session.database,)], "SHOW")
    setting = lookup(statement.name)
    name = CANONICAL.get(setting.name, setting.name)
    value = session.settings.shown(setting.name)
    result = session.rows(schema_of((name, TEXT)), [(value,)], "SHOW")
    return result


async def utility(session: Session, statement: ast.Utility, parameters: Any, prepared: Any) -> Done:
    """FLUSH has nothing to wait for: every acknowledged change is visible. WAIT waits for views that are being filled."""
    match statement.verb:
        case "flush" | "wait":
            if session.transaction is not None and session.transaction.explicit:
                return Done(statement.verb.upper())
            await session.sync()
            while statement.verb == "wait" and any(
                j.state == BACKFILLING and j.kind != SUBSCRIPTION for j in list(session.server.engine.jobs.values())
            ):
                session.interrupt.check()
                await asyncio.sleep(0.02)
        case "checkpoint":
            require_role(session, "pg_checkpoint",
                         "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT")
            await session.server.in_worker(session.server.checkpoint_now)
        case "discard":
            if session.transaction is not None and session.transaction.explicit:
                raise UserError("DISCARD ALL cannot run inside a transaction block", "25001")
            if statement.clauses.strip().lower() in ("", "all"):
                session.settings.reset(roles=True)
                session.announce(Announcement("unlisten", "*"))
                session.prepared.clear()
                session.cursors.clear()
            if statement.clauses.strip().lower() in ("", "all", "sequences"):
                session.sequences.forget_drawn()
            return Done("DISCARD " + (statement.clauses.strip().upper() or "ALL"))
        case "extension":
            extension = statement.names[0][-1]
            if not statement.clauses and extension in ("plpgsql", "sabot"):
                raise UserError(f'extension "{extension}" already exists', "42710")
            what = "already exists, skipping" if extension in ("plpgsql", "sabot") else "is built in, as far as it is there"
            session.notice("NOTICE", "42710", f'extension "{extension}" {what}')
            return Done("CREATE EXTENSION")
        case "vacuum" | "analyze" | "lock":
            if statement.verb == "lock" and not (session.transaction is not None and session.transaction.explicit):
                raise UserError("LOCK TABLE can only be used in transaction blocks", "25P01")
            for name in statement.names:
                session.server.resolve(session, name, ())
            return Done("LOCK TABLE" if statement.verb == "lock" else statement.verb.upper())
        case "reindex" | "cluster":
            session.require_writable(statement.verb.upper())  # nothing is stored in the order of an index
            for name in statement.names if statement.clauses in ("", "index", "table") else ():
                kinds = {"index": ("index",), "table": ("table", "materialized_view")}
                session.server.resolve(session, name, kinds.get(statement.clauses, ()))
        case "without effect":
            session.notice("WARNING", "01000", f"{statement.clauses} has no effect here")
            return Done(statement.clauses)
        case "recover":
            session.notice("NOTICE", "00000", "there is nothing to recover from while the server runs")
    return Done(statement.verb.upper())


async def empty(session: Session, statement: ast.Empty, parameters: Any, prepared: Any) -> Done:
    return Done("")
