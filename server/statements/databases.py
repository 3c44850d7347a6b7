"""CREATE, ALTER and DROP DATABASE; USE and SET database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...kernels.errors import Unsupported, UserError
from ...planner.catalog.databases import parted
from ...planner.catalog.entries import Database, SchemaEntry, Snapshot
from ...planner.catalog.roles import DATABASE_ID, database_privileges, is_superuser
from ...planner.sql import statements as ast
from ...planner.sql.lexer import tokenize
from ..reading.executions import Done
from ..sessions.authorization import require_new_owner, require_owner_of

if TYPE_CHECKING:
    from ..sessions.session import Session

# Clauses of CREATE DATABASE whose value says how bytes are kept elsewhere.
_WITHOUT_EFFECT = frozenset(
    ("encoding", "locale", "lc_collate", "lc_ctype", "locale_provider", "icu_locale", "collation_version", "strategy", "tablespace", "oid",
     "allow_connections", "is_template", "connection", "limit", "comment", "resource_group", "barrier_interval_ms", "checkpoint_frequency")
)  # fmt: skip


def known(snapshot: Snapshot, name: str) -> tuple[int, str]:
    """OID and owner of a database; 3D000 if there is none."""
    if name == snapshot.database:
        return DATABASE_ID, snapshot.owner
    found = snapshot.databases.get(name)
    if found is None and name != snapshot.main:
        raise UserError(f'database "{name}" does not exist', "3D000")
    if found is None:
        raise Unsupported(f'the grants and properties of "{name}" can be changed in "{name}" only', hint=f"USE {name}")
    return found.id, found.owner


def _require_outside(session: Session, verb: str) -> None:
    session.require_writable(verb)
    if session.transaction is not None and session.transaction.explicit:
        raise UserError(f"{verb} cannot run inside a transaction block", "25001")


async def create(session: Session, statement: ast.CreateObject) -> Done:
    _require_outside(session, "CREATE DATABASE")
    server, name, snapshot = session.server, statement.name[-1], session.server.catalog.snapshot
    if not is_superuser(snapshot, session.user) and not snapshot.roles[session.user].createdb:
        raise UserError("permission denied to create database", "42501")
    owner = _owner(session, statement.clauses)
    if name == snapshot.main or name in snapshot.databases:
        if not statement.if_not_exists:
            raise UserError(f'database "{name}" already exists', "42P04")
        session.notice("NOTICE", "42P04", f'database "{name}" already exists, skipping')
        return Done("CREATE DATABASE")
    if "." in name or any(s.startswith(f"{name}.") for s in snapshot.schemas):
        raise UserError(f'unacceptable database name "{name}"', "42602", detail="A schema's name would not tell the two apart.")
    made = Database(server.catalog.new_id(), name, owner)
    public = SchemaEntry(server.catalog.new_id(), f"{name}.public", "pg_database_owner")
    async with session.together():
        await session.change(lambda: server.catalog.change(("put_database", made)))
        await session.change(lambda: server.catalog.change(("put_schema", public)))
    return Done("CREATE DATABASE")


def _owner(session: Session, clauses: str) -> str:
    """The owner that WITH OWNER [=] names; of the other clauses only those that change nothing are taken."""
    words = [t for t in tokenize(clauses) if t.value not in ("=", "with", ",") and t.kind != "end"]
    owner = session.user
    while words:
        word = words.pop(0).value.lower()
        if word == "(":  # Flink's properties
            break
        value = words.pop(0).value if words and word != "connection" else ""
        if word == "owner":
            owner = owner if value == "default" else require_new_owner(session, value, None)
        elif word == "template" and value not in ("template0", "template1", "default"):
            raise Unsupported("CREATE DATABASE of a template is not supported", hint="A new database is empty.")
        elif word not in _WITHOUT_EFFECT and word != "template":
            raise UserError(f'option "{word}" not recognized', "42601")
    return owner


async def drop(session: Session, statement: ast.Drop, name: str) -> None:
    from .drop import drop_schema

    _require_outside(session, "DROP DATABASE")
    server, snapshot = session.server, session.server.catalog.snapshot
    if name == session.database:
        raise UserError("cannot drop the currently open database", "55006")
    if name == snapshot.main:
        raise UserError(f'cannot drop database "{name}"', "55006", detail="The server begins with it.")
    found = snapshot.databases.get(name)
    if found is None:
        if not statement.if_exists:
            raise UserError(f'database "{name}" does not exist', "3D000")
        session.notice("NOTICE", "00000", f'database "{name}" does not exist, skipping')
        return
    require_owner_of(session, "database", name, found.owner)
    _require_unused(session, name)
    schemas = [s for s in snapshot.schemas if parted(snapshot, s, snapshot.database)[0] == name]
    if statement.restrict and any(r.schema in schemas for r in snapshot.relations.values()):
        raise UserError(f'cannot drop database "{name}" because there are objects in it', "2BP01", hint="Leave RESTRICT out to drop them too.")
    async with session.together():
        for schema in schemas:
            await drop_schema(session, replace(statement, kind="schema", cascade=True), schema)
        await session.change(lambda: server.catalog.change(("drop_database", name)))


def _require_unused(session: Session, name: str) -> None:
    users = sum(s.database == name for s in session.server.sessions.values() if s is not session)
    if users:
        raise UserError(f'database "{name}" is being accessed by other users', "55006",
                        detail=f"There {'is 1 other session' if users == 1 else f'are {users} other sessions'} using the database.")


async def alter(session: Session, statement: ast.Alter) -> None:
    _require_outside(session, "ALTER DATABASE")
    server, snapshot, name = session.server, session.server.catalog.snapshot, statement.name[-1]
    found = snapshot.databases.get(name)
    if found is None and name != snapshot.main:
        raise UserError(f'database "{name}" does not exist', "3D000")
    if found is None:
        raise Unsupported(f'ALTER DATABASE of "{name}" is not supported', hint="The server begins with it.")
    require_owner_of(session, "database", name, found.owner)
    new = statement.new_name or ""
    match statement.action:
        case "owner to":
            made = replace(found, owner=require_new_owner(session, new, None))
        case "rename to":
            if name == session.database:
                raise UserError("current database cannot be renamed", "0A000")
            _require_unused(session, name)
            if new == snapshot.main or new in snapshot.databases:
                raise UserError(f'database "{new}" already exists', "42P04")
            if "." in new or any(s.startswith(f"{new}.") for s in snapshot.schemas):
                raise UserError(f'unacceptable database name "{new}"', "42602")
            made = replace(found, name=new)
        case action:
            raise Unsupported(f"ALTER DATABASE {action.upper()} is not supported", hint="RENAME TO, OWNER TO and SET are.")
    await session.change(lambda: server.catalog.change(("put_database", made)))


def enter(session: Session, name: str) -> None:
    """The session goes on in that database."""
    snapshot = session.catalog
    if name != snapshot.main and name not in snapshot.databases:
        raise UserError(f'database "{name}" does not exist', "3D000")
    if session.transaction is not None and session.transaction.explicit and name != session.database:
        raise UserError("the database cannot be changed inside a transaction block", "25001")
    before, session.database = session.database, name
    if "c" not in database_privileges(session.catalog, session.user):
        session.database = before
        raise UserError(f'permission denied for database "{name}"', "42501", detail="User does not have CONNECT privilege.")


async def use(session: Session, statement: ast.Use, parameters: Any, prepared: Any) -> Done:
    enter(session, statement.database)
    return Done("USE")


