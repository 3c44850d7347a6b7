"""WITH options of views, tables and sinks: what is known, what has no effect here, and the order of a backfill."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from ...kernels.errors import Unsupported, UserError
from ...planner.sql.statements import OptionPairs

if TYPE_CHECKING:
    from ..sessions.session import Session

# How fast, how parallel and where other servers run a job: accepted, without effect.
IGNORED = (
    "backfill_parallelism", "source_rate_limit", "backfill_rate_limit", "sink_rate_limit",
    "dml_rate_limit", "sink_decouple", "resource_group", "cloud.serverless_backfill_enabled", "backfill_order",
)  # fmt: skip
VIEW = (*IGNORED, "parallelism", "refresh.interval.sec", "security_invoker", "security_barrier", "check_option")
# How PostgreSQL stores and vacuums a table: accepted, without effect.
_STORAGE = (
    "fillfactor", "toast_tuple_target", "parallel_workers", "user_catalog_table", "vacuum_index_cleanup", "vacuum_truncate",
    "log_autovacuum_min_duration", "autovacuum_enabled", "autovacuum_vacuum_threshold", "autovacuum_vacuum_scale_factor",
    "autovacuum_analyze_threshold", "autovacuum_analyze_scale_factor", "autovacuum_vacuum_cost_delay",
    "autovacuum_vacuum_cost_limit", "autovacuum_freeze_min_age", "autovacuum_freeze_max_age", "autovacuum_freeze_table_age",
)  # fmt: skip
TABLE = (*IGNORED, "parallelism", *_STORAGE, "oids", "appendonly", "append_only", "materialized")
INTO = (*IGNORED, "parallelism", "type", "force_append_only", "snapshot", "ignore_delete", "primary_key")


def check(what: str, given: OptionPairs, known: tuple[str, ...]) -> None:
    """22023 with a suggestion for an option that is not known."""
    for name, value in given:
        if name == "retention_seconds":
            raise Unsupported("retention_seconds is not supported",
                              hint="Read the rows through a view that compares their time with now().")
        if name.lower() == "oids" and is_true(given, "oids"):
            raise UserError("tables declared WITH OIDS are not supported", "0A000")
        if name.lower() == "connectors" and str(value).strip() in ("", "[]"):
            continue  # Feldera's, without any
        if name.lower() not in known:
            close = difflib.get_close_matches(name.lower(), known, 1)
            raise UserError(f'{what} has no option "{name}"', "22023",
                            hint=f'Did you mean "{close[0]}"?' if close else f"Known options: {', '.join(known)}.")


def is_true(given: OptionPairs, *names: str) -> bool:
    """Whether one of the options is given as true."""
    return any(name.lower() in names and str(value).lower() in ("true", "1", "on") for name, value in given)


def check_backfill_order(session: Session, given: OptionPairs, reads: tuple[int, ...]) -> None:
    """`backfill_order = FIXED(a -> b, …)`: relations that the query reads, without a cycle. The order is ours to choose."""
    order = next((str(value) for name, value in given if name.lower() == "backfill_order"), None)
    if order is None or order.strip().lower() in ("auto", "none", "default"):
        return
    fixed = re.fullmatch(r"fixed\s*\((.*)\)", order.strip(), re.S | re.I)
    if fixed is None:
        raise UserError(f"backfill_order can't be {order}", "22023", hint="It is AUTO, NONE or FIXED(a -> b, …).")
    after: dict[int, set[int]] = {}
    for pair in filter(None, (p.strip() for p in fixed[1].split(","))):
        ends = [p.strip() for p in pair.split("->")]
        if len(ends) != 2 or not all(ends):
            raise UserError(f'backfill_order: "{pair}" is not of the form a -> b', "42601")
        first, second = (session.server.resolve(session, _name(end), ()).id for end in ends)
        for end, found in zip(ends, (first, second)):
            if found not in reads:
                raise UserError(f'backfill_order names "{end}", which the query does not read', "42P01")
        after.setdefault(first, set()).add(second)
    if _cyclic(after):
        raise UserError("backfill_order has a cycle", "42P19")


def _name(text: str) -> tuple[str, ...]:
    return tuple(p[1:-1] if p.startswith('"') else p.lower() for p in text.split("."))


def _cyclic(after: dict[int, set[int]]) -> bool:
    """Take away what nothing comes before, until nothing is left or nothing can be taken."""
    left = dict(after)
    while left:
        inner = set().union(*left.values())
        free = [node for node in left if node not in inner]
        if not free:
            return True
        for node in free:
            del left[node]
    return False
