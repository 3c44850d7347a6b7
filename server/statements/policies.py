"""Row security: CREATE, ALTER and DROP POLICY, ALTER TABLE … ROW LEVEL SECURITY."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...kernels.errors import UserError
from ...planner.bind.row_security import check_policy
from ...planner.catalog.entries import Relation
from ...planner.catalog.roles import PUBLIC, Policy, RowSecurity
from ...planner.pipeline import environment
from ...planner.sql import role_statements as ast
from ..reading.executions import Done
from ..sessions.authorization import grantee_named, require_owner
from .roles import change

if TYPE_CHECKING:
    from ..sessions.session import Session


def _table(session: Session, name: tuple[str, ...]) -> Relation:
    entry = session.server.resolve(session, name, ())
    if entry.kind != "table":
        raise UserError(f'"{entry.name}" is not a table', "42809",
                        hint="Policies are on tables; views over them see the rows that their owner sees.")
    require_owner(session, entry)
    return entry


async def policy(session: Session, statement: ast.CreatePolicy, parameters: Any, prepared: Any) -> Done:
    verb = "ALTER POLICY" if statement.alter else "CREATE POLICY"
    session.require_writable(verb)
    entry = _table(session, statement.table)
    policies = session.server.catalog.snapshot.policies
    known = policies.get((entry.id, statement.name))
    roles = None if statement.roles is None else tuple(dict.fromkeys(grantee_named(session, r) for r in statement.roles))
    if statement.alter:
        if known is None:
            raise UserError(f'policy "{statement.name}" for table "{entry.name}" does not exist', "42704")
        made = replace(
            known, name=statement.new_name or known.name, roles=roles or known.roles,
            using=statement.using or known.using, check=statement.check or known.check,
        )
    else:
        if known is not None:
            raise UserError(f'policy "{statement.name}" for table "{entry.name}" already exists', "42710")
        made = Policy(session.server.catalog.new_id(), entry.id, statement.name, statement.permissive, statement.command,
                      roles or (PUBLIC,), statement.using, statement.check)
    if made.command == "insert" and made.using is not None:
        raise UserError("only WITH CHECK expression allowed for INSERT", "42601")
    if made.command in ("select", "delete") and made.check is not None:
        raise UserError("WITH CHECK cannot be applied to SELECT or DELETE", "42601")
    env = environment(session.server.catalog.snapshot, replace(session.plan_settings, role=None))
    for text in (made.using, made.check):
        if text is not None:
            check_policy(entry, text, env)
    await change(session, [("put_policy", made)])
    return Done(verb)


async def drop_policy(session: Session, statement: ast.DropPolicy, parameters: Any, prepared: Any) -> Done:
    session.require_writable("DROP POLICY")
    if statement.if_exists and session.server.find(session, statement.table) is None:
        session.notice("NOTICE", "00000", f'relation "{statement.table[-1]}" does not exist, skipping')
        return Done("DROP POLICY")
    entry = _table(session, statement.table)
    if (entry.id, statement.name) not in session.server.catalog.snapshot.policies:
        text = f'policy "{statement.name}" for relation "{entry.name}" does not exist'
        if not statement.if_exists:
            raise UserError(f'policy "{statement.name}" for table "{entry.name}" does not exist', "42704")
        session.notice("NOTICE", "00000", f"{text}, skipping")
        return Done("DROP POLICY")
    await change(session, [("drop_policy", (entry.id, statement.name))])
    return Done("DROP POLICY")


async def row_security(session: Session, statement: ast.AlterRowSecurity, parameters: Any, prepared: Any) -> Done:
    session.require_writable("ALTER TABLE")
    if statement.if_exists and session.server.find(session, statement.table) is None:
        session.notice("NOTICE", "00000", f'relation "{statement.table[-1]}" does not exist, skipping')
        return Done("ALTER TABLE")
    entry = _table(session, statement.table)
    state = session.server.catalog.snapshot.row_security.get(entry.id, RowSecurity(entry.id))
    for action in statement.actions:
        match action:
            case "enable" | "disable":
                state = replace(state, enabled=action == "enable")
            case _:
                state = replace(state, forced=action == "force")
    await change(session, [("put_row_security", state)])
    return Done("ALTER TABLE")
