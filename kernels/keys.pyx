"""Key questions over batches: duplicates, NULLs, one row per key, semi and anti join by key."""

from cython.operator cimport dereference as deref
from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport make_shared, shared_ptr
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Column


cdef extern from "keys.hpp" namespace "sabot" nogil:
    cdef cppclass NativeIndex "sabot::KeyedRows":
        NativeIndex(const Chunk&, const vector[int64_t]&) except +
        Chunk rows_of(const Chunk&) except +
    int64_t _first_duplicate "sabot::first_duplicate"(const Chunk&, const vector[int64_t]&, cbool) except +
    int64_t _first_null "sabot::first_null"(const Column&)
    Chunk _one_per_key "sabot::one_per_key"(const Chunk&, const vector[int64_t]&, cbool, cbool) except +
    Chunk _rows_by_key "sabot::rows_by_key"(
        const Chunk&, const vector[int64_t]&, const Chunk&, const vector[int64_t]&, cbool) except +


cdef class KeyedRows:
    """The rows of a batch by their key, for many look-ups. A key with a NULL is nobody's."""

    cdef shared_ptr[NativeIndex] index

    def __init__(self, Batch batch, keys):
        cdef vector[int64_t] columns = keys
        with nogil:
            self.index = make_shared[NativeIndex](batch.chunk, columns)

    def rows(self, Batch keys):
        """All rows that have one of these keys, in their order."""
        cdef Chunk out
        with nogil:
            out = deref(self.index).rows_of(keys.chunk)
        return Batch.wrap(out)


def first_duplicate(Batch batch, keys, cbool nulls_equal=False):
    """First row whose key columns equal an earlier row's; -1 if there is none."""
    cdef vector[int64_t] columns = keys
    cdef int64_t found
    with nogil:
        found = _first_duplicate(batch.chunk, columns, nulls_equal)
    return found


def first_null(Batch batch, size_t column):
    """First row with NULL in the column; -1 if there is none."""
    cdef int64_t found
    with nogil:
        found = _first_null(deref(batch.chunk.columns[column]))
    return found


def one_per_key(Batch batch, keys, cbool last, cbool nulls_equal=True):
    """One row per key: the first, or with `last` the last of each. Unless `nulls_equal`, all rows with a NULL in their key."""
    cdef vector[int64_t] columns = keys
    cdef Chunk out
    with nogil:
        out = _one_per_key(batch.chunk, columns, last, nulls_equal)
    return Batch.wrap(out)


def rows_by_key(Batch left, left_keys, Batch right, right_keys, cbool present):
    """Rows of `left` whose key is (`present`) or is not among the keys of `right`."""
    cdef vector[int64_t] a = left_keys
    cdef vector[int64_t] b = right_keys
    cdef Chunk out
    with nogil:
        out = _rows_by_key(left.chunk, a, right.chunk, b, present)
    return Batch.wrap(out)
