"""Batch: a change batch (Z-set): columns of equal length and an int64 weight per row.

Python holds batches and decides; every method below touches rows in C++. The `rows` helpers convert to
and from Python values for constants, tests and small statements. Python values by kind: bool, int
(also date in days, time and timestamps in microseconds, oid), float, str (text, jsonb, numeric),
bytes (bytea, uuid 16, int256 32), (micros, days, months) for interval, list, tuple for struct.
"""

from cython.operator cimport dereference as deref
from libc.string cimport memcpy

from .types import Kind as PyKind
from .types import SqlType, coded_names


cdef extern from *:
    """
    #include "consolidate.hpp"
    #include "numeric_text.hpp"
    static inline sabot::Kind kind_from(int k) { return static_cast<sabot::Kind>(k); }
    static inline int kind_to(sabot::Kind k) { return static_cast<int>(k); }
    static inline std::shared_ptr<sabot::Column> struct_with_names(std::shared_ptr<sabot::Column> c) { return c; }
    static inline std::string column_bytes(const sabot::Column& c, int64_t row) { return std::string(c.bytes(row)); }
    static inline const uint8_t* column_cell(const sabot::Column& c, int64_t row) {
        return c.data->data() + c.at(row) * sabot::width_of(c.kind);
    }
    static inline int32_t range_from(const sabot::Column& c, int64_t row) { return c.range(row).first; }
    static inline int32_t range_to(const sabot::Column& c, int64_t row) { return c.range(row).second; }
    """
    Kind kind_from(int) nogil
    int kind_to(Kind) nogil
    string column_bytes(const Column&, int64_t) nogil
    const uint8_t* column_cell(const Column&, int64_t) nogil
    int32_t range_from(const Column&, int64_t) nogil
    int32_t range_to(const Column&, int64_t) nogil
    cdef cppclass Interval "sabot::Interval":
        int64_t micros
        int32_t days
        int32_t months
    cdef cppclass Uuid "sabot::Uuid":
        uint8_t bytes[16]
    cdef cppclass Int256 "sabot::Int256":
        uint64_t limbs[4]
    Chunk consolidate "sabot::consolidate"(const Chunk&) except + nogil
    vector[Chunk] partition "sabot::partition"(const Chunk&, const vector[int64_t]&, int64_t) except + nogil
    Chunk negate "sabot::negate"(const Chunk&) except + nogil
    Chunk filter_rows "sabot::filter_rows"(const Chunk&, const Column&) except + nogil
    string numeric_from_text "sabot::numeric_from_text"(const string&) except +
    string numeric_to_text "sabot::numeric_to_text"(const string&) except +
    int64_t chunk_bytes "sabot::chunk_bytes"(const Chunk&) nogil
    Chunk expand_weights "sabot::expand_weights"(const Chunk&) except + nogil
    int64_t total_weight "sabot::total_weight"(const Chunk&) nogil
    Chunk rows_by_sign "sabot::rows_by_sign"(const Chunk&, cbool) except + nogil


cdef Type native_type(sql_type) except *:
    cdef Type t
    t.kind = kind_from(<int>int(sql_type.kind))
    if sql_type.elem is not None:
        t.children.push_back(native_type(sql_type.elem))
    for name, field in sql_type.fields:
        t.names.push_back(name.encode())
        t.children.push_back(native_type(field))
    if int(sql_type.kind) == 21:
        for code in coded_names(sql_type):
            t.names.push_back(code)
    return t


cdef Type weight_type():
    cdef Type t
    t.kind = kind_from(<int>int(PyKind.INT8))
    return t


