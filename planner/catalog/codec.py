"""Catalog entries as JSON values and back: frozen dataclasses by class name, tuples as lists."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from ...kernels.types import Kind, SqlType
from .entries import (
    Column,
    Comment,
    Database,
    Dependency,
    ForeignKey,
    Format,
    Relation,
    SchemaEntry,
    SqlFunction,
    UserType,
    Watermark,
)
from .roles import Acl, AclItem, DefaultAcl, Membership, Policy, Role, RowSecurity

_CLASSES = {
    c.__name__: c
    for c in (Column, Comment, Database, Dependency, ForeignKey, Format, Relation, SchemaEntry, SqlFunction, UserType, Watermark, SqlType, Acl, AclItem,
              DefaultAcl, Membership, Policy, Role, RowSecurity)
}  # fmt: skip


def to_json(value: Any) -> Any:
    """A JSON value; inverse of `from_json`."""
    if is_dataclass(value) and not isinstance(value, type):
        encoded: dict[str, Any] = {"$": type(value).__name__}
        for f in fields(value):
            encoded[f.name] = to_json(getattr(value, f.name))
        return encoded
    if isinstance(value, (tuple, list)):
        return [to_json(v) for v in value]
    if isinstance(value, Kind):
        return int(value)
    return value


def from_json(value: Any) -> Any:
    if isinstance(value, dict):
        cls = _CLASSES[value["$"]]
        arguments = {k: from_json(v) for k, v in value.items() if k != "$"}
        if cls is SqlType:
            arguments["kind"] = Kind(arguments["kind"])
        return cls(**arguments)
    if isinstance(value, list):
        return tuple(from_json(v) for v in value)
    return value
