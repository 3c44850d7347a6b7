"""Connectors by name. A connector's module is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module

from ...kernels.errors import Unsupported, UserError
from .base import SinkConnector, SourceConnector

SOURCES = {
    "file": "file.source:FileSource",
    "posix_fs": "file.source:FolderSource",
    "nexmark": "nexmark.source:NexmarkSource",
    "datagen": "datagen.source:DatagenSource",
    "kafka": "kafka.source:KafkaSource",
}
SINKS = {
    "blackhole": "blackhole:BlackholeSink",
    "file": "file.sink:FileSink",
    "kafka": "kafka.sink:KafkaSink",
}
_registered_sources: dict[str, SourceConnector] = {}
_registered_sinks: dict[str, SinkConnector] = {}


def source_connector(name: str) -> SourceConnector:
    """UserError 22023 when there is none of this name."""
    if name not in _registered_sources:
        _registered_sources[name] = _load(name, SOURCES, _registered_sources, "source")
    return _registered_sources[name]


def sink_connector(name: str) -> SinkConnector:
    """UserError 22023 when there is none of this name."""
    if name not in _registered_sinks:
        _registered_sinks[name] = _load(name, SINKS, _registered_sinks, "sink")
    return _registered_sinks[name]


def register_source(name: str, connector: SourceConnector) -> None:
    """Add a connector of an application's own (`sabot -A module:app`)."""
    _registered_sources[name] = connector


def register_sink(name: str, connector: SinkConnector) -> None:
    _registered_sinks[name] = connector


def _load(name: str, built_in: dict[str, str], registered: Mapping[str, object], kind: str):  # type: ignore[no-untyped-def]
    if name not in built_in:
        if kind == "source" and name in ("print", *SINKS):
            raise Unsupported(f'a table can\'t write to connector "{name}"', hint="CREATE SINK … AS query WITH (connector = …) keeps writing what a query gives.")
        names = sorted({*built_in, *registered})
        close = get_close_matches(name, names, n=1)
        hint = f'Did you mean "{close[0]}"?' if close else f"There are: {', '.join(names)}."
        raise UserError(f'there is no {kind} connector "{name}"', "22023", hint=hint)
    module, _, cls = built_in[name].partition(":")
    return getattr(import_module(f".{module}", __package__), cls)()
