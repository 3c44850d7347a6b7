"""Arrow types at the boundary: which Arrow type a SqlType has, and which SqlType an Arrow type becomes."""

from __future__ import annotations

import pyarrow as pa

from .errors import Unsupported
from .schema import Field, Schema
from .types import (
    BOOL,
    BYTEA,
    DATE,
    FLOAT4,
    FLOAT8,
    INT2,
    INT4,
    INT8,
    INTERVAL,
    NUMERIC,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    SqlType,
    list_of,
    map_of,
    scalar,
    struct_of,
)

_SIMPLE: dict[pa.DataType, SqlType] = {
    pa.bool_(): BOOL,
    pa.int8(): INT2,
    pa.uint8(): INT2,
    pa.int16(): INT2,
    pa.uint16(): INT4,
    pa.int32(): INT4,
    pa.uint32(): INT8,
    pa.int64(): INT8,
    pa.uint64(): scalar("numeric", 20, 0),
    pa.float16(): FLOAT4,
    pa.float32(): FLOAT4,
    pa.float64(): FLOAT8,
    pa.string(): TEXT,
    pa.large_string(): TEXT,
    pa.string_view(): TEXT,
    pa.binary(): BYTEA,
    pa.large_binary(): BYTEA,
    pa.binary_view(): BYTEA,
    pa.date32(): DATE,
    pa.date64(): DATE,
    pa.null(): TEXT,
    pa.month_day_nano_interval(): INTERVAL,
}


def arrow_type(sql_type: SqlType) -> pa.DataType:
    """The boundary type of a SqlType; numeric is utf8, so that NaN and any number of digits fit."""
    if sql_type.name == "map":
        assert sql_type.elem is not None
        (_, key), (_, value) = sql_type.elem.fields
        return pa.map_(arrow_type(key), arrow_type(value))
    if sql_type.name == "list":
        assert sql_type.elem is not None
        return pa.list_(pa.field("item", arrow_type(sql_type.elem)))
    if sql_type.name == "struct":
        return pa.struct([pa.field(name, arrow_type(field)) for name, field in sql_type.fields])
    found = sql_type.info.arrow
    if found is None:
        raise Unsupported(f"type {sql_type} has no Arrow form", hint="Cast it to text.")
    return found


def sql_type_of(arrow: pa.DataType) -> SqlType:
    """The SqlType that holds every value of an Arrow type; Unsupported if none does."""
    if arrow in _SIMPLE:
        return _SIMPLE[arrow]
    kinds = pa.types
    if kinds.is_timestamp(arrow):
        return TIMESTAMP if arrow.tz is None else TIMESTAMPTZ
    if kinds.is_time(arrow):
        return TIME
    if kinds.is_decimal(arrow):
        return scalar("numeric", arrow.precision, arrow.scale) if arrow.scale >= 0 else NUMERIC
    if kinds.is_dictionary(arrow):
        return sql_type_of(arrow.value_type)
    if kinds.is_fixed_size_binary(arrow):
        return BYTEA
    if isinstance(arrow, pa.UuidType):
        return UUID
    if kinds.is_map(arrow):
        return map_of(sql_type_of(arrow.key_type), sql_type_of(arrow.item_type))
    if kinds.is_struct(arrow):
        return struct_of(*((f.name, sql_type_of(f.type)) for f in arrow))
    if (
        kinds.is_list(arrow)
        or kinds.is_large_list(arrow)
        or kinds.is_fixed_size_list(arrow)
        or kinds.is_list_view(arrow)
        or kinds.is_large_list_view(arrow)
    ):
        return list_of(sql_type_of(arrow.value_type))
    raise Unsupported(f"Arrow type {arrow} is not supported", hint="Cast the column to another type first.")


def schema_from_arrow(schema: pa.Schema) -> Schema:
    return Schema(tuple(Field(f.name, sql_type_of(f.type), f.nullable) for f in schema))


def schema_to_arrow(schema: Schema) -> pa.Schema:
    return pa.schema([pa.field(f.name, arrow_type(f.type), f.nullable) for f in schema])