cdef int append_python(ColumnBuilder* b, sql_type, value) except -1:
    cdef int kind = int(sql_type.kind)
    cdef Interval iv
    cdef Uuid u
    cdef Int256 wide
    cdef size_t i
    if value is None:
        b.append_null()
    elif kind == 1:
        b.append[uint8_t](<uint8_t>(1 if value else 0))
    elif kind == 2:
        b.append[short](<short>value)
    elif kind == 3 or kind == 10:
        b.append[int32_t](<int32_t>value)
    elif kind in (4, 11, 12, 13, 20):
        b.append[int64_t](<int64_t>value)
    elif kind == 5:
        b.append[float](<float>value)
    elif kind == 6:
        b.append[double](<double>value)
    elif kind == 7:
        b.append_bytes(numeric_from_text(str(value).encode()))
    elif kind == 8 or kind == 16:
        b.append_bytes(value.encode())
    elif kind == 9 or kind == 21:
        b.append_bytes(bytes(value))
    elif kind == 14:
        iv.micros, iv.days, iv.months = value
        b.append[Interval](iv)
    elif kind == 15:
        memcpy(u.bytes, <const char*>(<bytes>value), 16)
        b.append[Uuid](u)
    elif kind == 17:
        memcpy(wide.limbs, <const char*>(<bytes>value), 32)
        b.append[Int256](wide)
    elif kind == 18:
        for item in value:
            append_python(&b.child(0), sql_type.elem, item)
        b.close_row()
    elif kind == 19:
        for i, (_, field) in enumerate(sql_type.fields):
            append_python(&b.child(i), field, value[i])
        b.close_row()
    else:
        b.append_null()
    return 0


cdef object cell_python(const Column* c, int64_t row):
    if not c.valid(row):
        return None
    cdef int kind = kind_to(c.kind)
    cdef const uint8_t* p
    cdef int64_t k
    if kind in (7, 8, 9, 16, 21):
        raw = column_bytes(deref(c), row)
        if kind == 7:
            return numeric_to_text(raw).decode()
        return <bytes>raw if kind == 9 or kind == 21 else (<bytes>raw).decode()
    if kind == 18:
        return [cell_python(c.children[0].get(), k) for k in range(range_from(deref(c), row), range_to(deref(c), row))]
    if kind == 19:
        return tuple([cell_python(c.children[i].get(), c.at(row)) for i in range(c.children.size())])
    p = column_cell(deref(c), row)
    if kind == 1:
        return bool(p[0])
    if kind == 2:
        return (<const short*>p)[0]
    if kind == 3 or kind == 10:
        return (<const int32_t*>p)[0]
    if kind in (4, 11, 12, 13, 20):
        return (<const int64_t*>p)[0]
    if kind == 5:
        return (<const float*>p)[0]
    if kind == 6:
        return (<const double*>p)[0]
    if kind == 14:
        return ((<const int64_t*>p)[0], (<const int32_t*>p)[2], (<const int32_t*>p)[3])
    if kind == 15:
        return bytes((<const char*>p)[:16])
    return bytes((<const char*>p)[:32])


