"""Facts of session and time: which functions and SQL values become which `ContextValue`.

The server gives each name its value at execution: now, clock, current_user, session_user, current_database,
current_schema, current_schemas, version, pg_backend_pid, time_zone, search_path and `setting.<name>`.
"""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Case, ContextValue, Expr, Lit, Var, walk
from ...kernels.types import BOOL, FLOAT8, INT4, INT8, NAME, TEXT, TIMESTAMPTZ, TIMETZ, VOID, SqlType, list_of, scalar
from .coerce import Operand, coerce
from .expr import Binder, handles
from .fold import fold_all
from .position import position_of
from .sql_function import call_user_function

# Functions without arguments (some are written without parentheses): context value and type.
CONTEXT_FUNCTIONS: dict[str, tuple[str, SqlType]] = {
    "current_user": ("current_user", NAME),
    "current_role": ("current_user", NAME),
    "user": ("current_user", NAME),
    "session_user": ("session_user", NAME),
    "current_database": ("current_database", NAME),
    "current_catalog": ("current_database", NAME),
    "current_schema": ("current_schema", NAME),
    "version": ("version", TEXT),
    "pg_backend_pid": ("pg_backend_pid", INT4),
    "pg_postmaster_start_time": ("server_started", TIMESTAMPTZ),
    "pg_conf_load_time": ("server_started", TIMESTAMPTZ),
}
_SESSION: dict[type, str] = {
    exp.CurrentUser: "current_user",
    exp.SessionUser: "session_user",
    exp.CurrentRole: "current_role",
    exp.CurrentCatalog: "current_catalog",
    exp.CurrentSchema: "current_schema",
}
_TIMES: dict[type, str] = {
    exp.CurrentDate: "current_date",
    exp.CurrentTimestamp: "current_timestamp",
    exp.Localtime: "localtime",
    exp.Localtimestamp: "localtimestamp",
}


@handles(*_SESSION)
def _session_value(b: Binder, node: exp.Expression) -> Expr:
    context, context_type = CONTEXT_FUNCTIONS[_SESSION[type(node)]]
    return ContextValue(context, context_type)


@handles(*_TIMES)
def _time_value(b: Binder, node: exp.Expression) -> Expr:
    from .calls import call_function

    name = _TIMES[type(node)]
    made = call_function(b, name, (), position_of(node))
    precision = node.args.get("this")
    if precision is None:
        return made
    if not (isinstance(precision, exp.Literal) and precision.this.isdigit()):
        raise UserError(f"precision of {name} must be a number", position=position_of(node))
    return coerce(made, scalar(made.type.name, min(int(precision.this), 6)), b.ctx, "e")


@handles(exp.CurrentTime)
def _current_time(b: Binder, node: exp.CurrentTime) -> Expr:
    from .calls import call_function

    made = coerce(call_function(b, "current_timestamp", (), position_of(node)), TIMETZ, b.ctx, "e")
    precision = node.args.get("this")
    if isinstance(precision, exp.Literal) and precision.this.isdigit():
        return coerce(made, scalar("timetz", min(int(precision.this), 6)), b.ctx, "e")
    return made


def current_setting(b: Binder, node: exp.Anonymous) -> Expr:
    """current_setting('name' [, missing_ok]); a name that is no literal is looked up in pg_settings."""
    position = position_of(node)
    if not 1 <= len(node.expressions) <= 2:
        raise UserError("function current_setting needs one or two arguments", "42883", position=position)
    name = coerce(b.bind(node.expressions[0]), TEXT, b.ctx, "i", position)
    if not isinstance(name, Lit):
        made = call_user_function(b, "sabot_setting", "pg_catalog", (Operand(name, position),), (), position)
        if made is None:
            raise Unsupported("current_setting needs a literal name", position=position)
        return made
    if name.value is None:
        return Lit(None, TEXT)
    missing_ok = len(node.expressions) == 2 and b.boolean(node.expressions[1], "current_setting") == Lit(True, BOOL)
    return ContextValue(f"{'setting?' if missing_ok else 'setting'}.{str(name.value).lower()}", TEXT)


def current_schemas(b: Binder, node: exp.Anonymous) -> Expr:
    """current_schemas(include_implicit): the search path's schemas."""
    if len(node.expressions) != 1:
        raise UserError("function current_schemas needs one argument", "42883", position=position_of(node))
    implicit = b.boolean(node.expressions[0], "current_schemas")
    every, named = (ContextValue(name, list_of(NAME)) for name in ("current_schemas", "named_schemas"))
    return Case(((implicit, every),), named, every.type)


# Functions that the session computes from constants when the statement runs: argument types and result.
_SESSION_CALLS: dict[str, tuple[tuple[SqlType, ...], SqlType]] = {
    "set_config": ((TEXT, TEXT, BOOL), TEXT),
    "pg_cancel_backend": ((INT4,), BOOL),
    "pg_terminate_backend": ((INT4,), BOOL),
    "pg_sleep": ((FLOAT8,), VOID),
    "pg_notify": ((TEXT, TEXT), VOID),
    "pg_export_snapshot": ((), TEXT),
    "txid_current": ((), INT8),
    "txid_current_if_assigned": ((), INT8),
    **{f"pg_advisory_{x}lock{s}": ((INT8,), VOID) for x in ("", "xact_") for s in ("", "_shared")},
    **{f"pg_try_advisory_{x}lock{s}": ((INT8,), BOOL) for x in ("", "xact_") for s in ("", "_shared")},
    **{f"pg_advisory_unlock{s}": ((INT8,), BOOL) for s in ("", "_shared")},
    "pg_advisory_unlock_all": ((), VOID),
}


def session_result(name: str) -> SqlType:
    return _SESSION_CALLS[name][1]


def session_call(b: Binder, node: exp.Anonymous) -> Expr:
    """A function of `_SESSION_CALLS`: once per statement, so its arguments are literals or parameters."""
    position, name = position_of(node), node.name
    wanted, returns = _SESSION_CALLS[name]
    if wanted == (INT8,) and len(node.expressions) == 2:  # an advisory lock by two numbers
        wanted = (INT4, INT4)
    if len(node.expressions) != len(wanted):
        raise UserError(f"function {name} needs {len(wanted)} argument(s)", "42883", position=position)
    args = tuple(fold_all(coerce(b.bind(n), t, b.ctx, "i", position), b.ctx.facts) for n, t in zip(node.expressions, wanted))
    if any(isinstance(e, Var) for a in args for e in walk(a)):
        raise Unsupported(f"{name} of columns is supported as an item of the outermost SELECT only", hint="Call it once per value.", position=position)
    return ContextValue(name, returns, args)


SESSION_CALLS = dict.fromkeys(_SESSION_CALLS, session_call)
