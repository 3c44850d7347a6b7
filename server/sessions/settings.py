"""Session settings: name, type, default, bounds. Unknown names are errors that suggest.

`SETTINGS` is the one table; SHOW ALL and pg_settings print it. `reported` settings are told to clients.
A setting that other streaming databases have and that has no meaning here is listed with `effect=False`:
accepted, checked for its type, shown, and without effect.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...kernels.errors import Unsupported, UserError
from ...kernels.limits import RESULT_MEMORY_MB
from ...kernels.styles import BYTEA_OUTPUTS, INTERVAL_STYLES, PLAIN, Styles
from ...pgwire.encoding import canonical
from ..transactions.transaction import ISOLATION_LEVELS
from . import postgres_settings


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    kind: str  # bool, truth (a bool shown as true or false), int, text, choice, encoding, duration (milliseconds), zone, parts
    default: str
    description: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    reported: bool = False
    read_only: bool = False
    effect: bool = True
    custom: bool = False
    aliases: tuple[str, ...] = ()
    refusal: str = "cannot be changed"  # of a change, where it is read only


def _harmless(name: str, kind: str, default: str, *aliases: str, choices: tuple[str, ...] = ()) -> Setting:
    return Setting(name, kind, default, "Accepted for scripts of other databases; no effect.", choices,
                   effect=False, aliases=aliases)


MESSAGE_LEVELS = ("debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error")
SERVER_VERSION = "15.0 (Sabot 0.1.0)"

_ALL = (
    Setting("array_nulls", "bool", "on", "NULL in the text of an array is a null.", ("on",)),
    Setting("transform_null_equals", "bool", "off", "x = NULL is NULL.", ("off",)),
    Setting("application_name", "text", "", "Name of the client application.", reported=True),
    Setting("bytea_output", "choice", "hex", "Text form of bytea.", BYTEA_OUTPUTS),
    Setting("client_encoding", "encoding", "UTF8", "Character set of the client.", reported=True, aliases=("names",)),
    Setting("client_min_messages", "choice", "notice", "Least severity of messages sent.", MESSAGE_LEVELS),
    Setting("database", "text", "dev", "The current database.", read_only=True),
    Setting("datestyle", "dates", "ISO, MDY", "Form of dates, and order of days and months.", reported=True),
    Setting("default_transaction_isolation", "choice", "read committed", "Isolation of new transactions.",
            ISOLATION_LEVELS),
    Setting("default_transaction_read_only", "bool", "off", "New transactions are read only."),
    Setting("extra_float_digits", "int", "1", "Digits of floats; above 0 the shortest exact form.",
            minimum=-15, maximum=3),
    Setting("integer_datetimes", "bool", "on", "Dates are integers.", reported=True, read_only=True),
    Setting("intervalstyle", "choice", "postgres", "Form of intervals.", INTERVAL_STYLES, reported=True),
    Setting("is_superuser", "bool", "on", "The user is a superuser.", reported=True, read_only=True),
    Setting("idle_session_timeout", "duration", "0", "Idle time allowed outside a transaction."),
    Setting("idle_in_transaction_session_timeout", "duration", "0", "Idle time allowed in a transaction."),
    Setting("lock_timeout", "duration", "0", "Longest wait for another transaction's rows; 0 = none."),
    Setting("max_identifier_length", "int", "63", "Longest name.", read_only=True),
    Setting("result_memory", "size", f"{RESULT_MEMORY_MB}MB", "Memory of all results that wait for their readers; more is on disk.",
            read_only=True, refusal="cannot be changed without restarting the server"),
    Setting("row_security", "bool", "on", "Policies filter rows; off makes a query that they would filter fail."),
    Setting("search_path", "text", '"$user", public', "Schemas searched for names."),
    Setting("server_encoding", "text", "UTF8", "Character set of the server.", reported=True, read_only=True),
    Setting("server_version", "text", SERVER_VERSION, "Version reported to clients.", reported=True,
            read_only=True),
    Setting("server_version_num", "int", "150000", "Version as a number.", read_only=True),
    Setting("session_authorization", "text", "", "The session's user.", reported=True),
    Setting("role", "text", "none", "The current role."),
    Setting("standard_conforming_strings", "bool", "on", "Backslashes are ordinary in '…'.", ("on",),
            reported=True),
    Setting("statement_timeout", "duration", "0", "Longest run of a statement, milliseconds; 0 = none."),
    Setting("subscription_memory", "size", "64MB", "Changes that wait for one subscriber before its subscription ends."),
    Setting("synchronous_commit", "text", "on", "Acknowledged DML is always durable.", effect=False),
    Setting("timezone", "zone", "UTC", "Zone in which timestamptz is shown and read.", reported=True,
            aliases=("time zone",)),
    Setting("transaction_isolation", "choice", "read committed", "Isolation of the transaction.", ISOLATION_LEVELS),
    Setting("transaction_read_only", "bool", "off", "The transaction is read only.", effect=False),
    Setting("xmloption", "text", "content", "No XML here.", effect=False),
    Setting("background_ddl", "bool", "off", "CREATE MATERIALIZED VIEW returns before the backfill ends."),
    Setting("optional_rules", "bool", "on", "Plans are optimised; off runs the rules needed for meaning only."),
    Setting("max_index_keys", "int", "32", "Most columns of an index.", read_only=True, effect=False),
    Setting("block_size", "int", "8192", "Unit of relpages in pg_class.", read_only=True, effect=False),
    Setting("lc_collate", "text", "C", "Order of text: by bytes.", read_only=True),
    Setting("lc_ctype", "text", "C", "Classes of characters.", read_only=True),
    _harmless("lc_messages", "text", "C"),
    _harmless("lc_monetary", "text", "C"),
    _harmless("lc_numeric", "text", "C"),
    _harmless("lc_time", "text", "C"),
    _harmless("default_table_access_method", "text", "heap"),
    _harmless("default_tablespace", "text", ""),
    _harmless("default_statistics_target", "int", "100"),
    _harmless("default_transaction_deferrable", "bool", "off"),
    _harmless("default_toast_compression", "text", "pglz"),
    _harmless("jit", "bool", "off"),
    _harmless("check_function_bodies", "bool", "on"),
    _harmless("quote_all_identifiers", "bool", "off"),
    _harmless("synchronize_seqscans", "bool", "on"),
    _harmless("vacuum_cost_delay", "duration", "0"),
    _harmless("transaction_timeout", "duration", "0"),
    _harmless("escape_string_warning", "bool", "on"),
    Setting("default_on_conflict", "choice", "error",
            "What a second row with a primary key does in tables created without ON CONFLICT.",
            ("error", "overwrite", "ignore")),
    *(_harmless(name, "text", "") for name in (
        "auto_route_catalog_queries", "cluster_replica", "current_object_missing_warnings", "emit_introspection_query_notice",
        "emit_plan_insights_notice", "emit_timestamp_notice", "emit_trace_id_notice", "enable_session_rbac_checks", "max_query_result_size",
        "real_time_recency", "real_time_recency_timeout", "statement_logging_sample_rate", "welcome_message")),
    _harmless("rw_implicit_flush", "truth", "false", "implicit_flush"),
    Setting("streaming_parallelism", "parts", "default",
            "Parts of the operators of new materialized views and sinks, which step on several cores; default: 1."),
    Setting("streaming_parallelism_for_materialized_view", "parts", "default", "The same for materialized views only."),
    Setting("streaming_parallelism_for_sink", "parts", "default", "The same for sinks only."),
    _harmless("query_mode", "choice", "auto", choices=("auto", "local", "distributed")),
    _harmless("visibility_mode", "choice", "default", choices=("default", "all", "checkpoint")),
    _harmless("create_compaction_group_for_mv", "truth", "false"),
    _harmless("streaming_over_window_cache_policy", "text", "full", "rw_streaming_over_window_cache_policy"),
    _harmless("query_epoch", "text", "0"),
    _harmless("cluster", "text", "quickstart"),
    _harmless("license_key", "text", ""),
    _harmless("streaming_rate_limit", "text", "default"),
    _harmless("iceberg_engine_connection", "text", ""),
    *(
        _harmless(name, "text", "default")
        for name in (
            "streaming_parallelism_for_table", "streaming_parallelism_for_source", "streaming_parallelism_for_index",
            "streaming_parallelism_for_backfill",
            "streaming_max_parallelism", "batch_parallelism", "backfill_rate_limit", "source_rate_limit",
            "sink_rate_limit", "dml_rate_limit", "sink_decouple", "streaming_join_encoding", "iceberg_query_storage_mode", "max_split_range_gap", "batch_hnsw_ef_search",
            "streaming_sync_log_store_pause_duration_ms", "streaming_sync_log_store_buffer_size", "locality_backfill_mode", "cdc_source_wait_streaming_start_timeout",
        )
    ),
    *(
        _harmless(name, "truth", "false", *aliases)
        for name, aliases in (
            ("rw_streaming_enable_delta_join", ("streaming_enable_delta_join",)),
            ("streaming_use_snapshot_backfill", ()),
            ("streaming_use_arrangement_backfill", ("rw_streaming_enable_arrangement_backfill",)),
            ("streaming_use_shared_source", ("enable_shared_source", "rw_enable_shared_source")),
            ("streaming_enable_unaligned_join", ()),
            ("streaming_enable_bushy_join", ("rw_enable_bushy_join", "rw_streaming_enable_bushy_join")),
            ("streaming_force_filter_inside_join", ()),
            ("enable_locality_backfill", ()),
            ("rw_streaming_allow_jsonb_in_stream_key", ("streaming_allow_jsonb_in_stream_key",)),
            ("enable_two_phase_agg", ("rw_enable_two_phase_agg",)),
            ("rw_force_two_phase_agg", ()),
            ("rw_force_split_distinct_agg", ()),
            ("enable_index_selection", ()),
            ("enable_join_ordering", ("rw_enable_join_ordering",)),
            ("enable_share_plan", ("rw_enable_share_plan",)),
            ("batch_expr_strict_mode", ()),
            ("rw_batch_enable_lookup_join", ("batch_enable_lookup_join",)),
            ("rw_batch_enable_sort_agg", ("batch_enable_sort_agg",)),
            ("batch_enable_distributed_dml", ("rw_batch_enable_distributed_dml",)),
            ("streaming_unsafe_allow_upsert_sink_pk_mismatch", ()),
            ("enable_datafusion_engine", ()),
            ("auto_route_introspection_queries", ()),
            ("auto_route_catalog_queries", ()),
            ("enable_session_rbac_checks", ()),
            ("upsert_dml", ()),
            ("dml_wait_persistence", ()),
            ("disable_purify_definition", ()),
            ("force_two_phase_agg", ()),
            ("streaming_separate_consecutive_join", ()),
            ("streaming_separate_sink", ()),
            ("force_split_distinct_agg", ()),
            ("streaming_unsafe_allow_unmaterialized_foreign_join", ()),
            ("streaming_asof_join_use_cache", ()),
            ("enable_mv_selection", ()),
            ("streaming_enable_materialized_expressions", ()),
            ("unsafe_enable_storage_retention_for_non_append_only_tables", ()),
            ("bypass_cluster_limits", ()),
            ("opendal_writer_abort_on_err", ()),
        )
    ),
)



# Parameters of RisingWave's cluster: ALTER SYSTEM SET takes them, without effect, as it takes switches of Materialize (FEATURES).
FEATURES = ("enable_", "unsafe_", "max_")
PARAMETERS: dict[str, str] = {
    "barrier_interval_ms": "1000", "checkpoint_frequency": "1", "max_concurrent_creating_streaming_jobs": "1",
    "pause_on_next_bootstrap": "false", "enable_tracing": "false", "parallel_compact_size_mb": "512", "block_size_kb": "64",
    "sstable_size_mb": "256", "bloom_false_positive": "0.001", "time_travel_retention_ms": "600000", "enforce_secret": "false",
    "adaptive_parallelism_strategy": "AUTO", "per_database_isolation": "true", "telemetry_enabled": "false",
    "license_key": "", "max_concurrent_creating_jobs": "1", "data_directory": "", "state_store": "", "backup_storage_url": "", "use_new_object_prefix_strategy": "true",
}  # fmt: skip


def _of_postgres(lines: str, refusal: str = "") -> Iterator[Setting]:
    for line in lines.split("\n"):
        if not line.strip():
            continue
        name, kind, default, *more = (part.strip() for part in line.split(" | "))
        bounds = more[0].split("..") if more and kind in ("int", "real") else ["", ""]
        yield Setting(
            name, kind, "" if default == "-" else default, "Accepted for clients of PostgreSQL; no effect.",
            tuple(more[0].split(",")) if more and kind == "choice" else (),
            float(bounds[0]) if bounds[0] else None, float(bounds[1]) if bounds[1] else None,
            read_only=bool(refusal), effect=False, refusal=refusal,
        )


_CHANGED = "cannot be changed"
_EVERY = (
    *_ALL,
    *_of_postgres(postgres_settings.USER),
    *_of_postgres(postgres_settings.FIXED, _CHANGED),
    *_of_postgres(postgres_settings.RESTART, f"{_CHANGED} without restarting the server"),
    *_of_postgres(postgres_settings.RELOAD, f"{_CHANGED} now"),
)
SETTINGS: dict[str, Setting] = {s.name: s for s in _EVERY}
_NAMES: dict[str, str] = {n: s.name for s in _EVERY for n in (s.name, *s.aliases)}
_CUSTOM = re.compile(r"[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)+")  # app.user_id: anybody's own settings
ROLE_SETTINGS = ("role", "session_authorization")
OF_TRANSACTION = ("transaction_isolation", "transaction_read_only")  # nothing is derived from these
STYLES = ("datestyle", "intervalstyle", "bytea_output", "extra_float_digits")
CANONICAL = {"datestyle": "DateStyle", "timezone": "TimeZone", "intervalstyle": "IntervalStyle"}

_QUANTITY = re.compile(r"-?\d+(?:\.\d+)?\s*(?:B|kB|MB|GB|TB|us|ms|s|min|h|d)?")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?")
_SIZES = {"B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
_PARTS = re.compile(r"\d+|default|adaptive|auto|bounded\(\d+\)|ratio\(\d+(\.\d+)?\)")
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$")
_UNITS = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_TRUE, _FALSE = ("on", "true", "yes", "1", "t", "y"), ("off", "false", "no", "0", "f", "n")


def is_setting(name: str) -> bool:
    return name.lower() in _NAMES


def lookup(name: str) -> Setting:
    """The setting of that name or alias, any case; 42704 with a suggestion if there is none."""
    canonical = _NAMES.get(name.lower())
    if canonical is not None:
        return SETTINGS[canonical]
    if _CUSTOM.fullmatch(name):
        return Setting(name.lower(), "text", "", "A setting of the application.", custom=True)
    close = difflib.get_close_matches(name.lower(), _NAMES, n=1)
    hint = f'Perhaps you meant "{close[0]}".' if close else "SHOW ALL lists the settings."
    raise UserError(f'unrecognized configuration parameter "{name}"', "42704", hint=hint)


def normalize(setting: Setting, value: str, current: str | None = None) -> str:
    """The value in its canonical text; 22023 if it doesn't fit the setting's type or bounds. `current` is what it replaces."""

    def refuse(hint: str | None = None, detail: str | None = None) -> UserError:
        return UserError(f'invalid value for parameter "{setting.name}": "{value}"', "22023", hint=hint, detail=detail)

    match setting.kind:
        case "bool":
            if value.lower() not in (*_TRUE, *_FALSE, "default"):
                raise refuse("Available values: on, off.")
            made = "on" if value.lower() in _TRUE else "off"
            if setting.choices and made not in setting.choices:
                raise Unsupported(f'"{setting.name}" cannot be {made}', hint=f"{setting.description} Leave it {setting.default}.")
            return made
        case "truth":  # a boolean spelled as those scripts expect it
            return "true" if normalize(replace(setting, kind="bool"), value) == "on" else "false"
        case "int":
            try:
                number = int(value)
            except ValueError:
                raise refuse() from None
            low, high = setting.minimum, setting.maximum
            if (low is not None and number < low) or (high is not None and number > high):
                raise refuse(f"The value must be between {low} and {high}.")
            return str(number)
        case "real":
            try:
                real = float(value)
            except ValueError:
                raise refuse() from None
            low, high = setting.minimum, setting.maximum
            if (low is not None and real < low) or (high is not None and real > high):
                raise refuse(f"The value must be between {low:g} and {high:g}.")
            return value
        case "size" | "time":
            if not (_SIZE if setting.name == "subscription_memory" else _QUANTITY).fullmatch(value.strip()):
                raise refuse('Valid units: "B", "kB", "MB", "GB", "TB", "us", "ms", "s", "min", "h" and "d".')
            return value.strip()
        case "dates":
            return _dates(value, current, refuse)
        case "parts":  # of a job
            if not _PARTS.fullmatch(value.strip().lower()):
                raise refuse("A number, default, adaptive, bounded(n) or ratio(r).")
            return value.strip().lower()
        case "duration":
            parts = _DURATION.match(value)
            if not parts:
                raise refuse('Valid units: "us", "ms", "s", "min", "h" and "d".')
            return str(int(float(parts[1]) * _UNITS[parts[2] or "ms"]))
        case "choice":
            for choice in setting.choices:
                if choice.lower() == value.lower():
                    return choice
            raise refuse("Available values: " + ", ".join(setting.choices) + ".")
        case "encoding":
            try:
                return canonical(value)
            except UserError:
                raise refuse() from None
        case "zone":
            return _zone(value, refuse)
        case _:
            return value


def _dates(value: str, current: str | None, refuse: Callable[[str | None, str | None], UserError]) -> str:
    """DateStyle: a form, an order, or both; what is not said stays (German says day, month, year)."""
    form, order = (current or PLAIN.dates).split(", ")
    forms: list[str] = []
    orders: list[str] = []
    for word in (w.strip().lower() for w in value.split(",")):
        if word in ("iso", "sql", "german"):
            forms.append({"iso": "ISO", "sql": "SQL", "german": "German"}[word])
        elif word.startswith("postgres"):
            forms.append("Postgres")
        elif word == "ymd":
            orders.append("YMD")
        elif word == "dmy" or word.startswith("euro"):
            orders.append("DMY")
        elif word in ("mdy", "us") or word.startswith("noneuro"):
            orders.append("MDY")
        elif word == "default":
            default_form, default_order = PLAIN.dates.split(", ")
            form, order = forms[0] if forms else default_form, orders[0] if orders else default_order
        else:
            raise refuse(None, f'Unrecognized key word: "{word}".')
    if len(set(forms)) > 1 or len(set(orders)) > 1:
        raise refuse(None, 'Conflicting "datestyle" specifications.')
    if forms == ["German"] and not orders:
        orders = ["DMY"]
    return f"{forms[0] if forms else form}, {orders[0] if orders else order}"


def _zone(value: str, refuse: Callable[[str | None], UserError]) -> str:
    if value.upper() in ("UTC", "GMT", "Z"):
        return "UTC" if value.upper() == "Z" else value.upper()
    hours = re.fullmatch(r"([+-]?)(\d{1,2})", value)
    if hours is not None:  # a number counts to the east, as the name of a zone to the west
        return f"{'+' if hours[1] == '-' else '-'}{int(hours[2]):02}"
    if re.fullmatch(r"[+-]?\d{1,2}:\d{2}", value):
        return value
    if value.lower() in ("local", "default"):
        return "UTC"
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    from zoneinfo import available_timezones

    for known in available_timezones():
        if known.lower() == value.lower():
            return known
    raise refuse(None)


@dataclass(slots=True)
class SessionSettings:
    """The settings of one session; `local` values last until the transaction ends."""

    values: dict[str, str] = field(default_factory=dict)
    local: dict[str, str] = field(default_factory=dict)
    startup: dict[str, str] = field(default_factory=dict)  # what RESET goes back to
    revision: int = 0  # changes with every setting: what is derived from settings is kept for one revision
    _reported: tuple[int, dict[str, str]] = (-1, {})

    def get(self, name: str) -> str:
        setting = lookup(name)
        for layer in (self.local, self.values, self.startup):
            if setting.name in layer:
                return layer[setting.name]
        if setting.custom:
            raise UserError(f'unrecognized configuration parameter "{name}"', "42704")
        if setting.name in ("transaction_isolation", "transaction_read_only"):
            return self.get(f"default_{setting.name}")  # of the transaction that a statement is
        return setting.default

    def shown(self, name: str) -> str:
        """The value as SHOW and current_setting print it: times in the largest unit that holds them."""
        value = self.get(name)
        if lookup(name).kind != "duration" or not value.isdigit() or value == "0":
            return value
        count = int(value)
        for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000)):
            if count % size == 0:
                return f"{count // size}{unit}"
        return f"{count}ms"

    def find(self, name: str) -> str | None:
        """The value; None for a setting that is not there."""
        try:
            return self.shown(name)
        except UserError:
            return None

    def set(self, name: str, value: str | None, *, local: bool = False, role: bool = False) -> Setting:
        """`value` None is DEFAULT. `role` says that the session has checked a change of its role."""
        setting = lookup(name)
        if setting.read_only or (setting.name in ROLE_SETTINGS and not role):
            raise UserError(f'parameter "{setting.name}" {setting.refusal}', "55P02")
        if setting.name not in OF_TRANSACTION:
            self.revision += 1
        layer = self.local if local else self.values
        if value is None:
            layer.pop(setting.name, None)
            if not local:
                self.local.pop(setting.name, None)
        else:
            layer[setting.name] = normalize(setting, value, self.get(setting.name) if setting.kind == "dates" else None)
            if not local:
                self.local.pop(setting.name, None)
        return setting

    def search_path(self, user: str) -> tuple[str, ...]:
        parts = [p.strip().strip('"') for p in self.get("search_path").split(",")]
        path = tuple(user if p == "$user" else p for p in parts if p)
        return path if "pg_catalog" in path else ("pg_catalog", *path)

    @property
    def styles(self) -> Styles:
        return Styles(self.get("datestyle"), self.get("intervalstyle"), self.get("bytea_output"),
                      int(self.get("extra_float_digits")))

    def milliseconds(self, name: str) -> int:
        return int(self.get(name))

    def bytes(self, name: str) -> int:
        """A size; a bare number counts kilobytes."""
        number, unit = _SIZE.fullmatch(self.get(name)).groups()  # type: ignore[union-attr]
        return int(float(number) * _SIZES[unit or "kB"])

    def flag(self, name: str) -> bool:
        return self.get(name) == "on"

    def reset(self, *, roles: bool = False) -> None:
        """RESET ALL, which leaves the role as it is; DISCARD ALL does not."""
        kept = () if roles else ROLE_SETTINGS
        self.values = {k: v for k, v in self.values.items() if k in kept}
        self.local.clear()
        self.revision += 1

    def kept(self) -> tuple[dict[str, str], dict[str, str]]:
        """What ROLLBACK goes back to."""
        return dict(self.values), dict(self.local)

    def go_back(self, kept: tuple[dict[str, str], dict[str, str]]) -> None:
        if (self.values, self.local) != kept:
            self.values, self.local = dict(kept[0]), dict(kept[1])
            self.revision += 1

    def end_transaction(self) -> None:
        if self.local:
            if any(name not in OF_TRANSACTION for name in self.local):
                self.revision += 1
            self.local.clear()

    def reported(self) -> dict[str, str]:
        """What clients are told of; the same object until a setting changes."""
        if self._reported[0] != self.revision:
            self._reported = (
                self.revision,
                {CANONICAL.get(s.name, s.name): self.get(s.name) for s in SETTINGS.values() if s.reported},
            )
        return self._reported[1]
