"""Functions about the session and the server: each is a `ContextValue` that the session fills in."""

from __future__ import annotations

from ...kernels import types as t
from .signature import Signature


def _context(name: str, context: str, returns: t.SqlType) -> Signature:
    return Signature(name, (), returns, None, volatility="stable", context=context)


FUNCTIONS: tuple[Signature, ...] = (
    _context("current_database", "current_database", t.NAME),
    _context("current_catalog", "current_database", t.NAME),
    _context("current_schema", "current_schema", t.NAME),
    _context("current_user", "current_user", t.NAME),
    _context("user", "current_user", t.NAME),
    _context("current_role", "current_user", t.NAME),
    _context("session_user", "session_user", t.NAME),
    _context("version", "version", t.TEXT),
    _context("pg_backend_pid", "pg_backend_pid", t.INT4),
    _context("pg_postmaster_start_time", "server_started", t.TIMESTAMPTZ),
    _context("pg_conf_load_time", "server_started", t.TIMESTAMPTZ),
)