cdef class Batch:
    @staticmethod
    cdef Batch wrap(Chunk chunk):
        cdef Batch b = Batch.__new__(Batch)
        b.chunk = chunk
        return b

    @staticmethod
    def from_rows(types, rows, weights=None):
        """Batch of Python rows (sequence of sequences); `types` is a sequence of SqlType."""
        cdef Chunk chunk
        cdef ColumnBuilder* b
        cdef int64_t* w
        rows = list(rows)
        chunk.length = len(rows)
        for position, sql_type in enumerate(types):
            b = new ColumnBuilder(native_type(sql_type))
            try:
                for row in rows:
                    append_python(b, sql_type, row[position])
                chunk.columns.push_back(<ColumnPtr>b.finish())
            finally:
                del b
        if weights is not None:
            chunk.weights = allocate(len(rows) * 8)
            w = <int64_t*>chunk.weights.get().data()
            for i, weight in enumerate(weights):
                w[i] = weight
        return Batch.wrap(chunk)

    @staticmethod
    def empty(types):
        """No rows of the given SqlTypes."""
        return Batch.from_rows(types, ())

    @staticmethod
    def unit(int64_t rows=1):
        """`rows` rows of no columns (the input of a SELECT without FROM)."""
        cdef Chunk chunk
        chunk.length = rows
        return Batch.wrap(chunk)

    @staticmethod
    def repeat(sql_type, value, int64_t rows):
        """One column that holds `value` in each of `rows` rows, stored once."""
        cdef Batch b = Batch.from_rows((sql_type,), ((value,),))
        cdef Column* c = new Column(deref(b.chunk.columns[0]))
        c.constant = True
        c.length = rows
        cdef Chunk chunk
        chunk.length = rows
        chunk.columns.push_back(<ColumnPtr>shared_ptr[Column](c))
        return Batch.wrap(chunk)

    def weighted_as(self, Batch other):
        """The same rows with the weights of `other` (same length)."""
        if other.chunk.length != self.chunk.length:
            raise ValueError("lengths differ")
        cdef Chunk out = self.chunk
        out.weights = other.chunk.weights
        return Batch.wrap(out)

    def to_rows(self):
        """List of tuples of Python values; weights are left out."""
        cdef int64_t i
        cdef size_t k
        return [
            tuple([cell_python(self.chunk.columns[k].get(), i) for k in range(self.chunk.columns.size())])
            for i in range(self.chunk.length)
        ]

    def column_values(self, size_t column):
        """One column as a list of Python values."""
        cdef int64_t i
        return [cell_python(self.chunk.columns[column].get(), i) for i in range(self.chunk.length)]

    def cell(self, int64_t row, size_t column):
        """One value."""
        return cell_python(self.chunk.columns[column].get(), row)

    @property
    def num_rows(self):
        return self.chunk.length

    @property
    def num_columns(self):
        return self.chunk.columns.size()

    @property
    def nbytes(self):
        """Bytes held by the columns and weights (shared buffers counted whole)."""
        return chunk_bytes(self.chunk)

    @property
    def append_only(self):
        """True when no weights are kept: every row is +1."""
        return not self.chunk.weights

    def weights(self):
        """Weights as a list."""
        cdef int64_t i
        return [self.chunk.weight(i) for i in range(self.chunk.length)]

    def weights_column(self):
        """The weights as a batch of one int8 column."""
        cdef ColumnBuilder* b = new ColumnBuilder(weight_type())
        cdef Chunk out
        cdef int64_t i
        try:
            for i in range(self.chunk.length):
                b.append[int64_t](self.chunk.weight(i))
            out.length = self.chunk.length
            out.columns.push_back(<ColumnPtr>b.finish())
        finally:
            del b
        return Batch.wrap(out)

    @staticmethod
    def numbers(int64_t first, int64_t rows):
        """One int8 column: `first`, `first` + 1 …"""
        cdef ColumnBuilder* b = new ColumnBuilder(weight_type())
        cdef Chunk out
        cdef int64_t i
        try:
            for i in range(rows):
                b.append[int64_t](first + i)
            out.length = rows
            out.columns.push_back(<ColumnPtr>b.finish())
        finally:
            del b
        return Batch.wrap(out)

    def select(self, columns):
        """The columns at these positions, in this order."""
        cdef Chunk out
        cdef size_t k
        out.length = self.chunk.length
        out.weights = self.chunk.weights
        for k in columns:
            if k >= self.chunk.columns.size():
                raise IndexError(k)
            out.columns.push_back(self.chunk.columns[k])
        return Batch.wrap(out)

    def hstack(self, Batch other):
        """Columns of self, then of other (same length); weights of self."""
        cdef Chunk out = self.chunk
        cdef size_t k
        if other.chunk.length != self.chunk.length:
            raise ValueError("lengths differ")
        for k in range(other.chunk.columns.size()):
            out.columns.push_back(other.chunk.columns[k])
        return Batch.wrap(out)

    def scatter(self, columns, size_t width):
        """A batch of `width` columns with these at the given positions and untyped NULLs elsewhere."""
        cdef Chunk out
        cdef size_t k
        out.length = self.chunk.length
        out.weights = self.chunk.weights
        for k in range(width):
            out.columns.push_back(null_column(Kind.Null, out.length))
        for k, position in enumerate(columns):
            out.columns[<size_t>position] = self.chunk.columns[k]
        return Batch.wrap(out)

    def slice(self, int64_t start, int64_t length):
        """`length` rows from `start`, without copying values."""
        return Batch.wrap(slice_chunk(self.chunk, start, length))

    def copied(self):
        """The same rows in memory of their own: a slice keeps the whole batch."""
        cdef vector[int64_t] rows
        cdef int64_t i
        cdef Chunk out
        with nogil:
            rows.resize(self.chunk.length)
            for i in range(self.chunk.length):
                rows[i] = i
            out = take_chunk(self.chunk, rows.data(), self.chunk.length)
        return Batch.wrap(out)

    def take(self, rows):
        """Rows at these positions (a sequence of ints)."""
        cdef vector[int64_t] indices = rows
        cdef Chunk out
        with nogil:
            out = take_chunk(self.chunk, indices.data(), <int64_t>indices.size())
        return Batch.wrap(out)

    def filter(self, int64_t column):
        """Rows where the boolean column is true; the column stays."""
        cdef Chunk out
        with nogil:
            out = filter_rows(self.chunk, deref(self.chunk.columns[column]))
        return Batch.wrap(out)

    def negate(self):
        """The same rows with negated weights."""
        cdef Chunk out
        with nogil:
            out = negate(self.chunk)
        return Batch.wrap(out)

    def expanded(self):
        """A list of rows: each row repeated by its weight, which must not be negative."""
        cdef Chunk out
        with nogil:
            out = expand_weights(self.chunk)
        return Batch.wrap(out)

    def total_weight(self):
        """Sum of the weights."""
        return total_weight(self.chunk)

    def inserted(self):
        """The rows with positive weight."""
        cdef Chunk out
        with nogil:
            out = rows_by_sign(self.chunk, True)
        return Batch.wrap(out)

    def deleted(self):
        """The rows with negative weight, weights negated."""
        cdef Chunk out
        with nogil:
            out = rows_by_sign(self.chunk, False)
        return Batch.wrap(out)

    def without_weights(self):
        """The same rows, each with weight +1."""
        cdef Chunk out = self.chunk
        out.weights.reset()
        return Batch.wrap(out)

    def with_weights(self, weights):
        """The same rows with these weights (a sequence of ints)."""
        cdef Chunk out = self.chunk
        cdef int64_t i
        out.weights = allocate(out.length * 8)
        for i in range(out.length):
            (<int64_t*>out.weights.get().data())[i] = weights[i]
        return Batch.wrap(out)

    def consolidate(self):
        """Identical rows merged by summing weights, zero weights dropped; first occurrence order."""
        cdef Chunk out
        with nogil:
            out = consolidate(self.chunk)
        return Batch.wrap(out)

    def partition(self, keys, int64_t parts):
        """`parts` batches by hash of the key columns; equal keys land together."""
        cdef vector[int64_t] columns = keys
        cdef vector[Chunk] out
        with nogil:
            out = partition(self.chunk, columns, parts)
        return [Batch.wrap(out[i]) for i in range(out.size())]

    @staticmethod
    def concat(batches):
        """One batch of all rows; at least one batch, same columns."""
        cdef vector[Chunk] pieces
        cdef Batch b
        for b in batches:
            if b.chunk.length or pieces.empty():
                pieces.push_back(b.chunk)
        if pieces.size() > 1 and pieces[0].length == 0:
            pieces.erase(pieces.begin())
        cdef Chunk out
        with nogil:
            out = concat_chunks(pieces)
        return Batch.wrap(out)

    def __len__(self):
        return self.chunk.length

    def __repr__(self):
        return f"Batch({self.to_rows()!r}, weights={self.weights()!r})"
