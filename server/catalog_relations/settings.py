"""pg_settings: numbers in the unit that PostgreSQL counts them in."""

from __future__ import annotations

import re

from ..sessions.settings import CANONICAL, SETTINGS, SessionSettings, Setting
from .model import Catalog, Record, Source

# Unit → settings that PostgreSQL counts in it.
_COUNTED = {
    "8kB":
        "backend_flush_after bgwriter_flush_after checkpoint_flush_after effective_cache_size min_parallel_index_scan_size "
        "min_parallel_table_scan_size segment_size shared_buffers temp_buffers wal_buffers wal_writer_flush_after",
    "B":
        "log_parameter_max_length log_parameter_max_length_on_error track_activity_query_size wal_decode_buffer_size "
        "wal_segment_size",
    "MB":
        "max_slot_wal_keep_size max_wal_size min_dynamic_shared_memory min_wal_size shared_memory_size wal_keep_size",
    "kB":
        "autovacuum_work_mem gin_pending_list_limit huge_page_size log_rotation_size log_temp_files logical_decoding_work_mem "
        "maintenance_work_mem max_stack_depth temp_file_limit wal_skip_threshold work_mem",
    "min":
        "log_rotation_age old_snapshot_threshold",
    "ms":
        "autovacuum_vacuum_cost_delay bgwriter_delay client_connection_check_interval deadlock_timeout "
        "idle_in_transaction_session_timeout idle_session_timeout lock_timeout log_autovacuum_min_duration "
        "log_min_duration_sample log_min_duration_statement log_startup_progress_interval max_standby_archive_delay "
        "max_standby_streaming_delay recovery_min_apply_delay statement_timeout tcp_user_timeout vacuum_cost_delay "
        "wal_receiver_timeout wal_retrieve_retry_interval wal_sender_timeout wal_writer_delay",
    "s":
        "archive_timeout authentication_timeout autovacuum_naptime checkpoint_timeout checkpoint_warning post_auth_delay "
        "pre_auth_delay tcp_keepalives_idle tcp_keepalives_interval wal_receiver_status_interval",
}
_UNIT = {name: unit for unit, names in _COUNTED.items() for name in names.split()}
_SIZES = {"B": 1, "kB": 1024, "8kB": 8192, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_TIMES = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
# A number and its unit, as SHOW prints them together.
_MEASURE = re.compile(r"(-?\d+(?:\.\d+)?)(us|ms|s|min|h|d|B|kB|MB|GB|TB)")


def _counted(name: str, value: str, unit: str | None) -> tuple[str, str | None]:
    """(Number, unit) of a value as SHOW prints it; the value itself where it is no measure."""
    found = _MEASURE.fullmatch(value)
    if found is None:
        return value, unit
    number, given = found.groups()
    if unit is None:
        return number, given
    scale = _SIZES if unit in _SIZES else _TIMES
    if given not in scale:
        return value, unit
    return f"{float(number) * scale[given] / scale[unit]:.15g}", unit


def _bound(value: float | None) -> str | None:
    return None if value is None else f"{value:.15g}"


def _record(settings: SessionSettings, s: Setting) -> Record:
    name = CANONICAL.get(s.name, s.name)
    kinds = {"int": "integer", "bool": "bool", "choice": "enum", "duration": "integer", "size": "integer", "time": "integer", "real": "real"}
    unit = _UNIT.get(name) or ("ms" if s.kind == "duration" else None)
    at_start = settings.startup.get(s.name, s.default)
    value = settings.get(s.name)
    setting, shown_unit = _counted(name, value, unit)
    own = s.name in settings.values or s.name in settings.local
    return {
        "name": name, "setting": setting, "unit": shown_unit, "category": "Sabot", "short_desc": s.description,
        "context": "internal" if s.read_only else "user",
        "vartype": "bool" if s.choices and set(s.choices) <= {"on", "off"} else kinds.get(s.kind, "string"),
        "source": "session" if own else "default" if s.name not in settings.startup else "configuration file" if s.read_only else "client",
        "min_val": _bound(s.minimum), "max_val": _bound(s.maximum), "enumvals": list(s.choices) or None,
        "boot_val": _counted(name, s.default, unit)[0], "reset_val": _counted(name, at_start, unit)[0], "pending_restart": False,
    }  # fmt: skip


def pg_settings(catalog: Catalog) -> list[Record]:
    return [
        _record(catalog.session.settings, s)
        for s in sorted(SETTINGS.values(), key=lambda s: CANONICAL.get(s.name, s.name).lower())
        if s.name == s.name.lower() or s.name.lower() not in SETTINGS  # ours, which has an effect, is told of
    ]


ROWS: dict[str, Source] = {"pg_settings": pg_settings}
