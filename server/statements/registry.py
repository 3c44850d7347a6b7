"""Statement class → handler: the one dispatch of the server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ...planner.sql import role_statements as role_ast
from ...planner.sql import statements as ast
from . import (
    alter,
    blocks,
    copy,
    create_index,
    create_object,
    create_relation,
    create_sink,
    create_view,
    databases,
    drop,
    explain,
    pivots,
    policies,
    prepared,
    privileges,
    procedures,
    query,
    roles,
    sequences,
    show,
    subscribe,
    subscriptions,
    transactions,
    types,
    variables,
)

Handler = Callable[..., Awaitable[Any]]

HANDLERS: dict[type[ast.Statement], Handler] = {
    ast.Empty: variables.empty,
    ast.Query: query.select,
    ast.Insert: query.modify,
    ast.InsertValues: query.modify,
    ast.Update: query.modify,
    ast.Delete: query.modify,
    ast.Merge: query.modify,
    ast.Truncate: query.truncate,
    ast.CreateRelation: create_relation.create_relation,
    ast.CreateView: create_view.create_view,
    ast.CreateSink: create_sink.create_sink,
    ast.CreateSubscription: subscriptions.create_subscription,
    ast.CreateIndex: create_index.create_index,
    ast.CreateFunction: create_object.create_function,
    ast.CreateObject: create_object.create_object,
    ast.CreateSequence: sequences.create_sequence,
    ast.AlterSequence: sequences.alter_sequence,
    ast.CreateType: types.create_type,
    ast.CreateDomain: types.create_domain,
    ast.AlterEnum: types.alter_enum,
    ast.Drop: drop.drop,
    ast.Alter: alter.alter,
    ast.CommentOn: create_object.comment,
    role_ast.CreateRole: roles.create_role,
    role_ast.AlterRole: roles.alter_role,
    role_ast.DropRole: roles.drop_role,
    role_ast.GrantRole: roles.grant_role,
    role_ast.SetRole: roles.set_role,
    role_ast.Owned: roles.owned,
    role_ast.Grant: privileges.grant,
    role_ast.AlterDefaultPrivileges: privileges.alter_default,
    role_ast.CreatePolicy: policies.policy,
    role_ast.DropPolicy: policies.drop_policy,
    role_ast.AlterRowSecurity: policies.row_security,
    ast.SetVariable: variables.set_variable,
    ast.SetTransaction: transactions.set_transaction,
    ast.SetConstraints: transactions.set_constraints,
    ast.Reset: variables.reset,
    ast.Show: variables.show,
    ast.ShowObjects: show.show_objects,
    ast.ShowCreate: show.show_create,
    ast.Pivot: pivots.pivot,
    ast.Unpivot: pivots.unpivot,
    ast.Describe: show.describe,
    ast.Explain: explain.explain,
    ast.Transaction: transactions.transaction,
    ast.Prepare: prepared.prepare,
    ast.Execute: prepared.execute,
    ast.Deallocate: prepared.deallocate,
    ast.DeclareCursor: prepared.declare,
    ast.DeclareView: create_view.declare_view,
    ast.Fetch: prepared.fetch,
    ast.CloseCursor: prepared.close,
    ast.Copy: copy.copy,
    ast.Subscribe: subscribe.subscribe,
    ast.CancelJobs: drop.cancel_jobs,
    ast.Do: blocks.do,
    ast.Call: procedures.call,
    ast.Kill: drop.kill,
    ast.Refresh: drop.refresh,
    ast.Use: databases.use,
    ast.Notify: drop.notify,
    ast.Utility: variables.utility,
}


async def handle(session: Any, statement: ast.Statement, parameters: Any, prepared_statement: Any) -> Any:
    """Run the statement's handler."""
    return await HANDLERS[type(statement)](session, statement, parameters, prepared_statement)
