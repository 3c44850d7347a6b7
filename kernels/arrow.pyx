"""Batches over the Arrow C data interface. Other layouts of the same values are cast by pyarrow first."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uintptr_t
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, ColumnPtr, Kind

import pyarrow as pa
import pyarrow.compute as pc

from .arrow_types import arrow_type
from .errors import UserError
from .types import INT8
from .types import Kind as PyKind


cdef extern from *:
    """
    #include "arrow_bridge.hpp"
    static inline sabot::Kind arrow_kind_from(int k) { return static_cast<sabot::Kind>(k); }
    static inline sabot::ArrowForm arrow_form_from(int k) { return static_cast<sabot::ArrowForm>(k); }
    static inline void set_weights(sabot::Chunk& chunk, const sabot::ColumnPtr& c) {
        chunk.weights = sabot::expand(c)->data;
    }
    static inline sabot::ColumnPtr column_of_weights(const sabot::Chunk& c) {
        sabot::FixedOut<int64_t> out(sabot::Kind::Int8, c.length);
        for (int64_t i = 0; i < c.length; ++i) out.values[i] = c.weight(i);
        return out.column;
    }
    """
    Kind arrow_kind_from(int) nogil
    ArrowForm arrow_form_from(int) nogil
    ColumnPtr column_of_weights(const Chunk&) except + nogil
    cdef cppclass ArrowArray:
        ArrowArray()
        void (*release)(ArrowArray*)
    cdef cppclass ArrowForm "sabot::ArrowForm":
        pass
    cdef cppclass ArrowLayout "sabot::ArrowLayout":
        ArrowLayout()
        Kind kind
        ArrowForm form
        int32_t scale
        int precision
        int digits
        vector[ArrowLayout] children
        vector[string] names
    void export_column "sabot::export_column"(const ColumnPtr&, ArrowArray*) except + nogil
    ColumnPtr import_column "sabot::import_column"(ArrowArray*, const ArrowLayout&) except + nogil
    void set_weights(Chunk&, const ColumnPtr&) except +


_FORMS = {"native": 0, "null": 1, "text": 2, "int64": 3, "float8": 4, "float4": 5, "decimal128": 6, "decimal256": 7}


def _numeric_target(source):
    """(Arrow type, form name) in which the importer reads numerics of an Arrow type."""
    if pa.types.is_decimal(source):
        if source.bit_width <= 128:
            return pa.decimal128(source.precision, source.scale), "decimal128"
        return pa.decimal256(source.precision, source.scale), "decimal256"
    if pa.types.is_integer(source):
        return (pa.decimal128(20, 0), "decimal128") if source == pa.uint64() else (pa.int64(), "int64")
    if pa.types.is_floating(source):
        return (pa.float64(), "float8") if source == pa.float64() else (pa.float32(), "float4")
    return pa.string(), "text"


def _target(sql_type, source):
    """The Arrow type, of the layout that the importer reads, to which an array of type `source` is cast."""
    if pa.types.is_dictionary(source):
        source = source.value_type
    kind = sql_type.kind
    if pa.types.is_null(source):
        return source
    if kind == PyKind.NUMERIC:
        return _numeric_target(source)[0]
    if kind in (PyKind.TIMESTAMP, PyKind.TIMESTAMPTZ) and pa.types.is_timestamp(source):
        return pa.timestamp("us", source.tz)
    if kind == PyKind.STRUCT and pa.types.is_struct(source) and source.num_fields == len(sql_type.fields):
        return pa.struct(
            [pa.field(source[i].name, _target(t, source[i].type)) for i, (_, t) in enumerate(sql_type.fields)]
        )
    if sql_type.name == "map" and pa.types.is_map(source):
        (_, key), (_, value) = sql_type.elem.fields
        return pa.map_(_target(key, source.key_type), _target(value, source.item_type))
    if sql_type.name == "list" and hasattr(source, "value_type"):
        return pa.list_(pa.field(source.value_field.name, _target(sql_type.elem, source.value_type)))
    return arrow_type(sql_type)


cdef ArrowLayout _layout(sql_type, source) except *:
    cdef ArrowLayout out
    cdef int kind = int(sql_type.kind)
    form = "native"
    out.kind = arrow_kind_from(kind)
    if pa.types.is_null(source):
        form = "null"
    elif sql_type.kind == PyKind.NUMERIC:
        _, form = _numeric_target(source)
        if sql_type.mods:
            out.precision = sql_type.mods[0]
            out.digits = sql_type.mods[1] if len(sql_type.mods) > 1 else 0
        if form.startswith("decimal"):
            out.scale = source.scale
    elif sql_type.name == "map":
        out.children.push_back(_layout(sql_type.elem, pa.struct([source.key_field, source.item_field])))
    elif sql_type.name == "list":
        out.children.push_back(_layout(sql_type.elem, source.value_type))
    elif sql_type.name == "struct":
        for position, (name, field) in enumerate(sql_type.fields):
            out.names.push_back(name.encode())
            out.children.push_back(_layout(field, source[position].type))
    out.form = arrow_form_from(<int>_FORMS[form])
    return out


def _normalized(array, sql_type):
    """The array as one contiguous array of the type that the importer reads."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    target = _target(sql_type, array.type)
    if array.type == target:
        return array
    try:
        return pc.cast(array, options=pc.CastOptions(target, allow_time_truncate=True))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as e:
        state = "42846" if isinstance(e, pa.ArrowNotImplementedError) else "22P02"
        raise UserError(f"cannot read Arrow {array.type} as {sql_type}: {e}", state) from None


