"""Flink's way to say where a table's rows come from: options instead of FORMAT … ENCODE, METADATA columns instead of INCLUDE."""

from __future__ import annotations

from ...kernels.errors import Unsupported, UserError
from . import statements as s
from .cursor import Cursor

# Metadata of Kafka messages and files → what INCLUDE calls it.
_METADATA = {"timestamp": "timestamp", "offset": "offset", "partition": "partition", "headers": "header", "file.path": "file"}
# `format` → FORMAT and ENCODE
_FORMATS = {"json": ("plain", "json"), "csv": ("plain", "csv"), "raw": ("plain", "bytes"), "parquet": ("plain", "parquet"),
            "debezium-json": ("debezium", "json"), "maxwell-json": ("maxwell", "json")}  # fmt: skip
_STARTS = {"earliest-offset": "earliest", "latest-offset": "latest", "timestamp": "timestamp"}
_RENAMED = {"scan.startup.timestamp-millis": "scan.startup.timestamp.millis", "csv.field-delimiter": "delimiter"}
# What says how a format treats odd values: those of which it is already so.
_WITHOUT_EFFECT = frozenset(("json.fail-on-missing-field", "key.format", "key.fields", "value.fields-include", "json.timestamp-format.standard",
                             "scan.topic-partition-discovery.interval", "source.monitor-interval", "scan.watermark.idle-timeout"))  # fmt: skip


def metadata_column(c: Cursor) -> s.IncludeColumn | None:
    """`name type METADATA [FROM 'what'] [VIRTUAL]`; None, and nothing read, for another column."""
    mark = c.index
    if c.token.kind not in ("word", "quoted") or c.peek().kind != "word" or c.peek().value in ("as", "primary"):
        return None
    if not any(t.kind == "word" and t.value == "metadata" for t in c.tokens[mark + 2 : mark + 16]):
        return None
    name, type_name, position = c.ident(), c.type_name(), c.token.start
    c.accept("not", "null")
    if not c.accept("metadata"):
        c.index = mark
        return None
    what = c.string() if c.accept("from") else name
    c.accept("virtual")
    if what not in _METADATA:
        raise Unsupported(f'metadata "{what}" is not supported', hint=f"There are: {', '.join(_METADATA)}.", position=position)
    return s.IncludeColumn(_METADATA[what], None, name, type_name)


def translated(pairs: s.OptionPairs) -> tuple[s.OptionPairs, s.FormatEncode] | None:
    """Options and format of a statement that names its format in an option; None for one that doesn't."""
    given = dict(pairs)
    connector = given.get("connector")
    form = given.get("format") or given.get("value.format")
    if connector not in ("kafka", "upsert-kafka", "filesystem") or not isinstance(form, str):
        return None
    if form not in _FORMATS:
        raise Unsupported(f'format "{form}" is not supported', hint=f"There are: {', '.join(_FORMATS)}.")
    row, encode = _FORMATS[form]
    out: list[tuple[str, s.OptionValue]] = []
    encoding: list[tuple[str, s.OptionValue]] = []
    for name, value in pairs:
        if name == "connector":
            out.append((name, {"upsert-kafka": "kafka", "filesystem": "file"}.get(str(value), value)))
        elif name in ("format", "value.format") or name in _WITHOUT_EFFECT or name.endswith(".ignore-parse-errors"):
            continue
        elif name == "scan.startup.mode":
            if value not in _STARTS:
                raise UserError(f'option "{name}" can\'t be "{value}"', "22023", hint=f"It is one of: {', '.join(_STARTS)}.")
            out.append((name, _STARTS[str(value)]))
        elif name == "path":
            out.append((name, str(value).removeprefix("file://")))
        elif name == "csv.field-delimiter":
            encoding.append((_RENAMED[name], value))
        else:
            out.append((_RENAMED.get(name, name), value))
    if connector == "upsert-kafka":
        row = "upsert"
    if connector == "filesystem":
        if encode == "csv":
            encoding.append(("without_header", "true"))
        if "source.monitor-interval" in given:
            out.append(("mode", "follow"))
    return tuple(out), s.FormatEncode(row, encode, tuple(encoding))
