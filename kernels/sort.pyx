"""Sorting a batch by several keys, with limit and offset."""

from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk


cdef extern from "sort.hpp" namespace "sabot" nogil:
    cdef cppclass OrderKey:
        int64_t column
        cbool descending
        cbool nulls_first
    Chunk sorted_chunk(const Chunk&, const vector[OrderKey]&, int64_t, int64_t) except +


def sorted_rows(Batch batch, keys, limit=None, int64_t offset=0):
    """Rows `offset < position <= offset + limit` in the order of `keys` (column, descending, nulls_first); stable."""
    cdef vector[OrderKey] native
    cdef OrderKey one
    cdef int64_t most = -1 if limit is None else limit
    cdef Chunk out
    for key in keys:
        one.column = key.column
        one.descending = key.descending
        one.nulls_first = key.nulls_first
        native.push_back(one)
    with nogil:
        out = sorted_chunk(batch.chunk, native, most, offset)
    return Batch.wrap(out)