cdef ColumnPtr _column_from_arrow(array, sql_type) except *:
    cdef ArrowArray raw
    cdef ArrowLayout layout
    array = _normalized(array, sql_type)
    layout = _layout(sql_type, array.type)
    array._export_to_c(<uintptr_t>&raw)
    try:
        return import_column(&raw, layout)
    except ValueError as e:  # std::invalid_argument: bad numeric text
        raise UserError(str(e), "22P02") from None
    except IndexError as e:  # std::out_of_range
        raise UserError(str(e), "22003") from None


def batch_from_arrow(record_batch, types, weights=None):
    """A Batch of `types` from a pyarrow RecordBatch (or Table) with as many columns.

    Columns of the types' own Arrow form are shared, others cast (UserError 22P02 or 42846 if that fails).
    `weights`: None, or the name of an extra int64 column without NULLs that holds the weights.
    """
    cdef Chunk chunk
    columns = [record_batch.column(i) for i in range(record_batch.num_columns)]
    if weights is not None:
        position = record_batch.schema.get_field_index(weights)
        extra = columns.pop(position)
        if extra.null_count:
            raise UserError(f'weight column "{weights}" has NULLs', "22004")
        set_weights(chunk, _column_from_arrow(extra, INT8))
    if len(columns) != len(types):
        raise ValueError(f"{len(columns)} Arrow columns for {len(types)} types")
    chunk.length = record_batch.num_rows
    for array, sql_type in zip(columns, types):
        chunk.columns.push_back(_column_from_arrow(array, sql_type))
    return Batch.wrap(chunk)


cdef object _column_to_arrow(ColumnPtr column, sql_type):
    cdef ArrowArray raw
    cdef int64_t n = column.get().length
    if column.get().kind == Kind.Null:
        return pa.nulls(n, arrow_type(sql_type))
    try:
        with nogil:
            export_column(column, &raw)
    except IndexError as e:  # std::out_of_range
        raise UserError(str(e), "22008") from None
    return pa.Array._import_from_c(<uintptr_t>&raw, arrow_type(sql_type))


def batch_to_arrow(Batch batch, schema, weights=None):
    """A pyarrow RecordBatch sharing the memory where layouts agree; names and types from `schema`.

    `weights`: None leaves them out; a name adds them as a last int64 column.
    """
    cdef size_t k
    if batch.chunk.columns.size() != len(schema):
        raise ValueError(f"{batch.chunk.columns.size()} columns for {len(schema)} fields")
    arrays = [_column_to_arrow(batch.chunk.columns[k], schema[k].type) for k in range(len(schema))]
    fields = [pa.field(f.name, arrow_type(f.type)) for f in schema]
    if weights is not None:
        arrays.append(_column_to_arrow(column_of_weights(batch.chunk), INT8))
        fields.append(pa.field(weights, pa.int64(), False))
    if not arrays:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * batch.num_rows, pa.struct([])))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))
